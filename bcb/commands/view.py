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

    Of scenes: pictures, objects and depth, of twelve frames or (GIF) of all, and where the snitch is, in pink. With
    --slots or --predictions also what a model drew: pictures, slots in the colours of the objects that they are matched
    with, and depth; or the cell where it says that the snitch is, in white.

    \b
    Example:
      bcb view data/frequent-640 --episode 3 -o episode.png
      bcb view data/frequent-640 --episode 3 --patches --no-overlay -o episode.gif
      bcb view data/frequent-640 --episode 3 --slots runs/slotssm -o slots.gif
      bcb view data/snitch --episode 3 -o snitch.gif
      bcb view data/movi-a-like --episode 3 --slots runs/oc -o slots.gif
      bcb view data/video-30 --episode 3 --predictions predictions -o video.gif
    """
    from bcb.place import check_place
    from bcb.render import check_suffix
    from bcb.scenes.which import run_is_of_scenes, store_is_of_scenes

    if out:
        check_suffix(out)
        check_place("--out", out)
    if slots and (predictions or patches):
        raise ValueError("--slots shows what the run predicts, frame by frame; leave --predictions and --patches out")
    wanted = (store, split, episode, out, overlay, scale, predictions, slots)
    if (store and store_is_of_scenes(store)) or (slots and run_is_of_scenes(slots)):
        from bcb.scenes.viewing import view_scenes

        if patches:
            raise ValueError("--patches is of blinking balls; leave it out")
        view_scenes(*wanted)
    else:
        from bcb.viewing import view_balls

        view_balls(*wanted, patches)
