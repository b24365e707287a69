from dataclasses import replace

import numpy as np
import pytest

from generators.scenes.episode import make_motion
from generators.scenes.looks import REACH
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import TOSSED_A, TOSSED_B, TossedWorld

TRACKS = ("position", "velocity", "quaternion", "angular_velocity", "contact")
SPECS = [SceneSpec(world=world, frames=12) for world in (TOSSED_A, TOSSED_B)]


@pytest.fixture(scope="module", params=SPECS, ids=["a", "b"])
def motions(request):
    return request.param, [make_motion(request.param, "train", index) for index in range(4)]


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


def test_an_episode_is_the_same_bits_every_time(motions):
    spec, made = motions
    for index in (2, 0):
        assert same(make_motion(spec, "train", index), made[index])
    assert not same(make_motion(spec, "val", 0), made[0])


def test_a_shorter_episode_is_the_beginning_of_a_longer_one(motions):
    spec, made = motions
    short = make_motion(spec.first(5), "train", 1)
    for name in TRACKS:
        assert np.array_equal(getattr(short, name), getattr(made[1], name)[:5])


def test_the_arrays_are_as_the_contract_says(motions):
    spec, made = motions
    for motion in made:
        count = len(motion.shape)
        assert spec.world.objects[0] <= count <= spec.world.most
        for name, width in (("position", 3), ("velocity", 3), ("quaternion", 4), ("angular_velocity", 3)):
            track = getattr(motion, name)
            assert (track.dtype, track.shape) == (np.float32, (12, count, width))
            assert np.isfinite(track).all()
        assert motion.contact.shape == (12, count, count)
        assert np.array_equal(motion.contact, motion.contact.swapaxes(1, 2))
        assert not motion.contact[0].any()
        assert set(motion.size) <= set(np.float32(spec.world.sizes))
        for name, names in (("shape", "shapes"), ("color", "colors"), ("material", "materials")):
            assert getattr(motion, name).dtype == np.uint8
            assert getattr(motion, name).max() < len(getattr(spec.world, names))


def test_quaternions_are_unit_and_nothing_is_below_the_floor(motions):
    spec, made = motions
    flattest = {"ellipsoid": 0.5, "capsule": 0.5}  # the least that the centre of a unit shape is above what it lies on
    for motion in made:
        assert np.allclose(np.linalg.norm(motion.quaternion, axis=-1), 1, atol=1e-6)
        least = motion.size * [flattest.get(spec.world.shapes[s], 1.0) for s in motion.shape]
        assert (motion.position[..., 2] > least - 0.05).all()


def test_velocities_match_finite_differences_in_free_flight(motions):
    spec, made = motions
    seen = 0
    for motion in made:
        reach = motion.size * [REACH[spec.world.shapes[s]] for s in motion.shape]
        high = motion.position[..., 2] > reach + 0.01
        free = high[1:] & high[:-1] & ~motion.contact[1:].any(-1)
        moved = np.diff(motion.position, axis=0) * spec.world.fps
        apart = np.linalg.norm(moved - (motion.velocity[1:] + motion.velocity[:-1]) / 2, axis=-1)
        fallen = np.abs(np.diff(motion.velocity, axis=0) * spec.world.fps - (0, 0, -9.81)).max(-1)
        # Between two frames that are free it may have bounced; that is seen by its falling otherwise.
        free &= fallen < 0.1
        seen += free.sum()
        assert (apart[free] < 0.02).all()
    assert seen > 20


def test_turning_matches_finite_differences_in_free_flight(motions):
    _, made = motions
    for motion in made:
        q = motion.quaternion.astype(np.float64)
        steady = np.abs(np.diff(motion.angular_velocity, axis=0)).max(-1) < 1e-3
        steady &= np.linalg.norm(motion.angular_velocity[1:], axis=-1) < 12  # less than half a turn a frame
        w, v = q[..., :1], q[..., 1:]
        turn = w[:-1] * v[1:] - w[1:] * v[:-1] - np.cross(v[1:], v[:-1])  # the vector of q[t + 1] q[t]⁻¹
        cos = (q[1:] * q[:-1]).sum(-1, keepdims=True)
        angle = 2 * np.arctan2(np.linalg.norm(turn, axis=-1, keepdims=True), np.abs(cos)) * np.sign(cos)
        axis = turn / np.maximum(np.linalg.norm(turn, axis=-1, keepdims=True), 1e-12)
        assert np.allclose((axis * angle)[steady] * 12, motion.angular_velocity[1:][steady], atol=0.02)


def test_starts_are_apart_above_the_floor_and_head_for_the_middle(motions):
    spec, made = motions
    for motion in made:
        start = motion.position[0].astype(np.float64)
        reach = motion.size * [REACH[spec.world.shapes[s]] for s in motion.shape]
        apart = np.linalg.norm(start[:, None] - start, axis=-1) - reach[:, None] - reach
        assert (apart[~np.eye(len(start), dtype=bool)] > -1e-5).all()
        assert (start[:, 2] > reach - 1e-5).all()
        assert (np.abs(motion.velocity[0, :, :2] + start[:, :2]) <= 4.0001).all()


def test_contacts_agree_with_distances():
    """Of spheres: those that overlap in a frame touched; those that touched are within what they moved since."""
    spec = SceneSpec(world=TossedWorld(objects=(10, 10), shapes=("sphere",), sizes=(0.7,)), frames=12)
    touched = 0
    for index in range(3):
        motion = make_motion(spec, "train", index)
        gap = np.linalg.norm(motion.position[:, :, None] - motion.position[:, None], axis=-1) - 1.4
        others = ~np.eye(10, dtype=bool)
        assert motion.contact[1:][(gap[1:] < -1e-4) & others].all()
        speed = np.linalg.norm(motion.velocity, axis=-1).max(0)
        near = (gap[1:] + gap[:-1]) / 2 < (speed[:, None] + speed) / spec.world.fps
        assert near[motion.contact[1:] == 1].all()
        touched += motion.contact.sum()
    assert touched


def test_rubber_bounces_higher_than_metal():
    heights = []
    for material in ("rubber", "metal"):
        world = TossedWorld(objects=(1, 1), shapes=("sphere",), sizes=(0.5,), materials=(material,))
        z = world.simulate(36, np.random.default_rng(3)).position[:, 0, 2]
        landed = int(np.argmax(np.diff(z) > 0))
        heights.append(z[landed:].max())
    assert heights[0] > heights[1] + 0.5


def test_the_most_and_largest_objects_fit():
    world = TossedWorld(objects=(16, 16), shapes=("box",), sizes=(0.8,))
    assert len(world.simulate(1, np.random.default_rng(0)).shape) == 16


def test_backdrops_are_drawn_where_asked_for(motions):
    spec, made = motions
    floors = {tuple(motion.floor) for motion in made}
    assert len(floors) == (1 if spec.world.backdrop == "plain" else 4)


def test_a_plain_backdrop_changes_nothing_else():
    plain = make_motion(replace(SPECS[1], world=replace(TOSSED_B, backdrop="plain"), frames=2), "test", 3)
    other = make_motion(SPECS[1].first(2), "test", 3)
    assert np.array_equal(plain.position, other.position)
    assert np.array_equal(plain.color, other.color)
