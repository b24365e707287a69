"""Does an imported episode agree with itself? Nothing here knows where it came from."""

from collections.abc import Iterator, Mapping

import numpy as np

from generators.imports.arrays import NO_OBJECT, UNKNOWN

INDEXED = {"shape": "shapes", "color": "colors", "material": "materials", "category": "categories"}


def problems(there: Mapping[str, np.ndarray], names: Mapping[str, int]) -> Iterator[str]:
    """What can't be, in a few words each.

    there: the arrays of an episode, whichever it has.   names: how many shapes, colors, materials and categories the
    dataset has.
    """
    for name, values in there.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            yield f"{name} isn't finite"
    for name in INDEXED.keys() & there.keys():
        if not ((there[name] < names[INDEXED[name]]) | (there[name] == NO_OBJECT)).all():
            yield f"{name} has an index without a name"
    if "depth" in there and (there["depth"] < 0).any():
        yield "depth is below 0"
    if "quaternion" in there:
        norm = np.linalg.norm(there["quaternion"].astype(float), axis=-1)
        if not (np.isclose(norm, 1, atol=1e-3) | (norm == 0)).all():
            yield "quaternion isn't of length 1"
    if "contact" in there:
        contact = there["contact"]
        if (contact != contact.swapaxes(1, 2)).any() or contact.max(initial=0) > 1 or np.einsum("tii->", contact):
            yield "contact isn't symmetric, of 0 and 1, and none with itself"
    if "segmentation" in there and "visibility" in there:
        seen, objects = there["visibility"], there["visibility"].shape[1]
        if there["segmentation"].max(initial=0) > objects:
            yield "segmentation has an object that isn't there"
        else:
            for t, picture in enumerate(there["segmentation"]):
                counts = np.bincount(picture.ravel(), minlength=objects + 1)[1:]
                if (np.minimum(counts, 65535) != seen[t]).any():
                    yield f"visibility isn't what segmentation shows at frame {t}"
                    break
    if "cell" in there and ((there["cell"] > 35) & (there["cell"] != UNKNOWN)).any():
        yield "cell is none of 0 to 35"
    if "cell" in there and there["cell"][-1] == UNKNOWN:
        yield "cell isn't known at the end"
    if "covered_by" in there and "carried" in there and (there["carried"][there["covered_by"] < 0]).any():
        yield "the snitch is carried and not covered"
