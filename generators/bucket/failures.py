"""What object stores complain of, as an OSError of one line that says what to do."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist")
REFUSED = re.compile(r"\b40[13] (Forbidden|Unauthorized)")
UNREACHED = re.compile(r"error sending request|timed out|operation timed out")
MACHINES = ("169.254.169.254", "metadata.google")  # asked for credentials where no variable gives any


@contextmanager
def told(url: str, key: str = "") -> Iterator[None]:
    """Tell what obstore raises, at the object `key` of the bucket at `url`, as an OSError.

    FileNotFoundError and FileExistsError are about the object; PermissionError is about the credentials.
    """
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    where = f"{url}/{key}" if key else url
    try:
        yield
    except (AlreadyExistsError, PreconditionError):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), where) from None
    except FileNotFoundError as error:
        if not NO_BUCKET.search(str(error)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), where) from None
        raise _told(url, str(error)) from None
    except BaseError as error:
        raise _told(url, str(error)) from None


def _told(url: str, text: str) -> OSError:
    line = text.partition("\n")[0]  # what follows is for those who debug obstore
    at = re.search(r"https?://[^/\s]+", line)
    server = at[0] if at else "the server"
    why = re.search(r"<Code>(\w+)</Code>", line) or re.search(r'message: "([^"]+)"', text)
    why = f" ({why[1]})" if why else ""
    if NO_BUCKET.search(line):
        return OSError(f"there is no bucket {url.split('/')[2]!r} at {server}; make it, or name another")
    if any(machine in server for machine in MACHINES):
        return PermissionError("there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if REFUSED.search(line):
        return PermissionError(f"{server} refuses the credentials{why}; are the variables AWS_… right for it?")
    if UNREACHED.search(line):
        return ConnectionError(f"{server} doesn't answer{why}; is AWS_ENDPOINT_URL right?")
    return OSError(f"{re.sub('<.*', '', line).strip(': ')}{why}")
