"""A store can be extended: what was whole isn't touched."""

import shutil

import pytest

from tests.torture.harness import committed, generate, stamps, tree


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"train": 4, "test": 4}, {"train": 4, "test": 9}),
        ({"train": 4, "test": 3}, {"train": 4, "test": 9}),  # its last shard isn't full, and is made again
        ({"train": 0, "test": 9}, {"train": 4, "test": 9}),
        ({"train": 1, "test": 1}, {"train": 4, "test": 9}),
    ],
)
def test_whole_shards_stay_as_they_are(before, after, bcb, made, tmp_path):
    whole, store = tree(made(**after)), shutil.copytree(made(**before), tmp_path / "s")
    full = committed(store, whole)
    asked = ((before[split], after[split]) for split in before)
    shards = sum(-(-old // 2) if old == new else old // 2 for old, new in asked)
    assert len(full) == 10 * shards  # nine arrays and a record each
    assert bcb(*generate(store, **after)).code == 0
    assert tree(store) == whole
    assert full.items() <= stamps(store).items()
