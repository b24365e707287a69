"""Episodes as tensors: the patch order, the running targets, and the order of batches."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld
from slotssm.data import EpisodeDataset, ShuffledBatches, loader, patchify

WORLD = BouncingWorld(balls=2, size=16, radius=(2.0, 2.0), speed=(1.0, 1.0))


def source(rule="frequent", frames=4, patches=2, count=10, split="train"):
    return SpecSource(Spec(rule=rule, context_frames=frames, patches_per_side=patches, world=WORLD), split, count)


@given(time=st.integers(1, 4), side=st.sampled_from([1, 2, 4]), patch=st.integers(1, 4))
def test_patches_are_cut_row_by_row(time, side, patch):
    frames = np.random.default_rng(0).integers(0, 7, (time, side * patch, side * patch), dtype=np.uint8)
    cut = patchify(frames, side)
    assert cut.shape == (time * side * side, patch, patch)
    for t in range(time):
        for row in range(side):
            for column in range(side):
                want = frames[t, row * patch : (row + 1) * patch, column * patch : (column + 1) * patch]
                assert np.array_equal(cut[t * side * side + row * side + column], want)


def test_running_targets_are_the_targets_of_shorter_episodes():
    """The episode of n frames is the beginning of the longer one, so its target is known without the shortcut."""
    dataset = EpisodeDataset(source(frames=5))
    for i in range(5):
        _, targets = dataset[i]
        for n in range(1, 6):
            assert np.array_equal(targets[n - 1], source(frames=n).episode(i).target)


def test_fewer_context_frames_are_the_first():
    steps, targets = EpisodeDataset(source())[3]
    short_steps, short_targets = EpisodeDataset(source(), context_frames=2)[3]
    assert torch.equal(short_steps, steps[: 2 * 4])
    assert torch.equal(short_targets, targets[:2])
    assert steps.dtype == targets.dtype == torch.uint8


@pytest.mark.slow
def test_a_store_and_a_spec_give_the_same_tensors_in_forkserver_workers(tmp_path):
    from generators.engine import generate
    from generators.store import StoreReader

    spec = source().spec
    generate(spec, tmp_path / "s", {"train": 10}, workers=1)
    batches = ShuffledBatches(10, 4, seed=1, first=0, last=4)
    made = list(loader(EpisodeDataset(source()), batches, workers=0))
    read = list(loader(EpisodeDataset(StoreReader(tmp_path / "s", "train")), batches, workers=1))
    assert len(made) == len(read) == 4
    for a, b in zip(made, read, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@given(size=st.integers(1, 30), batch=st.integers(1, 8), seed=st.integers(0, 5), cut=st.integers(0, 20))
def test_batches_cover_every_epoch_once_and_resume_exactly(size, batch, seed, cut):
    whole = list(ShuffledBatches(size, batch, seed, 0, 20))
    assert list(ShuffledBatches(size, batch, seed, cut, 20)) == whole[cut:]
    flat = [i for b in whole for i in b]
    for epoch in range(len(flat) // size):
        assert sorted(flat[epoch * size : (epoch + 1) * size]) == list(range(size))


def test_ranks_share_every_batch():
    whole = list(ShuffledBatches(50, 6, 0, 0, 9))
    parts = [list(ShuffledBatches(50, 6, 0, 0, 9, rank, 3)) for rank in range(3)]
    for step, batch in enumerate(whole):
        assert sorted(batch) == sorted(i for part in parts for i in part[step])
    with pytest.raises(ValueError, match="shared"):
        ShuffledBatches(50, 5, 0, 0, 9, 0, 2)
