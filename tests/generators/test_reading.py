"""The pages on reading stores and exports: each block runs in a fresh interpreter and reads what the store holds."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from generators.engine import generate
from generators.export import FORMATS, export
from generators.spec import Spec
from generators.store import StoreReader
from generators.worlds import BouncingWorld

ROOT = Path(__file__).parents[2]
STORE = Path("data", "frequent-640")
SPEC = Spec(rule="frequent", world=BouncingWorld(balls=3, size=16, radius=(2.0, 2.5), speed=(1.0, 2.0)))
LONG = replace(SPEC, context_frames=5000)  # an episode's frames are two chunks

# By heading: what the block's names must hold, both sides as expressions; r is the store's reader.
READING = {
    "zarr": {"frames": "r.read('frames', [0])[0]", "answer": "r.read('answer')[:, -1]"},
    "xarray": {"target_frame": "r.read('position')[:, -1]", "spec['rule']": "'frequent'"},
    "tensorstore": {"some": "r.read('frames', [5, 2, 3])"},
    "numpy, and one decoder": {
        "same_frames": "r.read('frames', [0])[0]",
        "same_position": "r.read('position', [0])[0]",
        "read('data/frequent-640/test', 'target', 5)": "r.read('target', [5])[0]",
    },
}
EXPORT = {
    "webdataset": {"frames": "r.read('frames', [5])[0]", "target": "r.read('target', [5])[0]", "index": "5"},
    "hdf5": {"frames": "r.read('frames', [3])[0]", "spec['rule']": "'frequent'"},
    "npz": {"frames": "r.read('frames')"},
    "mp4": {"target[::16, ::16]": "r.read('target', [3])[0]", "video.shape": "(10, 256, 256, 3)"},
    "hf": {"frames": "r.read('frames', [3])[0]", "frames.dtype.name": "'uint8'"},
}


def blocks(page: str) -> dict[str, str]:
    """The page's Python by its heading."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return dict(re.findall(r"^## (.*?)\n(?:(?!^## ).*\n)*?^```python\n((?:.*\n)*?)^```", text, re.MULTILINE))


def run(block: str, expected: dict[str, str], folder: Path) -> None:
    check = ["import numpy", "from generators.store import StoreReader", f"r = StoreReader({str(STORE)!r}, 'test')"]
    check += [f"numpy.testing.assert_array_equal({found}, {there})" for found, there in expected.items()]
    offline = {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "\n".join([block, *check])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=os.environ | offline)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A folder with a store of long episodes where the pages say."""
    folder = tmp_path_factory.mktemp("reading")
    generate(LONG, folder / STORE, {"test": 6}, workers=1, shard_episodes=4)
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with a store where the pages say, and its exports where `bcb export` puts them."""
    folder = tmp_path_factory.mktemp("exported")
    generate(SPEC, folder / STORE, {"test": 6}, workers=1, shard_episodes=4)
    for name in FORMATS:
        export([StoreReader(folder / STORE, "test")], name, folder / f"{STORE}-{name}")
    return folder


def test_every_way_of_reading_is_checked():
    assert blocks("reading.md").keys() == READING.keys()
    assert blocks("export.md").keys() == EXPORT.keys() == FORMATS.keys()


@pytest.mark.parametrize("heading", READING)
def test_a_store_is_read_as_the_page_says(long, heading):
    run(blocks("reading.md")[heading], READING[heading], long)


@pytest.mark.parametrize("heading", EXPORT)
def test_an_export_is_read_as_the_page_says(exported, heading):
    run(blocks("export.md")[heading], EXPORT[heading], exported)
