"""How long a stress will take: from what cells of its folder took, or from a trial of a few steps."""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from bcb.stress.cell import Cell, Place, keys_of, read_json
from bcb.stress.drive import left
from bcb.stress.plan import Stress, recipe, spec_of, testing, training
from bcb.training import VAL_EPISODES, Plan
from generators.source import Source, SpecSource
from slotssm.curriculum import context_at, decode_at
from slotssm.data import EpisodeDataset
from slotssm.models import MODELS
from slotssm.optim import adamw
from slotssm.predict import pick_device, predict
from slotssm.recipe import TrainConfig
from slotssm.scan.backends import use_backend
from slotssm.train import Loss

TRIALS = 2  # timed steps of each length, after one that compiles
FEW = 8  # episodes of a trial on a CPU, where time is as good as linear in them


@dataclass(frozen=True)
class Line:
    """Seconds as a straight line in the number of context frames."""

    at_none: float
    per_frame: float

    def __call__(self, frames: float) -> float:
        return self.at_none + self.per_frame * frames


@dataclass(frozen=True)
class CellTime:
    """What is left of a cell, in seconds. how: `done`, `recorded` (a like cell of the folder) or `tried`."""

    cell: Cell
    seconds: float
    how: str


def estimate(out: Path, stress: Stress, threads: int, trying: Callable[[str], None]) -> list[CellTime]:
    """Of every cell. `trying` is called with each model that is tried out, which takes seconds."""
    recorded, to_go = _recorded(out), set(left(out, stress))
    tried: dict[str, tuple[Line, Line]] = {}
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    times = []
    try:
        for cell in stress.cells:
            if cell not in to_go:
                times.append(CellTime(cell, 0.0, "done"))
                continue
            place = Place(out, cell)
            trained = place.is_trained
            untested = [length for length in stress.tests if not (trained and place.test(length).exists())]
            if cell.model not in tried:
                trying(cell.model)
                tried[cell.model] = _trial(stress, cell.model)
            step, read = tried[cell.model]
            seconds, how = 0.0, "tried"
            for length in untested:
                source = testing(stress.common, cell.rule, length)
                seconds += len(source) * read(source.spec.context_frames)
            if not trained:
                rate = recorded.get((cell.model, cell.length))
                config, frames = (
                    recipe(stress.common, cell),
                    spec_of(stress.common, cell.rule, cell.length).context_frames,
                )
                if rate is None:
                    seconds += config.steps * step(mean_context(config, frames))
                    seconds += config.steps / config.validate_every * VAL_EPISODES * read(frames)
                else:
                    seconds, how = seconds + config.steps * rate, "recorded"
            times.append(CellTime(cell, seconds, how))
    finally:
        torch.set_num_threads(before)
    return times


def mean_context(config: TrainConfig, frames: int) -> float:
    """Context frames of a training step, in the mean over all steps."""
    some = np.linspace(0, config.steps - 1, min(config.steps, 1000)).astype(int)
    ramp = config.steps // 2 if config.ramp < 0 else config.ramp
    return float(np.mean([context_at(int(s), frames, ramp, config.curriculum, config.seed) for s in some]))


def _recorded(out: Path) -> dict[tuple[str, int], float]:
    """Seconds of a training step, validations included, of the models and lengths that were trained here."""
    found: dict[tuple[str, int], list[float]] = {}
    for path in sorted((out / "cells").glob("*/trained.json")):
        trained: dict[str, Any] = read_json(path) or {}
        with keys_of(path):
            key = trained["cell"]["model"], trained["cell"]["length"]
            found.setdefault(key, []).append(60 * trained["minutes"] / trained["steps"])
    return {key: median(rates) for key, rates in found.items()}


def _trial(stress: Stress, model: str) -> tuple[Line, Line]:
    """Seconds of a training step, and of reading one episode, by context frames: lines through the ends."""
    cells = [cell for cell in stress.cells if cell.model == model]
    planned = training(stress.common, max(cells, key=lambda cell: cell.length))
    longest = testing(stress.common, cells[0].rule, max(stress.tests)).spec.context_frames
    with use_backend(planned.config.backend):
        step = _line(lambda frames: _step_seconds(planned, frames), planned.train_source.spec.context_frames)
        read = _line(lambda frames: _read_seconds(planned, frames), longest)
    return step, read


def _line(seconds: Callable[[int], float], last: int) -> Line:
    first, end = seconds(1), seconds(last)
    slope = (end - first) / (last - 1) if last > 1 else 0.0
    return Line(first - slope, slope)


def _source(planned: Plan, frames: int, count: int) -> Source:
    return SpecSource(dataclasses.replace(planned.train_source.spec, context_frames=frames), "val", count)


def _few(planned: Plan, most: int) -> int:
    return most if pick_device(planned.config.device).type != "cpu" else min(most, FEW)


def _step_seconds(planned: Plan, frames: int) -> float:
    """Of one training step, the making of its episodes included."""
    config, device = planned.config, pick_device(planned.config.device)
    batch = _few(planned, config.batch_size)
    loss = Loss(MODELS[planned.model_name].build(planned.model_config).to(device))
    optimizer = adamw(loss.model, config.lr, config.weight_decay)
    times = torch.from_numpy(decode_at(0, frames, config.decodes, batch, 0)).to(device)

    def work() -> None:
        items = [EpisodeDataset(_source(planned, frames, batch))[i] for i in range(batch)]
        steps, targets = (torch.stack(part).to(device) for part in zip(*items, strict=True))
        loss(steps, targets, times).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return _timed(work, device) * config.batch_size / batch


def _read_seconds(planned: Plan, frames: int) -> float:
    """Of making one episode and predicting its target."""
    model = MODELS[planned.model_name].build(planned.model_config)
    few = _few(planned, 64)
    source, device = _source(planned, frames, few), pick_device(planned.config.device)
    return _timed(lambda: predict(model, source, device=planned.config.device), device) / few


def _timed(work: Callable[[], Any], device: torch.device) -> float:
    work()
    began = time.monotonic()
    for _ in range(TRIALS):
        work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return (time.monotonic() - began) / TRIALS
