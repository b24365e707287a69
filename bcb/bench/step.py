"""`bcb bench step`: how fast a SlotSSM trains."""

from pathlib import Path

import click

from bcb import options as opt
from bcb.bench import options


@click.command()
@options.rounds_option
@options.threads_option
@click.option("--preset", "presets", type=opt.PRESET, multiple=True, help="May be given again (small and paper-640).")
@click.option("--batch", type=opt.POSITIVE, help="Episodes; by default the recipe's, or fewer of long ones.")
@options.quick_option
@options.page_option
@options.json_option
def step(
    rounds: int | None,
    threads: int | None,
    presets: tuple[str, ...],
    batch: int | None,
    quick: bool,
    page: Path | None,
    as_json: bool,
) -> None:
    """Compare training steps of a SlotSSM: with our scan and convolution, and with their recurrences in plain torch.

    The model, the recipe and the length of a preset, on a batch of its episodes: loss, gradients, clipping and
    AdamW. Of long sequences the batch is smaller than the recipe's, as the plain scan keeps so much for its gradients.

    \b
    Example:
      bcb bench step
      bcb bench step --preset paper-80 --batch 8
      bcb bench step --page docs/benchmarks.md
    """
    from bcb.bench.machine import machine
    from bcb.bench.pinned import pinned
    from bcb.bench.stepping import document, run_rounds, tables
    from bcb.bench.tables import check_page, heading, write_section
    from bcb.output import print_json, remark
    from bcb.progress import progress_bar
    from generators.executors import available_cpus

    if page:
        check_page(page, "step")
    rounds = rounds or (1 if quick else 5)
    threads = threads or available_cpus()
    presets = presets or (("small",) if quick else ("small", "paper-640"))
    with pinned(threads), progress_bar("rounds", "rounds") as report:
        records = run_rounds(presets, batch or (2 if quick else None), rounds, report)
    head = heading("step", machine(("bcb", "torch", "numba")), rounds) | {"threads": threads}
    if as_json:
        print_json(head | document(records))
    else:
        for table in tables(records):
            table.show()
    if page:
        write_section(page, "step", head, tables(records))
        remark(f"wrote the tables to {page}")
