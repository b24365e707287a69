"""What a trained model costs: the time of one more step, and the bytes of the state that it goes on with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import thread_time

from bcb.report.trial import Trial

STEPS = 31  # of which the median is taken
PACKAGES = ("bcb", "torch", "numba")


@dataclass(frozen=True)
class Cost:
    """Of one model after so many context frames: milliseconds a step (of one sequence), and bytes of its state."""

    model: str
    data: str
    train_frames: int | None
    frames: int
    parameters: int
    milliseconds: float
    state: int


def costs(
    trials: Sequence[Trial], names: Sequence[tuple], report: Callable[[int, int], None] = lambda done, total: None
) -> list[Cost]:
    """Of the first training of every model with weights here, after the fewest and the most frames it was tested at.

    names: (model, frames trained at), in the order wanted. report: called with (models done, models in all).
    """
    from bcb.bench.pinned import pinned

    first: dict[tuple, Trial] = {}
    for trial in trials:
        if trial.run and trial.spec:
            first.setdefault((trial.model, trial.data, trial.train_frames), trial)
    found = []
    with pinned(1):
        for done, key in enumerate(sorted(first, key=lambda key: (key[1], list(names).index((key[0], key[2]))))):
            report(done, len(first))
            trial = first[key]
            frames = [t.test_frames for t in trials if (t.model, t.data, t.train_frames) == key]
            found += [_cost(trial, count) for count in sorted({min(frames), max(frames)})]
    report(len(first), len(first))
    return found


def _cost(trial: Trial, frames: int) -> Cost:
    import torch

    from bcb.bench.latencies.reader import state_bytes
    from bcb.specs import with_frames
    from generators.source import SpecSource
    from slotssm.checkpoint import load_run
    from slotssm.data import EpisodeDataset

    assert trial.run
    assert trial.spec
    model = load_run(trial.run).model
    source = SpecSource(with_frames(trial.spec, None, frames, None), trial.split, 1)
    steps = EpisodeDataset(source)[0][0][None]
    with torch.inference_mode():
        _, state = model(steps)
        again = [partial(model.step, steps[:, i % steps.shape[1]], state) for i in range(STEPS)]
        again[0]()  # what is compiled is so from now on
        seconds = [_timed(step) for step in again]
    parameters = sum(p.numel() for p in model.parameters())
    milliseconds = median(seconds) * 1e3
    return Cost(trial.model, trial.data, trial.train_frames, frames, parameters, milliseconds, state_bytes(state))


def _timed(work: Callable[[], object]) -> float:
    """Processor time, which other programs hardly change; on one thread it is all the time there is."""
    start = thread_time()
    work()
    return thread_time() - start
