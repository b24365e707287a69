"""`bcb bench load`: how fast episodes come out of a store and into torch."""

from pathlib import Path

import click

from bcb import options as opt
from bcb.bench import options


@click.command()
@options.rounds_option
@click.option("--workers", type=opt.COUNT, multiple=True, help="Of the DataLoader; may be given again (0, 1 and 2).")
@options.quick_option
@options.folder_option
@options.page_option
@options.json_option
def load(
    rounds: int | None, workers: tuple[int, ...], quick: bool, folder: Path | None, page: Path | None, as_json: bool
) -> None:
    """Compare how fast episodes are loaded into torch batches: our store, other formats, other readers of our store.

    Every contestant delivers the same tensors through a DataLoader with 0, 1 and 2 workers: whole episodes of 10 and of
    640 frames with their targets, and windows of 16 frames out of 640; in random order, but for WebDataset, which
    reads in order. Cold (its files dropped from the page cache before) and warm.

    \b
    Example:
      bcb bench load
      bcb bench load --rounds 3 --page docs/benchmarks.md
    """
    import tempfile

    from bcb.bench.loading.cache import can_drop
    from bcb.bench.loading.formats import FORMATS, missing
    from bcb.bench.loading.results import document, tables
    from bcb.bench.loading.rounds import make_data, run_rounds
    from bcb.bench.loading.workload import QUICK_WORKLOADS, WORKLOADS
    from bcb.bench.machine import machine
    from bcb.bench.tables import check_page, heading, write_section
    from bcb.output import print_json, remark
    from bcb.progress import progress_bar

    if page:
        check_page(page, "load")
    skipped = {name: packages for name, form in FORMATS.items() if (packages := missing(form))}
    for name, packages in skipped.items():
        remark(f"{name} is left out: it needs {', '.join(packages)} (pip install 'bcb[bench]')")
    if not can_drop():
        remark("nothing is measured cold: this system doesn't let one drop files from its page cache")
    rounds = rounds or (1 if quick else 5)
    workloads = QUICK_WORKLOADS if quick else WORKLOADS
    packages = ("bcb", "numpy", "torch", "zarr", "zarrs", "h5py", "webdataset", "tensorstore")
    with (
        tempfile.TemporaryDirectory(prefix="bcb-bench-", dir=folder) as place,
        progress_bar("passes", "passes") as report,
    ):
        folders = make_data(workloads, Path(place))
        records = run_rounds(workloads, workers or (0, 1, 2), rounds, folders, report)
    head = heading("load", machine(packages), rounds)
    if as_json:
        print_json(head | document(records, skipped))
    else:
        for table in tables(records):
            table.show()
    if page:
        write_section(page, "load", head, tables(records))
        remark(f"wrote the tables to {page}")
