"""`bcb stress`: train at each length, test at each length."""

from pathlib import Path

import click

from bcb import options as opt


def _presets():
    from bcb.stress.presets import STRESS

    return STRESS


@click.command()
@click.option(
    "--preset", type=opt.Name("preset", _presets), help="recall (an hour on two cores), small (hours) or paper (a GPU)."
)
@click.option("--models", metavar="NAME,…", help="Which models (`bcb list models`).")
@click.option("--rule", "rules", metavar="NAME,…", help="Under which rules (`bcb list rules`).")
@click.option(
    "--lengths", metavar="L,…", help="Context steps to train at; of whole frames or patches, as the base has."
)
@click.option("--test-lengths", metavar="L,…", help="Context steps to test at (those of --lengths).")
@click.option("--seeds", type=opt.POSITIVE, help="How many trainings of each: training seeds 0, 1, … (3).")
@click.option("--base", type=opt.PRESET, help="Whose world, patches, sizes and recipe (small): see `bcb list presets`.")
@click.option("--init", metavar="RULE=RULE,…", help="Start from another rule's cells: frequent=earliest; or none.")
@click.option("--start", metavar="PRESET", help="Start from its bundled weights (`bcb list weights`); or none.")
@click.option("--curriculum", help="length (from short contexts upwards) or none (the paper's protocol).")
@click.option("--steps", type=opt.POSITIVE, help="Optimiser steps of each training.")
@click.option("--batch-size", type=opt.POSITIVE, help="Episodes per step.")
@click.option("--data-seed", type=opt.COUNT, default=0, help="Of the episodes, trained and tested on (0).")
@click.option("--episodes", type=opt.POSITIVE, help="Test episodes (1000, or all of a store).")
@click.option("--data", type=opt.STORE, multiple=True, help="A store to test on, one for each rule.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder; goes on where it stopped.")
@click.option("--workers", type=opt.POSITIVE, help="Cells at a time (all the cores; of a GPU, 1).")
@click.option("--threads", type=opt.POSITIVE, default=1, help="Threads of each cell (1); last digits depend on it.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster: its scheduler, tcp://HOST:PORT.")
@click.option("--scheduler-file", type=click.Path(), help="The same, by the file that `dask scheduler` writes.")
@click.option("--device", help="auto, cpu, cuda, …")
@opt.backend_option
@click.option("--retest", is_flag=True, help="Test again what was tested: after an upgrade that brought a metric.")
@click.option("--dry-run", is_flag=True, help="Train nothing; print the cells, and how long they may take.")
@click.option("--metric", default="painted_accuracy", show_default=True, help="What the printed matrix shows.")
@opt.config_option
@opt.set_option
@opt.json_option
def stress(
    preset: str | None,
    models: str | None,
    rules: str | None,
    lengths: str | None,
    test_lengths: str | None,
    seeds: int | None,
    base: str | None,
    init: str | None,
    start: str | None,
    curriculum: str | None,
    steps: int | None,
    batch_size: int | None,
    data_seed: int,
    episodes: int | None,
    data: tuple[str, ...],
    out: Path,
    workers: int | None,
    threads: int,
    scheduler: str | None,
    scheduler_file: str | None,
    device: str | None,
    backend: str | None,
    retest: bool,
    dry_run: bool,
    metric: str,
    config: str | None,
    sets: tuple[str, ...],
    as_json: bool,
) -> int | None:
    """Train at each length, test at each length: models, rules and seeds in one table.

    A cell is one training (an ordinary run folder, OUT/runs/CELL) and its tests, which are those of `bcb evaluate`.
    OUT/records.csv has every number of every cell, a row each. Killed or interrupted, run the same command again; more
    models, rules, lengths and seeds may be asked for then. A cell that fails says so and lets the others go on.

    \b
    Example:
      bcb stress --preset small --out stress/small --dry-run
      bcb stress --preset small --out stress/small
      bcb stress --models slotssm,single --rule earliest --lengths 5,10 --test-lengths 10,20,40 --out stress/try
    """
    from bcb.config import given, parse_sets, read_config
    from bcb.output import print_json, remark
    from bcb.place import check_place
    from bcb.progress import progress_bar
    from bcb.stress.asked import Asked
    from bcb.stress.asked import stress as planned
    from bcb.stress.cell import Cell
    from bcb.stress.drive import check_plan, left, run_stress
    from bcb.stress.metrics import check_metric
    from bcb.stress.plan import recipe
    from bcb.stress.records import failures_in, scores_in
    from bcb.stress.show import print_estimate, print_matrix
    from generators.errors import StoreError
    from generators.executors import DaskCluster, LocalProcesses, WorkerDied, available_cpus
    from slotssm.predict import pick_device
    from slotssm.scan.backends import choose

    check_place("--out", out)
    flags = given(curriculum=curriculum, steps=steps, batch_size=batch_size, device=device, backend=backend)
    layers = [read_config(config) if config else {}, {"train": flags}, parse_sets(sets)]
    asked = Asked(preset, base, models, rules, lengths, test_lengths, seeds, init, start, data_seed, episodes, data)
    matrix = planned(asked, layers)
    check_plan(out, matrix.common)
    check_metric(metric, matrix)
    scores_in(out)  # what is damaged among them is said before the work
    cluster = scheduler is not None or scheduler_file is not None
    if cluster and workers:
        raise click.UsageError("--workers are this machine's; a Dask cluster has its own")
    if cluster:
        executor = DaskCluster(scheduler, None if scheduler_file is None else Path(scheduler_file))
    else:
        settings = recipe(matrix.common, matrix.cells[0])
        on = pick_device(settings.device)
        choose(settings.backend, on)
        workers = workers or (max(1, available_cpus() // threads) if on.type == "cpu" else 1)
        executor = LocalProcesses(workers)
    if dry_run and retest:
        raise click.UsageError("--dry-run counts what isn't there yet; leave --retest out")
    if dry_run:
        from bcb.stress.estimate import estimate

        times = estimate(out, matrix, threads, lambda model: remark(f"trying out {model}"))
        print_estimate(matrix, times, None if cluster else workers, as_json)
        return None

    number = 0
    to_go = len(left(out, matrix))

    def finished(cell: Cell, error: str | None) -> None:
        nonlocal number
        number += 1
        remark(f"{number} of {to_go}: {cell.name}{f' failed: {error}' if error else ''}")

    if to_go:
        remark(
            f"{to_go} cell{'s' * (to_go > 1)} to go; a line for each when done, and what is trained is kept on the way"
        )
    try:
        with progress_bar("training", "steps") as report:
            run_stress(out, matrix, executor, threads=threads, retest=retest, progress=report, finished=finished)
    except WorkerDied as error:
        raise StoreError(f"{error} and run the same bcb stress command again to go on") from error
    cells = {(cell.model, cell.rule, cell.length, cell.seed) for cell in matrix.cells}
    tests, failed = (
        [r for r in found if (r["model"], r["rule"], r["train_length"], r["train_seed"]) in cells]
        for found in (scores_in(out), failures_in(out))
    )
    if as_json:
        print_json({"path": str(out), "tests": tests, "failed": failed})
    else:
        print_matrix(metric, matrix, tests, failed)
        remark(f"wrote {out / 'records.csv'}; runs are in {out / 'runs'}")
    for failure in failed:
        name = Cell(failure["model"], failure["rule"], failure["train_length"], failure["train_seed"]).name
        remark(f"{name} failed: {failure['error']}")
    return 1 if failed else None
