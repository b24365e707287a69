"""docs/models.md says what sizes the models really have."""

import re
from pathlib import Path

import pytest

from bcb.training import plan
from slotssm.models import MODELS
from slotssm.models.matching import count_parameters

PAGE = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]


def rows(columns: int) -> dict[str, list[str]]:
    return {row[0].strip("`"): row[1:] for row in ROWS if len(row) == columns and row[0].strip("`") in MODELS}


def test_every_model_is_described_and_sized():
    assert sorted(rows(3)) == sorted(rows(6)) == sorted(MODELS)


@pytest.mark.parametrize("name", sorted(rows(6)))
@pytest.mark.parametrize(("preset", "column"), [("small", 1), ("paper-640", 3)])
def test_sizes(name, preset, column, folder):
    row, entry = rows(6)[name], MODELS[name]
    config = plan(name, None, preset, None, []).model_config
    assert row[column + 1] == f"{count_parameters(entry, config):,}"
    assert row[0] == (entry.knob or "")
    assert row[column] == (str(getattr(config, entry.knob)) if entry.knob else "")


def test_the_example_on_the_page_is_the_packages():
    example = Path(__file__).parents[2] / "examples/plain-gru"
    toml = (example / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^plain-gru = "plain_gru:ENTRY"', PAGE, re.MULTILINE)
    assert 'plain-gru = "plain_gru:ENTRY"' in toml
