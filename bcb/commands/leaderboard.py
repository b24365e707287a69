"""`bcb leaderboard`: predictions of many, scored again, and ranked."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--episodes", type=opt.POSITIVE, help="Of each table; by default what most of its entries have.")
@click.option(
    "--markdown", "page", type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page, too. One that is there needs two lines to write between: <!-- leaderboard --> and "
    "<!-- end of leaderboard -->.",
)  # fmt: skip
@opt.workers_option
@opt.json_option
def leaderboard(folder: Path, episodes: int | None, page: Path | None, workers: int | None, as_json: bool) -> int:
    """Score all predictions below FOLDER again, on data made again, and rank those that hold.

    Predictions get in with a record beside them, as `bcb evaluate --save-predictions` and `bcb score --record` write
    it, or without one if they are of a preset's data (seed 0). What is damaged, was changed, doesn't come to what its
    record says, or is of other episodes than the rest of its table is refused, one line each. Exit code 0 without a
    refusal, 1 with one, even of all there is, 2 where there are no predictions. A page is written where any are ranked.

    \b
    Example:
      bcb leaderboard board
      bcb leaderboard board --episodes 1000 --markdown leaderboard.md
    """
    from bcb.leaderboard.board import examine_all
    from bcb.leaderboard.page import check_page, write_page
    from bcb.leaderboard.rank import ranked
    from bcb.leaderboard.show import show, to_json
    from bcb.names import plain
    from bcb.output import print_json, remark
    from bcb.progress import progress_bar
    from generators.executors import available_cpus

    if page:
        check_page(page)
    with progress_bar("scoring", "predictions") as report:
        entries, refused = examine_all(folder, workers or available_cpus(), report)
    boards, unranked = ranked(entries, episodes)
    refused = sorted([*refused, *unranked], key=lambda r: r.path)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "tables": [to_json(board) for board in boards],
                "refused": [{"path": r.path, "why": r.why} for r in refused],
            }
        )
    else:
        for board in boards:
            show(board)
    for r in refused:
        remark(f"refused {plain(r.path, 500)}: {plain(r.why, 500)}")
    if page and boards:
        write_page(page, boards)
        remark(f"wrote {page}")
    elif page:
        remark(f"nothing is ranked, so {page} is left as it is")
    return int(bool(refused))
