"""Slots matched to objects: worked out by hand, against all assignments tried out, and whatever the names."""

import sys
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scenes.match import UNMATCHED, match, overlaps, slots_of_objects

PIXELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30)


def by_sets(slot_map, segmentation, slot, label):
    """|A ∩ B| / |A ∪ B| of the pixels of a slot and of a label."""
    a = {i for i, s in enumerate(slot_map) if s == slot}
    b = {i for i, s in enumerate(segmentation) if s == label}
    return len(a & b) / len(a | b) if a | b else 0.0


def best_by_trying(iou):
    """The most that any assignment of slots to objects can be worth."""
    slots, objects = iou.shape
    nobody = [None] * objects  # an object may go without
    return max(
        sum(iou[slot, k] for k, slot in enumerate(chosen) if slot is not None)
        for chosen in permutations([*range(slots), *nobody], objects)
    )


@given(PIXELS)
def test_overlaps_are_intersection_over_union_of_sets_of_pixels(pixels):
    slot_map, segmentation = np.array(pixels).T
    iou = overlaps(slot_map, segmentation)
    for slot in range(iou.shape[0]):
        for label in range(iou.shape[1]):
            assert iou[slot, label] == pytest.approx(by_sets(slot_map, segmentation, slot, label))


@given(PIXELS)
def test_no_other_assignment_is_worth_more(pixels):
    slot_map, segmentation = np.array(pixels).T
    iou = overlaps(slot_map, segmentation)[:, 1:][:4]
    slot = match(iou)
    used = slot[slot != UNMATCHED]
    assert len(set(used)) == len(used)
    worth = sum(iou[s, k] for k, s in enumerate(slot) if s != UNMATCHED)
    assert worth == pytest.approx(best_by_trying(iou))


def test_the_best_for_all_may_not_be_the_best_for_each():
    # both objects like slot 0 best; the second has nothing else that is as good
    assert match(np.array([[0.9, 0.8], [0.7, 0.1]])).tolist() == [1, 0]


def test_objects_without_a_slot_and_slots_without_an_object():
    assert match(np.array([[0.5, 0.6, 0.1]])).tolist() == [UNMATCHED, 0, UNMATCHED]
    assert match(np.array([[0.0], [0.2], [0.1]])).tolist() == [1]
    assert match(np.zeros((3, 2))).tolist() == [UNMATCHED, UNMATCHED]  # what shares no pixel is no match


def test_objects_that_are_not_there_get_no_slot():
    segmentation = np.array([[0, 0, 3], [1, 1, 3]])  # object 1 isn't seen, and of five rows two are empty
    slot_map = np.array([[0, 0, 2], [1, 1, 2]])
    assert slots_of_objects(slot_map, segmentation, 5).tolist() == [1, -1, 2, -1, -1]
    with pytest.raises(ValueError, match="3 objects, and there are to be 2"):
        slots_of_objects(slot_map, segmentation, 2)


@pytest.mark.parametrize(
    ("slot_map", "segmentation", "complaint"),
    [
        (np.zeros((2, 3), int), np.zeros((3, 2), int), "every pixel of the same frames"),
        (np.zeros(0, int), np.zeros(0, int), "every pixel of the same frames"),
        (np.zeros(3), np.zeros(3, int), "slot map is float64"),
        (np.zeros(3, int), np.full(3, -1), "segmentation is int64 from -1"),
    ],
)
def test_what_is_no_map_is_refused(slot_map, segmentation, complaint):
    with pytest.raises(ValueError, match=complaint):
        overlaps(slot_map, segmentation)


def test_without_scipy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ValueError, match="pip install scipy"):
        match(np.eye(2))
