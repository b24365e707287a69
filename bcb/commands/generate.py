"""`bcb generate`: a spec and a number of episodes in, a store out."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@opt.any_task_option
@opt.rule_option
@opt.length_option
@opt.context_frames_option
@opt.patches_option
@opt.any_preset_option
@click.option("--episodes", type=opt.POSITIVE, help="Training episodes; val and test get a tenth each.")
@click.option("--train", type=opt.COUNT, help="Episodes of the train split (10000; as it is in a store that is there).")
@click.option("--val", type=opt.COUNT, help="Episodes of the val split (1000; likewise).")
@click.option("--test", type=opt.COUNT, help="Episodes of the test split (1000; likewise).")
@click.option("--seed", type=opt.COUNT, help="Of everything that is drawn (0).")
@click.option("--balls", type=opt.POSITIVE, help="Number of balls, 2 to 10.")
@click.option("--size", type=opt.POSITIVE, help="Side of the image, pixels; radius and speed scale with it.")
@click.option("--colors", type=opt.COUNT, help="Number of colours that balls blink in (of rule none: 0).")
@click.option(
    "--out", type=opt.STORE, help="A folder (data/RULE-LENGTH, data/PRESET of scenes), or s3://BUCKET/PREFIX."
)
@opt.workers_option
@click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster: its scheduler, tcp://HOST:PORT.")
@click.option("--scheduler-file", type=click.Path(), help="The same, by the file that `dask scheduler` writes.")
@click.option("--shard-episodes", type=opt.POSITIVE, help="Episodes in a shard, what one task makes.")
@click.option("--shards", type=opt.SHARDS, help="Only shards a to before b; `bcb finalize` ends what was made so.")
@click.option("--dry-run", is_flag=True, help="Make nothing; say how many shards there are, and how large.")
@opt.overwrite_option
@opt.config_option
@opt.set_option
@opt.json_option
def generate(
    task: str | None,
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
    out: str | None,
    workers: int | None,
    scheduler: str | None,
    scheduler_file: str | None,
    shard_episodes: int | None,
    shards: tuple[int, int | None] | None,
    dry_run: bool,
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
      bcb generate --preset small --set delay=5 --set distractor_rate=0.3    # knobs: bcb list knobs
      bcb generate --task video-prediction --episodes 10000
      bcb generate --preset movi-a-like --train 1000 --val 100 --test 100
      bcb generate --task snitch --train 1000 --val 100 --test 100
      bcb generate --rule frequent --length 2560 --out s3://bucket/frequent-2560
      bcb generate --rule frequent --length 2560 --out /shared/frequent-2560 --scheduler tcp://node1:8786
    """
    from bcb.config import given, parse_sets, read_config
    from bcb.output import print_json, remark, size_text
    from bcb.progress import progress_bar
    from bcb.scene_specs import any_spec_from
    from bcb.scenes.tasks import SCENE_TASKS
    from bcb.specs import SpecFlags
    from bcb.tasks import task_of
    from generators.bucket import open_bucket
    from generators.engine import generate as make
    from generators.engine import planned
    from generators.executors import DaskCluster
    from generators.kinds import kind_of
    from generators.planning import spelled_range
    from generators.spec import SPLITS, Spec
    from generators.store.schema import episode_bytes
    from generators.store.splits import begun_counts

    flags = SpecFlags(preset, rule, length, context_frames, patches, balls, size, colors, seed, task)
    spec = any_spec_from(flags, read_config(config) if config else None, parse_sets(sets))
    kind = kind_of(spec)
    preset = preset or (SCENE_TASKS[task].preset if task in SCENE_TASKS else None)
    where = out or f"data/{task_of(spec).name(spec) if isinstance(spec, Spec) else preset or kind.title(spec)}"
    there = {} if overwrite else begun_counts(open_bucket(where))
    tenth = max(1, episodes // 10) if episodes else 1000
    counts = {"train": episodes or 10_000, "val": tenth, "test": tenth}
    if there and not episodes:  # what isn't named stays
        counts = there
    counts = {split: counts[split] for split in SPLITS if split in counts} | given(train=train, val=val, test=test)
    document = {"path": where, "fingerprint": spec.fingerprint, "length": kind.length(spec), "episodes": counts}
    if dry_run:
        plans = planned(spec, where, counts, shard_episodes=shard_episodes, shards=shards, overwrite=overwrite)
        number, raw = sum(plan.shards for plan in plans), sum(plan.episodes for plan in plans) * episode_bytes(spec)
        if as_json:
            print_json(document | {"shards": number, "raw_bytes": raw})
        else:
            click.echo(f"{where}: {number} shards (0:{number}), {size_text(raw)} uncompressed; nothing made")
        return
    executor = None
    if scheduler is not None or scheduler_file is not None:
        if workers:
            raise click.UsageError("--workers are this machine's; a Dask cluster has its own")
        executor = DaskCluster(scheduler, None if scheduler_file is None else Path(scheduler_file))
    with progress_bar("episodes") as report:
        result = make(
            spec,
            where,
            counts,
            workers=workers,
            executor=executor,
            shard_episodes=shard_episodes,
            shards=shards,
            overwrite=overwrite,
            progress=report,
        )
    if as_json:
        print_json(document | {"made": result.made, "kept": result.kept})
        return
    grown = [f"{split} from {there[split]} to {n}" for split, n in counts.items() if n > there.get(split, n)]
    if grown:
        remark(f"{where} grows: {', '.join(grown)} episodes")
    if shards is not None:
        remark(f"{where}: shards {spelled_range(shards)}: {result.made} episodes made, {result.kept} kept")
        remark(f"when all shards are made: bcb finalize {where}")
        return
    stored = sum(open_bucket(where).sizes().values())
    sizes = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    what = kind.summary(spec)[0].removesuffix(f", seed {spec.seed}")
    remark(f"{where}: {what}; {sizes} episodes, {size_text(stored)}")
    remark(f"{result.made} made, {result.kept} kept; fingerprint {spec.fingerprint[:12]}")
