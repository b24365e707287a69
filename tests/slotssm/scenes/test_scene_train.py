"""Training on scenes: every task, the frames that are drawn, stopped and resumed, begun from another run."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from slotssm.checkpoint import RunError, load_resume, load_run
from slotssm.scenes.data import ClipDataset, PlacedBatches, SceneSource, depth_target
from slotssm.scenes.learner import Learner, squared_error
from slotssm.scenes.models import SCENE_MODELS
from slotssm.scenes.recipe import SceneTrainConfig
from slotssm.scenes.runs import load_scene_run
from slotssm.scenes.sampling import choose_frames
from slotssm.scenes.train import train_scenes, validate
from tests.slotssm.scenes.test_scene_models import build
from tests.slotssm.scenes.toy import Discs

ROOT = Path(__file__).parents[3]
FAST = {"steps": 6, "batch_size": 2, "warmup": 1, "validate_every": 3, "frames": 2, "device": "cpu"}
TRAIN, VAL = Discs(20, frames=5, size=16), Discs(3, frames=5, size=16, seed=1)


def run(out, name="savi", init=None, model=None, **changes):
    config = (model or build(name)).config
    return train_scenes(name, config, SceneTrainConfig(**FAST | changes), TRAIN, VAL, out, init=init)


def weights(learner):
    return torch.cat([p.detach().flatten() for p in learner.parameters()])


def test_toys_are_a_source():
    assert isinstance(TRAIN, SceneSource)


def test_frames_are_drawn_as_the_paper_says():
    rng = np.random.default_rng(0)
    drawn = np.stack([choose_frames(300, 50, "segments", rng) for _ in range(200)])
    assert (drawn // 6 == np.arange(50)).all()
    assert {len(set(column)) for column in drawn.T} == {6}
    assert choose_frames(300, 50, "segments", None).tolist() == list(range(5, 300, 6))
    drawn = np.stack([choose_frames(300, 32, "random", rng) for _ in range(200)])
    assert (np.diff(drawn) > 0).all()
    assert len(np.unique(drawn)) == 300
    assert choose_frames(300, 32, "random", None)[-1] == 299
    drawn = np.stack([choose_frames(8, 6, "window", rng) for _ in range(50)])
    assert (np.diff(drawn) == 1).all()
    assert set(drawn[:, 0]) == {0, 1, 2}
    assert choose_frames(8, 6, "window", None).tolist() == list(range(6))


@pytest.mark.parametrize("sampling", ["window", "random", "segments"])
def test_any_number_of_frames_is_that_many_in_order(sampling):
    rng = np.random.default_rng(0)
    for total in (1, 5, 7):
        for frames in range(total + 1):
            for chance in (rng, None):
                at = choose_frames(total, frames, sampling, chance)
                assert len(at) == (frames or total)
                assert (np.diff(at) > 0).all()
                assert 0 <= at[0] <= at[-1] < total
        with pytest.raises(ValueError, match=f"have {total} frames"):
            choose_frames(total, total + 1, sampling, None)


def test_batches_are_the_same_from_any_step_on_and_shared_among_ranks():
    whole = list(PlacedBatches(10, 4, 0, 0, 6))
    assert list(PlacedBatches(10, 4, 0, 2, 6)) == whole[2:]
    parts = [list(PlacedBatches(10, 4, 0, 0, 6, rank, 2)) for rank in range(2)]
    assert [sorted(a + b) for a, b in zip(*parts, strict=True)] == [sorted(batch) for batch in whole]
    assert [place for batch in whole for _, place in batch] == list(range(24))


def test_an_item_is_the_clips_frames():
    data, clip = ClipDataset(TRAIN, SceneTrainConfig(**FAST)), TRAIN.clip(7)
    item = data[7, 3]
    start = next(t for t in range(4) if torch.equal(item["video"][0], picture(clip, t)))
    assert torch.equal(item["video"][1], picture(clip, start + 1))
    np.testing.assert_allclose(item["depth"][:, 0].expm1(), clip["depth"][start : start + 2], rtol=1e-5)
    assert item["cell"] == clip["cell"][-1]
    assert torch.equal(data[7, 3]["video"], item["video"])
    assert torch.equal(data[7, -1]["video"][0], picture(clip, 0))


def test_clips_may_end_anywhere_in_training_and_then_the_answer_is_of_there():
    config = SceneTrainConfig(**FAST | {"endings": "any", "sampling": "segments"})
    data, clip, ends = ClipDataset(TRAIN, config), TRAIN.clip(7), set()
    for place in range(60):
        item = data[7, place]
        shown = [t for t in range(5) if torch.equal(item["video"][1], picture(clip, t))]
        ends |= {t for t in range(shown[0], 5) if clip["cell"][t] == item["cell"]}
        assert any(clip["cell"][t] == item["cell"] for t in range(shown[0], 5))
        assert torch.equal(data[7, place]["video"], item["video"])
    assert ends >= {1, 4}
    assert data[7, -1]["cell"] == clip["cell"][-1]
    whole = ClipDataset(TRAIN, SceneTrainConfig(**FAST | {"sampling": "segments"}))
    assert torch.equal(data[7, -1]["video"], whole[7, -1]["video"])


def picture(clip, t):
    return torch.from_numpy(clip["rgb"][t]).permute(2, 0, 1) / 255


def test_unknown_depth_asks_for_nothing():
    metres = torch.tensor([[1.0, 0.0], [float("inf"), float("nan")]])[None, None, None]
    target, drawn = depth_target(metres), torch.zeros(1, 1, 1, 2, 2, requires_grad=True)
    loss = squared_error(drawn, target)
    torch.testing.assert_close(loss, torch.log(torch.tensor(2.0)) ** 2)
    loss.backward()
    assert drawn.grad.flatten().nonzero().flatten().tolist() == [0]


def test_losses_are_what_they_say():
    batch = {k: torch.stack([ClipDataset(TRAIN, SceneTrainConfig(**FAST))[i, -1][k] for i in (0, 1)])
             for k in ("video", "depth", "cell")}  # fmt: skip
    for targets in (("rgb",), ("depth",), ("rgb", "depth")):
        learner = Learner(build("savi", targets=targets), "depth")
        parts = {"rgb": batch["video"], "depth": batch["depth"]}
        want = (learner.model(batch["video"])[0] - torch.cat([parts[t] for t in targets], 2)).square().mean()
        torch.testing.assert_close(learner(batch), want)
    learner = Learner(build("slotssm"), "snitch")
    p = learner.head(learner.model(batch["video"]).slots[:, -1]).softmax(1)
    torch.testing.assert_close(learner(batch), -(p[0, batch["cell"][0]] * p[1, batch["cell"][1]]).log() / 2)


def test_weights_are_the_same_whoever_loads_the_clips(tmp_path):
    """Processes hand clips on in another order of memory, which convolutions must not notice."""
    one, other = (run(tmp_path / str(n), "oc-slotssm", workers=n, steps=3) for n in (0, 1))
    assert torch.equal(weights(one), weights(other))


def test_a_model_that_says_the_same_whatever_it_sees_has_no_spread():
    learner, data = Learner(build("savi"), "snitch"), ClipDataset(VAL, SceneTrainConfig(frames=2, batch_size=2))
    found = validate(learner, data, torch.device("cpu"))
    learner.eval()
    with torch.no_grad():
        answers = [learner.cells(data[i, -1]["video"][None])[0].softmax(0) for i in range(len(data))]
    mean = sum(answers) / len(answers)
    assert found["spread"] == pytest.approx(sum((a - mean).abs().sum().item() / 2 for a in answers) / 3, rel=1e-4)
    torch.nn.init.zeros_(list(learner.head.parameters())[-2])
    blind = validate(learner, data, torch.device("cpu"))
    assert blind["spread"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("task", ["objects", "depth", "snitch"])
def test_a_run_folder_is_as_all_others_are(tmp_path, task):
    model = build("savi", targets=("rgb", "depth") if task == "depth" else ("rgb",))
    learner = run(tmp_path / "r", model=model, task=task)
    assert {"config.json", "model.safetensors", "metrics.jsonl", "resume.pt", "tensorboard"} == {
        p.name for p in (tmp_path / "r").iterdir()
    }
    records = [json.loads(line) for line in (tmp_path / "r" / "metrics.jsonl").read_text().splitlines()]
    assert [r["step"] for r in records] == [3, 6]
    assert records[0].keys() - {"top1", "spread"} == {"step", "minutes", "lr", "train_loss", "val_loss"}
    assert ("top1" in records[0], "spread" in records[0]) == (task == "snitch", task == "snitch")
    loaded = load_scene_run(tmp_path / "r")
    assert (loaded.model_name, loaded.train.task, loaded.learner.model.config) == ("savi", task, model.config)
    if records[1]["val_loss"] < records[0]["val_loss"]:
        assert torch.equal(weights(loaded.learner), weights(learner))
    for load, what in ((load_run, "savi"), (load_scene_run, "no model of scenes")):
        if load is load_scene_run:
            config = json.loads((tmp_path / "r" / "config.json").read_text())
            (tmp_path / "r" / "config.json").write_text(json.dumps(config | {"kind": "balls"}))
        with pytest.raises(RunError, match=what):
            load(tmp_path / "r")


def test_stopped_and_resumed_is_never_stopped(tmp_path):
    whole = run(tmp_path / "whole", "oc-slotssm", sampling="random", steps=4)
    for done in range(1, 5):  # every call does one step and runs out of time
        learner = run(tmp_path / "cut", "oc-slotssm", sampling="random", steps=4, max_minutes=1e-9)
        assert load_resume(tmp_path / "cut")["step"] == done
    assert torch.equal(weights(whole), weights(learner))
    a, b = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "cut"))
    assert all(torch.equal(a[key], b[key]) for key in a)
    with pytest.raises(RunError, match=r"train.sampling random, not window"):
        run(tmp_path / "cut", "oc-slotssm", steps=4)


def test_the_snitch_is_learned_from_a_run_that_drew(tmp_path):
    drew = run(tmp_path / "drew", "slotssm")
    fine = run(tmp_path / "fine", "slotssm", load_scene_run(tmp_path / "drew").learner, task="snitch", lr=1e-12)
    before, after = drew.state_dict(), fine.state_dict()
    drawn = {key: w for key, w in load_file(tmp_path / "drew" / "model.safetensors").items() if key in after}
    assert before.keys() == drawn.keys()
    assert all(torch.allclose(after[key], w, atol=1e-6) for key, w in drawn.items())
    again = run(tmp_path / "again", "slotssm", fine, task="snitch", lr=1e-12)
    torch.testing.assert_close(weights(again), weights(fine))
    with pytest.raises(ValueError, match="can't start from these weights") as error:
        run(tmp_path / "none", "savi", fine)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "none").exists()


def test_what_does_not_fit_is_refused_before_anything_is_written(tmp_path):
    for changes, message in (
        ({"model": build("savi", image_size=32)}, "images of 32 pixels"),
        ({"frames": 6}, "have 5 frames"),
    ):
        with pytest.raises(ValueError, match=message):
            run(tmp_path / "r", **changes)
    bare = [{"rgb": TRAIN.clip(0)["rgb"]}]

    class Bare:
        def __len__(self):
            return 1

        def clip(self, index):
            return bare[index]

    for model, task, message in (("savi", "snitch", "no cell"), ("savi++", "depth", "no depth")):
        with pytest.raises(ValueError, match=message):
            train_scenes(model, build(model).config, SceneTrainConfig(**FAST, task=task), *[Bare()] * 2, tmp_path / "r")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"task": "chess"}, "objects, depth, snitch"),
        ({"sampling": "all"}, "window, random, segments"),
        ({"steps": 0}, "at least 1"),
        ({"frames": -1}, "0 or more"),
        ({"lr": 0.0}, "more than 0"),
        ({"decay": 7}, "of 6 steps"),
        ({"sampling": "segments", "frames": 0}, "segments"),
    ],
)
def test_wrong_settings_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        SceneTrainConfig(**FAST | wrong)


def test_every_model_learns_one_clip_by_heart():
    """The first steps of training lower the loss of each model of the table."""
    batch = {key: x[None] for key, x in ClipDataset(TRAIN, SceneTrainConfig(**FAST))[0, -1].items()}
    for name in SCENE_MODELS:
        learner = Learner(build(name), "objects")
        optimizer = torch.optim.Adam(learner.parameters(), lr=3e-3)
        losses = []
        for _ in range(12):
            losses.append(learner(batch))
            optimizer.zero_grad()
            losses[-1].backward()
            optimizer.step()
        assert losses[-1] < 0.8 * losses[0], name


@pytest.mark.slow
def test_killed_anywhere_and_run_again_gives_the_same_weights(tmp_path):
    """SIGKILL of the process, a few times, against a run that was left alone."""
    script = (
        "import sys; from pathlib import Path; from tests.slotssm.scenes.test_scene_train import run;"
        "run(Path(sys.argv[1]), steps=40, checkpoint_minutes=0.0)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "killed")]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    for times in (1, 2):
        process = subprocess.Popen(command, env=env, cwd=ROOT)
        deadline = time.monotonic() + 60
        while not (tmp_path / "killed" / "resume.pt").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3 * times)
        process.send_signal(signal.SIGKILL)
        process.wait()
    for name in ("killed", "whole"):
        subprocess.run([*command[:-1], str(tmp_path / name)], env=env, check=True, timeout=120, cwd=ROOT)
    a, b = (load_scene_run(tmp_path / name).learner for name in ("killed", "whole"))
    assert torch.equal(weights(a), weights(b))


def test_frames_that_are_not_drawn_cost_nothing_and_change_no_gradient():
    learner = Learner(build("savi"), "objects").double()
    data = ClipDataset(TRAIN, SceneTrainConfig(frames=4, decodes=2))
    items = [data[0, 5], data[1, 6]]
    assert all((item["drawn"].diff() > 0).all() and len(item["drawn"]) == 2 for item in items)
    assert "drawn" not in data[0, -1]
    assert (data[0, 5]["video"] == ClipDataset(TRAIN, SceneTrainConfig(frames=4))[0, 5]["video"]).all()
    batch = {name: torch.stack([item[name] for item in items]) for name in ("video", "drawn")}
    batch["video"] = batch["video"].double()
    found = torch.autograd.grad(learner(batch), list(learner.model.parameters()))
    video = learner.model(batch["video"]).reconstruction
    errors = (video - batch["video"]).square()
    slow = torch.stack([errors[i, t] for i in (0, 1) for t in batch["drawn"][i]]).mean()
    expected = torch.autograd.grad(slow, list(learner.model.parameters()))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-8)  # the loss is float32
