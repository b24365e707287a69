"""`bcb score`: anyone's predictions."""

from pathlib import Path

import click

from bcb import options as opt


@click.command()
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option(
    "--data", type=opt.STORE, metavar="STORE|SPEC", help="What they were made for: a store, or a spec as JSON."
)
@click.option("--record", is_flag=True, help="Write PREDICTIONS.record.json beside them, for bcb leaderboard.")
@opt.overwrite_option
@opt.json_option
def score(predictions: Path, data: str | None, record: bool, overwrite: bool, as_json: bool) -> None:
    """Score anyone's predictions: the same numbers as `bcb evaluate` gives.

    PREDICTIONS is a predictions store (README, "Bring your own model"). They may be of fewer context frames than the
    data has: their fingerprint tells. Without --data, episodes are made on the fly, from the spec in the record beside
    the predictions, or that of the preset whose fingerprint they have. Predictions of scenes (slot maps, depths, the
    snitch's cell) are scored against the store that --data names.

    \b
    Example:
      bcb score predictions --data data/frequent-640
      bcb score predictions --data data/frequent-640 --record
      bcb score predictions --data data/movi-a-like
    """
    from eval.scenes.predictions import is_of_scenes

    if is_of_scenes(predictions):
        from bcb.scenes.scored import score_scene_store
        from bcb.scenes.which import check_none_given

        check_none_given(record=record)
        score_scene_store(predictions, data, as_json)
        return
    from bcb.leaderboard.data import source_of
    from bcb.leaderboard.record import check_record_place, record_of, write_record
    from bcb.names import plain
    from bcb.output import remark
    from bcb.progress import progress_bar
    from bcb.results import print_results
    from bcb.tasks import task_of
    from eval.predictions import read_predictions

    found = read_predictions(predictions)
    if record:
        check_record_place(predictions, overwrite)
    source = source_of(predictions, found, data)
    with progress_bar("reading") as report:
        result = task_of(source.spec).result(found, source, report=report)
    print_results(found.model_name, [result], as_json)
    if record:
        place = write_record(predictions, record_of(found, source.spec, result))
        remark(f"wrote the record {plain(str(place), 500)}")
