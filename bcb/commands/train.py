"""`bcb train`: a model, data, and a run folder."""

import os
import time
from pathlib import Path

import click

from bcb import options as opt

BLIND = 0.01  # answers that differ less from each other don't depend on what is seen


@click.command()
@opt.any_task_option
@click.option("--model", help="Which model (`bcb list models`); slotssm, or what a task of scenes has.")
@click.option("--data", type=opt.STORE, help="A store with a train and a val split.")
@opt.preset_option
@opt.rule_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The run folder; goes on where it stopped.")
@click.option(
    "--init", metavar="RUN|NAME", help="Start from these weights: a run, or bundled ones (`bcb list weights`)."
)
@click.option("--curriculum", help="length (from short contexts upwards) or none (the paper's protocol).")
@click.option("--steps", type=opt.POSITIVE, help="Optimiser steps.")
@click.option("--batch-size", type=opt.POSITIVE, help="Episodes per step.")
@click.option("--lr", type=opt.PositiveFloat(), help="Highest learning rate.")
@click.option("--seed", type=opt.COUNT, help="Of the first weights and of the order of the data.")
@click.option("--max-minutes", type=opt.PositiveFloat(), help="Stop after so long; the same command goes on.")
@click.option("--device", help="auto, cpu, cuda, …")
@opt.backend_option
@click.option("--workers", type=opt.COUNT, help="Processes that load data (0: none but this one).")
@opt.config_option
@opt.set_option
def train(
    task: str | None,
    model: str | None,
    data: str | None,
    preset: str | None,
    rule: str | None,
    out: Path,
    init: str | None,
    curriculum: str | None,
    steps: int | None,
    batch_size: int | None,
    lr: float | None,
    seed: int | None,
    max_minutes: float | None,
    device: str | None,
    backend: str | None,
    workers: int | None,
    config: str | None,
    sets: tuple[str, ...],
) -> None:
    """Train a model on a store or a preset.

    Killed or stopped, run the same command again: it ends with the same weights. Settings have three groups, `data`
    (of a preset), `model` and `train`, for --config and --set.

    \b
    Example:
      bcb train --preset small --rule earliest --out runs/small-earliest
      bcb train --task video-prediction --preset video-small --out runs/video
      bcb train --data data/frequent-640 --out runs/frequent --set model.width=128 --set train.decodes=1
      bcb train --task objects --data data/movi-a-like --model savi --out runs/savi
    """
    from bcb.bundled import run_folder
    from bcb.config import given, parse_sets, read_config
    from bcb.output import remark
    from bcb.place import check_place
    from bcb.scenes.tasks import SCENE_TASKS
    from bcb.scenes.training import plan_scenes
    from bcb.scenes.which import check_none_given, store_is_of_scenes
    from bcb.training import plan

    check_place("--out", out)

    flags = given(curriculum=curriculum, steps=steps, batch_size=batch_size, lr=lr, seed=seed, device=device)
    flags |= given(backend=backend, max_minutes=max_minutes, workers=workers)
    written = [read_config(config)] if config else []
    start = run_folder(init) if init else None
    if task in SCENE_TASKS or (task is None and store_is_of_scenes(data)):
        check_none_given(rule=rule, preset=preset, curriculum=curriculum)
        planned = plan_scenes(model, data, task, start, [*written, {"train": flags}, parse_sets(sets)])
    else:
        layers = [*written, {"data": given(rule=rule), "train": flags}, parse_sets(sets)]
        planned = plan(model or "slotssm", data, preset, start, layers, task)
    at, first, began, spread = 0, 0, time.monotonic(), 1.0
    begun = (out / "config.json").exists()

    def started(step: int) -> None:
        nonlocal at, first, began
        at, first, began = step, step, time.monotonic()
        again = ", from the first: it was stopped before its first checkpoint" if begun else ""
        remark(planned.summary + (f", {step} of them done" if step else again))

    def progress(record: dict) -> None:
        nonlocal at, spread
        at, spread = record["step"], record.get("spread", 1.0)
        shown = (f"{key} {value:.4g}" for key, value in record.items() if key != "step")
        rate = (at - first) / (time.monotonic() - began)
        left = (planned.config.steps - at) / rate / 60
        remark(f"step {at}: {', '.join(shown)}; {rate:.1f} steps/s, {left:.0f} minutes to go")

    planned.run(out, started, progress)
    if os.environ.get("RANK", "0") != "0":
        return  # under torchrun one process speaks
    if max_minutes and at < planned.config.steps:
        remark(f"stopped before step {planned.config.steps}; the same command goes on")
    if spread < BLIND:
        remark("it says the same whatever it sees: try a lower --lr, or start from a run on objects (--init)")
    if (out / "model.safetensors").exists():
        remark(f"wrote {out}; score it with: bcb evaluate --model {out if len(out.parts) > 1 else f'./{out}'}")
