"""What the player plays: test episodes, and what each model predicts after every frame, small enough to embed.

Frames are palette indices, run-length coded: pairs of (index, length up to 255), in base64. A page's script turns them
back. All frames have `size` × `size` pixels, row by row.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bcb.report.curves import Group, groups, names_of
from bcb.report.trial import Trial
from bcb.specs import with_frames
from generators.episode import targets
from generators.palette import WHITE
from generators.source import SpecSource
from generators.spec import Spec

Report = Callable[[int, int], None]


def player(trials: Sequence[Trial], episodes: int, frames: int | None, report: Report) -> dict[str, Any] | None:
    """Everything the page's script needs, as plain values; None where no model has its weights here.

    For each kind of data and rule the first `episodes` test episodes with `frames` context frames (None: the second of
    the tested lengths), and of each model its first training. report: called with (models done, models in all).
    """
    names = names_of(trials)
    todo = []
    for group in groups(trials):
        with_weights = [t for t in group.trials if t.run and t.spec]
        if with_weights:
            tested = sorted({t.test_frames for t in with_weights})
            todo.append((group, _first(with_weights), frames or tested[min(1, len(tested) - 1)]))
    total, done, found = sum(len(some) for _, some, _ in todo), 0, []
    for group, some, count in todo:
        spec = with_frames(_spec(some[0]), None, count, None)
        source = SpecSource(spec, some[0].split, episodes)
        shown = [source.episode(i) for i in range(episodes)]
        models = []
        for trial in sorted(some, key=lambda t: list(names).index((t.model, t.train_frames))):
            report(done, total)
            models.append(_model(trial, names[trial.model, trial.train_frames], spec, shown))
            done += 1
        found.append(_group(group, spec, shown, models))
    report(total, total)
    return {"groups": found, "slot_colors": _slot_colors()} if found else None


def _first(trials: Sequence[Trial]) -> list[Trial]:
    """One trial of each model and training length: that of the first seed."""
    first: dict[tuple, Trial] = {}
    for trial in sorted(trials, key=lambda t: t.train_seed or 0):
        first.setdefault((trial.model, trial.train_frames), trial)
    return list(first.values())


def _spec(trial: Trial) -> Spec:
    assert trial.spec
    return trial.spec


def _group(group: Group, spec: Spec, shown: list, models: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": group.title,
        "frames": spec.context_frames,
        "size": spec.world.size,
        "palette": spec.palette.tolist(),
        "fingerprint": spec.fingerprint,
        "episodes": [
            {"context": encoded(e.frames), "next": encoded(targets(e)), "answers": e.answer.tolist()} for e in shown
        ],
        "models": models,
    }


def _model(trial: Trial, name: str, spec: Spec, shown: list) -> dict[str, Any]:
    """Of each episode the frames that the model predicts, which balls they have right, and its slot maps if it has."""
    from bcb.bench.pinned import pinned
    from slotssm.checkpoint import load_run
    from slotssm.slot_maps import slot_count

    assert trial.run
    model = load_run(trial.run).model
    try:
        slots = slot_count(model)
    except ValueError:  # one slot, or a decoder that doesn't say
        slots = 0
    predictions = []
    with pinned(1):
        for episode in shown:
            images, maps = _drawn(model, episode, spec, slots)
            right = right_balls(images, episode)
            predictions.append(
                {"next": encoded(images), "right": right, "slots": None if maps is None else encoded(maps)}
            )
    seed = "" if trial.train_seed is None else f"seed {trial.train_seed}"
    return {"name": name, "seed": seed, "slots": slots, "episodes": predictions}


def _drawn(model: Any, episode: Any, spec: Spec, slots: int) -> tuple[np.ndarray, np.ndarray | None]:
    """After every context frame the next as it is predicted, and its slot map: uint8 (time, y, x)."""
    import torch

    from slotssm.data import patchify
    from slotssm.slot_maps import draw_with_slots

    steps = torch.from_numpy(patchify(episode.frames, spec.patches_per_side))[None]
    with torch.inference_mode():
        if slots:
            images, maps = draw_with_slots(model, steps)
            return images[0].numpy(), maps[0].numpy()
        features, _ = model(steps)
        each = spec.patches_per_side**2
        ends = features[0, each - 1 :: each]
        return torch.stack([model.decode(end[None])[0].argmax(0) for end in ends]).to(torch.uint8).numpy(), None


def right_balls(images: np.ndarray, episode: Any) -> list[list[int]]:
    """After every context frame, ball by ball: 1 right, 0 wrong, −1 where its answer is white or nothing is seen of it.

    images: uint8 (time, y, x), of frames 2 … T. As `painted_accuracy` counts, had the context ended there.
    """
    from eval.discs import top_ball

    position = episode.position[1:]
    tops = top_ball(position, np.tile(episode.radius, (len(position), 1)), *images.shape[1:])
    found = []
    for image, top, answer in zip(images, tops, episode.answer, strict=True):
        votes = [np.bincount(image[top == ball]) for ball in range(len(answer))]
        found.append(
            [-1 if a == WHITE or not len(v) else int(v.argmax() == a) for v, a in zip(votes, answer, strict=True)]
        )
    return found


def encoded(frames: np.ndarray) -> str:
    """Palette indices, uint8 (time, y, x), run-length coded in base64."""
    flat = frames.ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=np.int16(-1)))
    lengths = np.diff(np.append(starts, len(flat)))
    pairs = [
        (value, part)
        for value, length in zip(flat[starts].tolist(), lengths.tolist(), strict=True)
        for part in (*[255] * (length // 255), length % 255)
        if part
    ]
    return base64.b64encode(bytes(number for pair in pairs for number in pair)).decode()


def _slot_colors() -> list[list[int]]:
    from bcb.render.slots import COLORS

    return [list(color) for color in COLORS]
