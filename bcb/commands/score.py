"""`bcb score`: anyone's predictions."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The store they were made for.")
@opt.json_option
def score(predictions: Path, data: Path, as_json: bool) -> None:
    """Score anyone's predictions: the same numbers as `bcb evaluate` gives.

    PREDICTIONS is a predictions store (README, "Bring your own model"). Predictions of fewer context frames, or of
    other patches, than the data has are found out by their fingerprint.

    \b
    Example:
      bcb score predictions --data data/frequent-640
    """
    from bcb.progress import progress_bar
    from bcb.results import print_results, result_of
    from eval.predictions import read_predictions
    from eval.score import truth_of
    from generators.source import View
    from generators.store import StoreReader

    found = read_predictions(predictions)
    source = StoreReader(data, found.split)
    spec = source.spec
    for frames in range(1, spec.context_frames):
        if View(source, frames).spec.fingerprint == found.fingerprint:
            source = View(source, frames)
            break
    with progress_bar("reading") as report:
        truth = truth_of(found, source, progress=report)
    print_results(found.model_name, [result_of(found.class_map, truth, source)], as_json)
