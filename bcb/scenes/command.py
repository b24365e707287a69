"""`bcb evaluate` of a model of scenes."""

from pathlib import Path

from bcb.bundled import run_folder
from bcb.names import plain
from bcb.output import remark
from bcb.place import check_place
from bcb.progress import progress_bar
from bcb.results import print_results
from bcb.scenes.clips import StoredClips, open_clips
from bcb.scenes.evaluating import predict_scenes
from bcb.scenes.probing import probe, probes_learn_from
from bcb.scenes.scoring import score_predicted
from eval.predictions import check_writable
from eval.scenes.predictions import write_scene_predictions
from slotssm.predict import pick_device
from slotssm.scan.backends import choose, use_backend
from slotssm.scenes.runs import SceneRun, load_scene_run


def evaluate_scenes(
    model: str,
    data: str | None,
    split: str,
    episodes: int | None,
    save_predictions: Path | None,
    overwrite: bool,
    device: str,
    backend: str | None,
    as_json: bool,
    probes: bool = False,
    task: str | None = None,
) -> None:
    """Run a trained model on a store (by default the one that it was trained on), score it, and say so.

    probes: also read objects' attributes off its slots, by heads that learn from the store's train split.
    task: what the run should have been trained on, where that is said.
    """
    choose(backend or "auto", pick_device(device))
    run = load_scene_run(run_folder(model))
    if task not in (None, run.train.task):
        raise ValueError(f"{model} was trained on task {run.train.task}, not {task}; leave --task out")
    source = _source(run, data, split, episodes)
    learned = probes_learn_from(run, source) if probes else None
    if save_predictions:
        check_place("--save-predictions", save_predictions)
        check_writable(save_predictions, overwrite)
    with use_backend(backend or "auto"), progress_bar("clips") as report:
        found = predict_scenes(run, source, device=device, report=report)
    with progress_bar("scoring") as report:
        result = score_predicted(found, source, report=report, task=run.train.task)
    if learned is not None:
        with use_backend(backend or "auto"), progress_bar("probes") as report:
            result = result.with_probes(probe(run, learned, source, device=device, report=report))
    if save_predictions:
        write_scene_predictions(save_predictions, found, overwrite=overwrite)
        if not as_json:
            remark(f"wrote predictions to {plain(str(save_predictions), 500)}")
    size = sum(p.numel() for p in run.learner.parameters())
    print_results(model, [result], as_json, parameters=size)


def _source(run: SceneRun, data: str | None, split: str, episodes: int | None) -> StoredClips:
    where = data or run.info["data"].get("url")
    if not isinstance(where, str):
        raise ValueError("the run does not say which store it was trained on; name one with --data")
    return open_clips(where, split, episodes)
