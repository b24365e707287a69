"""`bcb bench generate`: how fast episodes are made."""

from pathlib import Path

import click

from bcb import options as opt
from bcb.bench import options

MADE_WITH = ("bcb", "numpy", "numba", "pymunk", "zarr", "pillow")


@click.command()
@options.rounds_option
@click.option("--workers", type=opt.POSITIVE, help="What 'all workers' means; by default one for each core.")
@click.option("--memory", is_flag=True, help="Instead: peak memory of 1 episode of 1,000,000 frames, 100,000 of 11.")
@click.option("--scenes", is_flag=True, help="Instead: scenes, from their physics alone to a store of their pictures.")
@options.quick_option
@options.folder_option
@options.page_option
@options.json_option
def generate(
    rounds: int | None,
    workers: int | None,
    memory: bool,
    scenes: bool,
    quick: bool,
    folder: Path | None,
    page: Path | None,
    as_json: bool,
) -> None:
    """Compare how fast episodes are made: ours, a plain script, and the bare physics.

    64×64 pixels and 4 balls; episodes of 11 and of 640 frames, the target included; one worker and all. `plain` is
    a script as one writes it with pymunk, Pillow and zarr; `bare` only steps pymunk and reads positions.

    Of scenes, at 64×64 too: their `physics`; pictures by MuJoCo's own Renderer, in RGB (`mujoco-rgb`) and with
    segmentation and depth (`mujoco-all`); the same three by ours (`pictures`), and into a `store`.

    \b
    Example:
      bcb bench generate
      bcb bench generate --memory
      bcb bench generate --scenes
      bcb bench generate --page docs/benchmarks.md
    """
    from bcb.bench.machine import machine
    from bcb.bench.making.cases import cases, long_cases, scene_cases
    from bcb.bench.making.drawn_by import drawn_by
    from bcb.bench.making.results import document, memory_table, tables
    from bcb.bench.making.rounds import run_rounds
    from bcb.bench.tables import check_page, heading, write_section
    from bcb.output import print_json, remark
    from bcb.progress import progress_bar
    from generators.executors import available_cpus

    if memory and scenes:
        raise ValueError("--memory and --scenes are measurements of their own; give one of them")
    name = "generate-memory" if memory else "generate-scenes" if scenes else "generate"
    if page:
        check_page(page, name)
    on = machine(("bcb", "numpy", "mujoco", "zarr") if scenes else MADE_WITH)
    if scenes:
        on["versions"] |= drawn_by()  # fails here where nothing can draw, not after minutes
    make_cases = long_cases if memory else scene_cases if scenes else cases
    rounds = rounds or (1 if quick or memory else 5)
    with progress_bar("runs", "runs") as report:
        records = run_rounds(make_cases(workers or available_cpus(), quick), rounds, folder, report)
    head = heading(name, on, rounds)
    shown = [memory_table(records)] if memory else tables(records)
    if as_json:
        print_json(head | document(records))
    else:
        for table in shown:
            table.show()
    if page:
        write_section(page, name, head, shown)
        remark(f"wrote the tables to {page}")
