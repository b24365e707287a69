"""`bcb verify`: is a store what it says it is?"""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("store", type=click.Path(path_type=Path))
@click.option("--split", "splits", type=opt.SPLIT, multiple=True, help="Only this split; may be given again.")
@click.option("--samples", type=opt.COUNT, default=16, show_default=True, help="Episodes of a split to make again.")
@opt.json_option
def verify(store: Path, splits: tuple[str, ...], samples: int, as_json: bool) -> int:
    """Check a store: schema, hashes, every answer, and sampled episodes made again and compared bit by bit.

    Exit code 0 when it is sound, 1 when something is wrong (and which), 2 when it can't be checked.

    \b
    Example:
      bcb verify data/frequent-640
    """
    import dataclasses

    from bcb.output import print_json, remark
    from bcb.progress import progress_bar
    from generators.verify import verify as problems_of

    with progress_bar("shards", "shards") as report:
        problems = problems_of(store, splits or None, samples, report)
    if as_json:
        print_json({"path": str(store), "sound": not problems, "problems": [dataclasses.asdict(p) for p in problems]})
    else:
        for problem in problems:
            click.echo(str(problem))
        remark(f"{store} is sound" if not problems else f"{store}: {len(problems)} problem{'s'[: len(problems) > 1]}")
    return 1 if problems else 0
