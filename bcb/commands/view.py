"""`bcb view`: a picture of an episode."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("store", type=opt.STORE)
@click.option("--split", type=opt.SPLIT, default="test", show_default=True, help="train, val or test.")
@click.option("--episode", type=opt.COUNT, default=0, show_default=True, help="Which episode of the split.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="x.png or x.gif; replaced if there.")
@click.option("--overlay/--no-overlay", default=True, help="Blink, ball numbers and answers over the frames.")
@click.option("--patches", is_flag=True, help="Show the patches, and the steps that a model sees.")
@click.option("--predictions", type=click.Path(path_type=Path), help="A predictions store, to show beside the target.")
@click.option("--scale", type=opt.POSITIVE, help="Picture pixels per image pixel.")
def view(
    store: str,
    split: str,
    episode: int,
    out: Path,
    overlay: bool,
    patches: bool,
    predictions: Path | None,
    scale: int | None,
) -> None:
    """Draw an episode as a contact sheet (PNG) or an animation (GIF).

    \b
    Example:
      bcb view data/frequent-640 --episode 3 -o episode.png
      bcb view data/frequent-640 --episode 3 --patches --no-overlay -o episode.gif
    """
    from bcb.output import remark
    from bcb.place import check_place
    from bcb.render import Look, animation, animation_scale, check_suffix, contact_sheet, panels, save, sheet_scale
    from eval.predictions import read_predictions
    from generators.source import view_of
    from generators.store import StoreReader

    suffix = check_suffix(out)
    check_place("--out", out)
    reader = StoreReader(store, split)
    if episode >= len(reader):
        raise ValueError(f"{store} has no {split} episode {episode}; it has 0 to {len(reader) - 1}")
    found = read_predictions(predictions) if predictions else None
    source = view_of(reader, found.fingerprint) if found else reader
    spec, shown = source.spec, source.episode(episode)
    predicted = _predicted(found, source, episode) if found else None
    count = spec.context_frames + (1 if predicted is None else 2)
    fitting = animation_scale(spec.world.size) if suffix == ".gif" else sheet_scale(spec.world.size, count)
    look = Look(scale or fitting, overlay, patches)
    drawn = panels(shown, spec, look, predicted)
    if suffix == ".gif":
        pages, durations = animation(drawn, predicted is not None)
        save(out, pages, durations)
    else:
        title = f"{spec.rule}: {split} episode {episode}"
        subtitle = f"length {spec.length}, seed {spec.seed}, fingerprint {spec.fingerprint[:12]}"
        save(out, [contact_sheet(drawn, shown, spec, look, title, subtitle)])
    remark(f"wrote {out}")


def _predicted(predictions, source, episode: int):
    import numpy as np

    from bcb.render import Predicted
    from eval.metrics.balls import ball_colors
    from eval.score import check_belongs
    from eval.truth import truth_from

    check_belongs(predictions, source)
    rows = np.flatnonzero(predictions.index == episode)
    if not len(rows):
        raise ValueError(f"the predictions have none of episode {episode}; choose another --episode")
    image = predictions.class_map[rows[0]]
    return Predicted(image, ball_colors(image[None], truth_from(source, [episode]))[0])
