"""`check_metric`: what every metric must keep, whoever wrote it."""

import numpy as np

from eval.discs import paint
from eval.estimate import Sums, estimate
from eval.metrics.metric import Metric
from eval.truth import Truth
from generators.palette import FIRST_COLOR, WHITE, palette


def check_metric(metric: Metric, *, seed: int = 0) -> None:
    """Raises AssertionError, saying what is broken, unless on random episodes (overlapping balls, hidden
    balls and white ones among them): a perfect prediction has the best value, no prediction leaves [0, 1] or
    is better than the best, and neither the order of the episodes, nor having each twice, nor the rest of
    the batch changes anything. The metric must not write to what it is given.
    """
    rng = np.random.default_rng(seed)
    truth = random_truth(rng)
    n = len(truth)
    noise = rng.integers(truth.classes, size=truth.target.shape, dtype=np.uint8)
    blurred = np.where(rng.random(truth.target.shape) < 0.5, truth.target, noise)
    for array in (noise, blurred, truth.target, truth.position, truth.radius, truth.answers):
        array.setflags(write=False)

    perfect = _value(metric, truth.target, truth)
    assert perfect == metric.best, f"a perfect prediction scores {perfect}, not {metric.best}"

    for prediction in (noise, blurred, np.zeros_like(noise)):
        sums = _sums(metric, prediction, truth)
        value = _estimate(sums)
        assert 0 <= value <= 1, f"a prediction scores {value}, outside [0, 1]"
        assert abs(value - metric.best) > 1e-6, f"a wrong prediction scores {value}, as a perfect one does"

        order = rng.permutation(n)
        shuffled = _sums(metric, prediction[order], truth.take(order))
        assert _same(shuffled, sums, order), "the order of the episodes changes an episode's score"
        assert estimate([shuffled]) == estimate([sums]), "the order of the episodes changes the estimate"

        half = slice(0, n // 2)
        alone = _sums(metric, prediction[half], truth.take(half))
        assert _same(alone, sums, np.arange(n // 2)), "an episode's score depends on the other episodes"

        twice = np.tile(np.arange(n), 2)
        doubled = _value(metric, prediction[twice], truth.take(twice))
        assert abs(doubled - value) < 1e-12, f"having every episode twice changes {value} to {doubled}"


def random_truth(rng: np.random.Generator, n: int = 24, balls: int = 5, size: int = 24, frames: int = 6) -> Truth:
    """Episodes without physics or rule: balls anywhere, over each other and partly outside; the target is right."""
    colors = 5
    answers = np.where(
        rng.random((n, frames, balls)) < 0.3,
        np.uint8(WHITE),
        rng.integers(FIRST_COLOR, FIRST_COLOR + colors, size=(n, frames, balls), dtype=np.uint8),
    )
    truth = Truth(
        index=np.arange(n),
        target=np.zeros((n, size, size), dtype=np.uint8),
        position=rng.uniform(0, size, (n, balls, 2)).astype(np.float32),
        radius=rng.uniform(0.2, size / 3, (n, balls)).astype(np.float32),
        answers=answers,
        blink_ball=np.full((n, frames), -1, dtype=np.int16),
        blink_color=np.full((n, frames), WHITE, dtype=np.uint8),
        palette=palette(colors),
        rule="unlisted",
        colors=colors,
    )
    truth.target[:] = paint(truth.top, truth.answer)
    return truth


def _sums(metric: Metric, class_map: np.ndarray, truth: Truth) -> Sums:
    sums = metric.sums(class_map, truth)
    for name, part in (("numerator", sums.numerator), ("denominator", sums.denominator)):
        assert part.shape == (len(truth),), f"the {name} has shape {part.shape}, not ({len(truth)},)"
        assert np.isfinite(part).all(), f"the {name} is not finite"
        assert (part >= 0).all(), f"the {name} is negative"
    return sums


def _value(metric: Metric, class_map: np.ndarray, truth: Truth) -> float:
    return _estimate(_sums(metric, class_map, truth))


def _estimate(sums: Sums) -> float:
    return estimate([sums])[0].value


def _same(some: Sums, all_: Sums, rows: np.ndarray) -> bool:
    return bool(
        np.allclose(some.numerator, all_.numerator[rows], rtol=0, atol=1e-12)
        and np.array_equal(some.denominator, all_.denominator[rows])
    )
