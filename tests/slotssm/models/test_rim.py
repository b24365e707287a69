"""What RIM promises by itself (arXiv 1909.10893, §2)."""

import pytest
import torch

from slotssm.models.rim import RIM, RIMConfig

N, S = 6, 16


@pytest.fixture
def rim():
    torch.manual_seed(0)
    config = RIMConfig(image_size=16, classes=5, patches_per_side=2, width=16, heads=2, slots=N, hidden=S, active=4)
    return RIM(config).eval()


def steps(batch=3, length=40):
    return torch.randint(0, 5, (batch, length, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("active", [1, 4, 6])
def test_exactly_k_modules_change_their_state_at_every_step(active):
    torch.manual_seed(0)
    sizes = {"image_size": 16, "classes": 5, "patches_per_side": 2, "width": 16, "heads": 2, "slots": N, "hidden": S}
    rim, x = RIM(RIMConfig(**sizes, active=active)), steps()
    state = rim.start(3)
    with torch.no_grad():
        for t in range(x.shape[1]):
            _, after = rim.step(x[:, t], state)
            changed = (after.modules != state.modules).any(dim=-1)
            assert changed.sum(dim=1).tolist() == [active] * 3
            state = after


def test_who_is_chosen_changes_and_equal_ones_are_still_k(rim):
    assert rim.choose(torch.zeros(2, N)).sum(dim=1).tolist() == [4, 4]
    null = torch.tensor([[0.1, 0.9, 0.2, 0.8, 0.3, 0.4]])
    assert rim.choose(null).tolist() == [[True, False, True, False, True, True]]
    state, chosen = rim.start(3), []
    with torch.no_grad():
        for step in steps().unbind(1):
            _, after = rim.step(step, state)
            chosen.append((after.modules != state.modules).any(dim=-1))
            state = after
    assert len(torch.stack(chosen).flatten(0, 1).unique(dim=0)) > 1


def test_a_step_is_the_papers_equations(rim):
    """Module by module and head by head, from §2.2–2.4 of the paper."""
    torch.manual_seed(1)
    x, h = torch.randn(3, 16), torch.randn(N, S)  # an input of three elements, and the states
    W = {name: p.detach() for name, p in rim.named_parameters()}
    X = torch.cat([x, torch.zeros(1, 16)])
    keys, values = X @ W["key.weight"].T, X @ W["value.weight"].T
    looks = [torch.softmax(h[i] @ W["query.weight"][i] @ keys.T / S**0.5, dim=0) for i in range(N)]
    active = sorted(range(N), key=lambda i: looks[i][-1])[:4]
    new = h.clone()
    for i in active:
        read = looks[i] @ values
        xr, xz, xn = (read @ W["inputs.weight"][i] + W["inputs.bias"][i, 0]).chunk(3)
        hr, hz, hn = (h[i] @ W["states.weight"][i] + W["states.bias"][i, 0]).chunk(3)
        keep = torch.sigmoid(xz + hz)
        new[i] = (1 - keep) * torch.tanh(xn + torch.sigmoid(xr + hr) * hn) + keep * h[i]
    q, k, v = (torch.stack([new[i] @ W["talk.weight"][i].chunk(3, dim=1)[j] for i in range(N)]) for j in range(3))
    want = new.clone()
    for i in active:
        for head in (slice(0, 8), slice(8, 16)):
            want[i, head] += torch.softmax(q[i, head] @ k[:, head].T / 8**0.5, dim=0) @ v[:, head]
    torch.testing.assert_close(rim.recur(keys[None], values[None], h[None])[0], want)


def test_no_recurrent_weights_are_shared(rim):
    """What one module's weights do before communication, they do to it alone."""
    grouped = {name: p for name, p in rim.named_parameters() if len(p) == N and p.ndim == 3}
    assert {name.split(".")[0] for name in grouped} == {"query", "inputs", "states", "talk"}
    h = torch.randn(2, N, S)
    for name, p in grouped.items():
        layer = rim.get_submodule(name.split(".")[0])
        before = layer(h)
        with torch.no_grad():
            p[2] += 1.0
        changed = (layer(h) != before).any(dim=-1).any(dim=0)
        assert changed.tolist() == [i == 2 for i in range(N)]


def test_the_null_token_gives_nothing(rim):
    """A module that looked at it alone reads zeros, and no bias stands in for an input."""
    null = torch.zeros(1, 1, 16)
    assert not rim.key(null).any()
    assert not rim.value(null).any()


def test_the_input_is_a_set(rim):
    """The order of the encoder's slots is nothing to the modules."""
    slots, _ = rim(steps(2, 6))
    with torch.no_grad():
        rim.encoder.cls.copy_(rim.encoder.cls[torch.tensor([3, 1, 0, 5, 4, 2])])
    torch.testing.assert_close(rim(steps(2, 6))[0], slots, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("change", "word"), [({"active": 7}, "active is 7"), ({"hidden": 18}, "hidden 18")])
def test_sizes_that_do_not_fit_say_so(change, word):
    with pytest.raises(ValueError, match=word):
        RIMConfig(**({"heads": 4, "slots": 6, "hidden": 16} | change))
