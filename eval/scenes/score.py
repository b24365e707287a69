"""Every score of a predictions store of scenes, with baselines beside it.

What is scored is what the store holds: slot maps by FG-ARI and mIoU, logits of the snitch's cell by top-1, top-5 and
grid L1, also by how long it has been hidden, depth by its errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from eval.estimate import Estimate
from eval.predictions.format import PredictionsError
from eval.scenes import snitch
from eval.scenes.depth import score_depth
from eval.scenes.fg_ari import fg_ari
from eval.scenes.miou import miou
from eval.scenes.predictions import LOST_SLOT, ScenePredictions
from eval.slots import BASELINES, SEED, best_cells

# The array of an episode by which one of the predictions is scored.
NEEDED = {"slot_map": "segmentation", "logits": "cell", "depth": "depth"}
ALSO = {  # looked at where the data has them
    "logits": ("snitch_visible", "hidden_frames", "covered_by", "position", "shape", "size"),
    "depth": ("segmentation",),
}
# What is scored, a line each; with `_objects` depth's over objects alone.
SCENE_METRICS = {
    "fg_ari": "of slot maps: does each slot draw one object, over the whole episode (adjusted Rand index)",
    "fg_ari_frame": "the same, each frame by itself",
    "miou": "of slot maps: overlap of objects with the slots that are matched to them, over the whole episode",
    "miou_frame": "the same, each frame by itself",
    "top1": "of the snitch: is the likeliest cell the true one",
    "top5": "of the snitch: is the true cell among the five likeliest",
    "l1": "of the snitch: rows plus columns from the likeliest cell to the true one",
    "mse": "of depth: mean squared error, square metres",
    "rmse": "of depth: the root of it, metres",
    "abs_rel": "of depth: mean error as a share of the true depth",
    "delta": "of depth: share of pixels within a factor of 1.25",
}
Estimates = dict[str, Estimate]


class SceneSource(Protocol):
    """Episodes of scenes by index, with the arrays of a store as attributes: a store's reader, or anything alike."""

    @property
    def spec(self) -> Any: ...

    @property
    def split(self) -> str: ...

    def __len__(self) -> int: ...

    def episode(self, index: int) -> Any: ...


@dataclass(frozen=True)
class SceneScores:
    """metrics: name → estimate.   baselines: whose → name → estimate.   by_hidden: bin of frames → name → estimate.
    probes: attribute of an object → name → estimate, of `eval.scenes.attributes`, where they were asked for.
    slots: how many the baselines of slot maps have, those of the model; None where there are no maps."""

    metrics: Estimates = field(default_factory=dict)
    baselines: dict[str, Estimates] = field(default_factory=dict)
    by_hidden: dict[str, Estimates] = field(default_factory=dict)
    probes: dict[str, Estimates] = field(default_factory=dict)
    slots: int | None = None

    def to_json(self) -> dict[str, Any]:
        """{"metrics": {name: {"value", "low", "high", "n"}}, "baselines": {of: {name: …}}, "by_hidden": {bin: …},
        "probes": {attribute: …}, "slots": k or null}."""
        return {
            "slots": self.slots,
            "metrics": _json(self.metrics),
            "baselines": {name: _json(scores) for name, scores in self.baselines.items()},
            "by_hidden": {name: _json(scores) for name, scores in self.by_hidden.items()},
            "probes": {name: _json(scores) for name, scores in self.probes.items()},
        }


def score_scenes(
    predictions: ScenePredictions,
    source: SceneSource,
    *,
    skip_first: int = 0,
    train_cells: np.ndarray | None = None,
    train_depth: np.ndarray | None = None,
    shapes: Sequence[str] = (),
    farthest: float = np.inf,
    progress: Callable[[int, int], None] | None = None,
) -> SceneScores:
    """The scores of a predictions store against the data that it was made for; all its truth is held at once.

    skip_first:  frames at the start whose slot maps aren't scored: those that the slots were told of.
    train_cells: whole numbers (m,), the answers of training episodes, for the snitch's baseline `prior`.
    train_depth: metres (y, x), the mean of training frames, for the depth's baseline `mean`.
    shapes:      what the indices in the data's `shape` mean, for the snitch's baseline `last-frame`.
    farthest:    metres from which on a depth says that nothing is there, and isn't scored.
    progress:    called with (episodes read, episodes in all).
    Raises ValueError (PredictionsError) when it was made for other data, or the data lacks what is predicted.
    """
    check_same_data(predictions, source)
    given = [name for name in NEEDED if getattr(predictions, name) is not None]
    needed = {NEEDED[name] for name in given}
    looked_at = needed.union(*(ALSO.get(name, ()) for name in given))
    truth: dict[str, list[np.ndarray]] = {}
    for done, index in enumerate(predictions.index.tolist(), 1):
        episode = source.episode(index)
        for name in sorted(looked_at):
            if hasattr(episode, name):
                truth.setdefault(name, []).append(getattr(episode, name))
            elif name in needed:
                raise PredictionsError(
                    f"the data has no {name}, which what is predicted is scored by; score other data"
                )
        if progress is not None:
            progress(done, len(predictions.index))
    scores = SceneScores(slots=None if predictions.slot_map is None else _slots(predictions))
    if predictions.slot_map is not None:
        _score_maps(scores, predictions.slot_map, truth["segmentation"], predictions.index, skip_first)
    if predictions.logits is not None:
        arrays = {name: np.stack(truth[name]) for name in ("cell", *ALSO["logits"]) if name in truth}
        _score_snitch(scores, predictions.logits, arrays, train_cells, shapes)
    if predictions.depth is not None:
        _score_depth(scores, predictions.depth, truth, train_depth, farthest)
    return scores


def check_same_data(predictions: ScenePredictions, source: SceneSource) -> None:
    """Raises PredictionsError unless the predictions were made for this split of this data."""
    if predictions.fingerprint != source.spec.fingerprint:
        raise PredictionsError(
            f"these predictions are of other data: they were made for {predictions.fingerprint[:12]}, and this is "
            f"{source.spec.fingerprint[:12]}; score them with the data they were made for, or predict this data"
        )
    if predictions.split != source.split:
        raise PredictionsError(
            f"these predictions are of the {predictions.split} split, and this is {source.split}; "
            f"score them with the {predictions.split} split"
        )
    beyond = predictions.index[predictions.index >= len(source)]
    if len(beyond):
        raise PredictionsError(
            f"these predictions name episode {beyond[0]}, and the data has {len(source)} {source.split} episodes; "
            "score them with the data they were made for"
        )


def _score_maps(
    scores: SceneScores, slot_map: np.ndarray, truth: list[np.ndarray], index: np.ndarray, skip_first: int
) -> None:
    assert scores.slots is not None
    scores.metrics.update(fg_ari(slot_map, truth, skip_first=skip_first))
    scores.metrics.update(miou(slot_map, truth, skip_first=skip_first))
    for name, baseline in (BASELINES | {"majority_cells": majority_cells}).items():
        drawn = [
            np.asarray(baseline(true.astype(np.int16) - 1, scores.slots, np.random.default_rng((SEED, i))))
            for i, true in zip(index.tolist(), truth, strict=True)
        ]
        whole = [np.where(one < 0, one.max() + 1, one) for one in drawn]  # what shows no object has a slot of its own
        scores.baselines[name] = fg_ari(whole, truth, skip_first=skip_first) | miou(whole, truth, skip_first=skip_first)


def _slots(predictions: ScenePredictions) -> int:
    """How many slots the model has, by its config; where that doesn't say, as many as its maps name."""
    assert predictions.slot_map is not None
    said, named = predictions.model_config.get("slots"), int(predictions.slot_map.max()) + 1
    return max(said, named) if type(said) is int and said <= LOST_SLOT else named


def majority_cells(object_map: np.ndarray, slots: int, rng: np.random.Generator) -> np.ndarray:
    """Every cell what is seen most in it, be it an object or none (−1): about the mIoU that such cells can reach."""
    return best_cells(object_map + 1, slots, rng) - 1


def _score_snitch(
    scores: SceneScores,
    logits: np.ndarray,
    truth: dict[str, np.ndarray],
    train_cells: np.ndarray | None,
    shapes: Sequence[str],
) -> None:
    cell, answer = truth["cell"], truth["cell"][:, -1]
    scores.metrics.update(snitch.score_snitch(logits, answer))
    if "hidden_frames" in truth:
        scores.by_hidden.update(snitch.by_hidden(logits, answer, truth["hidden_frames"]))
    guesses = {"oracle": snitch.oracle(answer)}
    if "snitch_visible" in truth:
        guesses["last-seen"] = snitch.last_seen(cell, truth["snitch_visible"])
    if "cone" in shapes and truth.keys() >= {"covered_by", "position", "shape", "size"}:
        end = {name: truth[name][:, -1] for name in ("covered_by", "position")}
        guesses["last-frame"] = snitch.last_frame(
            answer, end["covered_by"], end["position"], truth["shape"] == shapes.index("cone"), truth["size"]
        )
    if train_cells is not None:
        guesses["prior"] = snitch.prior(train_cells, len(answer))
    for name, guess in guesses.items():
        scores.baselines[name] = snitch.score_snitch(guess, answer)


def _score_depth(
    scores: SceneScores,
    depth: np.ndarray,
    truth: dict[str, list[np.ndarray]],
    train_depth: np.ndarray | None,
    farthest: float,
) -> None:
    """Over all pixels; and over those of objects, where the data says which they are: a floor may be known by heart."""
    masks = {"": [true < farthest for true in truth["depth"]]}
    if "segmentation" in truth:
        masks["_objects"] = [near & (of > 0) for near, of in zip(masks[""], truth["segmentation"], strict=True)]

    def scored(guess: Iterable[np.ndarray]) -> Estimates:
        guess = list(guess)
        return {
            name + suffix: e
            for suffix, mask in masks.items()
            for name, e in score_depth(guess, truth["depth"], mask).items()
        }

    scores.metrics.update(scored(depth))
    if train_depth is not None:
        scores.baselines["mean"] = scored(np.broadcast_to(train_depth, true.shape) for true in truth["depth"])


def _json(scores: Estimates) -> dict[str, Any]:
    return {name: e.to_json() for name, e in scores.items()}
