"""`python -m bcb.zoo`: scores on a page are those of `bcb evaluate`, are kept, and are sorted by what came out."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bcb.presets import PRESETS
from bcb.zoo.__main__ import zoo
from bcb.zoo.entry import TIMES, entries, evaluate, read
from bcb.zoo.page import groups, table
from eval.video import BASELINES
from generators.spec import parse_spec
from slotssm.checkpoint import read_config


@pytest.fixture
def runs(mine, folder):
    """Untrained runs that say that they are of presets: blinking, of whole frames and of patches, and a video."""
    from slotssm.checkpoint import load_run, save_model, to_json, write_config
    from slotssm.models import MODELS

    info, old = read_config(mine / "run"), load_run(mine / "run").model_config
    spec = parse_spec(info["data"]["spec"])
    made = {
        "whole": (replace(spec, rule="earliest", patches_per_side=1), replace(old, patches_per_side=1)),
        "patches": (spec, old),
        "video": (
            replace(spec, rule="none", colors=0, context_frames=29, patches_per_side=1),
            replace(old, patches_per_side=1, classes=2),
        ),
    }
    for name, (of, config) in made.items():
        (folder / name).mkdir()
        data = {"spec": json.loads(of.to_json()), "preset": {"video": "video-small"}.get(name, "small")}
        info |= {"data": data, "model": {"name": "slotssm", "config": to_json(config)}}
        write_config(folder / name, info | {"train": {"seed": 0}, "versions": {"torch": "1"}})
        save_model(folder / name, MODELS["slotssm"].build(config))
        (folder / name / "metrics.jsonl").write_text(json.dumps({"step": 7, "minutes": 1.5}) + "\n")
    return folder


def test_an_entry_has_the_scores_of_evaluate_and_is_kept(bcb, runs):
    [_, twice, _] = found = entries(runs / "whole", runs / "kept", 2)
    assert [entry.frames for entry in found] == [4 * times for times in TIMES]
    ticks = []
    evaluate(twice, ticks.append)
    assert ticks[-1] == 1
    command = ("evaluate", "--model", runs / "whole", "--context-frames", 8, "--episodes", 2, "--json")
    assert [read(twice)["result"]] == bcb(*command).json["results"]
    twice.record.write_text("mine")
    evaluate(twice, ticks.append)
    assert twice.record.read_text() == "mine"
    (runs / "whole/model.safetensors").write_bytes((runs / "patches/model.safetensors").read_bytes())
    assert not twice.record.exists()  # other weights, another record


def test_the_page(runs):
    page = runs / "page.md"
    command = ["--episodes", "2", "--workers", "1", "--page", str(page), "whole", "patches", "video"]
    refused = CliRunner().invoke(zoo, command)
    assert isinstance(refused.exception, ValueError)
    assert not (runs / "runs/zoo").exists()  # asked before the work
    page.write_text("before\n<!-- results -->\n<!-- end of results -->\nafter\n")
    for _ in range(2):
        done = CliRunner().invoke(zoo, command, catch_exceptions=False)
        assert done.exit_code == 0
    text = page.read_text()
    assert text.startswith("before\n<!-- results -->\n\n`python -m bcb.zoo")
    assert text.endswith("<!-- end of results -->\nafter\n")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert sum(line.startswith("| slotssm |") for line in rows) == 3
    assert sum(line.startswith("| *oracle* | 1.000") for line in rows) == 2
    for part in ("4 frames | 8 frames | 16 frames", "rule earliest", "rule frequent", *BASELINES, "| 7 | 2 | 0 |"):
        assert part in text
    assert CliRunner().invoke(zoo, ["--episodes", "2", "whole"], catch_exceptions=False).output.count("slotssm") == 1


def _record(model: str, accuracy: float, frames: int = 4) -> dict:
    estimate = {"value": accuracy, "low": accuracy - 0.1, "high": min(1.0, accuracy + 0.1), "n": 3}
    metrics = {"painted_accuracy": estimate, "foreground_iou": estimate}
    result = {"rule": "earliest", "length": frames, "context_frames": frames, "episodes": 2, "metrics": metrics,
              "baselines": {"chance": metrics}}  # fmt: skip
    return {"model": model, "preset": "small", "seed": 0, "parameters": 1, "steps": 1, "minutes": 1.0, "start": None,
            "torch": "1", "result": result}  # fmt: skip


def test_rows_stand_in_the_order_that_came_out_at_the_length_of_training():
    records = [_record("rim", 0.5), _record("slotrnn", 0.7), _record("rim", 0.9, 8), _record("slotrnn", 0.2, 8)]
    [group] = groups(records)
    found = table(group)
    assert [row[0] for row in found.rows] == ["slotrnn", "rim", "*chance*"]
    assert found.rows[1][1:3] == ["0.500 [0.400, 0.600]", "0.900 [0.800, 1.000]"]
    assert found.rows[1][-1] == "places balls, paints them white"


def test_a_run_of_no_preset_has_no_place(things, folder):
    with pytest.raises(ValueError, match="preset"):
        entries(things / "run", folder)


def test_a_run_of_a_preset_is_tested_at_the_frames_of_that_preset(runs):
    config = read_config(runs / "whole")
    recall = PRESETS["recall"]
    data = {"spec": json.loads(recall.spec().to_json()), "preset": "recall"}
    (runs / "whole/config.json").write_text(json.dumps(config | {"data": data}))
    assert [entry.frames for entry in entries(runs / "whole", runs / "kept")] == list(recall.tests)
    shorter = json.loads(replace(recall.spec(), context_frames=15).to_json())
    (runs / "whole/config.json").write_text(json.dumps(config | {"data": data | {"spec": shorter}}))
    assert [entry.frames for entry in entries(runs / "whole", runs / "kept")] == [15, 30, 60]
