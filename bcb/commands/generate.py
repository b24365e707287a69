"""`bcb generate`: a spec and a number of episodes in, a store out."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@opt.rule_option
@opt.length_option
@opt.context_frames_option
@opt.patches_option
@opt.preset_option
@click.option("--episodes", type=opt.POSITIVE, help="Training episodes; val and test get a tenth each.")
@click.option("--train", type=opt.COUNT, help="Episodes of the train split (10000).")
@click.option("--val", type=opt.COUNT, help="Episodes of the val split (1000).")
@click.option("--test", type=opt.COUNT, help="Episodes of the test split (1000).")
@click.option("--seed", type=opt.COUNT, help="Of everything that is drawn (0).")
@click.option("--balls", type=opt.POSITIVE, help="Number of balls, 2 to 10.")
@click.option("--size", type=opt.POSITIVE, help="Side of the image, pixels; radius and speed scale with it.")
@click.option("--colors", type=opt.POSITIVE, help="Number of colours that balls blink in.")
@click.option("--out", type=click.Path(path_type=Path), help="The store's folder (data/RULE-LENGTH).")
@opt.workers_option
@click.option("--shard-episodes", type=opt.POSITIVE, help="Episodes in a shard, what one task makes.")
@opt.overwrite_option
@opt.config_option
@opt.set_option
@opt.json_option
def generate(
    rule: str | None,
    length: int | None,
    context_frames: int | None,
    patches: int | None,
    preset: str | None,
    episodes: int | None,
    train: int | None,
    val: int | None,
    test: int | None,
    seed: int | None,
    balls: int | None,
    size: int | None,
    colors: int | None,
    out: Path | None,
    workers: int | None,
    shard_episodes: int | None,
    overwrite: bool,
    config: str | None,
    sets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make the episodes of a dataset and store them.

    Killed or interrupted, run the same command again: what was finished is kept, and the store comes out the same.

    \b
    Example:
      bcb generate --rule frequent --length 640
      bcb generate --preset small --rule earliest --test 200 --train 0 --val 0 --out data/try
    """
    from bcb.config import parse_sets, read_config
    from bcb.output import print_json, remark, size_text
    from bcb.progress import progress_bar
    from bcb.specs import SpecFlags, spec_from
    from generators.engine import generate as make
    from generators.store import describe

    flags = SpecFlags(preset, rule, length, context_frames, patches, balls, size, colors, seed)
    spec = spec_from(flags, read_config(config) if config else None, parse_sets(sets))
    tenth = max(1, episodes // 10) if episodes else 1000
    counts = {
        "train": (episodes or 10_000) if train is None else train,
        "val": tenth if val is None else val,
        "test": tenth if test is None else test,
    }
    where = out or Path("data") / f"{spec.rule}-{spec.length}"
    with progress_bar("episodes") as report:
        result = make(
            spec,
            where,
            counts,
            workers=workers,
            shard_episodes=shard_episodes,
            overwrite=overwrite,
            progress=report,
        )
    if as_json:
        document = {"path": str(where), "fingerprint": spec.fingerprint, "length": spec.length, "episodes": counts}
        print_json(document | {"made": result.made, "kept": result.kept})
        return
    stored = sum(split.bytes_on_disk for split in describe(where).splits)
    sizes = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    remark(f"{where}: rule {spec.rule}, length {spec.length}; {sizes} episodes, {size_text(stored)}")
    remark(f"{result.made} made, {result.kept} kept; fingerprint {spec.fingerprint[:12]}")
