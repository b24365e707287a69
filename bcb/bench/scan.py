"""`bcb bench scan`: how fast the scans are, and what they keep."""

from pathlib import Path

import click

from bcb.bench import options


@click.command()
@options.rounds_option
@options.threads_option
@options.quick_option
@options.figure_option
@options.page_option
@options.json_option
def scan(
    rounds: int | None, threads: int | None, quick: bool, figure: Path | None, page: Path | None, as_json: bool
) -> None:
    """Compare the scans with those of mambapy, transformers and torch, on the same inputs in one process.

    Batch · slots of 6, 48 and 192, lengths of 80, 640 and 2560 steps, states of 16 and 64, 128 channels; forward,
    and forward and backward. First everyone is checked against the recurrence in float64. What would take more
    than 10 seconds or 6 GiB a run, by what it took at a smaller size, is left out; what takes seconds is run in fewer
    rounds.

    \b
    Example:
      bcb bench scan
      bcb bench scan --page docs/benchmarks.md --figure docs/scan.svg
    """
    from bcb.bench.figure import write_svg
    from bcb.bench.machine import machine
    from bcb.bench.pinned import pinned
    from bcb.bench.scanning.family import Size, errors
    from bcb.bench.scanning.results import document, panels, tables
    from bcb.bench.scanning.rounds import Limits, run_rounds
    from bcb.bench.scanning.s6 import S6
    from bcb.bench.scanning.ssd import SSD
    from bcb.bench.tables import check_page, heading, write_section
    from bcb.output import print_json, remark
    from bcb.progress import progress_bar
    from generators.executors import available_cpus

    if page:
        check_page(page, "scan")
    families = (S6, SSD)
    skipped = {name: packages for family in families for name, packages in family.skipped().items()}
    for name, packages in skipped.items():
        remark(f"{name} is left out: it needs {', '.join(packages)} (pip install 'bcb[bench]')")
    rounds = rounds or (1 if quick else 5)
    threads = threads or available_cpus()
    if quick:
        sizes, check = [Size(2, length, 4, channels=16) for length in (8, 16)], Size(2, 8, 4, channels=16)
    else:
        sizes = [Size(batch, length, n) for batch in (6, 48, 192) for length in (80, 640, 2560) for n in (16, 64)]
        check = Size(6, 257, 16)
    found = {
        (family.name, name): errors(family, entrant.scan, check)
        for family in families
        for name, entrant in family.contestants.items()
        if not entrant.missing
    }
    with pinned(threads), progress_bar("sizes", "sizes") as report:
        records = run_rounds(families, sizes, rounds, Limits(), report)
    head = heading("scan", machine(("bcb", "torch", "numba", "mambapy", "transformers")), rounds) | {"threads": threads}
    shown = tables(records, found, check)
    if as_json:
        print_json(head | document(records, found, skipped))
    else:
        for table in shown:
            table.show()
    if page:
        write_section(page, "scan", head, shown)
        remark(f"wrote the tables to {page}")
    if figure:
        write_svg(figure, panels(records))
        remark(f"drew {figure}")
