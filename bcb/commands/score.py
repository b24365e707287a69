"""`bcb score`: anyone's predictions."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option("--data", type=opt.STORE, required=True, help="The store they were made for.")
@opt.json_option
def score(predictions: Path, data: str, as_json: bool) -> None:
    """Score anyone's predictions: the same numbers as `bcb evaluate` gives.

    PREDICTIONS is a predictions store (README, "Bring your own model"). They may be of fewer context frames than the
    data has: their fingerprint tells.

    \b
    Example:
      bcb score predictions --data data/frequent-640
    """
    from bcb.progress import progress_bar
    from bcb.results import print_results
    from bcb.tasks import task_of
    from eval.predictions import read_predictions
    from generators.source import view_of
    from generators.store import StoreReader

    found = read_predictions(predictions)
    source = view_of(StoreReader(data, found.split), found.fingerprint)
    with progress_bar("reading") as report:
        result = task_of(source.spec).result(found, source, report=report)
    print_results(found.model_name, [result], as_json)
