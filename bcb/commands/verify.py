"""`bcb verify`: is a store what it says it is?"""

import click

from bcb import options as opt


@click.command()
@click.argument("store", type=opt.STORE)
@click.option("--split", "splits", type=opt.SPLIT, multiple=True, help="Only this split; may be given again.")
@click.option("--samples", type=opt.COUNT, default=16, show_default=True, help="Episodes of a split to make again.")
@click.option("--repair", "mend", is_flag=True, help="Make again what is broken, and only that, from the spec.")
@opt.json_option
def verify(store: str, splits: tuple[str, ...], samples: int, mend: bool, as_json: bool) -> int:
    """Check a store: schema, hashes, every answer, and sampled episodes made again and compared bit by bit.

    What was imported can't be made again; the same `bcb import` command reads again what is broken.
    Exit code 0 when it is sound (after the repair), 1 when something is wrong (and which), 2 when it can't be checked.

    \b
    Example:
      bcb verify data/frequent-640
      bcb verify data/frequent-640 --repair
    """
    import dataclasses

    from bcb.output import print_json, remark
    from bcb.progress import progress_bar
    from generators.verify import Repair, advice, repair
    from generators.verify import verify as problems_of

    with progress_bar("shards", "shards") as report:
        if mend:
            done = repair(store, splits or None, samples, progress=report)
        else:
            found = problems_of(store, splits or None, samples, report)
            done = Repair(found, found)
    mended = [problem for problem in done.found if problem not in done.left]
    if as_json:
        lists = {"problems": done.left} | ({"repaired": mended} if mend else {})
        document = {name: [dataclasses.asdict(problem) for problem in some] for name, some in lists.items()}
        print_json({"path": store, "sound": not done.left} | document)
        return 1 if done.left else 0
    for problem in mended:
        click.echo(f"repaired: {problem}")
    for problem in done.left:
        click.echo(str(problem))
    if not done.left:
        remark(f"{store} is sound")
        return 0
    number = f"{len(done.left)} problem{'s'[: len(done.left) > 1]}"
    remark(f"{store}: {number}; " + ("delete or move what isn't the store's" if mend else advice(store, done.left)))
    return 1
