"""Scores of class maps and of predictions stores."""

import json
from dataclasses import replace

import numpy as np
import pytest

from eval import score as score_module
from eval.age import by_age
from eval.estimate import estimate
from eval.metrics import METRICS
from eval.metrics.check import random_truth
from eval.predictions import Predictions, PredictionsError, read_predictions, write_predictions
from eval.score import score, score_predictions
from eval.truth import truth_from
from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld

SPEC = Spec(context_frames=4, world=BouncingWorld(balls=3, size=32, radius=(3.5, 3.5)))
SOURCE = SpecSource(SPEC, "test", 12)


def predictions(**changes):
    index = np.array([3, 1, 7])
    truth = truth_from(SOURCE, index)
    sound = Predictions(truth.target, index, SPEC.fingerprint, "test", "mine", {})
    return replace(sound, **changes)


def test_every_metric_and_every_age():
    truth = random_truth(np.random.default_rng(0), n=30)
    noise = np.random.default_rng(1).integers(7, size=truth.target.shape, dtype=np.uint8)
    scores = score(noise, truth)
    assert list(scores.metrics) == list(METRICS)
    for name, metric in METRICS.items():
        alone, got = estimate([metric.sums(noise, truth)])[0], scores.metrics[name]
        assert (got.value, got.n) == (alone.value, alone.n)
        assert (got.low, got.high) == pytest.approx((alone.low, alone.high), rel=1e-12)
    assert scores.by_age == by_age(noise, truth)
    assert sum(e.n for e in scores.by_age.values()) == scores.metrics["painted_accuracy"].n


def test_the_size_of_the_blocks_changes_nothing(monkeypatch):
    truth = random_truth(np.random.default_rng(2), n=11)
    noise = np.random.default_rng(3).integers(7, size=truth.target.shape, dtype=np.uint8)
    at_once = score(noise, truth)
    monkeypatch.setattr(score_module, "PIXELS_AT_ONCE", 4 * truth.target[0].size)
    assert score(noise, truth) == at_once


def test_json_is_plain_and_strict(truth_of_squares):
    truth = truth_of_squares([[1, 1]])
    document = score(truth.target, truth).to_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["metrics"]["ball_accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 2}
    assert document["metrics"]["painted_accuracy"] == {"value": None, "low": None, "high": None, "n": 0}
    assert document["by_age"] == {}
    painted = truth_of_squares([[2, 1]])
    assert score(painted.target, painted).to_json()["by_age"] == {"1": {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1}}


@pytest.mark.parametrize(
    ("class_map", "complaint"),
    [
        (np.zeros((2, 2, 3), np.uint8), "shape"),
        (np.zeros((1, 3, 2), np.uint8), "shape"),
        (np.zeros((1, 2, 3), np.int64), "uint8"),
        (np.zeros((1, 2, 3), np.float32), "uint8"),
        (np.full((1, 2, 3), 7, np.uint8), "class 7 .*0 to 6"),
    ],
)
def test_class_maps_that_can_not_be_scored(truth_of_squares, class_map, complaint):
    with pytest.raises(PredictionsError, match=complaint):
        score(class_map, truth_of_squares([[2]]))


def test_predictions_are_scored_against_the_episodes_they_name(tmp_path):
    given = predictions()
    path = tmp_path / "p"
    write_predictions(
        path, given.class_map, given.index, fingerprint=given.fingerprint, split="test", model_name="m", model_config={}
    )
    scores = score_predictions(read_predictions(path), SOURCE)
    assert scores.metrics["pixel_accuracy"].value == 1
    assert scores.metrics["pixel_accuracy"].n == 3
    swapped = score_predictions(predictions(index=np.array([1, 3, 7])), SOURCE)
    assert swapped.metrics["pixel_accuracy"].value < 1


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"fingerprint": "ab" * 32}, f"abababababab.*{SPEC.fingerprint[:12]}"),
        ({"split": "val"}, "val split, and this is test"),
        ({"index": np.array([3, 1, 12])}, "episode 12.*has 12 test episodes"),
        ({"class_map": np.zeros((3, 64, 64), np.uint8)}, r"\(3, 64, 64\).*\(3, 32, 32\)"),
        ({"class_map": np.full((3, 32, 32), 7, np.uint8)}, "class 7"),
    ],
)
def test_predictions_of_other_data_are_refused_before_any_episode_is_read(changes, complaint):
    class Untouched:
        spec = SPEC
        split = "test"

        def __len__(self):
            return 12

        def episode(self, index):
            raise AssertionError("read an episode")

    with pytest.raises(PredictionsError, match=complaint) as error:
        score_predictions(predictions(**changes), Untouched())
    assert "\n" not in str(error.value)


def test_another_seed_is_other_data():
    other = SpecSource(replace(SPEC, seed=1), "test", 12)
    with pytest.raises(PredictionsError, match="other data"):
        score_predictions(predictions(), other)
