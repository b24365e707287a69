"""Buckets keep the contract: each kind has a class here. (A real server's is in tests/s3.)"""

from pathlib import Path

import pytest

from generators.bucket import FolderBucket
from tests.generators.bucket_contract import BucketContract


class TestFolder(BucketContract):
    @pytest.fixture
    def bucket(self, tmp_path: Path) -> FolderBucket:
        return FolderBucket(tmp_path / "store")
