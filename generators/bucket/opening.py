"""From what a user names to a bucket."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from generators.bucket.bucket import Bucket
from generators.bucket.folder import FolderBucket

SCHEMES = ("s3", "gs", "az")
_URL = re.compile(r"([a-z][a-z0-9+.-]+)://(.*)", re.IGNORECASE)


def is_url(where: str | os.PathLike[str]) -> bool:
    """Does it name something else than a path?"""
    return isinstance(where, str) and _URL.match(where) is not None


def open_bucket(where: str | os.PathLike[str]) -> Bucket:
    """The bucket at a path, file://…, or the URL of an object store: s3://BUCKET/PREFIX, gs://…, az://….

    Touches nothing yet. Raises ValueError for a URL of another kind, and where the package is missing.
    """
    match = _URL.match(where) if isinstance(where, str) else None
    if match is None:
        return FolderBucket(Path(os.path.abspath(where)), os.fspath(where))
    scheme, rest = match[1].lower(), match[2]
    if scheme == "file":
        host, slash, path = rest.partition("/")
        if host not in ("", "localhost") or not slash:
            raise ValueError(f"{where} is on another machine; a file's URL is file:///PATH")
        return FolderBucket(Path(os.path.abspath(unquote("/" + path))))
    if scheme not in SCHEMES:
        raise ValueError(f"{where}: a store is a folder or lies at {', '.join(f'{s}://…' for s in SCHEMES)}")
    if not rest.strip("/"):
        raise ValueError(f"{where} names no bucket; a store lies at {scheme}://BUCKET/PREFIX")
    from generators.bucket.cloud import CloudBucket

    return CloudBucket(f"{scheme}://{rest.rstrip('/')}")
