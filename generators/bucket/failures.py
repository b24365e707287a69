"""What object stores complain of, as an OSError of one line that says what to do."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist")
REFUSED = re.compile(r"\b40[13] (Forbidden|Unauthorized)")


@contextmanager
def told(url: str, key: str = "") -> Iterator[None]:
    """Tell what obstore raises, at the object `key` of the bucket at `url`, as an OSError.

    FileNotFoundError and FileExistsError are about the object; PermissionError is about the credentials.
    """
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    try:
        yield
    except (AlreadyExistsError, PreconditionError):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), f"{url}/{key}") from None
    except FileNotFoundError as error:
        if NO_BUCKET.search(str(error)):
            raise OSError(_no_bucket(url)) from None
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"{url}/{key}") from None
    except BaseError as error:
        raise _told(url, str(error)) from None


def _told(url: str, text: str) -> OSError:
    line = text.partition("\n")[0]  # what follows is for those who debug obstore
    at = re.search(r"https?://[^/\s]+", line)
    server = at[0] if at else "the server"
    code = re.search(r"<Code>(\w+)</Code>", line)
    why = f" ({code[1]})" if code else ""
    if NO_BUCKET.search(line):
        return OSError(_no_bucket(url))
    if "169.254.169.254" in server or "metadata.google" in server:
        return PermissionError(f"{url}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if REFUSED.search(line):
        return PermissionError(f"{url}: {server} refuses the credentials{why}; are AWS_… those of this server?")
    if "error sending request" in line or "timed out" in line:
        cause = re.search(r'message: "([^"]+)"', text)
        why = f" ({cause[1]})" if cause else ""
        return ConnectionError(f"{url}: {server} doesn't answer{why}; is AWS_ENDPOINT_URL right?")
    return OSError(f"{url}: {re.sub('<.*', '', line).strip(': ')}{why}")


def _no_bucket(url: str) -> str:
    return f"{url}: there is no bucket {url.split('/')[2]!r} at this server; make it, or name another"
