"""The benches run and say what they measured; how fast it was is no matter of tests."""

import pytest

from bcb.bench.spread import spread
from bcb.bench.tables import write_section


def test_a_spread_is_median_lowest_and_highest():
    found = spread([3.0, 1.0, 20000.0])
    assert (found.median, found.low, found.high) == (3, 1, 20000)
    assert str(found) == "3.00 (1.00–20,000)"
    with pytest.raises(ValueError, match="nothing"):
        spread([])


def test_generate_says_what_everyone_made(bcb):
    done = bcb("bench", "generate", "--quick", "--workers", 1, "--json")
    assert done.code == 0, done.err
    assert done.json["bench"] == "generate"
    assert done.json["machine"]["processor"]
    assert {"bcb", "pymunk"} <= done.json["machine"]["versions"].keys()
    runs = done.json["runs"]
    assert [(run["frames"], run["contestant"]) for run in runs] == [
        (frames, name) for frames in (11, 640) for name in ("ours", "plain", "bare")
    ]
    for run in runs:
        rate = run["frames_per_second"]
        assert 0 < rate["low"] <= rate["median"] <= rate["high"]
        assert rate["median"] == pytest.approx(run["frames"] * run["episodes_per_second"]["median"])
        assert run["peak_memory"] > 2**20
        assert (run["disk_bytes"] > 0) == (run["contestant"] != "bare")
    assert {(r["below"]["contestant"], r["goal"]) for r in done.json["ratios"]} == {
        ("plain", 15),
        ("bare", None),
        ("bare", 1),
    }


def test_generate_compares_workers_and_shows_tables_on_a_page(bcb, folder):
    page = folder / "page.md"
    page.write_text("Before\n<!-- bench generate-memory -->\nold\n<!-- end of bench generate-memory -->\nAfter\n")
    done = bcb("bench", "generate", "--memory", "--quick", "--workers", 2, "--page", page)
    assert done.code == 0, done.err
    assert "peak memory" in done.out
    text = page.read_text()
    assert text.startswith("Before\n<!-- bench")
    assert text.endswith("-->\nAfter\n")
    assert "old" not in text
    assert "| 10 episodes of 11 frames | 2 |" in text


def test_a_page_without_a_place_for_the_tables_is_left_alone(folder):
    page = folder / "page.md"
    page.write_text("Nothing here\n")
    with pytest.raises(ValueError, match="no place"):
        write_section(page, "load", {}, [])
    assert page.read_text() == "Nothing here\n"


def test_generate_without_the_scripts_says_where_they_are(bcb, monkeypatch, folder):
    import bcb as package

    monkeypatch.setattr(package, "__file__", str(folder / "bcb" / "__init__.py"))
    done = bcb("bench", "generate", "--quick")
    assert (done.code, done.out) == (2, "")
    assert "in a clone of bcb's repository" in done.err
    assert done.err.count("\n") == 1


def test_a_contestant_that_fails_is_one_line(folder):
    import sys

    from bcb.bench.contest import compete

    with pytest.raises(ValueError, match="failed: ValueError: no"):
        compete([sys.executable, "-c", "raise ValueError('no')"], cpus=1)
