"""docs/models.md says what sizes the models really have."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bcb.training import plan
from slotssm.models import MODELS
from slotssm.models.matching import count_parameters
from slotssm.scenes.models import SCENE_MODELS
from slotssm.scenes.models.sizes import small

PAGE = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
STARTS = [number for number, row in enumerate(ROWS) if row[0] == "model"]
DESCRIBED, SIZED, OF_SCENES = (
    {row[0].strip("`"): row[1:] for row in ROWS[start + 2 : stop]}
    for start, stop in zip(STARTS, [*STARTS[1:], None], strict=True)
)


def test_every_model_is_described_and_sized():
    assert sorted(DESCRIBED) == sorted(SIZED) == sorted(MODELS)
    assert sorted(OF_SCENES) == sorted(SCENE_MODELS)


@pytest.mark.parametrize("name", sorted(SIZED))
@pytest.mark.parametrize(("preset", "column"), [("small", 1), ("paper-640", 3)])
def test_sizes(name, preset, column, folder):
    row, entry = SIZED[name], MODELS[name]
    config = plan(name, None, preset, None, []).model_config
    assert row[column + 1] == f"{count_parameters(entry, config):,}"
    assert row[0] == (entry.knob or "")
    assert row[column] == (str(getattr(config, entry.knob)) if entry.knob else "")


@pytest.mark.parametrize("name", sorted(OF_SCENES))
@pytest.mark.parametrize(("side", "column"), [(32, -2), (64, -1)])
def test_sizes_of_models_of_scenes(name, side, column):
    config = replace(small(name, image_size=side), targets=("rgb",))
    with torch.device("meta"):
        parameters = sum(p.numel() for p in SCENE_MODELS[name].build(config).parameters())
    assert OF_SCENES[name][column] == f"{parameters:,}"


@pytest.mark.parametrize("name", sorted(OF_SCENES))
def test_the_sections_named_are_those_of_the_models_summary(name):
    what, sections, *_ = OF_SCENES[name]
    source = re.search(r"\((?:PAPER )?(\S+)\)$", SCENE_MODELS[name].summary)
    assert source
    assert source[1] in what + sections


def test_all_models_are_listed_with_what_they_are_of(bcb):
    listed = {row["name"]: row["summary"] for row in bcb("list", "models", "--json").json}
    assert sorted(listed) == sorted({*MODELS, *SCENE_MODELS})
    for name, summary in listed.items():
        assert summary.endswith("; scenes too") == (name in MODELS and name in SCENE_MODELS)
        assert summary.endswith("; scenes only") == (name not in MODELS)


def test_the_example_on_the_page_is_the_packages():
    example = Path(__file__).parents[2] / "examples/plain-gru"
    toml = (example / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^plain-gru = "plain_gru:ENTRY"', PAGE, re.MULTILINE)
    assert 'plain-gru = "plain_gru:ENTRY"' in toml
