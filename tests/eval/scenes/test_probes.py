"""Probes of frozen slots: right gradients, everything where everything can be read, the prior where nothing can."""

import numpy as np
import pytest

from eval.scenes.heads import class_loss, fit_classes, fit_values, value_loss
from eval.scenes.match import slots_of_objects
from eval.scenes.probes import PENALTIES, Points, features_of_objects, probe_classes, probe_values

TRAIN, TEST, OBJECTS, WIDTH = 60, 40, 3, 5


def rng(seed=0):
    return np.random.default_rng(seed)


def points(n, seed, target, missing=0.0):
    """Random features, and a target that is a function of (features, chance); some of the objects not there."""
    chance = rng(seed)
    features = chance.normal(size=(n, OBJECTS, WIDTH)) * 3 + 7
    there = chance.random((n, OBJECTS)) < 0.8
    goal = target(features, chance)
    features[chance.random((n, OBJECTS)) < missing] = np.nan
    return Points(features, goal, there)


def both(target, **options):
    return points(TRAIN, 1, target, **options), points(TEST, 2, target, **options)


def by_differences(loss, flat, step=1e-6):
    """The gradient by central differences, one weight at a time."""
    return np.array([(loss(flat + step * e)[0] - loss(flat - step * e)[0]) / (2 * step) for e in np.eye(len(flat))])


def test_the_gradient_of_the_linear_head_is_that_of_its_loss():
    x, label, flat = rng(3).normal(size=(7, 4)), rng(4).integers(3, size=7), rng(5).normal(size=5 * 3)
    _, gradient = class_loss(flat, x, label, 0.1)
    np.testing.assert_allclose(gradient, by_differences(lambda w: class_loss(w, x, label, 0.1), flat), atol=1e-7)


def test_the_gradient_of_the_two_layers_is_that_of_their_loss():
    x, y, flat = rng(3).normal(size=(7, 4)), rng(4).normal(size=(7, 2)), rng(5).normal(size=5 * 6 + 7 * 2)
    _, gradient = value_loss(flat, x, y, 6, 0.1)
    np.testing.assert_allclose(gradient, by_differences(lambda w: value_loss(w, x, y, 6, 0.1), flat), atol=1e-7)


def test_losses_at_values_worked_out_by_hand():
    x, label = np.array([[2.0]]), np.array([1])
    # logits 0 and 2 · 3 + 1 = 7; the weights that are penalised are 0 and 3
    loss, _ = class_loss(np.array([0.0, 1.0, 0.0, 3.0]), x, label, 0.5)
    assert loss == pytest.approx(np.log(1 + np.exp(-7)) + 0.25 * 9)
    # tanh(2 · 3 + 1) · 4 + 5, less 6
    loss, _ = value_loss(np.array([1.0, 3.0, 5.0, 4.0]), x, np.array([[6.0]]), 1, 0.5)
    assert loss == pytest.approx((np.tanh(7) * 4 + 5 - 6) ** 2 / 2 + 0.25 * (9 + 16))


def test_large_numbers_overflow_nowhere():
    x = np.array([[1e4], [-1e4]])
    loss, gradient = class_loss(np.array([0.0, 0.0, 50.0, -50.0]), x, np.array([0, 1]), 0.0)
    assert (loss, np.isfinite(gradient).all()) == (0, True)


def test_features_that_never_vary_and_other_units_change_nothing():
    x, label = rng(0).normal(size=(80, 3)), rng(1).integers(2, size=80)
    x[:, 0] += 2 * label
    odd = np.concatenate([x * 1e6 - 4, np.full((80, 1), 3.0)], axis=1)
    np.testing.assert_array_equal(fit_classes(odd, label, 1e-2)(odd), fit_classes(x, label, 1e-2)(x))


def test_a_class_that_is_linear_in_the_features_is_read_off():
    found = probe_classes(*both(lambda x, _: (x @ np.eye(WIDTH)[:, :4]).argmax(axis=-1)))
    assert found["accuracy"].value > 0.9
    assert found["accuracy"].low > found["prior"].high
    assert found["accuracy"].n == found["prior"].n


def test_a_class_that_is_not_in_the_features_gets_about_the_prior():
    train, test = both(lambda x, chance: (chance.random(x.shape[:2]) < 0.3).astype(np.uint8))
    found = probe_classes(train, test)
    assert found["prior"].value == pytest.approx(np.mean(test.target[test.there] == 0))
    assert abs(found["accuracy"].value - found["prior"].value) < 0.08


def test_values_linear_and_not_are_read_off_and_noise_is_not():
    linear = probe_values(*both(lambda x, _: x[..., :3] @ np.diag([1.0, -5.0, 0.1])), seeds=[0])["r2"]
    product = probe_values(*both(lambda x, _: (x[..., 0] - 7) ** 2), seeds=[0])["r2"]
    noise = probe_values(*both(lambda x, chance: chance.normal(size=(*x.shape[:2], 2))), seeds=[0])["r2"]
    assert linear.value > 0.98
    assert product.value > 0.8
    assert -0.3 < noise.value < 0.05


def test_r2_is_that_of_its_definition():
    """The mean over dimensions of 1 − Σ (y − ŷ)² / Σ (y − ȳ)², over the objects that are there."""
    train, test = both(lambda x, chance: x[..., :2] + chance.normal(size=(*x.shape[:2], 2)) * [4, 9])
    found = probe_values(train, test, seeds=[5])["r2"]
    candidates = []
    for penalty in PENALTIES:
        head = fit_values(train.features[train.there], train.target[train.there], penalty, 5)
        y, answer = test.target[test.there], head(test.features[test.there])
        each = [1 - ((y - answer) ** 2)[:, d].sum() / ((y - y.mean(0)) ** 2)[:, d].sum() for d in range(2)]
        candidates.append(pytest.approx(np.mean(each)))
    assert found.value in candidates
    assert found.low <= found.value <= found.high <= 1
    assert found.n == test.there.sum()


def test_a_dimension_that_never_varies_is_not_scored():
    train, test = both(lambda x, _: np.stack([x[..., 0], np.full(x.shape[:2], 3.0)], axis=-1))
    assert probe_values(train, test, seeds=[0])["r2"].value > 0.98
    train, test = both(lambda x, _: np.full(x.shape[:2], 0.1))
    assert probe_values(train, test, seeds=[0])["r2"].n == 0


def test_seeds_decide_and_their_mean_is_given():
    train, test = both(lambda x, chance: x[..., 0] * x[..., 1] + chance.normal(size=x.shape[:2]))
    one, two = (probe_values(train, test, seeds=[s])["r2"].value for s in (0, 1))
    assert one != two
    assert probe_values(train, test, seeds=[0, 1])["r2"].value == pytest.approx((one + two) / 2)
    assert probe_values(train, test, seeds=[0])["r2"].value == one


def test_objects_without_a_slot_are_answered_by_who_sees_nothing():
    def two_classes(x, _):
        return (x[..., 0] > 7).astype(int)

    train, test = both(two_classes)
    commonest = np.bincount(train.target[train.there]).argmax()
    blind = Points(np.full_like(test.features, np.nan), test.target, test.there)
    found = probe_classes(train, blind)
    assert found["accuracy"] == found["prior"]
    assert found["prior"].value == pytest.approx((test.target[test.there] == commonest).mean())
    values = probe_values(*(Points(p.features, p.features[..., 0], p.there) for p in (train, test)), seeds=[0])
    lost = Points(blind.features, test.features[..., 0], test.there)
    assert probe_values(Points(train.features, train.features[..., 0], train.there), lost, [0])["r2"].value <= 0
    assert probe_classes(blind, blind)["accuracy"] == probe_classes(blind, blind)["prior"]
    assert values["r2"].value > 0.98
    some = probe_classes(*both(two_classes, missing=0.5))
    assert some["prior"].value < some["accuracy"].value < probe_classes(train, test)["accuracy"].value


def test_objects_that_are_not_there_change_nothing():
    train, test = both(lambda x, _: (x[..., 0] > 7).astype(np.uint8))
    nonsense = [Points(np.where(p.there[..., None], p.features, 1e9), p.target.copy(), p.there) for p in (train, test)]
    for p in nonsense:
        p.target[~p.there] = 255
    assert probe_classes(*nonsense) == probe_classes(train, test)


def test_slots_of_objects_are_found_whatever_their_order():
    chance = rng(0)
    segmentation = chance.integers(4, size=(6, 2, 5, 5))
    names = np.array([chance.permutation(4) for _ in segmentation])
    slot_map = np.take_along_axis(names, segmentation.reshape(6, -1), axis=1).reshape(segmentation.shape)
    features = chance.normal(size=(6, 4, WIDTH))
    slots = np.empty_like(features)
    np.put_along_axis(slots, names[..., None], features, axis=1)
    slot = np.stack([slots_of_objects(*pair, most=5) for pair in zip(slot_map, segmentation, strict=True)])
    found = features_of_objects(slots, slot)
    np.testing.assert_array_equal(found[:, :3], features[:, 1:])
    assert np.isnan(found[:, 3:]).all()


def test_what_does_not_go_together_is_refused_in_one_line():
    x, there = np.zeros((2, 3, WIDTH)), np.ones((2, 3), bool)
    for arguments in ((x, np.zeros((2, 2)), there), (x, np.zeros((2, 3)), there[:1]), (x, np.zeros((2, 3)), there * 1)):
        with pytest.raises(ValueError, match="features are") as error:
            Points(*arguments)
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="no object is there"):
        Points(x, np.zeros((2, 3)), ~there)
    with pytest.raises(ValueError, match="give whole numbers"):
        probe_classes(Points(x, np.zeros((2, 3)), there), Points(x, np.zeros((2, 3)), there))
    with pytest.raises(ValueError, match="NaN or infinite"):
        probe_values(Points(x, np.full((2, 3), np.inf), there), Points(x, np.zeros((2, 3)), there))
    with pytest.raises(ValueError, match="hasn't diverged"):
        features_of_objects(np.full((2, 3, 1), np.nan), np.zeros((2, 3), int))
