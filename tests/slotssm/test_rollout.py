"""Rollouts: what a model predicts from its own predictions."""

from dataclasses import replace
from itertools import product

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


def by_forward(model, seen: np.ndarray) -> torch.Tensor:
    """Logits (class, y, x) of the frame after these, all of them read anew."""
    slots, _ = model(torch.from_numpy(patchify(seen, model.config.patches_per_side))[None])
    return model.decode(slots[:, -1])[0]


def by_steps(model, seen: np.ndarray) -> torch.Tensor:
    """The same, read one step at a time from the first on; patches cut by hand."""
    p, state, slots = model.config.patches_per_side, model.start(1), None
    side = seen.shape[-1] // p
    for frame in torch.from_numpy(seen):
        for row, column in product(range(p), range(p)):
            patch = frame[row * side :, column * side :][:side, :side]
            slots, state = model.step(patch[None], state)
    return model.decode(slots)[0]


@pytest.mark.parametrize("patches", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_a_rollout_is_the_plain_loop_that_begins_anew_for_every_frame(name, patches):
    data, model = source(patches, count=2), model_of(name, patches)
    frames = rollout(model, data, 5)
    assert (frames.dtype, frames.shape) == (np.uint8, (2, 3, 16, 16))
    for i in range(2):
        seen = data.episode(i).frames[:5]
        for frame in frames[i]:
            for way in (by_forward, by_steps):
                with torch.inference_mode():
                    logits = way(model, seen)
                sure = ((logits[1] - logits[0]).abs() > 1e-3).numpy()
                assert sure.mean() > 0.9
                assert np.array_equal(logits.argmax(0).numpy()[sure], frame[sure])
            seen = np.concatenate([seen, frame[None]])


def test_a_sampled_rollout_is_a_plain_loop_over_the_pixels():
    """Every pixel is white where its number, of the episode's own stream, falls beyond the chance of background."""
    data, model = source(count=2), model_of()
    frames = rollout(model, data, 4, sample=5)
    for i in range(2):
        seen, chance = data.episode(i).frames[:4], np.random.default_rng((5, i))
        for frame in frames[i]:
            with torch.inference_mode():
                weights = by_steps(model, seen).double().exp()
            for row, column in product(range(16), range(16)):
                number, (black, white) = chance.random(dtype=np.float32), weights[:, row, column].tolist()
                if abs(number - black / (black + white)) > 1e-5:
                    assert frame[row, column] == (number > black / (black + white))
            seen = np.concatenate([seen, frame[None]])
        assert 0 < frames[i].mean() < 1


@pytest.mark.parametrize("name", MODELS)
def test_what_is_predicted_is_read_not_what_is_true(name):
    """Episodes that part after the context are rolled out alike."""
    data, model = source(count=1), model_of(name)

    class Parted:
        spec, split = data.spec, data.split

        def __len__(self):
            return 1

        def episode(self, index):
            episode = data.episode(index)
            other = episode.frames.copy()
            other[4:] = 1 - other[4:]
            return replace(episode, frames=other, target=1 - episode.target)

    assert np.array_equal(rollout(model, data, 4), rollout(model, Parted(), 4))


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
