"""`bcb report`: one page that says how far back models remember."""

from pathlib import Path

import click

from bcb import options as opt

OF_BALLS = "How far back does a model remember?"
OF_SCENES = "What do models make of scenes?"


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUNS…")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="The page, x.html; replaced if there."
)
@click.option(
    "--markdown", type=click.Path(path_type=Path, dir_okay=False),
    help="Tables for a README, and a figure beside them (FILE's name with .svg). A file that is there needs two lines "
    "to write between: <!-- report --> and <!-- end of report -->.",
)  # fmt: skip
@click.option("--title", help="Of the page.")
@click.option(
    "--episodes", type=opt.COUNT, default=4, show_default=True, help="In the player, of each rule; 0 for none."
)
@click.option(
    "--context-frames", type=opt.POSITIVE, help="Of the player's episodes (the second of the tested lengths)."
)
@click.option(
    "--test-episodes", type=opt.POSITIVE, default=1000, show_default=True,
    help="On which runs are evaluated; stress folders are.",
)  # fmt: skip
@click.option("--latency/--no-latency", default=True, help="Measure a step's time and the state's size, here and now.")
@click.option(
    "--kept", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/zoo"), show_default=True,
    help="Where evaluations of runs are kept, so as not to be made twice.",
)  # fmt: skip
@opt.workers_option
def report(
    runs: tuple[str, ...],
    out: Path | None,
    markdown: Path | None,
    title: str | None,
    episodes: int,
    context_frames: int | None,
    test_episodes: int,
    latency: bool,
    kept: Path,
    workers: int | None,
) -> None:
    """Say how far back models remember, in one page that works from a disk, on a phone and on paper.

    RUNS are folders of `bcb stress`, run folders, names of bundled weights (`bcb list weights`), and files that
    `bcb evaluate --json` or `bcb score --json` printed. Runs are evaluated at the lengths that their preset is
    tested at, or else at once, twice and four times their own. The page has accuracy and effective memory against
    length, accuracy by the age of the evidence, what a step costs, and episodes to play with what every model predicts.

    Runs and scores of scenes have a page of their own: tables, what runs draw of the first episodes, how they learned.

    \b
    Example:
      bcb report stress/small -o report.html
      bcb report slotssm-small-frequent single-small-frequent -o report.html --markdown report.md
      bcb report runs/slotssm scores.json -o report.html --episodes 8 --no-latency
      bcb report runs/savi runs/oc -o scenes.html
    """
    from bcb.output import remark, size_text
    from bcb.place import check_outputs, check_place
    from bcb.progress import progress_bar
    from bcb.report.gather import gather
    from bcb.report.markdown import check_markdown, replace_text, write_markdown
    from bcb.report.page import Extras, page, provenance
    from bcb.report.scene_gather import are_of_scenes
    from bcb.scenes.which import check_none_given
    from generators.executors import available_cpus

    if out is None and markdown is None:
        raise click.UsageError("say where to write it: -o report.html, or --markdown report.md")
    for option, path in (("--out", out), ("--markdown", markdown), ("--kept", kept)):
        if path:
            check_place(option, path)
    if markdown:
        check_markdown(markdown)
    check_outputs(runs, [path for path in (out, markdown, markdown and markdown.with_suffix(".svg")) if path])
    if are_of_scenes(runs):
        check_none_given(context_frames=context_frames)
        workers = workers or available_cpus()
        _report_scenes(runs, out, markdown, title or OF_SCENES, episodes, test_episodes, kept, workers)
        return
    with progress_bar("evaluating", "evaluations") as progress:
        found = gather(runs, kept, test_episodes, progress, workers=workers or available_cpus())
    for note in found.notes:
        remark(note)
    if out:
        extras = Extras(*_costs(found, latency), _player(found, episodes, context_frames))
        out.parent.mkdir(parents=True, exist_ok=True)
        text = page(found, title or OF_BALLS, extras)
        replace_text(out, text)
        remark(f"wrote {out} ({size_text(len(text.encode()))})")
    if markdown:
        figure = write_markdown(markdown, found.trials, provenance(found))
        remark(f"wrote {markdown} and {figure}")


def _report_scenes(runs, out, markdown, title, episodes, test_episodes, kept, workers) -> None:
    from bcb.output import remark, size_text
    from bcb.progress import progress_bar
    from bcb.report.markdown import replace_text
    from bcb.report.scene_gather import gather_scenes
    from bcb.report.scene_page import scenes_page, write_scenes_markdown
    from bcb.report.scene_pictures import pictures

    with progress_bar("evaluating", "evaluations") as progress:
        records = gather_scenes(runs, kept, test_episodes, progress, workers=workers)
    if out:
        with progress_bar("drawing", "models") as progress:
            drawn = pictures(records, episodes, progress) if episodes else []
        out.parent.mkdir(parents=True, exist_ok=True)
        text = scenes_page(records, title, drawn)
        replace_text(out, text)
        remark(f"wrote {out} ({size_text(len(text.encode()))})")
    if markdown:
        write_scenes_markdown(markdown, records)
        remark(f"wrote {markdown}")


def _costs(found, latency: bool):
    """Costs, and the machine that they were measured on; nothing where nobody asked."""
    if not latency:
        return [], {}
    from bcb.bench.machine import machine
    from bcb.progress import progress_bar
    from bcb.report.cost import PACKAGES, costs
    from bcb.report.curves import names_of

    with progress_bar("timing", "models") as progress:
        return costs(found.trials, list(names_of(found.trials)), progress), machine(PACKAGES)


def _player(found, episodes: int, context_frames: int | None):
    if not episodes:
        return None
    from bcb.progress import progress_bar
    from bcb.report.player import player

    with progress_bar("drawing", "models") as progress:
        return player(found.trials, episodes, context_frames, progress)
