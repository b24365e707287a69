"""Rollouts: what a model predicts from its own predictions."""

import numpy as np
import pytest
import torch

from generators.source import SpecSource, View
from generators.spec import Spec
from generators.worlds import BouncingWorld
from slotssm.data import EpisodeDataset, patchify
from slotssm.models import MODELS
from slotssm.predict import predict
from slotssm.rollout import cut, drawn, likeliest, rollout
from slotssm.train import Loss

OURS = ["slotssm", "single", "slottransformer", "slotrnn", "rim", "oc-slotssm"]
WORLD = BouncingWorld(balls=2, size=16, radius=(2.5, 2.5), speed=(1.0, 2.0), mass="random")


def source(patches: int = 1, count: int = 3) -> SpecSource:
    spec = Spec(rule="none", colors=0, context_frames=7, patches_per_side=patches, world=WORLD)
    return SpecSource(spec, "test", count)


def model_of(name: str = "slotssm", patches: int = 1):
    sizes = {"image_size": 16, "classes": 2, "patches_per_side": patches, "width": 8, "heads": 2}
    torch.manual_seed(0)
    model = MODELS[name].build(MODELS[name].config(**sizes, encoder_layers=1, decoder_layers=1)).eval()
    with torch.no_grad():
        model.get_parameter("decoder.head.weight").mul_(30)  # far from half and half, so that no pixel is a tie
    return model


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("patches", [1, 2])
def test_a_rollout_is_the_forward_over_all_that_was_drawn_again_and_again(name, patches):
    if name == "oc-slotssm" and patches == 2:
        pytest.skip("as with whole frames")
    data, model = source(patches), model_of(name, patches)
    frames = rollout(model, data, 4)
    assert (frames.dtype, frames.shape) == (np.uint8, (3, 4, 16, 16))
    for i in range(3):
        seen = data.episode(i).frames[:4]
        for t in range(4):
            with torch.inference_mode():
                slots, _ = model(torch.from_numpy(patchify(seen, patches))[None])
                logits = model.decode(slots[:, -1])
            margin = (logits[0, 1] - logits[0, 0]).abs().numpy()
            said = logits[0].argmax(0).numpy()
            assert np.array_equal(said[margin > 1e-3], frames[i, t][margin > 1e-3])
            seen = np.concatenate([seen, frames[i, t : t + 1]])


def test_a_rollout_begins_with_the_teacher_forced_prediction():
    data, model = source(), model_of()
    for context in (1, 5, 7):
        assert np.array_equal(rollout(model, data, context)[:, 0], predict(model, View(data, context)))


def test_teacher_forcing_is_binary_cross_entropy_on_every_next_frame():
    model, episode = model_of(), source().episode(0)
    steps, targets = (part[None] for part in EpisodeDataset(source())[0])
    with torch.inference_mode():
        loss = Loss(model)(steps, targets, torch.arange(7)[None])
        logits = model.decode(model(steps)[0][0])
    following = torch.from_numpy(np.stack([*episode.frames[1:], episode.target])).float()
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, 1] - logits[:, 0], following)
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("sample", [None, 0, 1])
def test_neither_batches_nor_other_episodes_change_a_rollout(sample):
    model = model_of()
    whole = rollout(model, source(), 4, sample=sample)
    assert np.array_equal(whole, rollout(model, source(), 4, sample=sample, batch_size=2))
    assert np.array_equal(whole[:2], rollout(model, source(count=2), 4, sample=sample))


def test_samples_follow_their_seed_and_the_probabilities():
    model = model_of()
    first, again, other = (rollout(model, source(), 4, sample=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    logits = torch.log(torch.tensor([0.2, 0.5, 0.3])).reshape(1, 3, 1, 1).expand(1, 3, 200, 200)
    classes = drawn([np.random.default_rng(0)])(logits)
    shares = np.bincount(classes.numpy().ravel(), minlength=3) / 40_000
    np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=0.01)
    assert set(likeliest(logits).ravel().tolist()) == {1}


def test_frames_are_cut_as_the_data_is():
    frames = np.random.default_rng(0).integers(0, 7, (3, 16, 16), dtype=np.uint8)
    for patches in (1, 2, 4):
        expected = patchify(frames, patches).reshape(3, patches**2, 16 // patches, 16 // patches)
        np.testing.assert_array_equal(cut(torch.from_numpy(frames), patches).numpy(), expected)


@pytest.mark.parametrize("context", [0, 8])
def test_a_context_that_leaves_nothing_is_refused(context):
    with pytest.raises(ValueError, match=f"{context} of 8 frames"):
        rollout(model_of(), source(), context)


def test_progress_counts_episodes():
    seen = []
    rollout(model_of(), source(), 4, batch_size=2, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(2, 3), (3, 3)]
