"""`python -m bcb.zoo.scenes`: score runs on scenes, each on the store that it was trained on, and write the tables."""

import platform
import shlex
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Put the tables in this Markdown page.")
@click.option("--mark", default="scenes", show_default=True, help="Between which marks of the page: <!-- MARK -->.")
@click.option(
    "--kept", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/zoo"), show_default=True,
    help="Records that are done; delete it to evaluate anew, as after a change of the code.",
)  # fmt: skip
@click.option("--episodes", type=opt.POSITIVE, default=300, show_default=True, help="How many test episodes.")
@opt.workers_option
def zoo_of_scenes(
    runs: tuple[str, ...], page: Path | None, mark: str, kept: Path, episodes: int, workers: int | None
) -> None:
    """Score runs of bcb train on scenes, on the test episodes of the stores that they were trained on.

    Killed, the same command goes on.

    \b
    Example:
      python -m bcb.zoo.scenes runs/scenes/objects-savi runs/scenes/objects-oc-slotssm
    """
    from bcb.bench.tables import check_mark, write_marked
    from bcb.bundled import run_folder
    from bcb.output import remark
    from bcb.progress import progress_bar
    from bcb.zoo.entry import PACKAGES
    from bcb.zoo.scene_entry import SceneEntry, evaluate_entry, read_entry
    from bcb.zoo.scene_page import scene_tables
    from generators.executors import available_cpus, run_tasks
    from slotssm.scenes.runs import load_scene_run

    if page:
        check_mark(page, mark)
    todo = [SceneEntry(run_folder(run), kept, episodes) for run in runs]
    for entry in todo:
        load_scene_run(entry.run)  # a wrong one is said before the work
    done = 0
    with progress_bar("evaluations", "evaluations") as report:

        def tick(count: int) -> None:
            nonlocal done
            done += count
            report(done, len(todo))

        run_tasks(evaluate_entry, todo, workers or available_cpus(), tick)
    records = [read_entry(entry) for entry in todo]
    tables = scene_tables(records)
    if not page:
        for table in tables:
            table.show()
        return
    command = shlex.join(["python", "-m", "bcb.zoo.scenes", *sys.argv[1:]])
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    head = (
        f"`{command}`, {date.today().isoformat()}; {versions}, Python {platform.python_version()}, one thread for each "
        f"run. Trained with torch {', '.join(sorted({r['torch'] for r in records}))}. Brackets are 95 % intervals over "
        "the test episodes, not over trainings."
    )
    write_marked(page, mark, "\n\n".join([head, *(table.markdown() for table in tables)]))
    remark(f"wrote the tables to {page}")


def main() -> None:
    """A user's mistake is one line and a 2, as of bcb."""
    try:
        zoo_of_scenes()
    except ValueError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
