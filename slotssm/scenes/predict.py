"""What a trained model makes of clips, as arrays: slot maps, slots, pictures, depth; or the snitch's cell."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from slotssm.predict import pick_device
from slotssm.scenes.data import SceneSource, picture_of
from slotssm.scenes.learner import Learner
from slotssm.scenes.models import SceneModel
from slotssm.scenes.models.config import TARGETS
from slotssm.scenes.recipe import SceneTrainConfig
from slotssm.scenes.sampling import choose_frames


class ClipPrediction(NamedTuple):
    """Of all frames of one clip; `rgb` and `depth` are None where the model doesn't draw them."""

    slot_map: np.ndarray  # uint8 (t, y, x): the slot with the largest share of the pixel
    slots: np.ndarray  # float32 (t, k, d)
    rgb: np.ndarray | None  # uint8 (t, y, x, 3)
    depth: np.ndarray | None  # float32 (t, y, x), metres


def predict_clips(model: SceneModel, source: SceneSource, *, device: str = "auto") -> Iterator[ClipPrediction]:
    """Clip by clip, frame by frame with `step`, so memory holds one frame's drawing, whatever the clip's length.

    Raises ValueError for a model that draws NaN.
    """
    where = pick_device(device)
    model = model.to(where).eval()
    ends = np.cumsum([TARGETS[target] for target in model.config.targets])
    for i in range(len(source)):
        video = picture_of(source.clip(i)["rgb"]).to(where)
        maps, slots, drawn = [], [], []
        with torch.inference_mode():
            state = model.start(1)
            for frame in video:
                out, state = model.step(frame[None], state)
                if not out.alpha.isfinite().all():
                    raise ValueError("the model draws NaN: its training has diverged; train again at a lower --lr")
                maps.append(out.alpha[0].argmax(0).to("cpu", torch.uint8).numpy())
                slots.append(out.slots[0].float().cpu().numpy())
                drawn.append(out.reconstruction[0].float().cpu())
        by_target = dict(
            zip(model.config.targets, np.split(torch.stack(drawn).numpy(), ends[:-1], axis=1), strict=True)
        )
        rgb, depth = by_target.get("rgb"), by_target.get("depth")
        yield ClipPrediction(
            np.stack(maps),
            np.stack(slots),
            None if rgb is None else (rgb.clip(0, 1) * 255).round().astype(np.uint8).transpose(0, 2, 3, 1),
            None if depth is None else np.expm1(depth[:, 0]).clip(0),
        )


def predict_cells(
    learner: Learner, source: SceneSource, config: SceneTrainConfig, *, device: str = "auto"
) -> np.ndarray:
    """Logits of the snitch's cell after the last frame, float32 (clip, 36), from the frames that are tested on.

    Raises ValueError for a learner that has no head for it.
    """
    if learner.head is None:
        raise ValueError(f"this run was trained on {config.task}, not on the snitch; choose one that was")
    where = pick_device(device)
    learner = learner.to(where).eval()
    logits = []
    with torch.inference_mode():
        for i in range(len(source)):
            rgb = source.clip(i)["rgb"]
            video = picture_of(rgb[choose_frames(len(rgb), config.frames, config.sampling, None)])
            logits.append(learner.cells(video[None].to(where))[0].cpu().numpy())
    return np.stack(logits)
