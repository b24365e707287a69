"""The predictions store: what a model says the target images are. All that `bcb score` needs of it.

A zarr v3 group with two arrays,

| array       | dtype, dimensions     | meaning                                    |
|-------------|-----------------------|--------------------------------------------|
| `class_map` | uint8 (episode, y, x) | palette class of every pixel of the target |
| `index`     | int64 (episode)       | the episode of the split that it predicts  |

(of video prediction a third, `rollout`, uint8 (episode, time, y, x): all frames that are predicted, the last of them
the class maps; how many were given follows),

and in its attributes `format: "bcb-predictions"`, `format_version: 1`, the `fingerprint` and `split` of the
data (`bcb inspect` shows them), and `model: {"name": …, "config": {…}}`. Any episodes in any order, each once.
The format and the model may be left out; a store without them is read as version 1 of an unnamed model.
With numpy arrays of whatever made them (JAX, a hand-written solver), zarr alone writes one:

    import zarr
    group = zarr.open_group("predictions", mode="w", zarr_format=3, attributes={
        "format": "bcb-predictions", "format_version": 1, "fingerprint": fingerprint, "split": "test",
        "model": {"name": "mine", "config": {}},
    })
    for name, data, fill, dimensions in (
        ("class_map", class_map, 255, ("episode", "y", "x")), ("index", index, -1, ("episode",)),
    ):
        array = group.create_array(name, shape=data.shape, dtype=data.dtype, fill_value=fill,
                                   dimension_names=dimensions)
        array[...] = data

The fill values are no class and no index, so that a chunk that gets lost is noticed and not read as background.
"""

from eval.predictions.format import Predictions, PredictionsError
from eval.predictions.read import read_predictions
from eval.predictions.write import check_writable, write_predictions

__all__ = ["Predictions", "PredictionsError", "check_writable", "read_predictions", "write_predictions"]
