"""What object stores complain of, as an OSError of one line that says what to do."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist")
# Where no variable gives any, the machine's own are asked for, at an address that only machines in a cloud have.
NO_CREDENTIALS = re.compile(r"169\.254\.169\.254|metadata\.google|Missing \w+Key|Account must be specified")
REFUSED = re.compile(r"\b40[13] (Forbidden|Unauthorized)")
UNREACHED = re.compile(r"error sending request|timed out")

CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def check_endpoint() -> None:
    """Raise OSError for an endpoint at which obstore would panic."""
    for name in ENDPOINTS:
        value = os.environ.get(name)
        if value and not re.match(r"https?://[^/]", value):
            raise OSError(f"{name} is {value!r}; it must begin with http:// or https://")


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
    scheme, _, bucket, *_ = url.split("/")
    variables = CREDENTIALS.get(scheme.rstrip(":"), "the variables of this kind of store")
    at = re.search(r"https?://[^/\s]+", line)
    server = at[0] if at else "the server"
    why = re.search(r"<Code>(\w+)</Code>", line) or re.search(r'message: "([^"]+)"', text)
    why = f" ({why[1]})" if why else ""
    if NO_BUCKET.search(line):
        return OSError(f"there is no bucket {bucket!r} at {server}; make it, or name another")
    if NO_CREDENTIALS.search(line):
        return PermissionError(f"there are no credentials; set {variables}")
    if REFUSED.search(line):
        return PermissionError(f"{server} refuses the credentials{why}; check {variables}")
    if UNREACHED.search(line):
        advice = "; is AWS_ENDPOINT_URL right?" if scheme == "s3:" else ""
        return ConnectionError(f"{server} doesn't answer{why}{advice}")
    return OSError(f"{re.sub('<.*', '', line).strip(': ')}{why}")
