"""The benches run and say what they measured; how fast it was is no matter of tests."""

import numpy as np
import pytest
import torch

from bcb.bench.loading import formats
from bcb.bench.loading.formats import FORMATS
from bcb.bench.loading.loader import Loader
from bcb.bench.loading.rounds import make_data
from bcb.bench.loading.workload import QUICK_WORKLOADS, Workload
from bcb.bench.spread import spread
from bcb.bench.tables import write_section
from generators.store import StoreReader


def test_a_spread_is_median_lowest_and_highest():
    found = spread([3.0, 1.0, 20000.0])
    assert (found.median, found.low, found.high) == (3, 1, 20000)
    assert str(found) == "3.00 (1.00–20,000)"
    assert str(spread([0.5])) == "0.500"
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
    for path in (page, folder / "missing.md"):
        with pytest.raises(ValueError, match="no place"):
            write_section(path, "load", {}, [])
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


def test_load_says_how_fast_everyone_was(bcb):
    done = bcb("bench", "load", "--quick", "--workers", 0, "--json")
    assert done.code == 0, done.err
    assert done.json["bench"] == "load"
    assert not done.json["skipped"]
    runs = done.json["runs"]
    states = {(run["contestant"], run["workload"], run["workers"], run["cold"]) for run in runs}
    workloads = ("short episodes", "windows of long episodes")
    assert states == {(name, load, 0, cold) for name in FORMATS for load in workloads for cold in (True, False)}
    for run in runs:
        assert run["items_per_second"]["median"] > 0
        if run["contestant"] != "ours":
            assert run["ours_is_faster"]["median"] > 0
    assert {run["contestant"] for run in runs if run.get("goal") == 2} == {"HDF5", "HDF5 lzf", "HDF5 gzip-1"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_data(QUICK_WORKLOADS, tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("workload", QUICK_WORKLOADS, ids=lambda workload: workload.name)
@pytest.mark.parametrize("name", FORMATS)
def test_all_load_the_same_tensors(name, workload, data):
    whole = StoreReader(data["ours", workload.name].parent, "train")
    loader = Loader(FORMATS[name], data[name, workload.name], workload, 0)
    list(loader.one_pass(count=1))  # a pass that was left early spoils none after it
    got = [part.numpy() for part in map(torch.cat, zip(*loader.one_pass(), strict=True))]
    in_order = name.startswith("WebDataset")
    items = workload.items(0) if in_order else [item for batch in workload.batches(0) for item in batch]
    if workload.window:
        expected = [np.stack([whole.window("frames", w.index, w.start, w.stop) for w in items])]
    else:
        expected = [np.stack([getattr(whole.episode(i), part) for i in items]) for part in ("frames", "target")]
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["ours", "WebDataset, in order", "zarr with zarrs on ours"])
def test_two_workers_load_everything_once(name, data):
    workload = QUICK_WORKLOADS[0]
    alone, shared = (Loader(FORMATS[name], data[name, workload.name], workload, workers) for workers in (0, 2))
    for _ in range(2):
        passes = [torch.cat([batch[0] for batch in loader.one_pass()]).numpy() for loader in (alone, shared)]
        found = [sorted(episode.tobytes() for episode in frames) for frames in passes]
        assert len(found[0]) == workload.episodes
        assert found[0] == found[1]
        if not name.startswith("WebDataset"):
            np.testing.assert_array_equal(*passes)


def test_what_is_not_installed_is_left_out_and_named(bcb, monkeypatch):
    monkeypatch.setattr(formats, "find_spec", lambda package: None)
    done = bcb("bench", "load", "--quick", "--workers", 0, "--json")
    assert done.code == 0, done.err
    assert done.json["skipped"] == {name: list(form.needs) for name, form in FORMATS.items() if form.needs}
    assert {run["contestant"] for run in done.json["runs"]} == {"ours", "npy memmap"}
    assert "HDF5 is left out: it needs h5py (pip install 'bcb[bench]')" in done.err


def test_a_workload_takes_every_episode_once_and_windows_within_it():
    workload = Workload("windows", frames=20, episodes=50, batch=8, window=16)
    items = [item for batch in workload.batches(3) for item in batch]
    assert sorted(items, key=lambda item: item.index) == workload.items(3)
    assert [item.index for item in workload.items(3)] == list(range(50))
    assert {item.stop - item.start for item in items} == {16}
    assert {item.start for item in items} == {0, 1, 2, 3, 4}
    assert workload.batches(3) == workload.batches(3) != workload.batches(4)
