"""`bcb import`: a folder as it is downloaded becomes a store that the other commands take."""

import numpy as np
import pytest

from tests.generators.imports.encode import movie
from tests.generators.imports.test_cater import write as write_cater
from tests.generators.imports.test_movi import encoded, truth, write


@pytest.fixture
def movi(folder):
    write(folder / "tfds", [encoded(truth(seed)) for seed in range(3)])
    return "tfds"


@pytest.fixture
def videos(folder):
    (folder / "clips").mkdir()
    movie(folder / "clips" / "a.mkv", np.zeros((9, 8, 8, 3), np.uint8))
    np.save(folder / "clips" / "a_depth.npy", np.ones((9, 8, 8), np.uint16))
    return "clips"


def test_movi_becomes_a_store_that_is_sound(bcb, movi):
    done = bcb("import", "movi", movi, "--out", "s", "--json")
    assert (done.code, done.err) == (0, "")
    assert (
        done.json.items() >= {"path": "s", "dataset": "MOVi-A", "episodes": {"train": 3}, "made": 3, "kept": 0}.items()
    )
    again = bcb("import", "movi", movi, "--out", "s")
    assert again.code == 0
    assert "s: MOVi-A, 3 train episodes" in again.err
    assert "licence: Kubric: Apache 2.0" in again.err
    assert bcb("verify", "s").code == 0


def test_the_store_is_described_with_whom_to_thank(bcb, movi):
    bcb("import", "movi", movi, "--out", "s", "--size", 4, "--frames", 2, "--limit", 2)
    done = bcb("inspect", "s")
    assert done.code == 0
    assert "s: MOVi-A, imported: 2 frames of 4×4 pixels" in done.out
    assert "please cite Greff et al." in done.out
    assert bcb("inspect", "s", "--json").json["complete"]


def test_what_is_broken_is_to_be_imported_again(bcb, movi, folder):
    line = ("import", "movi", movi, "--out", "s")
    bcb(*line)
    path = next(path for path in sorted((folder / "s/train/rgb/c").rglob("*")) if path.is_file())
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    found = bcb("verify", "s")
    assert found.code == 1
    assert "s: 1 problem; mend by running its bcb import command again\n" in found.err
    mended = bcb("verify", "s", "--repair")
    assert (mended.code, mended.err.count("\n")) == (2, 1)
    assert "run its bcb import command again" in mended.err
    assert bcb(*line).code == 0
    assert bcb("verify", "s").code == 0


def test_an_import_that_is_not_whole_says_to_go_on_with_it(bcb, movi, folder):
    bcb("import", "movi", movi, "--out", "s")
    (folder / "s/commits/train/000000.json").unlink()
    shown = bcb("inspect", "s")
    [line] = [line for line in shown.out.splitlines() if line.startswith("INCOMPLETE: ")]
    assert line == "INCOMPLETE: train; run the same bcb import command again"
    refused = bcb("view", "s", "-o", "a.png", "--split", "train")
    assert refused.code == 2
    assert refused.err.endswith("isn't committed); run the same bcb import command again\n")


def test_what_files_say_wrongly_is_not_mended_by_reading_them_once_more(folder):
    from generators.imports.importing import imported
    from generators.imports.movi import movi
    from generators.imports.spec import spec_of
    from generators.verify import Problem, advice

    write(folder / "tfds", [encoded(truth(0))])
    parts = [movi(folder / "tfds", "train")]
    imported(spec_of(parts), parts, "s")
    lost, untrue = (Problem("train", "is wrong", "train", 0, content=content) for content in (False, True))
    assert advice("s", [lost]) == "mend by running its bcb import command again"
    assert advice("s", [lost, untrue]) == "mend by running its bcb import command again with --overwrite"


def test_the_snitchs_last_cells_are_counted(bcb, folder):
    write_cater(folder / "all_actions")
    assert bcb("import", "cater", "all_actions", "--out", "s", "--split", "test", "--size", 8, "--frames", 6).code == 0
    shown = bcb("inspect", "s").out
    assert "share of each cell" in shown
    assert "100.0%" in shown


def test_videos_are_cut_in_clips(bcb, videos):
    line = ("import", "video", videos, "--out", "s", "--frames", 3, "--stride", 2, "--depth-scale", 0.5, "--size", 8)
    done = bcb(*line, "--json")
    assert done.json["episodes"] == {"train": 4}


LINES = {
    "import moive tfds --out s": "no data set 'moive'; did you mean 'movi'",
    "import movi nowhere --out s": "nowhere is no folder",
    "import movi clips --out s": "clips has no shards of MOVi-A to E",
    "import movi tfds": "--out",
    "import movi tfds --out s --split val": "has no movi_a-validation shards",
    "import movi tfds --out s --frames 25": "it has 3 frames, not 25",
    "import movi tfds --out s --stride 2": "--stride is for video",
    "import movi tfds --out clips": "clips",
    "import video clips --out s --depth-scale 0": "0",
    "import cater clips --out s": "has no train_subsetT.txt or train.txt",
    "import clevrer clips --out s": "has no video_00000.mp4",
}


@pytest.mark.parametrize("line", LINES)
def test_bad_input_is_one_line_and_nothing_is_left(bcb, folder, movi, videos, line):
    before = sorted(folder.rglob("*"))
    done = bcb(*line.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert LINES[line] in done.err
    assert sorted(folder.rglob("*")) == before
