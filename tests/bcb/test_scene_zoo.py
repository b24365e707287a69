"""`python -m bcb.zoo.scenes`: scores on a page are those of `bcb evaluate`, are kept, and the best is first."""

import pytest
from click.testing import CliRunner

from bcb.presets import SCENE_PRESETS
from bcb.zoo.scene_entry import SceneEntry, evaluate_entry, preset_of, read_entry
from bcb.zoo.scene_page import scene_tables
from bcb.zoo.scenes import zoo_of_scenes
from tests.bcb.test_scenes import TINY


@pytest.fixture
def run(bcb, videos, folder):
    """Two steps of depth, on videos without masks."""
    line = ("train", "--task", "depth", "--data", videos, "--model", "savi", "--steps", 2, "--batch-size", 2, *TINY)
    assert bcb(*line, "--out", "runs/d").code == 0
    return folder / "runs/d"


def test_an_entry_has_the_scores_of_evaluate_and_is_kept(bcb, run, folder):
    entry, ticks = SceneEntry(run, folder / "kept"), []
    evaluate_entry(entry, ticks.append)
    assert sum(ticks) == 1
    record = read_entry(entry)
    assert [record["result"]] == bcb("evaluate", "--model", run, "--json").json["results"]
    assert (record["model"], record["steps"], record["seed"], record["start"]) == ("savi", 2, 0, None)
    entry.record.write_text("mine")
    evaluate_entry(entry, ticks.append)
    assert entry.record.read_text() == "mine"
    with pytest.raises(ValueError, match=r"is damaged .* delete it"):
        read_entry(entry)
    (run / "config.json").write_text((run / "config.json").read_text() + "\n")
    assert not entry.record.exists()  # another config, another record


def test_the_page(run, folder):
    page = folder / "page.md"
    command = ["--workers", "1", "--page", str(page), str(run)]
    page.write_text("no place\n")
    assert isinstance(CliRunner().invoke(zoo_of_scenes, command).exception, ValueError)
    assert not (folder / "runs/zoo").exists()  # asked before the work
    page.write_text("before\n<!-- scenes -->\n<!-- end of scenes -->\nafter\n")
    assert CliRunner().invoke(zoo_of_scenes, command, catch_exceptions=False).exit_code == 0
    text = page.read_text()
    assert text.startswith("before\n<!-- scenes -->\n\n`python -m bcb.zoo.scenes")
    assert text.endswith("<!-- end of scenes -->\nafter\n")
    assert "task depth" in text
    assert "| *mean* |" in text
    assert "savi" in CliRunner().invoke(zoo_of_scenes, [str(run)], catch_exceptions=False).output


def test_a_run_that_is_not_there_is_said_before_the_work(run, folder):
    refused = CliRunner().invoke(zoo_of_scenes, [str(run), "runs/nobody"])
    assert isinstance(refused.exception, ValueError)
    assert not (folder / "runs/zoo").exists()


def test_a_preset_is_known_under_any_seed():
    assert [preset_of(preset.spec(0).fingerprint, 0) for preset in SCENE_PRESETS.values()] == list(SCENE_PRESETS)
    known = [preset_of(preset.spec(7).fingerprint, 7) for preset in SCENE_PRESETS.values()]
    assert known == [f"{name}, seed 7" for name in SCENE_PRESETS]
    assert preset_of("0123456789abcdef", 7) == "0123456789ab"


def _estimate(value: float) -> dict:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 9}


def _record(model: str, task: str, metrics: dict, **others) -> dict:
    result = {"task": task, "fingerprint": "f", "split": "test", "episodes": 9, "metrics": metrics}
    result |= {"baselines": {}, "by_hidden": {}, "probes": {}, "slots": None} | others
    about = {"steps": 3000, "minutes": 7.4, "lr": 3e-4, "seed": 0, "start": None, "data": "some"}
    return {"model": model, "parameters": 1234, **about, "result": result}


def test_the_best_is_first_and_what_it_began_from_is_said():
    found = {"top1": _estimate(0.2), "top5": _estimate(0.5), "l1": _estimate(2)}
    hidden = {"0": {"top1": _estimate(0) | {"n": 0}}, "1-29": {"top1": _estimate(0.3)}}
    records = [_record("single", "snitch", found, by_hidden=hidden, baselines={"prior": found})]
    better = _record(
        "slotssm", "snitch", found | {"top1": _estimate(0.4)}, by_hidden=hidden, baselines={"prior": found}
    )
    records.append(better | {"start": ["objects", 2000]})
    depth = [_record(name, "depth", {"mse_objects": _estimate(mse)}) for name, mse in (("a", 2.0), ("b", 1.0))]
    [of_depth, of_snitch] = scene_tables(records + depth)
    assert [row[0] for row in of_depth.rows] == ["b", "a"]
    assert [row[0] for row in of_snitch.rows] == ["slotssm", "single", "*prior*"]
    assert of_snitch.columns[4] == "top1, hidden 1-29 frames (n = 9)"
    assert of_snitch.rows[0][1:2] + of_snitch.rows[0][4:] == [
        "0.400 [0.300, 0.500]", "0.300 [0.200, 0.400]",
        "1,234", "3,000 steps at 0.0003 after 2,000 of task objects", "7", "0",
    ]  # fmt: skip
    assert {len(row) for row in of_snitch.rows} == {len(of_snitch.columns)}


def test_a_table_is_of_the_same_episodes_and_as_many_slots():
    maps = {name: _estimate(0.5) for name in ("fg_ari", "fg_ari_frame", "miou", "miou_frame")}
    records = [_record("a", "objects", maps, slots=5), _record("b", "objects", maps, slots=7)]
    records += [_record("c", "objects", maps, slots=5, fingerprint="g"), _record("d", "objects", maps, slots=5)]
    tables = scene_tables(records)
    assert [[row[0] for row in table.rows] for table in tables] == [["a", "d"], ["c"], ["b"]]
    assert tables[2].title.endswith("(9 episodes, 7 slots)")


def test_probes_have_a_table_with_what_is_known_without_looking():
    probes = {"shape": {"accuracy": _estimate(0.7), "prior": _estimate(0.4)}, "position": {"r2": _estimate(0.6)}}
    maps = {name: _estimate(0.5) for name in ("fg_ari", "fg_ari_frame", "miou", "miou_frame")}
    [scores, probed] = scene_tables([_record("savi", "objects", maps, probes=probes)])
    assert scores.rows[0][:2] == ["savi", "0.500 [0.400, 0.600]"]
    assert probed.columns == ["model", "shape (accuracy)", "position (R²)"]
    assert probed.rows[1] == ["*prior*", "0.400 [0.300, 0.500]", "0"]
