"""What the slots of a trained model tell of the objects that they draw: `bcb evaluate --probes`."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bcb.scenes.clips import StoredClips, open_clips
from eval.estimate import Estimate
from eval.scenes.attributes import CLASSES, VALUES, points_of, probe_attributes
from eval.scenes.probes import Points
from generators.store.schema import layouts
from slotssm.scenes.predict import predict_clips
from slotssm.scenes.runs import SceneRun

TRAIN_CLIPS = 1000  # of the train split, at most, that the heads learn from
NEEDED = ("segmentation", "visibility")


def probes_learn_from(run: SceneRun, source: StoredClips) -> StoredClips:
    """The clips that the heads learn from.

    Raises ValueError where a run has no slots that draw, or the store doesn't say what they would be asked; StoreError
    where there is no train split.
    """
    if run.train.task == "snitch":
        raise ValueError("--probes: a run on the snitch draws nothing, so nobody knows which slot stands for what")
    if source.split == "train":
        raise ValueError("--probes: its heads learn from the train split; score another, as --split test")
    there = layouts(source.spec)
    lost = [name for name in NEEDED if name not in there]
    if lost or not there.keys() & {*CLASSES, *VALUES}:
        raise ValueError(
            f"--probes: {source.reader.url} has no {(lost or CLASSES)[0]}; leave it out, or choose a store that has"
        )
    return replace(open_clips(source.reader.url, "train", TRAIN_CLIPS), wanted=("rgb",))


def probe(
    run: SceneRun, train: StoredClips, test: StoredClips, *, device: str, report: Callable[[int, int], None]
) -> dict[str, dict[str, Estimate]]:
    """Attribute → scores of heads that learn from `train` and are asked about `test`. report: (clips done, in all)."""
    total = len(train) + len(test)

    def points(source: StoredClips, before: int) -> dict[str, Points]:
        maps, slots = [], []
        for done, found in enumerate(predict_clips(run.learner.model, source, device=device), 1):
            maps.append(found.slot_map)
            slots.append(found.slots[-1])
            report(before + done, total)
        names = [name for name in (*NEEDED, *CLASSES, *VALUES) if name in layouts(source.spec)]
        truth = {name: source.reader.read(name, range(len(source))) for name in names}
        return points_of(np.stack(slots), np.stack(maps), truth)

    learned = points(train, 0)
    return probe_attributes(learned, points(test, len(train)))
