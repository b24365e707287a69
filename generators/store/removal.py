"""Taking away what is ours in a store, and only that."""

from generators.bucket import Bucket
from generators.spec import SPLITS
from generators.store.commits import COMMITS
from generators.store.schema import GROUP_METADATA
from generators.store.splits import check_ours


def remove_store(bucket: Bucket) -> None:
    """Delete the splits and records of a store; anything else beside them stays.

    Raises StoreError, deleting nothing, when the bucket is no store. Records go first and each split's own
    zarr.json last, so that what a kill on the way leaves isn't readable, and is still ours.
    """
    check_ours(bucket)
    for split in SPLITS:
        bucket.delete(bucket.sizes(f"{COMMITS}/{split}/"))
        last = f"{split}/{GROUP_METADATA}"
        bucket.delete([key for key in bucket.sizes(f"{split}/") if key != last])
        bucket.delete(bucket.sizes(f"{split}/"))
