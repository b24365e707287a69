"""`python -m bcb.zoo`: evaluate every bundled run, or those that are named, and write the tables."""

import shlex
import sys
from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN|NAME]…")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Put the tables in this Markdown page.")
@click.option(
    "--kept", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/zoo"), show_default=True,
    help="Records that are done; delete it to evaluate anew, as after a change of the code.",
)  # fmt: skip
@click.option("--episodes", type=opt.POSITIVE, default=1000, show_default=True, help="How many test episodes.")
@opt.workers_option
def zoo(runs: tuple[str, ...], page: Path | None, kept: Path, episodes: int, workers: int | None) -> None:
    """Score runs of presets on the canonical test episodes, at the lengths that their preset is tested at.

    Without a RUN, all that come with bcb. Killed, the same command goes on.

    \b
    Example:
      python -m bcb.zoo --page docs/results.md
      python -m bcb.zoo runs/slotssm-small-earliest
    """
    from bcb.bench.tables import check_mark, write_marked
    from bcb.bundled import bundled, run_folder
    from bcb.output import remark
    from bcb.progress import progress_bar
    from bcb.zoo.entry import entries, evaluate, read
    from bcb.zoo.page import groups, head, table
    from generators.executors import available_cpus, run_tasks

    if page:
        check_mark(page, "results")
    places = [run_folder(run) for run in runs] or [b.path for b in bundled()]
    todo = [entry for place in places for entry in entries(place, kept, episodes)]
    done = 0
    with progress_bar("evaluations", "evaluations") as report:

        def tick(count: int) -> None:
            nonlocal done
            done += count
            report(done, len(todo))

        run_tasks(evaluate, todo, workers or available_cpus(), tick)
    records = [read(entry) for entry in todo]
    found = groups(records)
    if page:
        command = shlex.join(["python", "-m", "bcb.zoo", *sys.argv[1:]])
        write_marked(page, "results", "\n\n".join([head(records, command), *(table(g).markdown() for g in found)]))
        remark(f"wrote the tables to {page}")
    else:
        for group in found:
            table(group).show()


def main() -> None:
    """A user's mistake is one line and a 2, as of bcb."""
    try:
        zoo()
    except ValueError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
