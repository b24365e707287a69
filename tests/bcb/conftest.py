"""A command line to call, and one of each thing it works on, small enough to make in a moment."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bcb.cli import run
from eval.predictions import write_predictions
from generators.engine import generate
from generators.spec import Spec
from generators.store import StoreReader
from generators.worlds import BouncingWorld

TINY = Spec(
    rule="frequent",
    context_frames=4,
    patches_per_side=2,
    world=BouncingWorld(balls=2, size=16, radius=(2.5, 2.5), speed=(1.0, 2.0)),
)
COUNTS = {"train": 6, "val": 3, "test": 5}


@dataclass(frozen=True)
class Done:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """stdout, which must be one JSON document and nothing else."""
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test runs in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bcb(capsys):
    """bcb("list", "rules") → Done."""

    def call(*args: object) -> Done:
        capsys.readouterr()
        code = run([str(arg) for arg in args])
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def things(tmp_path_factory) -> Path:
    """A folder with `store`, `other` (another seed), `predictions` (perfect), `run` (untrained). Not to be changed."""
    from slotssm.checkpoint import save_model, to_json, write_config
    from slotssm.models import MODELS

    root = tmp_path_factory.mktemp("things")
    generate(TINY, root / "store", COUNTS, workers=1, shard_episodes=4)
    generate(replace(TINY, seed=1), root / "other", COUNTS, workers=1, shard_episodes=4)
    reader = StoreReader(root / "store", "test")
    write_predictions(
        root / "predictions",
        np.stack([reader.episode(i).target for i in range(len(reader))]),
        np.arange(len(reader)),
        fingerprint=TINY.fingerprint,
        split="test",
        model_name="perfect",
        model_config={},
    )
    config = MODELS["slotssm"].config(
        image_size=16, patches_per_side=2, width=8, slots=(2,), state=4, heads=2, encoder_layers=1, decoder_layers=1
    )
    (root / "run").mkdir()
    data = {"spec": json.loads(TINY.to_json()), "fingerprint": TINY.fingerprint, "preset": None}
    write_config(root / "run", {"model": {"name": "slotssm", "config": to_json(config)}, "train": {}, "data": data})
    save_model(root / "run", MODELS["slotssm"].build(config))
    return root


@pytest.fixture
def mine(things, folder) -> Path:
    """A copy of `things` in the test's own folder, to break."""
    shutil.copytree(things, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def videos(bcb, folder):
    """A store of videos of 4 frames of 16×16, with a depth for every pixel."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 3), ("val", 1), ("test", 2)):
        for number in range(count):
            clip = folder / "videos" / split / f"{number}"
            clip.mkdir(parents=True)
            left, depth = int(rng.integers(8)), np.full((4, 16, 16), 5, np.float32)
            for t in range(4):
                image = np.zeros((16, 16, 3), np.uint8)
                image[4:10, left + t : left + t + 5] = (250, 40, 40)
                depth[t, 4:10, left + t : left + t + 5] = 2
                Image.fromarray(image).save(clip / f"{t:03}.png")
            np.save(folder / "videos" / split / f"{number}_depth.npy", depth)
    done = bcb("import", "video", "videos", "--out", "s", "--frames", 4, "--size", 16)
    assert done.code == 0, done.err
    return "s"
