"""What every model of the table promises, on small random models."""

import copy
import dataclasses

import pytest
import torch

from slotssm.models import MODELS
from slotssm.models.check import check_model
from slotssm.models.slotssm import CORES

SMALL = {
    "image_size": 16, "classes": 5, "patches_per_side": 2, "width": 16, "hidden": 16, "state": 4, "heads": 2,
    "head_size": 8,
}  # fmt: skip
# Attention to one token weighs it with 1, whatever its score; and a constant that all queries add wins no token.
IDLE = {
    "single": ("*.query.*", "*.norm_cross.*"),
    "single-split": ("*.mixer.attention.query.*",),
    "transformer": ("*.query.*", "*.norm_cross.*"),
    "oc-slotssm": ("layers.*.norm.bias",),
}
ALL = [*MODELS, "slotssm mamba2", "single mamba2"]


def build(name, **changes):
    """A small model of the table, its core after a space. Of SMALL it takes what it has."""
    torch.manual_seed(0)
    name, _, core = name.partition(" ")
    config = MODELS[name].config
    small = {field.name: SMALL[field.name] for field in dataclasses.fields(config) if field.name in SMALL}
    small |= {"core": core} if core else {}
    return MODELS[name].build(config(**(small | changes))).eval()


def steps(batch, length, patch=8, classes=5, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(0, classes, (batch, length, patch, patch), dtype=torch.uint8, generator=rng)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("patches", [1, 2])
def test_the_table_passes_the_public_check(name, patches):
    check_model(build(name, patches_per_side=patches), idle=IDLE.get(name.split()[0], ()))


def test_a_gradient_that_is_rounding_is_none():
    with pytest.raises(AssertionError, match=r"no gradient reaches .*query\.weight"):
        check_model(build("single"))


@pytest.mark.parametrize("name", ALL)
def test_forward_is_repeated_step_after_640_steps(name):
    model, x = build(name), steps(1, 640)
    with torch.inference_mode():
        whole, _ = model(x)
        state, slots = model.start(1), None
        for t in range(640):
            slots, state = model.step(x[:, t], state)
    assert slots is not None
    assert ((slots - whole[:, -1]).norm() / whole[:, -1].norm()).item() < 1e-4


@pytest.mark.parametrize("name", ALL)
def test_no_steps_give_no_slots_and_change_nothing(name):
    model, x = build(name), steps(2, 5)
    with torch.inference_mode():
        for state in (None, model(x)[1]):
            slots, _ = model(x, state)
            none, after = model(x[:, :0], state)
            assert none.shape == (2, 0, *slots.shape[2:])
            assert torch.equal(model(x, after)[0], slots)


@pytest.mark.parametrize("core", CORES)
def test_slots_do_not_leak_into_each_other_through_the_ssm(core):
    model = build("slotssm", slots=(3,), core=core)
    layer = model.layers[0]
    x = torch.randn(2, 12, 3, 16)
    before, _ = layer.recur(x, layer.start(2))
    other = x.clone()
    other[:, :, 1] += torch.randn(2, 12, 16)
    after, _ = layer.recur(other, layer.start(2))
    assert torch.equal(before[:, :, [0, 2]], after[:, :, [0, 2]])
    assert not torch.allclose(before[:, :, 1], after[:, :, 1])


@pytest.mark.parametrize("core", CORES)
def test_permuting_the_first_slots_permutes_the_states(core):
    model = build("slotssm", slots=(4, 4), core=core)
    order = torch.tensor([2, 0, 3, 1])
    twin = copy.deepcopy(model)
    with torch.no_grad():
        twin.layers[0].encoder.cls.copy_(model.layers[0].encoder.cls[order])
        x = steps(2, 9)
        slots, state = model(x)
        permuted, twin_state = twin(x)
    torch.testing.assert_close(permuted, slots[:, :, order], rtol=1e-4, atol=1e-5)
    for mine, theirs in zip(state.layers, twin_state.layers, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            torch.testing.assert_close(b.unflatten(0, (2, 4)), a.unflatten(0, (2, 4))[:, order], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(twin.decode(permuted[:, -1]), model.decode(slots[:, -1]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("slots", [(3,), (5, 5), (6, 2, 2, 4)])
def test_any_slot_count_per_layer(slots):
    model = build("slotssm", slots=slots)
    out, _ = model(steps(2, 5))
    assert out.shape == (2, 5, slots[-1], 16)
    encoders = [layer.encoder is not None for layer in model.layers]
    assert encoders == [i == 0 or slots[i] != slots[i - 1] for i in range(len(slots))]


def test_the_ssm_is_the_papers_recurrence():
    """One layer's Mamba block, written out step by step in plain torch from PAPER §2."""
    torch.manual_seed(0)
    mamba = build("slotssm").layers[0].ssm
    x = torch.randn(1, 9, 16)
    s, res = mamba.inward(x)[0].chunk(2, dim=-1)
    h, ys = torch.zeros(mamba.channels, mamba.n_state), []
    for t in range(9):
        window = [s[t - i] if t >= i else torch.zeros_like(s[0]) for i in (3, 2, 1, 0)]
        mixed = sum(w * v for w, v in zip(mamba.conv_weight, window, strict=True))
        u = torch.nn.functional.silu(mixed + mamba.conv_bias)
        low, B, C = mamba.select(u).split([mamba.rank, mamba.n_state, mamba.n_state])
        delta = torch.nn.functional.softplus(mamba.delta_bias + mamba.delta(low))
        A = -mamba.log_A.exp()
        h = (delta[:, None] * A).exp() * h + (delta * u)[:, None] * B
        ys.append((h @ C + mamba.D * u) * torch.nn.functional.silu(res[t]))
    want = mamba.outward(torch.stack(ys))
    torch.testing.assert_close(mamba(x, mamba.start(1))[0][0], want, rtol=1e-4, atol=1e-5)


def test_the_mamba2_core_is_the_papers_recurrence():
    """One layer's Mamba-2 block, written out step by step in plain torch from arXiv 2405.21060, §7."""
    torch.manual_seed(0)
    mamba = build("slotssm mamba2").layers[0].ssm
    heads, p, n = 4, 8, 4
    x = torch.randn(1, 9, 16)
    z, sBC, dt = mamba.inward(x)[0].split([32, 32 + 2 * n, heads], dim=-1)
    h, ys = torch.zeros(heads, p, n), []
    for t in range(9):
        window = [sBC[t - i] if t >= i else torch.zeros_like(sBC[0]) for i in (3, 2, 1, 0)]
        mixed = sum(w * v for w, v in zip(mamba.conv_weight, window, strict=True))
        s, B, C = torch.nn.functional.silu(mixed + mamba.conv_bias).split([32, n, n])
        s = s.view(heads, p)
        delta = torch.nn.functional.softplus(mamba.delta_bias + dt[t])[:, None]
        decay = (delta[:, 0] * -mamba.log_A.exp()).exp()
        h = decay[:, None, None] * h + (delta * s)[:, :, None] * B
        y = (h @ C + mamba.D[:, None] * s).flatten() * torch.nn.functional.silu(z[t])
        ys.append(y / (y.pow(2).mean() + 1e-5).sqrt() * mamba.norm.weight)
    want = mamba.outward(torch.stack(ys))
    torch.testing.assert_close(mamba(x, mamba.start(1))[0][0], want, rtol=1e-4, atol=1e-5)


def test_the_single_state_model_has_a_slotssms_parameters():
    slot, single = build("slotssm", slots=(4, 4, 4)), build("single", layers=3)
    count = [sum(p.numel() for p in m.parameters()) for m in (slot, single)]
    assert count[0] - count[1] == 3 * 16  # the other CLS tokens


@pytest.mark.parametrize("name", ALL)
def test_runs_under_bfloat16_autocast(name):
    model = build(name)
    with torch.autocast("cpu", torch.bfloat16):
        slots, _ = model(steps(2, 6))
        logits = model.decode(slots[:, -1])
    exact, _ = model(steps(2, 6))
    assert torch.isfinite(logits).all()
    torch.testing.assert_close(slots.float(), exact, rtol=0.1, atol=0.2)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"heads": 3}, "heads"),
        ({"patches_per_side": 8}, "patches"),
        ({"width": 18}, "multiple"),
        ({"slots": ()}, "slots"),
        ({"core": "mamba3"}, "mamba2"),
        ({"core": "mamba2", "head_size": 7}, "divides"),
    ],
)
def test_sizes_that_do_not_fit_say_so(change, word):
    with pytest.raises(ValueError, match=word):
        build("slotssm", **change)


@pytest.mark.parametrize("name", ALL)
def test_memorises_eight_episodes(name):
    """A model that can't fit what it has seen can't learn anything: forward, decoder and gradients at once."""
    model, x = build(name, width=32).train(), steps(8, 4)
    cells = torch.randint(0, 5, (8, 4, 4), generator=torch.Generator().manual_seed(1))
    target = cells.repeat_interleave(4, 1).repeat_interleave(4, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(200):
        loss = torch.nn.functional.cross_entropy(model.decode(model(x)[0][:, -1]), target)
        if loss.item() < 0.4:  # chance is log 5 = 1.6
            return
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    pytest.fail(f"the loss is still {loss.item():.2f}")
