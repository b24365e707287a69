"""`bcb score` of predictions of scenes: the numbers of `bcb evaluate`, without torch."""

import subprocess
import sys

import pytest

from tests.bcb.test_scenes import TINY


@pytest.fixture
def scored(bcb, videos):
    """What evaluate said of the predictions p, of depth, on videos without masks."""
    line = ("train", "--task", "depth", "--data", videos, "--model", "savi", "--steps", 2, "--batch-size", 2, *TINY)
    assert bcb(*line, "--out", "runs/d").code == 0
    return bcb("evaluate", "--model", "runs/d", "--save-predictions", "p", "--json").json


def test_the_numbers_are_those_of_evaluate(bcb, videos, scored):
    done = bcb("score", "p", "--data", videos, "--json")
    assert done.code == 0, done.err
    assert done.json["results"] == scored["results"]
    assert "mean" in done.json["results"][0]["baselines"]
    assert "task depth: 2 test episodes" in bcb("score", "p", "--data", videos).out


def test_no_torch_is_loaded(videos, scored):
    code = (
        "import sys; from bcb.cli import run; "
        f"assert run(['score', 'p', '--data', '{videos}', '--json']) == 0; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["p"], "--data"),
        (["p", "--data", "nowhere"], "nowhere"),
        (["p", "--data", "s", "--record"], "--record"),
        (["p", "--data", "store"], "blinking balls"),
        (["predictions", "--data", "s"], "takes only balls"),
    ],
)
def test_what_does_not_fit_is_one_line(bcb, mine, scored, args, says):
    done = bcb("score", *args)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("Error: ")
    assert says in done.err


def test_leaderboards_and_views_say_whose_predictions_they_are(bcb, mine, videos, scored):
    assert "holds predictions of scenes" in bcb("view", "store", "--predictions", "p", "-o", "x.png").err
    assert (
        "holds predictions of blinking balls" in bcb("view", videos, "--predictions", "predictions", "-o", "x.png").err
    )
    ranked = bcb("leaderboard", "p")
    assert "holds predictions of scenes" in ranked.out + ranked.err
