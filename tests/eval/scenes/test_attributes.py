"""The probes by the store's names: slots that are the objects' attributes in disguise give all of them away."""

import numpy as np
import pytest

from eval.scenes.attributes import CLASSES, VALUES, points_of, probe_attributes

MOST, SLOTS, TIME = 3, 5, 2


def episodes(n, seed):
    """(slots, slot maps, truth) of episodes with one to three objects, a row of pixels each, some hidden at the end."""
    rng = np.random.default_rng(seed)
    count = rng.integers(1, MOST + 1, size=n)
    real = np.arange(MOST) < count[:, None]
    segmentation = np.zeros((n, TIME, 4, 6), np.uint8)
    segmentation[:, :, :MOST] = (real * np.arange(1, MOST + 1))[:, None, :, None]
    hidden = real & (rng.random(real.shape) < 0.2) & (np.arange(MOST) > 0)
    segmentation[:, -1, :MOST][hidden] = 0
    names = np.array([rng.permutation(SLOTS) for _ in range(n)])
    slot_map = np.take_along_axis(names, segmentation.reshape(n, -1), axis=1).reshape(segmentation.shape)
    truth = {
        "segmentation": segmentation,
        "visibility": np.where(real[:, None], 6, 0)
        * np.where(np.arange(TIME)[:, None] == TIME - 1, ~hidden[:, None], 1),
        "size": rng.uniform(0.3, 0.9, real.shape) * real,
        "position": rng.normal(size=(n, TIME, MOST, 3)) * real[:, None, :, None],
        "velocity": rng.normal(size=(n, TIME, MOST, 3)) * real[:, None, :, None],
    }
    truth |= {name: np.where(real, rng.integers(3, size=real.shape), 255).astype(np.uint8) for name in CLASSES}
    told = [np.eye(256)[truth[name]][..., :3] for name in CLASSES]
    told += [truth["size"][..., None], truth["position"][:, -1], truth["velocity"][:, -1]]
    of_object = np.concatenate(told, axis=-1)
    slots = rng.normal(size=(n, SLOTS, of_object.shape[-1]))
    np.put_along_axis(slots, names[:, 1 : MOST + 1, None], of_object, axis=1)
    return slots, slot_map, truth


def test_all_that_the_slots_say_is_read_and_nothing_else():
    train, test = episodes(80, 0), episodes(40, 1)
    found = probe_attributes(points_of(*train), points_of(*test), seeds=[0])
    assert list(found) == [*CLASSES, *VALUES]
    for name in CLASSES:
        assert found[name]["accuracy"].value == 1
        assert found[name]["prior"].value < 0.6
        assert found[name]["accuracy"].n == (test[2]["visibility"][:, -1] > 0).sum()
    assert min(found[name]["r2"].value for name in VALUES) > 0.95
    shuffled = (np.random.default_rng(2).permutation(train[0]), *train[1:])
    found = probe_attributes(points_of(*shuffled), points_of(*test), seeds=[0])
    assert max(found[name]["accuracy"].value for name in CLASSES) < 0.7
    assert max(found[name]["r2"].value for name in VALUES) < 0.1


def test_objects_unseen_at_the_end_are_not_there():
    slots, slot_map, truth = episodes(30, 0)
    points = points_of(slots, slot_map, truth)
    np.testing.assert_array_equal(points["size"].there, truth["visibility"][:, -1] > 0)
    assert points["size"].there.sum() < (truth["shape"] != 255).sum()
    np.testing.assert_array_equal(points["position"].target, truth["position"][:, -1])


def test_data_without_an_attribute_has_no_probe_of_it():
    slots, slot_map, truth = episodes(6, 0)
    del truth["velocity"]
    truth["material"][:] = 255
    truth["color"][1:] = 255
    points = points_of(slots, slot_map, truth)
    assert list(points) == ["shape", "color", "size", "position"]
    assert points["color"].there[0].any()
    assert not points["color"].there[1:].any()


def test_slots_that_do_not_fit_the_maps_are_refused():
    slots, slot_map, truth = episodes(6, 0)
    for wrong in (slots[:5], slots[:, :1], slots[0]):
        with pytest.raises(ValueError, match="6 episodes' slot maps"):
            points_of(wrong, slot_map, truth)
