"""What a model of scenes must pass: run it on yours (`check_scene_model(model)`); the tests run it over the table."""

import copy
from collections.abc import Sequence
from fnmatch import fnmatch

import torch
from torch import Tensor

from slotssm.checkpoint import from_json, to_json
from slotssm.models.check import NO_GRADIENT
from slotssm.scenes.models.model import SceneModel


def check_scene_model(
    model: SceneModel, *, batch: int = 3, frames: int = 5, tolerance: float = 1e-4, idle: Sequence[str] = ()
) -> None:
    """Raise AssertionError, saying what is wrong, unless the model keeps the promises of `SceneModel`.

    A config that JSON can hold; shapes; shares that sum to 1; forward = repeated step; a video cut in two = the whole;
    one frame, and none; no frame sees the future; videos of a batch don't see each other; runs under bfloat16 autocast;
    a gradient reaches every parameter. The model must be on the CPU. It is left in eval mode.

    idle: patterns of names of parameters that have no effect by construction; a gradient may miss these.
    """
    c = model.config
    assert from_json(type(c), to_json(c)) == c, "the config is another one after a way through JSON"
    model.eval()
    rng = torch.Generator().manual_seed(0)
    video = torch.rand(batch, frames, 3, c.image_size, c.image_size, generator=rng)

    def same(a: Tensor, b: Tensor, what: str) -> None:
        assert ((a - b).norm() / b.norm().clamp_min(1e-12)).item() <= tolerance, what

    with torch.no_grad():
        out = model(video)
        picture = (batch, frames, c.channels, c.image_size, c.image_size)
        assert out.reconstruction.shape == picture, (
            f"reconstruction is {tuple(out.reconstruction.shape)}, not {picture}"
        )
        assert out.slots.shape[:2] == (batch, frames), f"slots are {tuple(out.slots.shape)}"
        shares = (batch, frames, out.slots.shape[2], c.image_size, c.image_size)
        assert out.alpha.shape == shares, f"alpha is {tuple(out.alpha.shape)}, not {shares}"
        same(out.alpha.sum(2), torch.ones(batch, frames, *picture[3:]), "the slots' shares of a pixel don't sum to 1")

        state = model.start(batch)
        for t in range(frames):
            now, state = model.step(video[:, t], state)
            for name, one, all_frames in zip(out._fields, now, out, strict=True):
                same(one, all_frames[:, t], f"{name} of step {t} differs from forward")
        cut = frames // 2 + 1
        first, state = model.read(video[:, :cut])
        second, state = model.read(video[:, cut:], state)
        same(torch.cat([first, second], 1), out.slots, "a video cut in two differs from the whole")
        none, _ = model.read(video[:, :0], state)
        assert none.shape == (batch, 0, *out.slots.shape[2:]), "no frames give some slots"
        same(model(video[:, :1]).slots, out.slots[:, :1], "a video of one frame differs from the first of more")

        other = video.clone()
        other[:, cut:] = 1 - other[:, cut:]
        changed, _ = model.read(other)
        same(changed[:, :cut], out.slots[:, :cut], "a frame sees the future")
        assert not torch.equal(changed[:, -1], out.slots[:, -1]), "the last slots don't depend on the last frames"
        other = torch.cat([1 - video[:1], video[1:]])
        same(model.read(other)[0][1:], out.slots[1:], "videos of a batch see each other")
        with torch.autocast("cpu", torch.bfloat16):
            half = model(video)
        assert all(x.isfinite().all() for x in half), "bfloat16 autocast gives NaN or infinity"

    exact = copy.deepcopy(model).double()  # in float32, rounding looks like a gradient
    exact.zero_grad(set_to_none=True)
    exact(video.double()).reconstruction.square().mean().backward()
    size = {name: 0.0 if p.grad is None else p.grad.norm().item() for name, p in exact.named_parameters()}
    least = NO_GRADIENT * max(size.values())
    blind = [name for name, s in size.items() if s <= least and not any(fnmatch(name, i) for i in idle)]
    assert not blind, f"no gradient reaches {', '.join(blind)}"
