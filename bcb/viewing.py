"""`bcb view` of blinking balls: an episode, and what a run or stored predictions make of it."""

from pathlib import Path
from typing import Any

import numpy as np

from bcb.output import remark
from bcb.render import (
    LEGEND,
    ROLLOUT_MS,
    Look,
    Predicted,
    animation,
    animation_scale,
    contact_sheet,
    panels,
    rollout_panels,
    save,
    sheet_scale,
    slot_panels,
)
from bcb.tasks import task_of
from eval.metrics.balls import ball_colors
from eval.predictions import Predictions, read_predictions
from eval.score import check_belongs
from eval.truth import truth_from
from generators.source import Source, view_of
from generators.store import StoreReader


def view_balls(
    store: str | None,
    split: str,
    episode: int,
    out: Path | None,
    overlay: bool,
    scale: int | None,
    predictions: Path | None,
    slots: str | None,
    patches: bool,
) -> None:
    """Write a picture or an animation of an episode. Raises ValueError where store, run and predictions don't fit."""
    if slots:
        model, source = _model_and_source(slots, store, split, episode)
    elif store:
        model, source = None, StoreReader(store, split)
    else:
        raise ValueError("name the STORE whose episode to draw, or a run with --slots")
    out = where_to_draw(out, store, source, episode)
    moving = out.suffix.lower() == ".gif"
    found = read_predictions(predictions) if predictions else None
    source = view_of(source, found.fingerprint) if found else source
    spec, shown = source.spec, source.episode(episode)
    row = _row(found, source, episode) if found else None
    rolled = found.rollout[row] if found and found.rollout is not None else None
    predicted = _predicted(found.class_map[row], source, episode) if found and rolled is None else None
    side = spec.world.size
    if model:
        fitting = animation_scale(2 * side) if moving else sheet_scale(side, 3 * spec.context_frames)
    else:
        fitting = animation_scale(side) if moving else sheet_scale(side, spec.context_frames + 1 + bool(predicted))
    look = Look(scale or fitting, overlay, patches)
    if model:
        drawn = _slot_panels(model, shown, spec, look, moving)
    elif rolled is not None:
        drawn = rollout_panels(shown, spec, look, rolled, legend=moving)
    else:
        drawn = panels(shown, spec, look, predicted)
    if moving:
        pace = {} if rolled is None else {"frame_ms": ROLLOUT_MS}
        pages, durations = animation(drawn, predicted is not None, **pace)
        save(out, pages, durations)
    else:
        title = f"{task_of(spec).name(spec)}: {split} episode {episode}" + (f", slots of {slots}" if slots else "")
        title += f" · {LEGEND}, yellow where they agree" if rolled is not None else ""
        subtitle = f"length {spec.length}, seed {spec.seed}, fingerprint {spec.fingerprint[:12]}"
        save(out, [contact_sheet(drawn, shown, spec, look, title, subtitle)])
    remark(f"wrote {out}")


def where_to_draw(out: Path | None, store: str | None, source: Any, episode: int) -> Path:
    """Where to draw. Raises ValueError where the source has no such episode, or nobody said where."""
    if episode >= len(source):
        raise ValueError(f"{store} has no {source.split} episode {episode}; it has 0 to {len(source) - 1}")
    if not out:  # said last, for that is easily mended
        raise ValueError("say where to draw it: -o x.png, or x.gif")
    return out


def row_of(index: np.ndarray, episode: int) -> int:
    """Where the predictions of an episode are, in a store of them. Raises ValueError where there are none."""
    rows = np.flatnonzero(index == episode)
    if not len(rows):
        raise ValueError(f"the predictions have none of episode {episode}; choose another --episode")
    return int(rows[0])


def _row(predictions: Predictions, source: Source, episode: int) -> int:
    check_belongs(predictions, source)
    return row_of(predictions.index, episode)


def _predicted(image: np.ndarray, source: Source, episode: int) -> Predicted:
    return Predicted(image, ball_colors(image[None], truth_from(source, [episode]))[0])


def _model_and_source(slots: str, store: str | None, split: str, episode: int) -> tuple[Any, Source]:
    """The model that --slots names, and the episodes of the store, or else those that it was trained for."""
    from bcb.jobs import Choice, jobs
    from slotssm.checkpoint import load_run
    from slotssm.predict import check_fits

    todo = jobs(Choice(slots, store, split, episodes=None if store else episode + 1))
    if len(todo) > 1:
        raise ValueError(f"the bundled weights of {slots} are for {len(todo)} datasets; name a STORE")
    model = load_run(todo[0].run).model
    check_fits(model, todo[0].source)
    return model, todo[0].source


def _slot_panels(model: Any, shown: Any, spec: Any, look: Look, moving: bool) -> list:
    import torch

    from slotssm.data import patchify
    from slotssm.slot_maps import draw_with_slots, slot_count

    slots = slot_count(model)
    steps = torch.from_numpy(patchify(shown.frames, spec.patches_per_side))[None]
    predicted, maps = (drawn[0].numpy() for drawn in draw_with_slots(model, steps))
    return slot_panels(shown, spec, look, predicted, maps, slots, across=moving)
