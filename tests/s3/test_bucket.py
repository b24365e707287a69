"""The bucket on a real server (Ceph's gateway): the contract, and what else we count on."""

import pytest

from generators.bucket import open_bucket
from generators.bucket.bucket import Bucket
from tests.generators.bucket_contract import BucketContract

pytestmark = pytest.mark.slow


class TestCeph(BucketContract):
    @pytest.fixture
    def bucket(self, s3: str) -> Bucket:
        return open_bucket(s3)
