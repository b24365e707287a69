"""`bcb finalize`: the end of a store that was made in shares."""

import click

from bcb import options as opt


@click.command()
@click.argument("store", type=opt.STORE)
@opt.json_option
def finalize(store: str, as_json: bool) -> None:
    """End a store whose shards were made by several runs of `bcb generate --shards a:b`.

    Checks that all shards are there and are what this machine makes, and clears away what killed runs left. Names the
    shards that are missing. May be run again.

    \b
    Example:
      bcb finalize data/frequent-640
    """
    from bcb.output import print_json, remark
    from generators.engine import finalize as end

    plans = end(store)
    shards = sum(plan.shards for plan in plans)
    if as_json:
        print_json({"path": store, "shards": shards, "episodes": {plan.split: plan.episodes for plan in plans}})
        return
    sizes = ", ".join(f"{plan.episodes} {plan.split}" for plan in plans)
    remark(f"{store} is complete: {sizes} episodes in {shards} shards")
