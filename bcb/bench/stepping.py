"""Training steps of one SlotSSM, its scans computed in two ways, in turn, in this one process."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

import torch

from bcb.bench.growth import peak_growth
from bcb.bench.spread import Spread, spread
from bcb.bench.tables import Table
from bcb.output import size_text
from bcb.training import plan
from slotssm.curriculum import decode_at
from slotssm.data import EpisodeDataset
from slotssm.models import MODELS
from slotssm.optim import adamw
from slotssm.scan import use_backend
from slotssm.train import Loss

BACKENDS = {"ours": "auto", "plain torch": "reference"}
BATCH_STEPS = 2560  # context steps of a batch at most, so that the plain scan fits in memory
ROUND_SECONDS = 1.0  # at least


@dataclass
class Record:
    """What a way to compute came to.

    loss: before any step.   seconds: of one step, in every round.
    peak: bytes that a step adds to the process at most; None where unknown.
    """

    preset: str
    scan: str
    batch: int
    recipe_batch: int
    loss: float = math.nan
    seconds: list[float] = field(default_factory=list)
    peak: int | None = None

    @property
    def rate(self) -> Spread:
        """Steps a second."""
        return spread(1 / seconds for seconds in self.seconds)


class Trainee:
    """A new SlotSSM of a preset, and one batch of the preset's episodes, at full length."""

    def __init__(self, preset: str, batch: int | None):
        """batch: episodes; None for the recipe's, or as many of them as BATCH_STEPS allows."""
        planned = plan("slotssm", None, preset, None, [])
        spec, config, recipe = planned.train_source.spec, planned.model_config, planned.config
        self.recipe_batch = recipe.batch_size
        self.batch = batch or max(1, min(recipe.batch_size, BATCH_STEPS // spec.length))
        torch.manual_seed(0)
        self.model = MODELS["slotssm"].build(config)
        self.loss = Loss(self.model)
        self.optimizer, self.clip = adamw(self.model, recipe.lr, recipe.weight_decay), recipe.clip
        episodes = EpisodeDataset(planned.train_source)
        steps, targets = zip(*(episodes[i] for i in range(self.batch)), strict=True)
        times = torch.from_numpy(decode_at(0, spec.context_frames, recipe.decodes, self.batch, 0))
        self.inputs = torch.stack(steps), torch.stack(targets), times

    def step(self) -> None:
        """As `slotssm.train` makes one: loss, gradients, clipping, AdamW."""
        self.loss(*self.inputs).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def run_rounds(
    presets: Sequence[str], batch: int | None, rounds: int, report: Callable[[int, int], None]
) -> list[Record]:
    """report: called with (rounds done, rounds in all)."""
    records: list[Record] = []
    for number, preset in enumerate(presets):
        trainee = Trainee(preset, batch)
        found = [Record(preset, scan, trainee.batch, trainee.recipe_batch) for scan in BACKENDS]
        firsts: list[float] = []
        for record in found:
            with use_backend(BACKENDS[record.scan]), torch.no_grad():
                record.loss = float(trainee.loss(*trainee.inputs))
        for record in found:
            with use_backend(BACKENDS[record.scan]):
                trainee.step()
                seconds, record.peak = peak_growth(partial(_timed, trainee.step))
            firsts.append(seconds)
        for done in range(rounds):
            report(number * rounds + done, len(presets) * rounds)
            for record, first in zip(found, firsts, strict=True):
                repeats = math.ceil(ROUND_SECONDS / first) if rounds > 1 else 1
                with use_backend(BACKENDS[record.scan]):
                    record.seconds.append(sum(_timed(trainee.step) for _ in range(repeats)) / repeats)
        records += found
    report(len(presets) * rounds, len(presets) * rounds)
    return records


def document(records: list[Record]) -> dict[str, Any]:
    """What was measured, in plain values."""
    return {
        "runs": [asdict(r) | {"steps_per_second": asdict(r.rate)} for r in records],
        "ratios": [{"preset": ours.preset, **asdict(ratio(ours, plain))} for ours, plain in _pairs(records)],
    }


def tables(records: list[Record]) -> list[Table]:
    columns = ["preset", "scan", "batch (recipe's)", "steps/s", "seconds a step", "peak memory", "ours is faster"]
    rows = [
        [
            r.preset,
            r.scan,
            f"{r.batch} ({r.recipe_batch})",
            str(r.rate),
            str(spread(r.seconds)),
            "–" if r.peak is None else size_text(r.peak),
            "" if r is ours else f"{ratio(ours, plain)} times",
        ]
        for ours, plain in _pairs(records)
        for r in (ours, plain)
    ]
    return [Table("A training step of SlotSSM", columns, rows)]


def ratio(ours: Record, plain: Record) -> Spread:
    """How many times as fast, in each round."""
    return spread(slow / fast for fast, slow in zip(ours.seconds, plain.seconds, strict=True))


def _pairs(records: list[Record]) -> list[tuple[Record, Record]]:
    found = {(r.preset, r.scan): r for r in records}
    ours, plain = BACKENDS
    return [(found[preset, ours], found[preset, plain]) for preset in dict.fromkeys(r.preset for r in records)]


def _timed(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
