"""Starting from another run's weights, also where frames were cut in other patches, or there were other colours."""

import torch

from generators.palette import FIRST_COLOR
from slotssm.models.model import SequenceModel

POSITION = "tokenizer.position"
# The weights that know palette classes, and the dimension that is pixels × classes in each.
CLASSES = {"tokenizer.content.weight": 1, "decoder.head.weight": 0, "decoder.head.bias": 0}


def recut(trained: SequenceModel, fresh: SequenceModel) -> SequenceModel:
    """`fresh` with the weights of `trained`; the table of positions is cut anew for its patches.

    Every sub-patch of the image keeps its embedding, whichever step shows it. A new colour begins as the average of
    those that were there; the class of distractors, where there is one, counts as a colour. Raises ValueError where
    anything else differs.
    """
    weights, into = dict(trained.state_dict()), fresh.state_dict()
    if POSITION in weights and POSITION in into and weights[POSITION].shape != into[POSITION].shape:
        weights[POSITION] = _cut(_whole(weights[POSITION]), into[POSITION].shape)
    before, after = trained.config.classes, fresh.config.classes
    for name in CLASSES.keys() & weights.keys() if before != after else ():
        weights[name] = _recolored(weights[name], CLASSES[name], before, after)
    for name in into.keys() | weights.keys():
        mine, theirs = (w[name].shape if name in w else None for w in (into, weights))
        if mine != theirs:
            raise ValueError(f"can't start from these weights: {name} is {_text(theirs)} there and {_text(mine)} here")
    fresh.load_state_dict(weights)
    return fresh


def _recolored(weight: torch.Tensor, dim: int, before: int, after: int) -> torch.Tensor:
    """One dimension from pixels × `before` to pixels × `after` classes."""
    if before == FIRST_COLOR:
        raise ValueError("can't start from these weights: no ball was coloured there, and here some are")
    classes = weight.unflatten(dim, (-1, before)).movedim(dim + 1, 0)
    fresh = classes[FIRST_COLOR:].mean(dim=0, keepdim=True)
    return torch.cat([classes[:after], *[fresh] * (after - before)]).movedim(0, dim + 1).flatten(dim, dim + 1)


def _whole(position: torch.Tensor) -> torch.Tensor:
    """(p², g², d) → the image's grid (p·g, p·g, d)."""
    p, g = (round(n**0.5) for n in position.shape[:2])
    return position.unflatten(1, (g, g)).unflatten(0, (p, p)).transpose(1, 2).flatten(2, 3).flatten(0, 1)


def _cut(grid: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """The image's grid → (p², g², d)."""
    p, g = (round(n**0.5) for n in shape[:2])
    if p * g != len(grid):
        raise ValueError(f"can't start from weights for images of {4 * len(grid)} pixels; these have {4 * p * g}")
    return grid.unflatten(1, (p, g)).unflatten(0, (p, g)).transpose(1, 2).flatten(2, 3).flatten(0, 1)


def _text(shape: torch.Size | None) -> str:
    return "missing" if shape is None else "×".join(map(str, shape)) or "a number"
