"""Where stores lie: folders and object stores, behind one small protocol."""

from generators.bucket.bucket import Bucket
from generators.bucket.folder import FolderBucket
from generators.bucket.opening import is_url, open_bucket

__all__ = ["Bucket", "FolderBucket", "is_url", "open_bucket"]
