"""`bcb import`: a real data set, as it is published, in; a store out."""

from pathlib import Path

import click

from bcb import options as opt


def _readers():
    from generators.imports.readers import READERS

    return READERS


@click.command("import")
@click.argument("name", metavar="SET", type=opt.Name("data set", _readers))
@click.argument("source", type=click.Path())
@click.option("--out", type=opt.STORE, required=True, help="A folder, or s3://BUCKET/PREFIX.")
@click.option("--split", "splits", type=opt.SPLIT, multiple=True, help="Only this split; may be given again.")
@click.option("--size", type=opt.POSITIVE, help="Side of the pictures, pixels (movi: as they are; else 64).")
@click.option("--frames", type=opt.POSITIVE, help="Frames of an episode (video: 24; else all).")
@click.option("--limit", type=opt.POSITIVE, help="At most so many episodes of each split, the first ones.")
@click.option("--stride", type=opt.POSITIVE, help="video: frames from the start of a clip to that of the next.")
@click.option("--depth-scale", type=opt.PositiveFloat(), help="video: what depth is multiplied by to be metres (1).")
@click.option("--shard-episodes", type=opt.POSITIVE, help="Episodes in a shard.")
@opt.overwrite_option
@opt.json_option
def import_(
    name: str,
    source: str,
    out: str,
    splits: tuple[str, ...],
    size: int | None,
    frames: int | None,
    limit: int | None,
    stride: int | None,
    depth_scale: float | None,
    shard_episodes: int | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make a store of a real data set that you have.

    SET is movi, cater, clevrer or video; SOURCE the folder that it lies in. docs/imports.md says what to download, and
    what its arrays are. Killed or interrupted, run the same command again.

    \b
    Example:
      bcb import movi movi_a/128x128/1.0.0 --out data/movi-a --size 64
      bcb import cater all_actions --out data/cater --size 64
      bcb import video clips --out data/clips --frames 16 --stride 8 --depth-scale 0.001
    """
    from bcb.config import given
    from bcb.names import plain
    from bcb.output import print_json, remark, size_text
    from bcb.progress import progress_bar
    from generators.bucket import open_bucket
    from generators.imports.importing import imported
    from generators.imports.spec import spec_of

    read, splits_of = _readers()[name]
    options = given(size=size, frames=frames, limit=limit, stride=stride, depth_scale=depth_scale)
    if name != "video" and (own := [key for key in ("stride", "depth_scale") if key in options]):
        raise click.UsageError(f"--{own[0].replace('_', '-')} is for video")
    folder = Path(source)
    chosen = dict.fromkeys(splits) or splits_of(folder) or ("train",)  # which says what it misses
    parts = [read(folder, split, **options) for split in chosen]
    with progress_bar("hashing") as report:
        spec = spec_of(parts, report)
    with progress_bar("episodes") as report:
        result = imported(spec, parts, out, shard_episodes=shard_episodes, overwrite=overwrite, progress=report)
    counts = {part.split: part.count for part in parts}
    for part in parts:
        for line in part.remarks:
            remark(plain(line, 500))
    if as_json:
        document = {"path": out, "dataset": spec.dataset.name, "fingerprint": spec.fingerprint, "episodes": counts}
        print_json(document | {"made": result.made, "kept": result.kept})
        return
    stored = sum(open_bucket(out).sizes().values())
    sizes = ", ".join(f"{count} {split}" for split, count in counts.items())
    remark(f"{out}: {spec.dataset.name}, {sizes} episodes, {size_text(stored)}")
    remark(f"licence: {spec.dataset.licence}; please cite {spec.dataset.citation}")
