"""`bcb bench step`: the same training step, computed in two ways."""

import pytest

from bcb.bench.stepping import Trainee


def test_step_compares_two_ways_to_the_same_loss(bcb, folder):
    page = folder / "page.md"
    page.write_text("<!-- bench step -->\n<!-- end of bench step -->\n")
    done = bcb("bench", "step", "--quick", "--threads", 1, "--page", page, "--json")
    assert done.code == 0, done.err
    ours, plain = done.json["runs"]
    assert (ours["scan"], plain["scan"]) == ("ours", "plain torch")
    assert ours["loss"] == pytest.approx(plain["loss"], rel=1e-5)
    assert ours["batch"] == plain["batch"] == 2
    assert [ratio["preset"] for ratio in done.json["ratios"]] == ["small"]
    assert "| small | plain torch | 2 (32) |" in page.read_text()


def test_the_batch_is_the_recipes_or_what_fits():
    assert Trainee("small", None).batch == 32
    trainee = Trainee("paper-640", None)
    assert (trainee.batch, trainee.recipe_batch) == (4, 64)
    steps, targets, times = trainee.inputs
    assert steps.shape == (4, 640, 8, 8)
    assert targets.shape == (4, 10, 64, 64)
    assert times.shape == (4, 2)
