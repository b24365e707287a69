"""What a model must pass to be scored: run it on yours (`check_model(model)`); the tests run it over the table."""

import copy
from collections.abc import Sequence
from fnmatch import fnmatch

import torch

from slotssm.checkpoint import from_json, to_json
from slotssm.models.model import SequenceModel

NO_GRADIENT = 1e-12  # of the largest, in float64: what rounding leaves of none


def check_model(model: SequenceModel, *, batch: int = 3, tolerance: float = 1e-4, idle: Sequence[str] = ()) -> None:
    """Raise AssertionError, saying what is wrong, unless the model keeps the promises of `SequenceModel`.

    A config that JSON can hold; shapes; forward = repeated step; a sequence cut in two = the whole; no step sees the
    future; episodes of a batch don't see each other; runs under bfloat16 autocast; a gradient reaches every parameter.
    The model must be on the CPU. It is left in eval mode: what it does in training mode isn't checked.

    idle: patterns of names (`*.query.*`) of parameters that have no effect by construction, such as what makes the
          scores of attention to a single token. A gradient may miss these.
    """
    c = model.config
    assert from_json(type(c), to_json(c)) == c, "the config is another one after a way through JSON"
    model.eval()
    patch = c.image_size // c.patches_per_side
    length = max(6, 2 * c.patches_per_side**2)
    rng = torch.Generator().manual_seed(0)
    steps = torch.randint(0, c.classes, (batch, length, patch, patch), dtype=torch.uint8, generator=rng)

    def same(a, b, what):
        assert ((a - b).norm() / b.norm().clamp_min(1e-12)).item() <= tolerance, what

    with torch.no_grad():
        slots, _ = model(steps)
        shape = tuple(slots.shape)
        assert len(shape) == 4, f"forward gave {shape}, not (batch, length, slots, width)"
        assert shape[:2] == (batch, length), f"forward gave {shape}, not ({batch}, {length}, slots, width)"
        logits = model.decode(slots[:, -1])
        want = (batch, c.classes, c.image_size, c.image_size)
        assert logits.shape == want, f"decode gave {tuple(logits.shape)}, not {want}"

        state = model.start(batch)
        for t in range(length):
            now, state = model.step(steps[:, t], state)
            same(now, slots[:, t], f"step {t} differs from forward")
        cut = length // 2 + 1
        first, state = model(steps[:, :cut])
        second, _ = model(steps[:, cut:], state)
        same(torch.cat([first, second], 1), slots, "a sequence cut in two differs from the whole")

        other = steps.clone()
        other[:, cut:] = (other[:, cut:] + 1) % c.classes
        changed, _ = model(other)
        same(changed[:, :cut], slots[:, :cut], "a step sees the future")
        assert not torch.equal(changed[:, -1], slots[:, -1]), "the last slots don't depend on the last steps"
        same(model(steps[1:])[0], slots[1:], "episodes of a batch see each other")
        with torch.autocast("cpu", torch.bfloat16):
            assert model.decode(model(steps)[0][:, -1]).isfinite().all(), "bfloat16 autocast gives NaN or infinity"

    exact = copy.deepcopy(model).double()  # in float32, rounding looks like a gradient
    exact.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(
        exact.decode(exact(steps)[0][:, -1]), torch.zeros(batch, c.image_size, c.image_size, dtype=torch.long)
    ).backward()
    size = {name: 0.0 if p.grad is None else p.grad.norm().item() for name, p in exact.named_parameters()}
    least = NO_GRADIENT * max(size.values())
    blind = [name for name, s in size.items() if s <= least and not any(fnmatch(name, i) for i in idle)]
    assert not blind, f"no gradient reaches {', '.join(blind)}"
