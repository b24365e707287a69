"""`--task video-prediction`: from a store to a score and a picture."""

import json
import shutil

import numpy as np
import pytest
import zarr
from PIL import Image

from bcb.bundled import WEIGHTS, bundle
from bcb.cli import run
from bcb.presets import PRESETS
from eval.predictions import PredictionsError, read_predictions, write_predictions
from eval.video import BASELINES, score_video, video_truth
from generators.source import View
from generators.spec import parse_spec
from generators.store import StoreReader
from slotssm.checkpoint import read_config, save_model, to_json, write_config
from slotssm.models import MODELS

DATA = ("--task", "video-prediction", "--size", 16, "--balls", 2, "--set", "world.radius=[2.5,2.5]")
TINY = ("--set", "model.width=8", "--set", "model.slots=[2]", "--set", "model.state=4", "--set", "model.heads=2",
        "--set", "model.encoder_layers=1", "--set", "model.decoder_layers=1", "--device", "cpu")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with `v`, a store of 30 frames an episode, and `r`, a run of two steps on it. Not to be changed."""
    root = tmp_path_factory.mktemp("video")
    counts = ("--train", 4, "--val", 2, "--test", 5, "--workers", 1)
    few = ("--steps", 2, "--batch-size", 2)
    for command in (
        ("generate", *DATA, *counts, "--out", root / "v"),
        ("train", "--task", "video-prediction", "--data", root / "v", "--out", root / "r", *few, *TINY),
    ):
        assert run([str(part) for part in command]) == 0
    return root


@pytest.fixture
def video(made, folder):
    """A copy of it in the test's own folder."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return folder


def predicted(path: str) -> np.ndarray:
    """The frames of a predictions store."""
    frames = read_predictions(path).rollout
    assert frames is not None
    return frames


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """What the paper's data is by default: 200 test episodes, opened by zarr alone."""
    out = tmp_path_factory.mktemp("papers") / "v"
    few = ("--train", "1", "--val", "1", "--test", "200", "--workers", "1")
    assert run(["generate", "--task", "video-prediction", *few, "--out", str(out)]) == 0
    return {name: array[:] for name, array in zarr.open_group(out / "test", mode="r").arrays()}


def test_by_default_four_white_balls_of_random_mass_bounce_at_64_by_64(papers):
    assert papers["frames"].shape == (200, 29, 64, 64)
    assert papers["target"].shape == (200, 64, 64)
    assert set(np.unique(papers["frames"])) == set(np.unique(papers["target"])) == {0, 1}
    assert (papers["blink_ball"] == -1).all()
    mass = np.log(papers["mass"].astype(float))
    assert mass.shape == (200, 4)
    assert np.abs(mass).max() <= np.log(3) + 1e-6
    np.testing.assert_allclose([mass.mean(), mass.std()], [0, np.log(3) / np.sqrt(3)], atol=0.07)  # log-uniform


def test_stored_masses_are_those_of_the_physics(papers):
    """Where two balls meet far from the walls, momentum and energy stay, with these masses and no others."""
    x, v = (papers[name].astype(float) for name in ("position", "velocity"))
    m, r = papers["mass"].astype(float)[:, None, :, None], papers["radius"].astype(float)[:, None, :]
    turned = np.abs(v[:, 1:] - v[:, :-1]).max(-1) > 1e-3  # (episode, frame, ball)
    reach = r + np.linalg.norm(np.maximum(np.abs(v[:, 1:]), np.abs(v[:, :-1])), axis=-1)  # pixels within a frame
    free = np.minimum(np.minimum(x[:, 1:], x[:, :-1]), 64 - np.maximum(x[:, 1:], x[:, :-1])).min(-1) > reach
    met = (turned.sum(-1) == 2) & (free | ~turned).all(-1)
    assert met.sum() > 100

    def change(quantity):
        return (quantity[:, 1:] - quantity[:, :-1])[met]

    given = np.abs(m * (v[:, 1:] - v[:, :-1])).sum((2, 3))[met]  # from ball to ball
    lost = np.abs(change((m * v).sum(2))).sum(-1)
    assert (lost < 1e-3 * given).all()
    assert np.abs(change((m * v**2).sum((2, 3)))).max() < 1e-4
    equal = np.abs(change(v.sum(2))).sum(-1)
    assert np.median(equal / given) > 0.1  # were all masses 1, momentum would be lost


def test_a_store_of_it_is_as_all_others(bcb, video):
    reader = StoreReader("v", "train")
    assert (reader.spec.rule, reader.spec.colors, reader.spec.context_frames) == ("none", 0, 29)
    assert reader.spec.world.mass == "random"
    assert len(set(reader.episode(0).mass)) == 2
    assert set(np.unique(reader.episode(0).frames)) == {0, 1}
    assert bcb("verify", "v").code == 0
    again = bcb("generate", *DATA, "--out", "v", "--json").json
    assert (again["made"], again["kept"]) == (0, 11)


def test_the_first_twenty_frames_are_trained_on_all_at_once(video):
    info = read_config(video / "r")
    assert (info["train"]["curriculum"], info["train"]["decodes"]) == ("none", 19)
    assert (info["data"]["context_frames"], info["data"]["spec"]["context_frames"]) == (19, 29)
    assert info["model"]["config"]["classes"] == 2
    record = json.loads((video / "r/metrics.jsonl").read_text().splitlines()[-1])
    assert record["context_frames"] == 19
    assert {"val_loss", "mse", "foreground_iou"} <= record.keys()


def test_training_stopped_and_gone_on_with_ends_the_same(bcb, video, monkeypatch):
    """One run of 4 steps is killed after the checkpoint at 2."""
    from slotssm import keeper

    command = ("train", "--data", "v", "--steps", 4, "--batch-size", 2, *TINY, "--set", "train.checkpoint_minutes=0")
    assert bcb(*command, "--out", "whole").code == 0
    saved, count = keeper.save_resume, 0

    def kill(*args):
        nonlocal count
        saved(*args)
        count += 1
        if count == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(keeper, "save_resume", kill)
    assert bcb(*command, "--out", "cut").code != 0
    monkeypatch.setattr(keeper, "save_resume", saved)
    done = bcb(*command, "--out", "cut")
    assert "2 of them done" in done.err
    assert (video / "cut/model.safetensors").read_bytes() == (video / "whole/model.safetensors").read_bytes()


def test_evaluate_gives_ten_frames_and_predicts_twenty(bcb, video):
    done = bcb("evaluate", "--task", "video-prediction", "--model", "./r", "--data", "v", "--save-predictions", "p",
               "--json")  # fmt: skip
    assert (done.code, done.err) == (0, "")
    [result] = done.json["results"]
    assert (result["task"], result["given_frames"], result["predicted_frames"]) == ("video-prediction", 10, 20)
    assert list(result["by_frame"]) == [str(t) for t in range(1, 21)]
    assert result["baselines"].keys() == result["baselines_by_frame"].keys() == BASELINES.keys()
    for estimate in (result["metrics"]["mse"], *result["by_frame"].values()):
        assert 0 <= estimate["low"] <= estimate["value"] <= estimate["high"] <= 1
        assert estimate["n"] == 5
    assert predicted("p").shape == (5, 20, 16, 16)
    expected = score_video(predicted("p"), video_truth(StoreReader("v", "test"), 10)).to_json()
    assert result["by_frame"] == expected["by_frame"]
    assert bcb("score", "p", "--data", "v", "--json").json["results"] == [result]
    made = bcb("evaluate", "--model", "./r", "--episodes", 5, "--json").json  # the same episodes, made on the fly
    assert made["results"] == [result]
    table = bcb("evaluate", "--model", "./r", "--data", "v", "--context-frames", 27).out
    for part in ("27 frames given, 3 predicted", *BASELINES):
        assert part in table


@pytest.fixture
def weights(video, monkeypatch):
    """Bundled weights: none yet."""
    (video / "weights").mkdir()
    monkeypatch.setattr("bcb.bundled.WEIGHTS", video / "weights")
    return video / "weights"


def test_bundled_weights_are_scored_by_the_task_alone(bcb, video, weights):
    preset = PRESETS["video-small"]
    config = MODELS["slotssm"].config(image_size=32, classes=2, width=8, slots=(2,), heads=2, decoder_layers=1)
    (video / "new").mkdir()
    data = {"preset": "video-small", "spec": json.loads(preset.spec().to_json())}
    train = {"steps": 1, "patience": 0}
    write_config(video / "new", {"model": {"name": "slotssm", "config": to_json(config)}, "data": data, "train": train})
    save_model(video / "new", MODELS["slotssm"].build(config))
    (video / "new/metrics.jsonl").write_text('{"step": 1}\n')
    assert bundle(video / "new", weights).name == "slotssm-video-small-none"
    command = ("evaluate", "--task", "video-prediction", "--model", "slotssm", "--episodes", 3)
    [result] = bcb(*command, "--json").json["results"]
    assert (result["preset"], result["given_frames"], result["episodes"]) == ("video-small", 10, 3)
    assert result["fingerprint"] == preset.spec().fingerprint
    table = bcb(*command, "--context-frames", 27).out
    assert "video-small, 27 frames given, 3 predicted: 3 test episodes" in table
    for other in ("--rule", "none"), ("--preset", "video-small"):
        assert bcb("evaluate", "--model", "slotssm", "--episodes", 3, *other, "--json").json["results"] == [result]
    assert bcb("evaluate", "--model", "slotssm").code == 2  # blinking, where no task is named


def test_without_bundled_weights_it_is_said_how_to_train_them(bcb, weights):
    for asked in (("--task", "video-prediction"), ("--preset", "video-small")):
        done = bcb("evaluate", "--model", "rim", *asked)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert "bcb train --model rim --preset video-small --out RUN" in done.err


def test_the_first_predicted_frame_is_that_of_teacher_forcing(bcb, video):
    from slotssm.checkpoint import load_run
    from slotssm.predict import predict

    assert bcb("evaluate", "--model", "./r", "--data", "v", "--save-predictions", "p").code == 0
    forced = predict(load_run("r").model, View(StoreReader("v", "test"), 10))
    assert np.array_equal(predicted("p")[:, 0], forced)


def test_samples_are_the_same_each_time(bcb, video):
    command = ("evaluate", "--model", "./r", "--data", "v", "--json")
    drawn, again = (bcb(*command, "--sample", "--batch-size", size).json for size in (64, 2))
    likeliest = bcb(*command).json
    assert drawn == again
    assert drawn["results"] != likeliest["results"]
    assert (drawn["sampled"], likeliest["sampled"]) == (True, False)
    assert "./r, sampled" in bcb(*command[:-1], "--sample").out


def test_perfect_frames_have_no_error(bcb, video):
    truth = video_truth(StoreReader("v", "test"), 20)
    write_predictions("p", truth.future[:, -1], truth.index, fingerprint=StoreReader("v", "test").spec.fingerprint,
                      split="test", model_name="perfect", model_config={}, rollout=truth.future)  # fmt: skip
    [result] = bcb("score", "p", "--data", "v", "--json").json["results"]
    assert result["metrics"]["mse"] == {"value": 0, "low": 0, "high": 0, "n": 5}
    assert (result["given_frames"], result["predicted_frames"]) == (20, 10)


def test_a_gif_of_truth_and_prediction(bcb, video):
    assert bcb("evaluate", "--model", "./r", "--data", "v", "--save-predictions", "p").code == 0
    look = ("--predictions", "p", "--episode", 3, "--no-overlay", "--scale", 2)
    assert bcb("view", "v", *look, "-o", "x.gif").code == 0
    episode, rollout = StoreReader("v", "test").episode(3), predicted("p")[3]
    with Image.open("x.gif") as gif:
        assert getattr(gif, "n_frames", 1) == 30
        for t, true in ((9, episode.frames[9]), (10, episode.frames[10]), (29, episode.target)):
            gif.seek(t)
            page = np.asarray(gif.convert("RGB"))
            margin = (len(page) - 32) // 2
            image = page[margin : margin + 32 : 2, margin : margin + 32 : 2].astype(int)
            red, green, blue = image.transpose(2, 0, 1)
            if t < 10:
                assert np.array_equal(image == 255, np.repeat(true[..., None] == 1, 3, axis=2))
                continue
            assert np.array_equal(green > 100, true == 1)  # green is the truth
            assert np.array_equal(red > 100, rollout[t - 10] == 1)  # red the prediction, and yellow both
            assert blue.max() < 100
    assert bcb("view", "v", "--predictions", "p", "-o", "x.png").code == 0


BAD = {
    ("generate", "--task", "video-prediction", "--rule", "frequent", "--out", "new"): "paints balls",
    ("generate", "--rule", "none", "--out", "new"): "colors must be 0",
    ("generate", "--task", "blinking", "--preset", "video-small", "--out", "new"): "video-prediction, not blinking",
    ("generate", "--task", "video-predict", "--out", "new"): "video-prediction",
    ("train", "--task", "blinking", "--data", "v", "--out", "new"): "video-prediction, not blinking",
    ("train", "--task", "blinking", "--out", "new"): "--preset",
    ("evaluate", "--task", "blinking", "--model", "./r"): "video-prediction, not blinking",
    ("evaluate", "--model", "./r", "--length", 20): "--context-frames",
    ("evaluate", "--model", "./r", "--context-frames", 30): "the first 1 to 29 can be given, not 30",
    ("evaluate", "--model", "slotssm", "--task", "video-prediction", "--data", "v"): "no bundled",
    ("evaluate", "--model", "slotssm", "--preset", "small", "--sample"): "--sample",
    ("evaluate", "--model", "slotssm", "--task", "video-prediction", "--rule", "frequent"): "leave --rule or --task",
}


def test_bad_input_is_refused_in_one_line(bcb, video):
    before = sorted(video.iterdir())
    for command, says in BAD.items():
        done = bcb(*command)
        assert (done.code, done.out) == (2, ""), command
        assert says in done.err.splitlines()[-1], (command, done.err)
        assert "Traceback" not in done.err
    assert sorted(video.iterdir()) == before


def test_predictions_that_are_no_rollout_are_refused(bcb, video):
    reader = StoreReader("v", "test")
    future = video_truth(reader, 20).future
    about = {"fingerprint": reader.spec.fingerprint, "split": "test", "model_name": "x", "model_config": {}}
    for rollout, says in (
        (future[:, :, :8], "must be uint8"),
        (future[:, :5], "not class_map"),
        (future.astype(int), "must be uint8"),
    ):
        with pytest.raises(PredictionsError, match=says):
            write_predictions("p", future[:, -1], np.arange(5), rollout=rollout, **about)
    write_predictions("p", future[:, -1], np.arange(5), **about)
    done = bcb("score", "p", "--data", "v")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "rollout" in done.err


def test_blinking_is_as_it_was():
    """The fingerprints that the bundled runs wrote down before there was another task."""
    checked = 0
    for folder in WEIGHTS.glob("s*-small-*"):
        data = read_config(folder)["data"]
        spec = parse_spec(data["spec"])
        assert spec.fingerprint == data["fingerprint"]
        assert spec == PRESETS[data["preset"]].spec(spec.rule)
        checked += 1
    assert checked >= 7
