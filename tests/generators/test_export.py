"""Exports: what each format's own library reads back is what the store holds; and an export is whole, or not there."""

import hashlib
import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generators.engine import generate
from generators.episode import Episode
from generators.export import FORMATS, export, hf, mp4, part, webdataset
from generators.palette import NAMES, palette
from generators.spec import Spec
from generators.store import StoreError, StoreReader
from generators.worlds import BouncingWorld

WORLD = BouncingWorld(balls=3, size=16, radius=(2.0, 2.5), speed=(1.0, 2.0))
SPEC = Spec(rule="frequent", context_frames=5, seed=4, world=WORLD)
ARRAYS = [field.name for field in fields(Episode)]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """3 val and 10 test episodes, in shards of 4. Read only."""
    out = tmp_path_factory.mktemp("export") / "s"
    generate(SPEC, out, {"val": 3, "test": 10}, workers=1, shard_episodes=4)
    return out


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    """Hugging Face's library, offline and with its caches in a folder of ours. It reads both when it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        import datasets

        datasets.disable_progress_bars()
        yield datasets


@pytest.fixture
def load(datasets, tmp_path):
    """load(folder) → what `datasets.load_dataset` makes of it."""
    return lambda folder: datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))


def readers(store, *splits):
    return [StoreReader(store, split) for split in splits or ("val", "test")]


def read_webdataset(folder, split):
    import webdataset as wds

    urls = [str(path) for path in sorted(folder.glob(f"{split}-*.tar"))]
    samples = list(wds.WebDataset(urls, shardshuffle=False).decode())
    assert [sample["__key__"] for sample in samples] == [f"{split}-{i:08d}" for i in range(len(samples))]
    assert [sample["json"]["index"] for sample in samples] == list(range(len(samples)))
    assert {(s["json"]["split"], s["json"]["fingerprint"]) for s in samples} == {(split, SPEC.fingerprint)}
    return {name: np.stack([sample[f"{name}.npy"] for sample in samples]) for name in ARRAYS}


def read_hdf5(folder, split):
    import h5py

    with h5py.File(folder / f"{split}.h5") as file:
        return {name: file[name][:] for name in ARRAYS}


def read_npz(folder, split):
    with np.load(folder / f"{split}.npz") as file:
        return {name: file[name] for name in ARRAYS}


def read_mp4(folder, split):
    """The frames by the palette colour nearest to each pixel of the video; the rest from truth.npz."""
    import av

    about = json.loads((folder / "dataset.json").read_text())
    factor, colors = about["enlargement"], np.array(about["palette"], int)
    frames = []
    for path in sorted((folder / split).glob("*.mp4")):
        with av.open(str(path)) as file:
            video = np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])
        centers = video[:, factor // 2 :: factor, factor // 2 :: factor].astype(int)
        frames.append(((centers[..., None, :] - colors) ** 2).sum(-1).argmin(-1).astype(np.uint8))
    with np.load(folder / split / "truth.npz") as file:
        return {name: file[name] for name in ARRAYS if name != "frames"} | {"frames": np.stack(frames)}


def read_hf(folder, split):
    import pyarrow.parquet as pq

    tables = [pq.read_table(path) for path in sorted((folder / "data").glob(f"{split}-*.parquet"))]
    rows = [row for table in tables for row in table.to_pylist()]
    assert [row["episode"] for row in rows] == list(range(len(rows)))
    return {name: np.array([row[name] for row in rows], _deepest(tables[0].schema.field(name).type)) for name in ARRAYS}


def _deepest(kind):
    """The dtype of the numbers in lists of lists."""
    return _deepest(kind.value_type) if hasattr(kind, "value_type") else kind.to_pandas_dtype()


READ = {"webdataset": read_webdataset, "hdf5": read_hdf5, "npz": read_npz, "mp4": read_mp4, "hf": read_hf}


def same(found, reader, count):
    """Every array equals the store's, dtype and all, for the first `count` episodes."""
    assert found.keys() == set(ARRAYS)
    for name, array in found.items():
        expected = reader.read(name, slice(count))
        assert array.dtype == expected.dtype, name
        np.testing.assert_array_equal(array, expected, err_msg=name)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FORMATS)
def test_what_comes_back_is_what_the_store_holds(store, tmp_path, name):
    out = tmp_path / "out"
    seen = []
    done = export(readers(store), name, out, progress=lambda done, total: seen.append((done, total)))
    for reader in readers(store):
        found = READ[name](out, reader.split)
        if FORMATS[name].lossy:
            frames = reader.read("frames")
            assert (found["frames"] == frames).mean() > 0.99  # of these, and of 500 larger ones: all
            found["frames"] = frames
        same(found, reader, len(reader))
    assert done.episodes == {"val": 3, "test": 10}
    assert (done.files, done.bytes) == (len(contents(out)), sum(map(len, contents(out).values())))
    assert seen[0] == (0, 13)
    assert seen[-1] == (13, 13)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_export_says_what_it_is(store, tmp_path, name):
    export(readers(store), name, tmp_path / "out", episodes=5)
    about = json.loads((tmp_path / "out/dataset.json").read_text())
    canonical = json.dumps(about["spec"], sort_keys=True, separators=(",", ":"))
    assert about["fingerprint"] == SPEC.fingerprint == hashlib.sha256(canonical.encode()).hexdigest()
    assert about["palette"] == palette(SPEC.colors).tolist()
    assert about["colors"] == list(NAMES[: SPEC.classes])
    assert about["episodes"] == {"val": 3, "test": 5}
    assert about["versions"].keys() == {"bcb"}
    assert (about["format"], about["export"]) == ("bcb-export", name)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_store_gives_the_same_bytes(store, tmp_path, name):
    for out in ("a", "b"):
        export(readers(store, "test"), name, tmp_path / out, episodes=2)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("name", FORMATS)
def test_many_small_pieces_are_the_whole(store, tmp_path, name, monkeypatch):
    for module, constant in (
        (webdataset, "SHARD_BYTES"),
        (hf, "SHARD_BYTES"),
        (hf, "GROUP_BYTES"),
        (part, "BLOCK_BYTES"),
    ):
        monkeypatch.setattr(module, constant, 4 * 2000 if constant == "SHARD_BYTES" else 2000)
    out = tmp_path / "out"
    export(readers(store, "test"), name, out, episodes=9)
    found = READ[name](out, "test")
    [reader] = readers(store, "test")
    same(found | {"frames": reader.read("frames", slice(9))} if name == "mp4" else found, reader, 9)
    if name in ("webdataset", "hf"):
        assert len(list(out.rglob("test-*"))) == 3


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_store_leaves_nothing(tmp_path, name):
    store = tmp_path / "s"
    generate(SPEC, store, {"test": 4}, workers=1, shard_episodes=2)
    [shard] = (path for path in (store / "test/answer/c/1").rglob("*") if path.is_file())
    data = bytearray(shard.read_bytes())
    data[len(data) // 4] ^= 1
    shard.write_bytes(data)
    with pytest.raises(StoreError):
        export(readers(store, "test"), name, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_an_export_is_replaced_only_when_asked_and_nothing_else_ever(store, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    export(readers(store, "test"), "npz", out)  # an empty folder is no loss
    before = contents(out)
    with pytest.raises(ValueError, match=r"holds an export already; choose another path, or overwrite it$"):
        export(readers(store, "val"), "npz", out)
    assert contents(out) == before
    export(readers(store, "val"), "hdf5", out, overwrite=True)
    assert contents(out).keys() == {"val.h5", "dataset.json"}

    other = tmp_path / "other"
    other.mkdir()
    (other / "dataset.json").write_text("[1]")
    for path in (other, other / "dataset.json"):
        with pytest.raises(ValueError, match="is no export"):
            export(readers(store, "val"), "npz", path, overwrite=True)
    assert contents(other) == {"dataset.json": b"[1]"}


def test_an_export_that_fails_leaves_the_one_it_was_to_replace(store, tmp_path, monkeypatch):
    out = tmp_path / "out"
    export(readers(store, "test"), "npz", out)
    before = contents(out)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(StoreReader, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(readers(store, "test"), "npz", out, overwrite=True)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_export_left_goes_with_the_next(store, tmp_path):
    left = tmp_path / ".out.making/new"
    left.mkdir(parents=True)
    (left / "test.npz").write_bytes(b"half")
    export(readers(store, "val"), "npz", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert contents(tmp_path / "out").keys() == {"val.npz", "dataset.json"}


class Killed(BaseException):
    """In place of a kill: nothing is tidied up after it."""


@pytest.fixture
def renames(monkeypatch):
    """renames(n, error): the n-th rename raises that, and if it is Killed, so does every one after it."""

    def fail(at, error):
        calls, rename = [], Path.rename

        def failing(self, target):
            calls.append(self)
            if len(calls) == at or (error is Killed and len(calls) > at):
                raise error
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", failing)

    return fail


def test_an_export_that_can_not_be_put_in_place_leaves_the_one_it_was_to_replace(store, tmp_path, renames):
    out = tmp_path / "out"
    export(readers(store, "test"), "npz", out)
    before = contents(out)
    renames(2, OSError("no space left"))
    with pytest.raises(OSError, match="no space left"):
        export(readers(store, "val"), "npz", out, overwrite=True)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("made", [False, True], ids=["out is missing", "out is an empty folder"])
def test_after_a_kill_between_the_renames_the_next_export_puts_the_old_one_back(
    store, tmp_path, renames, monkeypatch, made
):
    out = tmp_path / "out"
    export(readers(store, "test"), "npz", out)
    before = contents(out)
    renames(2, Killed)
    with pytest.raises(Killed):
        export(readers(store, "val"), "npz", out, overwrite=True)
    monkeypatch.undo()
    assert not out.exists()
    if made:
        out.mkdir()

    with pytest.raises(ValueError, match="holds an export already"):
        export(readers(store, "val"), "npz", out)
    assert contents(out) == before
    export(readers(store, "val"), "npz", out, overwrite=True)
    assert contents(out).keys() == {"val.npz", "dataset.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_kill_took_away_is_kept_while_something_else_lies_there(store, tmp_path):
    old, out = tmp_path / ".out.making/old", tmp_path / "out"
    export(readers(store, "test"), "npz", old)
    before = contents(old)
    out.write_text("notes")
    with pytest.raises(ValueError, match="is no export"):
        export(readers(store, "val"), "npz", out, overwrite=True)
    assert (out.read_text(), contents(old)) == ("notes", before)


def test_a_missing_package_and_an_unknown_format_are_said_before_any_work(store, tmp_path, monkeypatch):
    monkeypatch.setattr("generators.export.format.find_spec", lambda package: None)
    for name, package in (("hdf5", "h5py"), ("mp4", "av"), ("hf", "pyarrow")):
        with pytest.raises(ValueError, match=rf"needs {package}: pip install 'bcb\[export\]'"):
            export(readers(store), name, tmp_path / "out")
    with pytest.raises(ValueError, match="format"):
        export(readers(store), "csv", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_hdf5_names_its_axes_and_keeps_episodes_in_chunks(store, tmp_path):
    import h5py

    export(readers(store, "test"), "hdf5", tmp_path / "out")
    with h5py.File(tmp_path / "out/test.h5") as file:
        frames = file["frames"]
        assert [axis.label for axis in frames.dims] == ["episode", "time", "y", "x"]
        assert [axis[0].name for axis in frames.dims] == ["/episode", "/time", "/y", "/x"]
        assert frames.chunks == (1, 5, 16, 16)
        assert json.loads(file.attrs["spec"]) == json.loads(SPEC.to_json())
        assert (file.attrs["fingerprint"], file.attrs["split"]) == (SPEC.fingerprint, "test")
        np.testing.assert_array_equal(file.attrs["palette"], palette(SPEC.colors))


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """The reader of 2 episodes that are two chunks each. Read only."""
    out = tmp_path_factory.mktemp("long") / "s"
    generate(replace(SPEC, context_frames=5000), out, {"test": 2}, workers=1)
    return StoreReader(out, "test")


@pytest.mark.parametrize("name", ["hdf5", "npz"])
def test_long_episodes_go_out_in_pieces(long, tmp_path, name, monkeypatch):
    seen = []
    window = StoreReader.window
    monkeypatch.setattr("generators.export.part.BLOCK_BYTES", 2**20)
    monkeypatch.setattr(StoreReader, "window", lambda *args: seen.append(args[1:]) or window(*args))
    export([long], name, tmp_path / "out")
    same(READ[name](tmp_path / "out", "test"), long, 2)
    assert seen == [("frames", i, *span) for i in (0, 1) for span in ((0, 4096), (4096, 5000))]


def test_hdf5_cuts_long_episodes_in_time(long, tmp_path):
    import h5py

    export([long], "hdf5", tmp_path / "out", episodes=1)
    with h5py.File(tmp_path / "out/test.h5") as file:
        assert file["frames"].chunks == (1, 4096, 16, 16)


def test_npz_says_what_it_is(store, tmp_path):
    export(readers(store, "test"), "npz", tmp_path / "out")
    with np.load(tmp_path / "out/test.npz") as file:
        assert json.loads(str(file["spec"])) == json.loads(SPEC.to_json())
        assert (str(file["fingerprint"]), str(file["split"])) == (SPEC.fingerprint, "test")
        np.testing.assert_array_equal(file["palette"], palette(SPEC.colors))


def test_a_video_has_the_context_and_beside_it_the_exact_target_and_the_answers(store, tmp_path):
    export(readers(store, "test"), "mp4", tmp_path / "out", episodes=3)
    folder = tmp_path / "out/test"
    lines = [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]
    [reader] = readers(store, "test")
    for index, line in enumerate(lines):
        episode = reader.episode(index)
        assert (line["file_name"], line["episode"]) == (f"{index:08d}.mp4", index)
        assert line["answer"] == episode.answer[-1].tolist()
        assert line["answer_names"] == [NAMES[color] for color in episode.answer[-1]]
        target = Image.open(folder / line["target"])
        np.testing.assert_array_equal(np.array(target)[::16, ::16], episode.target)
        np.testing.assert_array_equal(
            np.array(target.convert("RGB"))[8::16, 8::16], palette(SPEC.colors)[episode.target]
        )
    assert read_mp4(tmp_path / "out", "test")["frames"].shape == (3, 5, 16, 16)


@pytest.mark.parametrize(("size", "factor"), [(4, 64), (16, 16), (64, 4), (100, 4), (200, 2), (256, 2), (300, 2)])
def test_videos_are_enlarged_by_an_even_number(size, factor):
    assert mp4.enlargement(size) == factor


def test_hugging_face_loads_videos_with_their_answers(store, tmp_path, datasets, load):
    export(readers(store), "mp4", tmp_path / "out")
    data = load(tmp_path / "out")
    assert {split: len(rows) for split, rows in data.items()} == {"val": 3, "test": 10}
    rows = data["test"].cast_column("video", datasets.Video(decode=False))
    [reader] = readers(store, "test")
    for index, row in enumerate(rows):
        assert row["video"]["path"].endswith(f"test/{index:08d}.mp4")
        assert row["answer"] == reader.episode(index).answer[-1].tolist()


def test_hugging_face_loads_parquet_by_its_card(store, tmp_path, datasets, load):
    export(readers(store), "hf", tmp_path / "out")
    data = load(tmp_path / "out")
    assert {split: len(rows) for split, rows in data.items()} == {"val": 3, "test": 10}
    assert data["test"].features["frames"] == datasets.Array3D((5, 16, 16), "uint8")
    assert data["test"].features["position"] == datasets.Array3D((6, 3, 2), "float32")
    assert data["test"].features["blink_ball"] == datasets.List(datasets.Value("int16"))
    for reader in readers(store):
        found = data[reader.split].with_format("numpy")[:]
        np.testing.assert_array_equal(found.pop("episode"), np.arange(len(reader)))
        for name in ARRAYS:
            np.testing.assert_array_equal(found[name], reader.read(name), err_msg=name)
    images = data["test"].select_columns(["frames"]).with_format("numpy", dtype="uint8")
    assert images[0]["frames"].dtype == np.uint8


def test_an_episode_that_parquet_can_not_hold_is_refused():
    with pytest.raises(ValueError, match="take hdf5"):
        hf.Hf().check(Spec(context_frames=2**31 // 64**2))
