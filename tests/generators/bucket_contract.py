"""What every bucket promises: a test class takes these on by a fixture `bucket`, a fresh one with nothing in it."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from generators.bucket import Bucket
from generators.errors import StoreError


class BucketContract:
    def test_it_begins_with_nothing(self, bucket: Bucket):
        assert bucket.top() == set()
        assert bucket.sizes() == {}

    def test_what_is_written_is_read(self, bucket: Bucket):
        bucket.write({"test/zarr.json": b"{}", "test/frames/c/0/0": b"frames", "empty": b""})
        assert bucket.exists()
        assert bucket.read("test/frames/c/0/0") == b"frames"
        assert bucket.read("empty") == b""
        assert bucket.top() == {"test", "empty"}

    def test_sizes_are_those_below_a_prefix_in_order(self, bucket: Bucket):
        bucket.write({"test/b": b"12", "test/a/c": b"1", "test/a/b": b"", "tests/a": b"123", "a": b"1234"})
        assert list(bucket.sizes().items()) == [
            ("a", 4),
            ("test/a/b", 0),
            ("test/a/c", 1),
            ("test/b", 2),
            ("tests/a", 3),
        ]
        assert bucket.sizes("test/") == {"test/a/b": 0, "test/a/c": 1, "test/b": 2}
        assert bucket.sizes("nothing/") == {}

    def test_writing_again_replaces(self, bucket: Bucket):
        bucket.write({"a": b"old and long"})
        bucket.write({"a": b"new"})
        assert bucket.read("a") == b"new"
        assert bucket.sizes() == {"a": 3}

    def test_writing_nothing_is_fine(self, bucket: Bucket):
        bucket.write({})
        bucket.delete([])
        assert bucket.sizes() == {}

    @pytest.mark.parametrize(("start", "size"), [(0, 5), (2, 2), (2, 0), (3, 9), (5, 1), (9, 4), (0, 0)])
    def test_ranges_end_where_the_object_does(self, bucket: Bucket, start: int, size: int):
        bucket.write({"a": b"01234", "empty": b""})
        assert bucket.read_range("a", start, size) == b"01234"[start : start + size]
        assert bucket.read_range("empty", start, size) == b""

    @pytest.mark.parametrize("size", [0, 1, 5, 9])
    def test_tails_begin_where_the_object_does(self, bucket: Bucket, size: int):
        bucket.write({"a": b"01234", "empty": b""})
        assert bucket.read_tail("a", size) == b"01234"[max(0, 5 - size) :]
        assert bucket.read_tail("empty", size) == b""

    def test_what_is_missing_is_named(self, bucket: Bucket):
        bucket.write({"there": b""})
        for read in (bucket.read, lambda key: bucket.read_range(key, 0, 1), lambda key: bucket.read_tail(key, 1)):
            with pytest.raises(FileNotFoundError) as error:
                read("a/missing")
            assert str(error.value.filename) == f"{bucket.url}/a/missing"

    def test_files_of_the_spool_are_used_up(self, bucket: Bucket):
        data = bytes(range(256)) * 50_000  # larger than what is sent in one piece
        with bucket.spool() as spool:
            (spool / "large").write_bytes(data)
            (spool / "empty").write_bytes(b"")
            bucket.write({"shard": spool / "large", "none": spool / "empty", "note": b"with them"})
            assert not list(spool.iterdir())
            (spool / "left").write_bytes(b"behind")
        assert not spool.exists()
        assert bucket.sizes() == {"none": 0, "note": 9, "shard": len(data)}
        assert bucket.read("shard") == data

    def test_creating_what_is_there_is_refused_and_changes_nothing(self, bucket: Bucket):
        bucket.create("commits/0.json", b"first")
        with pytest.raises(FileExistsError) as error:
            bucket.create("commits/0.json", b"second")
        assert f"{bucket.url}/commits/0.json" in str(error.value)
        assert bucket.read("commits/0.json") == b"first"

    def test_of_many_who_create_one_succeeds(self, bucket: Bucket):
        def create(name: str) -> str | None:
            try:
                bucket.create("it", name.encode())
            except FileExistsError:
                return None
            return name

        with ThreadPoolExecutor(8) as pool:
            succeeded = [name for name in pool.map(create, "abcdefgh") if name]
        assert len(succeeded) == 1
        assert bucket.read("it") == succeeded[0].encode()

    def test_deleting_takes_what_is_there(self, bucket: Bucket):
        bucket.write({f"test/a/{i}": b"1" for i in range(30)} | {"test/b": b"2"})
        bucket.delete(["missing", *(f"test/a/{i}" for i in range(30)), "test/a/99"])
        assert bucket.sizes() == {"test/b": 1}
        bucket.delete(iter(["test/b"]))
        assert bucket.top() == set()

    def test_one_writer_at_a_time(self, bucket: Bucket):
        with bucket.locked():
            for shared in (False, True):
                with (
                    pytest.raises(StoreError, match=r"is being written by process \d+ on "),
                    bucket.locked(shared=shared),
                ):
                    pass
            assert bucket.top() == set()
            assert bucket.sizes() == {}
        with bucket.locked():
            pass

    def test_sharers_write_together_but_not_beside_one_who_is_alone(self, bucket: Bucket):
        alone = bucket.locked()
        with (
            bucket.locked(shared=True),
            bucket.locked(shared=True),
            pytest.raises(StoreError, match="is being written"),
        ):
            alone.__enter__()
        with bucket.locked():
            pass

    def test_a_writer_that_fails_holds_nothing(self, bucket: Bucket):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), bucket.locked():
                raise ZeroDivisionError

    def test_it_pickles(self, bucket: Bucket):
        bucket.write({"a": b"1"})
        assert pickle.loads(pickle.dumps(bucket)) == bucket
