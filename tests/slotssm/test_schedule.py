"""The curriculum and the learning rate, which depend on the seed and the step alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcb.presets import PRESETS
from slotssm.curriculum import context_at, decode_at
from slotssm.models import MODELS
from slotssm.optim import adamw, lr_at
from slotssm.recipe import TrainConfig


@given(step=st.integers(0, 10**6), frames=st.integers(1, 50), ramp=st.integers(0, 1000))
def test_context_stays_within_what_the_ramp_allows(step, frames, ramp):
    assert context_at(step, frames, ramp, "none", 0) == frames
    n = context_at(step, frames, ramp, "length", 0)
    longest = min(frames, 1 + step * frames // max(ramp, 1))
    assert 1 <= n <= longest
    assert step % 2 == 0 or n == longest
    assert n == context_at(step, frames, ramp, "length", 0)


def test_the_ramp_reaches_every_length():
    assert {context_at(s, 10, 100, "length", 0) for s in range(1, 100, 2)} == set(range(1, 11))
    assert context_at(1, 10, 100, "length", 0) == 1


@given(context=st.integers(1, 12), decodes=st.integers(1, 15), batch=st.integers(1, 6), step=st.integers(0, 99))
def test_decoding_times_are_the_end_and_different_earlier_frames(context, decodes, batch, step):
    times = decode_at(step, context, decodes, batch, 0)
    assert times.shape == (batch, min(decodes, context))
    assert (times[:, 0] == context - 1).all()
    for row in times.tolist():
        assert len(set(row)) == len(row)
        assert min(row) >= 0


def test_learning_rate_warms_up_holds_and_falls_to_zero():
    rates = [lr_at(s, 1.0, 10, 40, 100) for s in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == rates[59] == 1.0
    assert rates[80] == pytest.approx(0.5)
    assert rates[100] == 0.0
    assert all(a >= b for a, b in pairwise(rates[10:]))


def test_weight_decay_is_for_matrices_only():
    model = MODELS["slotssm"].build(MODELS["slotssm"].config(image_size=16, width=16, slots=(2,), heads=2))
    optimizer = adamw(model, 1e-3, 0.1)
    names = {id(p): n for n, p in model.named_parameters()}
    decayed = {names[id(p)] for p in optimizer.param_groups[0]["params"]}
    rest = {names[id(p)] for p in optimizer.param_groups[1]["params"]}
    assert decayed | rest == set(names.values())
    assert not decayed & rest
    assert all(n.endswith(".weight") and "norm" not in n for n in decayed)
    assert {"layers.0.ssm.log_A", "layers.0.ssm.D", "layers.0.ssm.delta_bias", "layers.0.encoder.cls"} <= rest


@given(steps=st.integers(1, 20_000))
def test_a_recipe_of_any_length_reaches_the_full_rate_and_the_full_context(steps):
    recipe = PRESETS["small"].train.lasting(steps)
    assert 0 <= recipe.ramp <= steps
    assert 0 <= recipe.decay <= steps
    if steps >= 20:
        seen = {context_at(s, 10, recipe.ramp, "length", 0) for s in range(steps)}
        assert max(seen) == 10
        assert max(lr_at(s, 1.0, 0, recipe.decay, steps) for s in range(steps)) == 1.0


@pytest.mark.parametrize("wrong", [{"decay": 11}, {"ramp": 11}])
def test_a_schedule_longer_than_the_run_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrainConfig(steps=10, **wrong)
