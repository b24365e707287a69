"""`bcb view`: a picture of an episode."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("store", type=opt.STORE, required=False)
@click.option("--split", type=opt.SPLIT, default="test", show_default=True, help="train, val or test.")
@click.option("--episode", type=opt.COUNT, default=0, show_default=True, help="Which episode of the split.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="x.png or x.gif (required); replaced if there.")
@click.option("--overlay/--no-overlay", default=True, help="Blink, ball numbers and answers over the frames.")
@click.option("--patches", is_flag=True, help="Show the patches, and the steps that a model sees.")
@click.option("--predictions", type=click.Path(path_type=Path), help="A predictions store, to show beside the target.")
@click.option(
    "--slots", metavar="RUN|NAME", help="A run folder, or a model with bundled weights: which slot draws what."
)
@click.option("--scale", type=opt.POSITIVE, help="Picture pixels per image pixel.")
def view(
    store: str | None,
    split: str,
    episode: int,
    out: Path | None,
    overlay: bool,
    patches: bool,
    predictions: Path | None,
    slots: str | None,
    scale: int | None,
) -> None:
    """Draw an episode as a contact sheet (PNG) or an animation (GIF).

    With --slots: every frame that a model predicts, in truth, as predicted, and in the colours of the slots that each
    pixel draws on most. Without a STORE, of an episode that the run was trained for. With --predictions of videos: the
    truth in green, the prediction in red, and yellow where they agree.

    Of scenes: pictures, objects and depth, of twelve frames or (GIF) of all, and where the snitch is. With --slots or
    --predictions also what a model drew: pictures, slots in the colours of the objects that they are matched with, and
    depth; or the cell where it says that the snitch is, in white.

    \b
    Example:
      bcb view data/frequent-640 --episode 3 -o episode.png
      bcb view data/frequent-640 --episode 3 --patches --no-overlay -o episode.gif
      bcb view data/frequent-640 --episode 3 --slots runs/slotssm -o slots.gif
      bcb view data/snitch --episode 3 -o snitch.gif
      bcb view data/movi-a-like --episode 3 --slots runs/oc -o slots.gif
      bcb view data/video-30 --episode 3 --predictions predictions -o video.gif
    """
    from bcb.output import remark
    from bcb.place import check_place
    from bcb.render import (
        LEGEND,
        ROLLOUT_MS,
        Look,
        animation,
        animation_scale,
        check_suffix,
        contact_sheet,
        panels,
        rollout_panels,
        save,
        sheet_scale,
    )
    from bcb.scenes.which import run_is_of_scenes, store_is_of_scenes
    from bcb.tasks import task_of
    from eval.predictions import read_predictions
    from generators.source import view_of
    from generators.store import StoreReader

    if out:
        check_suffix(out)
        check_place("--out", out)
    if slots and (predictions or patches):
        raise ValueError("--slots shows what the run predicts, frame by frame; leave --predictions and --patches out")
    if (store and store_is_of_scenes(store)) or (slots and run_is_of_scenes(slots)):
        from bcb.scenes.viewing import view_scenes

        if patches:
            raise ValueError("--patches is of blinking balls; leave it out")
        view_scenes(store, split, episode, out, overlay, scale, predictions, slots)
        return
    if slots:
        model, source = _model_and_source(slots, store, split, episode)
    elif store:
        model, source = None, StoreReader(store, split)
    else:
        raise ValueError("name the STORE whose episode to draw, or a run with --slots")
    out = _checked(out, store, source, episode)
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


def _checked(out: Path | None, store: str | None, source, episode: int) -> Path:
    """Where to draw. Raises ValueError where the source has no such episode, or nobody said where."""
    if episode >= len(source):
        raise ValueError(f"{store} has no {source.split} episode {episode}; it has 0 to {len(source) - 1}")
    if not out:  # said last, for that is easily mended
        raise click.UsageError("say where to draw it: -o x.png, or x.gif")
    return out


def _row(predictions, source, episode: int) -> int:
    """Where the predictions of an episode are."""
    import numpy as np

    from eval.score import check_belongs

    check_belongs(predictions, source)
    rows = np.flatnonzero(predictions.index == episode)
    if not len(rows):
        raise ValueError(f"the predictions have none of episode {episode}; choose another --episode")
    return int(rows[0])


def _predicted(image, source, episode: int):
    from bcb.render import Predicted
    from eval.metrics.balls import ball_colors
    from eval.truth import truth_from

    return Predicted(image, ball_colors(image[None], truth_from(source, [episode]))[0])


def _model_and_source(slots: str, store: str | None, split: str, episode: int):
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


def _slot_panels(model, shown, spec, look, moving: bool):
    import torch

    from bcb.render import slot_panels
    from slotssm.data import patchify
    from slotssm.slot_maps import draw_with_slots, slot_count

    slots = slot_count(model)
    steps = torch.from_numpy(patchify(shown.frames, spec.patches_per_side))[None]
    predicted, maps = (drawn[0].numpy() for drawn in draw_with_slots(model, steps))
    return slot_panels(shown, spec, look, predicted, maps, slots, across=moving)
