"""`bcb evaluate`: run a model, score it."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@opt.any_task_option
@click.option(
    "--model",
    required=True,
    metavar="NAME|RUN",
    help="A model, or one of its runs (`bcb list weights`), or a run folder.",
)
@click.option("--data", type=opt.STORE, help="A store; without, episodes are made on the fly.")
@click.option("--split", type=opt.SPLIT, default="test", show_default=True, help="Which episodes: train, val or test.")
@opt.preset_option
@opt.rule_option
@opt.length_option
@opt.context_frames_option
@click.option("--episodes", type=opt.POSITIVE, help="How many (1000, or all of a store).")
@click.option("--save-predictions", type=click.Path(path_type=Path), help="Write a predictions store, and its record.")
@opt.overwrite_option
@click.option("--sample", is_flag=True, help="Of video prediction: feed back drawn pixels, not the likeliest.")
@click.option("--slots", is_flag=True, help="Also score whether each slot draws a ball of its own (FG-ARI).")
@click.option("--probes", is_flag=True, help="Of scenes: also read objects' attributes off the slots.")
@click.option("--batch-size", type=opt.POSITIVE, default=64, show_default=True, help="Episodes of balls at a time.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, …")
@opt.backend_option
@opt.json_option
def evaluate(
    task: str | None,
    model: str,
    data: str | None,
    split: str,
    preset: str | None,
    rule: str | None,
    length: int | None,
    context_frames: int | None,
    episodes: int | None,
    save_predictions: Path | None,
    overwrite: bool,
    sample: bool,
    slots: bool,
    probes: bool,
    batch_size: int,
    device: str,
    backend: str | None,
    as_json: bool,
) -> None:
    """Run a model and score it, with an oracle, chance and white balls beside it.

    A model's NAME alone means its bundled weights on the canonical test episodes, for every preset and rule that was
    trained (of video prediction, with --task or --preset). A RUN, a folder or one that comes with bcb, is scored on
    --data, or else on the data that it was trained for, or on --length or --context-frames of it. Of video prediction,
    --context-frames are given (10) and all others predicted, one from the other, with a copy of the last frame and
    constant velocities beside them. --save-predictions writes what `bcb score` and `bcb leaderboard` read; of several
    datasets, a store for each RUN in that folder.

    \b
    Example:
      bcb evaluate --model slotssm
      bcb evaluate --model rim-small-earliest --context-frames 40
      bcb evaluate --model runs/slotssm --data data/frequent-640 --save-predictions predictions
      bcb evaluate --model slotssm --preset small --slots
    """
    from bcb.scenes.tasks import SCENE_TASKS
    from bcb.scenes.which import check_trained, run_is_of_scenes

    check_trained(model)
    if task in SCENE_TASKS or run_is_of_scenes(model):
        from bcb.scenes.command import evaluate_scenes
        from bcb.scenes.which import check_none_given

        check_none_given(
            preset=preset, rule=rule, length=length, context_frames=context_frames, sample=sample, slots=slots
        )
        where = (model, data, split, episodes)
        evaluate_scenes(*where, save_predictions, overwrite, device, backend, as_json, probes, task)
        return
    if probes:
        raise ValueError("--probes is for runs on scenes, whose objects have shapes and colours; leave it out")
    from bcb.jobs import Choice, jobs, trained_on
    from bcb.leaderboard.record import check_record_place, record_of, write_record
    from bcb.names import plain
    from bcb.output import remark
    from bcb.place import check_place
    from bcb.predicting import predictions_of
    from bcb.progress import progress_bar
    from bcb.results import print_results
    from bcb.tasks import How, task_of
    from eval.predictions import check_writable, write_predictions
    from eval.slots import score_slots
    from slotssm.checkpoint import load_run
    from slotssm.predict import check_fits, pick_device
    from slotssm.scan.backends import choose, use_backend
    from slotssm.slot_maps import slot_count, slot_maps

    choose(backend or "auto", pick_device(device))
    choice = Choice(model, data, split, preset, rule, length, context_frames, episodes, task)
    how = How(context_frames, sample, batch_size, device)
    todo = [(job, load_run(job.run)) for job in jobs(choice)]
    for job, run in todo:
        check_fits(run.model, job.source)
        if slots:
            slot_count(run.model)
    places = _places(save_predictions, [job.run.name for job, _ in todo]) if save_predictions else []
    for place in places:
        check_place("--save-predictions", place)
        check_writable(place, overwrite)
        check_record_place(place, overwrite)
    if len(todo) > 1 and not as_json:
        remark(
            f"{len(todo)} runs of {model}: {', '.join(job.run.name for job, _ in todo)}; --model takes one of them too"
        )
    results = []
    for k, (job, run) in enumerate(todo):
        kind, spec, scores = task_of(job.source.spec), job.source.spec, None
        name = kind.name(spec)
        if (rule := trained_on(run.info)) not in (None, spec.rule):
            remark(f"{job.run.name} was trained on rule {rule}, and these episodes are under rule {spec.rule}")
        with use_backend(backend or "auto"), progress_bar(name) as report:
            found = predictions_of(run, job.source, how, report)
        if slots:
            with use_backend(backend or "auto"), progress_bar(f"slots of {name}") as report:
                maps = slot_maps(run.model, job.source, batch_size=batch_size, device=device, progress=report)
                scores = score_slots(maps, job.source, slot_count(run.model))
        results.append(kind.result(found, job.source, job.preset, scores))
        if save_predictions:
            write_predictions(places[k], **vars(found), overwrite=overwrite)
            record = write_record(places[k], record_of(found, spec, results[-1]))
            if not as_json:
                remark(f"wrote predictions to {plain(str(places[k]), 500)}, and their record to {record.name}")
    size = sum(p.numel() for p in todo[0][1].model.parameters())
    name = f"{model}, sampled" if sample and not as_json else model
    print_results(name, results, as_json, parameters=size, sampled=sample)


def _places(path: Path, runs: list[str]) -> list[Path]:
    """Where the predictions of each run go: to the path, or of several each to a store of its own in it."""
    if len(runs) == 1:
        return [path]
    if (path / "zarr.json").exists():
        raise ValueError(f"{path} is a store, and {len(runs)} are to be written; choose another path, or one dataset")
    return [path / run for run in runs]
