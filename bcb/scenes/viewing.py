"""`bcb view` of scenes: an episode, and what a run or stored predictions make of it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bcb.bundled import run_folder
from bcb.output import remark
from bcb.render import Drawn, animation, animation_scale, object_names, save, scene_panels, sheet, sheet_scale
from bcb.scenes.clips import StoredClips, open_clips
from bcb.viewing import row_of, where_to_draw
from generators.kinds import kind_of
from generators.store.schema import layouts

SHEET_FRAMES = 12
SHOWN = ("rgb", "segmentation", "depth", "cell", "covered_by", "shape", "color")
FPS = 10  # where a store doesn't say how many frames a second are shown


def view_scenes(
    store: str | None,
    split: str,
    episode: int,
    out: Path | None,
    overlay: bool,
    scale: int | None,
    predictions: Path | None,
    slots: str | None,
) -> None:
    """Write a picture or an animation of an episode. Raises ValueError where store, run and predictions don't fit."""
    run = _run(slots) if slots else None
    where = store or (run.info["data"].get("url") if run else None)
    if not isinstance(where, str):
        raise ValueError("the run does not say which store it was trained on; name a STORE")
    source = open_clips(where, split)
    out = where_to_draw(out, where, source, episode)
    drawn = None
    if run:
        drawn = by_run(run, source, episode)
    elif predictions:
        drawn = by_predictions(predictions, source, episode)
    _draw(source, episode, out, overlay, scale, drawn, slots or (str(predictions) if predictions else ""))
    remark(f"wrote {out}")


def by_run(run: Any, source: StoredClips, episode: int) -> Drawn:
    """What a trained run makes of an episode. Raises ValueError where model and data don't fit."""
    from slotssm.scenes.data import check_scenes
    from slotssm.scenes.predict import predict_cells, predict_clips

    one = _One(source, episode)
    if run.train.task == "snitch":
        check_scenes(source, run.learner.model.config, run.train)
        return Drawn(cell=int(predict_cells(run.learner, one, run.train, device="cpu")[0].argmax()))
    check_scenes(source, run.learner.model.config, replace(run.train, sampling="window", frames=0))
    [found] = predict_clips(run.learner.model, one, device="cpu")
    return Drawn(rgb=found.rgb, slot_map=found.slot_map, depth=found.depth)


def by_predictions(path: Path, source: StoredClips, episode: int) -> Drawn:
    """What stored predictions say of an episode. Raises PredictionsError where they are of other data, or not of it."""
    from eval.scenes.predictions import read_scene_predictions
    from eval.scenes.score import check_same_data

    found = read_scene_predictions(path)
    check_same_data(found, source)
    row, rgb = row_of(found.index, episode), source.reader.read("rgb", [episode])[0]
    for name in ("slot_map", "depth"):
        array = getattr(found, name)
        if array is not None and array.shape[1:] != rgb.shape[:3]:
            raise ValueError(
                f"in {path}, {name} is {array.shape[1:]}, and the videos are {rgb.shape[:3]}; predict again"
            )
    return Drawn(
        slot_map=None if found.slot_map is None else found.slot_map[row],
        depth=None if found.depth is None else found.depth[row],
        cell=None if found.logits is None else int(found.logits[row].argmax()),
    )


@dataclass(frozen=True)
class _One:
    """A source of one clip alone."""

    source: StoredClips
    index: int

    @property
    def spec(self) -> Any:
        return self.source.spec

    @property
    def split(self) -> str:
        return self.source.split

    def __len__(self) -> int:
        return 1

    def clip(self, index: int) -> dict[str, np.ndarray]:
        return self.source.clip(self.index)


def _run(slots: str) -> Any:
    from slotssm.scenes.runs import load_scene_run

    return load_scene_run(run_folder(slots))


def _draw(
    source: StoredClips, episode: int, out: Path, overlay: bool, scale: int | None, drawn: Drawn | None, whose: str
) -> None:
    """Some frames on a sheet, all of them in an animation."""
    spec, kind = source.spec, kind_of(source.spec)
    arrays = {name: source.reader.read(name, [episode])[0] for name in SHOWN if name in layouts(spec)}
    count, side = arrays["rgb"].shape[:2]
    camera, moving = kind.attributes(spec)["camera"], out.suffix.lower() == ".gif"
    frames = range(count) if moving else np.unique(np.linspace(0, count - 1, SHEET_FRAMES).round().astype(int)).tolist()
    fitting = animation_scale(2 * side) if moving else sheet_scale(side, 3 * len(frames))
    names = object_names(arrays, kind.attributes(spec))
    panels = scene_panels(arrays, camera, frames, scale or fitting, overlay, across=moving, drawn=drawn, names=names)
    if moving:
        pace = round(1000 / getattr(getattr(spec, "world", None), "fps", FPS))
        save(out, *animation(panels, False, frame_ms=pace))
        return
    title = f"{kind.title(spec)}: {source.split} episode {episode}" + (f" · {whose}" if whose else "")
    subtitle = f"seed {spec.seed}, fingerprint {spec.fingerprint[:12]}"
    legend = drawn.legend(camera) if drawn else ""
    save(out, [sheet(panels, title, " · ".join(filter(None, (subtitle, legend))), overlay=overlay)])
