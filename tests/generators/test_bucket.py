"""Buckets keep the contract: each kind has a class here. (A real server's is in tests/s3.)"""

from pathlib import Path

import pytest

from generators.bucket import FolderBucket
from tests.generators.bucket_contract import BucketContract


class TestFolder(BucketContract):
    @pytest.fixture
    def bucket(self, tmp_path: Path) -> FolderBucket:
        (tmp_path / "store").mkdir()
        return FolderBucket(tmp_path / "store")

    def test_a_folder_that_was_deleted_is_not_made_again(self, bucket: FolderBucket):
        """Only the lock makes it: a run whose store was deleted under it leaves nothing that looks like one."""
        bucket.root.rmdir()
        for write in (lambda: bucket.write({"a/b": b"x"}), lambda: bucket.create("a/b", b"x")):
            with pytest.raises(FileNotFoundError):
                write()
        assert not bucket.root.exists()

    def test_folders_without_files_are_nothing(self, bucket: FolderBucket):
        (bucket.root / "test/frames/c").mkdir(parents=True)
        assert bucket.top() == set()
        (bucket.root / "test/frames/c/0").write_text("x")
        assert bucket.top() == {"test"}
