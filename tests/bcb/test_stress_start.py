"""Cells that start from bundled weights."""

import json

import pytest

from bcb.presets import PRESETS
from bcb.stress.asked import Asked, stress
from bcb.stress.cell import Cell, Place, read_json
from bcb.stress.drive import run_stress
from bcb.stress.plan import recipe, training
from generators.executors import LocalProcesses


def test_a_cell_of_recall_starts_from_the_bundled_weights_of_small():
    matrix = stress(Asked(preset="recall", models="slotssm,rim"), [])
    assert matrix.common.start == "small"
    for cell in matrix.cells:
        planned = training(matrix.common, cell)
        assert planned.data_info["init"]["preset"] == "small"
        assert planned.data_info["init"]["spec"]["rule"] == planned.data_info["spec"]["rule"] == "frequent"
        assert planned.config == recipe(matrix.common, cell) == PRESETS["recall"].finetune
        assert planned.train_source.spec.knobs == {"evidence_frames": 10}


def test_what_a_cell_started_from_is_written_down(tmp_path, monkeypatch):
    monkeypatch.setattr("bcb.training.VAL_EPISODES", 2)
    settings = {"train": {"steps": 1, "batch_size": 1, "device": "cpu"}}
    asked = Asked("recall", models="slotssm", seeds=1, lengths="2", tests="2", episodes=1, base="small")
    matrix = stress(asked, [settings])
    run_stress(tmp_path / "o", matrix, LocalProcesses(1))
    [cell] = matrix.cells
    place = Place(tmp_path / "o", cell)
    assert read_json(place.failed) is None
    assert json.loads(place.trained.read_text())["start"] == "slotssm-small-frequent"


def test_nothing_is_started_from_where_none_is_asked_for():
    matrix = stress(Asked(preset="recall", models="slotssm", start="none"), [])
    assert training(matrix.common, matrix.cells[0]).init is None
    assert recipe(matrix.common, matrix.cells[0]) == PRESETS["recall"].train


def test_a_cell_with_a_parent_starts_from_that():
    asked = Asked("small", models="slotssm", rules="earliest,frequent", start="small-80", init="frequent=earliest")
    common = stress(asked, []).common
    assert training(common, Cell("slotssm", "frequent", 10, 0)).init is None  # it is given once its parent is trained
    assert training(common, Cell("slotssm", "earliest", 10, 0)).data_info["init"]["preset"] == "small-80"


def test_weights_that_are_not_bundled_are_refused_before_anything_is_trained():
    with pytest.raises(ValueError, match=r"single can't be trained so: 'single-paper-80-frequent' is not") as error:
        stress(Asked(preset="recall", models="single", start="paper-80"), [])
    assert "\n" not in str(error.value)
