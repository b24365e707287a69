"""`bcb report` of scenes: tables, what runs draw, how they learned, on a page of its own."""

import json
import re
from html.parser import HTMLParser

import pytest

from bcb.report.scene_page import learning_charts, names_of_runs
from bcb.report.scene_records import holds_scenes, scenes_recorded
from bcb.zoo.scene_page import scene_tables
from tests.bcb.test_report import EVIL
from tests.bcb.test_scenes import TINY


@pytest.fixture
def run(bcb, videos, folder):
    """Two steps of depth, on videos without masks, and its scores as JSON."""
    line = ("train", "--task", "depth", "--data", videos, "--model", "savi", "--steps", 2, "--batch-size", 2, *TINY)
    assert bcb(*line, "--out", "runs/d").code == 0
    (folder / "scores.json").write_text(bcb("evaluate", "--model", "runs/d", "--json").out)
    return folder / "runs/d"


def estimate(value: float, n: int = 9) -> dict:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": n}


def stranger(folder, **changes) -> str:
    metrics = {name: estimate(0.5) for name in ("fg_ari", "fg_ari_frame", "miou", "miou_frame")}
    probes = {"shape": {"accuracy": estimate(0.5)}, "size": {"r2": estimate(0.2)}, "nothing": {}}
    result = {
        "task": "objects",
        "fingerprint": "f" * 64,
        "split": "val",
        "episodes": 9,
        "metrics": metrics,
        "probes": probes,
    }
    result |= {"baselines": {"theirs": metrics | {"fg_ari": {"value": None, "low": None, "high": None, "n": 0}}}}
    (folder / "theirs.json").write_text(json.dumps({"model": EVIL, "results": [result | changes]}))
    return "theirs.json"


class Tags(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_page_has_scores_pictures_and_curves(bcb, run, folder):
    done = bcb("report", "runs/d", "scores.json", "-o", "r.html", "--episodes", 1, "--kept", "kept")
    assert done.code == 0, done.err
    text = (folder / "r.html").read_text()
    gifs = re.findall(r'src="(data:image/gif;base64,[^"]+)"', text)
    assert len(gifs) == 1
    assert text.count("<svg") == 1
    [value] = {
        f"{v['value']:.3f}" for v in [json.loads((folder / "scores.json").read_text())["results"][0]["metrics"]["mse"]]
    }
    assert text.count(f"<td>{value}") == 2  # of the run, and of its scores as JSON
    assert "mean</th>" in text
    for command in ("bcb evaluate --model runs/d --episodes 1000", "bcb view --slots", "(read from scores.json)"):
        assert command in text
    assert not re.search(r'(src|href)="(?!data:|#)', text)  # asks nobody for anything
    assert len(list((folder / "kept").iterdir())) == 1
    assert bcb("report", "runs/d", "-o", "r.html", "--episodes", 0, "--kept", "kept").code == 0
    assert "data:image/gif" not in (folder / "r.html").read_text()


def test_tables_for_a_readme(bcb, run, folder):
    (folder / "m.md").write_text("before\n<!-- report -->\nold\n<!-- end of report -->\nafter\n")
    assert bcb("report", "scores.json", "--markdown", "m.md").code == 0
    text = (folder / "m.md").read_text()
    assert text.startswith("before\n<!-- report -->\n")
    assert text.endswith("<!-- end of report -->\nafter\n")
    assert "| *mean* |" in text
    assert "old" not in text


def test_nothing_of_strangers_is_markup(bcb, folder):
    done = bcb("report", stranger(folder), "-o", "r.html", "--markdown", "m.md", "--title", EVIL)
    assert done.code == 0, done.err
    found = Tags((folder / "r.html").read_text()).found
    assert not [tag for tag, attrs in found if tag in ("img", "script") or "onerror" in attrs]
    assert "<img" not in (folder / "m.md").read_text()
    assert "val split" in (folder / "r.html").read_text()


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics": {"fg_ari": {"value": "1"}}},
        {"metrics": {"fg_ari": estimate(1e300)}},
        {"task": "juggling"},
        {"episodes": -1},
        {"metrics": []},
        {"fingerprint": EVIL},
        {"split": EVIL},
        {"baselines": {EVIL: {}}},
        {"probes": {EVIL: {}}},
        {"by_hidden": {"0": 3}},
    ],
)
def test_a_record_that_is_none_is_one_line(bcb, folder, changes):
    done = bcb("report", stranger(folder, **changes), "-o", "r.html")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "theirs.json can't be read" in done.err
    assert not (folder / "r.html").exists()


def test_scenes_and_balls_are_not_mixed(bcb, folder, run):
    done = bcb("report", "runs/d", "slotssm-small-earliest", "-o", "r.html")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "make a page of each kind" in done.err
    assert "--context-frames" in bcb("report", "runs/d", "--context-frames", 3, "-o", "r.html").err
    assert not (folder / "r.html").exists()


def test_records_of_balls_and_broken_ones_are_not_of_scenes(folder):
    for text in ("", "[]", '{"results": []}', '{"results": [{"task": "blinking", "rule": "earliest"}]}', "\xff"):
        (folder / "x.json").write_text(text, encoding="latin-1")
        assert not holds_scenes(folder / "x.json")
    stranger(folder)
    assert holds_scenes(folder / "theirs.json")
    assert scenes_recorded(folder / "theirs.json")[0]["data"].endswith(", val split")


def test_baselines_stand_beside_models_that_are_scored_on_as_many_episodes(folder):
    records = []
    for episodes, value in ((8, 0.25), (300, 0.75)):
        theirs = {"theirs": {"miou": estimate(value)}}
        stranger(folder, episodes=episodes, baselines=theirs, probes={})
        records += scenes_recorded(folder / "theirs.json")
    few, many = sorted(scene_tables(records), key=lambda table: "300" in table.title)
    for table, value in ((few, "0.250"), (many, "0.750")):
        assert len(table.rows) == 2
        assert value in " ".join(table.rows[1])


def test_names_tell_pre_trained_runs_and_seeds_apart(folder):
    records = [{"model": "a", "seed": 0}, {"model": "a", "seed": 1, "start": ["objects", 5]}, {"model": "b"}]
    records = [record | {"result": {"task": "snitch"}} for record in records]
    assert list(names_of_runs(records).values()) == ["a, seed 0", "a, pre-trained, seed 1", "b"]
    assert list(names_of_runs(records[1:]).values()) == ["a, pre-trained", "b"]
    rated = [record | {"lr": lr} for record, lr in zip(records, (1e-3, 3e-4, 3e-4), strict=True)]
    assert list(names_of_runs(rated[1:]).values()) == ["a, pre-trained", "b"]
    assert list(names_of_runs(rated).values())[::2] == ["a, lr 0.001, seed 0", "b, lr 0.0003"]


def test_a_curve_that_cannot_be_read_is_left_out(folder):
    record = {"model": "a", "data": "d", "run": folder, "result": {"task": "depth", "episodes": 1}}
    assert learning_charts([record]) == []
    lines = [json.dumps({"step": step, "val_loss": 1 / step}) for step in range(1, 101)]
    (folder / "metrics.jsonl").write_text("\n".join(lines))
    [chart] = learning_charts([record])
    assert len(chart.lines[0].dots) <= 24
    assert chart.lines[0].dots[-1].x == 100
    (folder / "metrics.jsonl").write_text("{")
    assert learning_charts([record]) == []
