"""`bcb score` of anyone's predictions of scenes. Loads no torch."""

from pathlib import Path

from bcb.progress import progress_bar
from bcb.results import print_results
from bcb.scenes.clips import open_clips
from bcb.scenes.scoring import score_predicted
from eval.scenes.predictions import read_scene_predictions


def score_scene_store(predictions: Path, data: str | None, as_json: bool) -> None:
    """Score a predictions store against the store of scenes that it was made for, and say so."""
    found = read_scene_predictions(predictions)
    if data is None:
        raise ValueError(
            f"{predictions} holds predictions of scenes; name the store that they were made for with --data"
        )
    source = open_clips(data, found.split)
    with progress_bar("scoring") as report:
        result = score_predicted(found, source, report=report)
    print_results(found.model_name, [result], as_json)
