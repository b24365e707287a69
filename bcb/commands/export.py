"""`bcb export`: a store in a format that another community loads without asking."""

import os
from pathlib import Path

import click

from bcb import options as opt


def _formats():
    from generators.export import FORMATS

    return FORMATS


@click.command()
@click.argument("store", type=opt.STORE)
@click.option(
    "--to", required=True, type=opt.Name("format", _formats), help="webdataset, hdf5, npz, mp4 (lossy) or hf."
)
@click.option("--out", help="The folder to make (STORE-FORMAT).")
@click.option("--split", "splits", type=opt.SPLIT, multiple=True, help="Only this split; may be given again.")
@click.option("--episodes", type=opt.POSITIVE, help="At most so many of each split, the first ones.")
@opt.overwrite_option
@opt.json_option
def export(
    store: str,
    to: str,
    out: str | None,
    splits: tuple[str, ...],
    episodes: int | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write a store in a format that others load without asking.

    All ground truth goes along. mp4 is lossy (its videos only); the other formats are exact. docs/export.md shows how
    each is read.

    \b
    Example:
      bcb export data/frequent-640 --to webdataset
      bcb export data/frequent-640 --to mp4 --split test --episodes 20 --out videos
    """
    from bcb.output import print_json, remark, size_text
    from bcb.place import check_place
    from bcb.progress import progress_bar
    from generators.bucket import open_bucket
    from generators.export import FORMATS
    from generators.export import export as write
    from generators.store import StoreReader
    from generators.store.splits import stored_splits

    where = place_of(store, to, out)
    check_place("--out", where)
    names = dict.fromkeys(splits) or [found.plan.split for found in stored_splits(open_bucket(store))]
    readers = [StoreReader(store, name) for name in names]
    with progress_bar("exporting") as report:
        written = write(readers, to, where, episodes=episodes, overwrite=overwrite, progress=report)
    if as_json:
        document = {"path": str(where), "format": to, "lossy": FORMATS[to].lossy}
        document |= {"fingerprint": readers[0].fingerprint, "episodes": written.episodes}
        print_json(document | {"files": written.files, "bytes": written.bytes})
        return
    sizes = ", ".join(f"{count} {name}" for name, count in written.episodes.items())
    remark(f"{where}: {sizes} episodes as {to}, {written.files} files, {size_text(written.bytes)}")
    if FORMATS[to].lossy:
        remark(f"{to} is lossy: the videos' pixels are not exactly the store's (targets and ground truth are)")


def place_of(store: str, to: str, out: str | None) -> Path:
    """Where the export goes: by default beside the store, or here when the store lies at a URL."""
    from generators.bucket import FolderBucket, is_url, open_bucket

    if out and is_url(out):
        raise ValueError(f"--out {out} is a URL; export to a folder, and copy that")
    bucket = open_bucket(store)
    root = bucket.root.resolve() if isinstance(bucket, FolderBucket) else None
    beside = Path() if is_url(store) else Path(os.path.normpath(Path(store) / ".."))
    place = Path(out) if out else beside / f"{(root or Path(store)).name}-{to}"
    if root and place.resolve().is_relative_to(root):
        raise ValueError(f"--out {place} lies in the store; choose another path")
    return place
