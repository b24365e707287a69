"""`bcb bench latency`: how long models read, and what they hold, as sequences grow."""

from pathlib import Path

import click

from bcb import options as opt
from bcb.bench import options

PAPER_LENGTHS = (80, 160, 320, 640, 1280, 2560)
BATCH = 6  # the paper's


@click.command()
@click.option("--rounds", type=opt.POSITIVE, help="How often all is measured (3; with --quick 1).")
@options.threads_option
@click.option("--model", "models", multiple=True, help="One of the models; may be given again (all of them).")
@options.quick_option
@options.figure_option
@options.page_option
@options.json_option
def latency(
    rounds: int | None,
    threads: int | None,
    models: tuple[str, ...],
    quick: bool,
    figure: Path | None,
    page: Path | None,
    as_json: bool,
) -> None:
    """Compare how long the models read, and what they hold meanwhile, as sequences grow.

    The models of preset paper-640, untrained and with as many parameters each, read 6 sequences: of 80 to 2560 steps
    in one call, every time in a fresh process; and one more step after 80 to 100,000 steps. Nothing is decoded, which
    takes as long for all. Left out is what takes more than 6 GiB, more than 20 seconds in one call, or more than four
    minutes to read so far.

    \b
    Example:
      bcb bench latency
      bcb bench latency --model slotssm --model single
      bcb bench latency --page docs/benchmarks.md --figure docs/latency.svg
    """
    from bcb.bench.figure import write_svg
    from bcb.bench.latencies.results import document, panels, tables
    from bcb.bench.latencies.rounds import Plan, run_rounds
    from bcb.bench.machine import machine
    from bcb.bench.tables import check_page, heading, write_section
    from bcb.output import print_json, remark
    from bcb.progress import progress_bar
    from bcb.suggest import check_known
    from generators.executors import available_cpus
    from slotssm.models import MODELS

    if page:
        check_page(page, "latency")
    for name in models:
        check_known("model", name, MODELS)
    rounds = rounds or (1 if quick else 3)
    threads = threads or available_cpus()
    if quick:
        plan = Plan("small", 2, threads, (4, 8), (4, 8))
    else:
        plan = Plan("paper-640", BATCH, threads, PAPER_LENGTHS, (*PAPER_LENGTHS, 10_000, 100_000))
    buildable, skipped = _buildable(models or tuple(MODELS), plan.preset)
    for name, why in skipped.items():
        remark(f"{name} is left out: {why}")
    with progress_bar("processes", "processes") as report:
        records = run_rounds(plan, buildable, rounds, report)
    head = heading("latency", machine(("bcb", "torch", "numba")), rounds) | {"threads": threads}
    if as_json:
        print_json(head | document(records, skipped))
    else:
        for table in tables(records):
            table.show()
    if page:
        write_section(page, "latency", head, tables(records))
        remark(f"wrote the tables to {page}")
    if figure:
        write_svg(figure, panels(records))
        remark(f"drew {figure}")


def _buildable(models: tuple[str, ...], preset: str) -> tuple[list[str], dict[str, str]]:
    """Models that a preset's sizes fit, and why the others don't: another package's may want sizes of its own."""
    from bcb.training import plan

    fit, skipped = [], {}
    for name in models:
        try:
            plan(name, None, preset, None, [])
            fit.append(name)
        except ValueError as error:
            skipped[name] = str(error)
    return fit, skipped
