"""The format (DESIGN §4, literally, and read by zarr alone), and the reader."""

import hashlib
import json
import multiprocessing
import os
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest
import zarr

from generators.bucket import FolderBucket
from generators.engine import generate
from generators.episode import make_episode
from generators.spec import Spec
from generators.store import StoreError, StoreReader, describe
from generators.store.schema import ArrayLayout, default_shard_episodes, episode_bytes, layouts
from generators.store.shard import ShardFile, ShardWriter
from generators.worlds import BouncingWorld

WORLD = BouncingWorld(balls=3, size=16, radius=(2.0, 2.5), speed=(1.0, 2.0))
SPEC = Spec(rule="frequent", context_frames=5, seed=4, world=WORLD)

# DESIGN §4's table, with T = 6, 3 balls, 16×16 pixels.
TABLE = {
    "frames": ("uint8", ("episode", "time", "y", "x"), (5, 16, 16)),
    "target": ("uint8", ("episode", "y", "x"), (16, 16)),
    "position": ("float32", ("episode", "time_all", "ball", "xy"), (6, 3, 2)),
    "velocity": ("float32", ("episode", "time_all", "ball", "xy"), (6, 3, 2)),
    "radius": ("float32", ("episode", "ball"), (3,)),
    "mass": ("float32", ("episode", "ball"), (3,)),
    "blink_ball": ("int16", ("episode", "time"), (5,)),
    "blink_color": ("uint8", ("episode", "time"), (5,)),
    "answer": ("uint8", ("episode", "time", "ball"), (5, 3)),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store of 10 test episodes in shards of 4, and 3 val episodes. Read only."""
    out = tmp_path_factory.mktemp("store") / "s"
    generate(SPEC, out, {"train": 0, "val": 3, "test": 10}, workers=1, shard_episodes=4)
    return out


@pytest.fixture
def store(made, tmp_path):
    """A copy of it to spoil."""
    return shutil.copytree(made, tmp_path / "s")


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_the_arrays_are_designs(made):
    group = zarr.open_group(made / "test", mode="r")
    assert set(group.array_keys()) == set(TABLE)
    assert not list(group.group_keys())
    for name, (dtype, dims, shape) in TABLE.items():
        array = group[name]
        assert isinstance(array, zarr.Array)
        assert array.metadata.zarr_format == 3
        assert array.dtype == np.dtype(dtype)
        assert array.metadata.dimension_names == dims
        assert array.shape == (10, *shape)
        assert array.chunks == (1, *shape)
        assert array.shards == (4, *shape)
        codecs = json.loads((made / "test" / name / "zarr.json").read_text())["codecs"]
        inner = [
            (codec["name"], codec.get("configuration", {}).get("level"))
            for codec in codecs[0]["configuration"]["codecs"]
        ]
        assert inner == [("bytes", None), ("zstd", 1), ("crc32c", None)]


def test_the_attributes_are_designs(made):
    attributes = zarr.open_group(made / "test", mode="r").attrs.asdict()
    assert attributes["format"] == "bcb-store"
    assert attributes["format_version"] == 1
    assert attributes["spec"] == json.loads(SPEC.to_json())
    canonical = json.dumps(attributes["spec"], sort_keys=True, separators=(",", ":"))
    assert attributes["fingerprint"] == SPEC.fingerprint == hashlib.sha256(canonical.encode()).hexdigest()
    assert len(attributes["palette"]) == 7
    assert all(0 <= value <= 255 for color in attributes["palette"] for value in color)
    assert attributes["split"] == "test"
    assert {"bcb", "numpy", "pymunk"} <= set(attributes["versions"])


def test_zarr_alone_reads_every_episode(made):
    group = zarr.open_group(made / "test", mode="r")
    for index in range(10):
        episode = make_episode(SPEC, "test", index)
        for name in TABLE:
            np.testing.assert_array_equal(group[name][index], getattr(episode, name), strict=True)


def test_metadata_are_also_consolidated_so_xarray_does_not_warn(made):
    consolidated = zarr.open_consolidated(made / "val")
    plain = zarr.open_group(made / "val", mode="r", use_consolidated=False)
    for name in TABLE:
        assert consolidated[name].metadata.to_dict() == plain[name].metadata.to_dict()


def test_a_split_of_none_is_not_made(made):
    assert sorted(path.name for path in made.iterdir()) == ["commits", "test", "val"]


def test_the_reader_gives_every_episode_back(made):
    reader = StoreReader(made, "test")
    assert (len(reader), reader.split, reader.spec, reader.fingerprint) == (10, "test", SPEC, SPEC.fingerprint)
    for index in (9, 0, 4, 9):
        there, expected = reader.episode(index), make_episode(SPEC, "test", index)
        for field in fields(there):
            np.testing.assert_array_equal(getattr(there, field.name), getattr(expected, field.name), strict=True)
    for index in (-1, 10):
        with pytest.raises(IndexError, match="of 10"):
            reader.episode(index)


def test_the_reader_reads_whole_arrays(made):
    reader = StoreReader(made, "test")
    answer = reader.read("answer")
    assert (answer.shape, answer.dtype) == ((10, 5, 3), np.uint8)
    np.testing.assert_array_equal(reader.read("answer", slice(7, 2, -2)), answer[7:2:-2])
    np.testing.assert_array_equal(reader.read("answer", [3, 3, 8]), answer[[3, 3, 8]])
    assert reader.read("frames", slice(0, 0)).shape == (0, 5, 16, 16)
    with pytest.raises(ValueError, match="array 'frame' is not one of: frames"):
        reader.read("frame")


def test_what_is_read_is_the_readers_own(made):
    reader = StoreReader(made, "test")
    reader.episode(0).frames[:] = 9
    assert reader.episode(0).frames.max() < 9


def test_the_reader_goes_to_other_processes(made):
    reader = StoreReader(made, "test")
    reader.episode(0)
    assert len(pickle.dumps(reader)) < 2000
    with ProcessPoolExecutor(1, multiprocessing.get_context("forkserver")) as pool:
        np.testing.assert_array_equal(pool.submit(reader.read, "frames").result(), reader.read("frames"))


def test_describe(made):
    description = describe(made)
    assert description.spec == SPEC
    assert description.complete
    val, test = description.splits
    assert (val.split, val.episodes, test.episodes, test.shard_episodes) == ("val", 3, 10, 4)
    last = [make_episode(SPEC, "test", index).answer[-1] for index in range(10)]
    np.testing.assert_allclose(test.balance, [np.mean(np.equal(last, value)) for value in range(7)])
    assert test.raw_bytes == 10 * (5 * 256 + 256 + 2 * 6 * 3 * 2 * 4 + 2 * 3 * 4 + 5 * 2 + 5 + 5 * 3)
    assert 0 < test.bytes_on_disk < 100_000


def test_describe_says_what_is_missing(store):
    (store / "commits/test/000001.json").unlink()
    description = describe(store)
    assert not description.complete
    assert description.splits[1].missing == "shard 1 of test isn't committed"
    assert description.splits[1].balance == ()


AGAIN = "run the same bcb generate command again"


def swap(path, one, other):
    assert one in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(one, other))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda s: (s / "commits/test/000002.json").unlink(), AGAIN),
        (lambda s: (s / "commits/test/plan.json").unlink(), AGAIN),
        (lambda s: (s / "commits/test/000000.json").write_text('{"episodes": [0'), AGAIN),
        (lambda s: (s / "test/target/c/1/0/0").unlink(), AGAIN),
        (lambda s: os.truncate(s / "test/position/c/0/0/0/0", 100), AGAIN),
        (lambda s: (s / "test/mass/zarr.json").unlink(), AGAIN),
        (lambda s: edit(s / "test/mass/zarr.json", lambda m: m["shape"].__setitem__(0, 9)), AGAIN),
        (
            lambda s: edit(s / "test/mass/zarr.json", lambda m: m.update(data_type="int32")),
            "mass/zarr.json is missing or has been changed",
        ),
        (lambda s: os.truncate(s / "test/zarr.json", 50), "test/zarr.json is missing or has been changed"),
        (lambda s: edit(s / "test/zarr.json", lambda m: m["attributes"]["spec"].update(seed=5)), "has been changed"),
        (lambda s: swap(s / "test/zarr.json", b'"seed": 4', b'"seed": 5'), "test/zarr.json has been changed"),
        (lambda s: shutil.rmtree(s / "test"), "test/zarr.json is missing"),
        (lambda s: (shutil.rmtree(s / "test"), shutil.rmtree(s / "commits/test")), "no split 'test'; it has: val"),
    ],
)
def test_the_reader_refuses_what_is_not_whole(store, spoil, says):
    spoil(store)
    with pytest.raises(StoreError, match=says) as caught:
        StoreReader(store, "test")
    assert "\n" not in str(caught.value)
    StoreReader(store, "val")  # the other split doesn't suffer


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda a: a.update(format_version=2), "upgrade bcb"),
        (lambda a: a["spec"].update(version=2), "version 1"),
        (lambda a: a["spec"].update(seed=5), "fingerprint"),
    ],
)
def test_a_store_of_another_time_is_refused(store, spoil, says):
    (store / "commits/test/plan.json").write_text("{}")  # which a newer bcb writes in its own way
    edit(store / "test/zarr.json", lambda m: spoil(m["attributes"]))
    with pytest.raises(StoreError, match=says):
        StoreReader(store, "test")


def test_the_reader_refuses_what_is_no_store(made, tmp_path):
    (tmp_path / "file").write_text("hello")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/photo.png").write_text("")
    for path, says in [
        (tmp_path / "nowhere", "there is no store"),
        (tmp_path / "file", "is a file, not a store"),
        (tmp_path / "folder", "no bcb store"),
        (made / "test", f"one split of a store; name the store: {made}"),
    ]:
        with pytest.raises(StoreError, match=says):
            StoreReader(path, "test")
    with pytest.raises(StoreError, match="'tset' is not one of: train, val, test"):
        StoreReader(made, "tset")


def test_no_flipped_byte_is_read_as_data(store):
    """Every byte of every object, one at a time: the reader must notice each."""
    for name, layout in layouts(SPEC).items():
        bucket, key = FolderBucket(store), f"test/{layout.object_key(2)}"
        path = store / key
        sound = path.read_bytes()
        for at in range(len(sound)):
            path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x10]) + sound[at + 1 :])
            with pytest.raises(StoreError, match="damaged"):
                [ShardFile(bucket, key, layout, 4).read(row) for row in range(2)]
        path.write_bytes(sound)
        path.write_bytes(sound[:3] + bytes([sound[3] ^ 1]) + sound[4:])
        with pytest.raises(Exception, match="do not match"):  # zarr's own check: the codec is really there
            zarr.open_group(store / "test", mode="r")[name][:]
        path.write_bytes(sound)


def test_a_shard_that_goes_missing_later_is_an_error(store):
    reader = StoreReader(store, "test")
    shutil.rmtree(store / "test/frames/c/1")
    with pytest.raises(StoreError, match="can't be read"):
        reader.episode(5)
    assert reader.episode(0).frames.shape == (5, 16, 16)


def test_a_long_episode_is_cut_along_time(tmp_path):
    long = Spec(context_frames=600)
    generate(long, tmp_path / "s", {"test": 2}, workers=1)
    array = zarr.open_group(tmp_path / "s/test", mode="r")["frames"]
    assert array.chunks == (1, 256, 64, 64)  # 1 MiB
    assert array.shards[1] >= 600
    episode = make_episode(long, "test", 1)
    np.testing.assert_array_equal(array[1], episode.frames)
    np.testing.assert_array_equal(StoreReader(tmp_path / "s", "test").episode(1).frames, episode.frames)


@pytest.mark.parametrize("shape", [(5, 3, 2), (7,), (4, 1)])
@pytest.mark.parametrize("dtype", ["<u1", "<i2", "<f4"])
def test_the_shard_codec_is_zarrs(tmp_path, shape, dtype):
    """What zarr writes, ours reads; what ours writes, zarr reads. Cut along the first axis, last piece not full."""
    layout = ArrayLayout("a", np.dtype(dtype), shape, (3, *shape[1:]))
    values = np.random.default_rng(0).integers(0, 100, (6, *shape)).astype(dtype)
    array = zarr.create_array(
        tmp_path / "z",
        name="a",
        shape=values.shape,
        dtype=dtype,
        chunks=(1, *layout.chunk),
        shards=(8, layout.pieces * 3, *shape[1:]),
        compressors=[zarr.codecs.ZstdCodec(level=1), zarr.codecs.Crc32cCodec()],
        config={"write_empty_chunks": True},
    )
    array[:] = values
    bucket, key = FolderBucket(tmp_path / "z"), layout.object_key(0)
    file = ShardFile(bucket, key, layout, 8)
    np.testing.assert_array_equal([file.read(row) for row in range(6)], values)
    for start, stop in [(0, 1), (1, shape[0]), (shape[0] - 1, shape[0])]:
        np.testing.assert_array_equal([file.read(row, start, stop) for row in range(6)], values[:, start:stop])
    writer = ShardWriter(tmp_path / "made", layout, 8)
    for episode in values + 1:
        for start, stop in layout.spans:
            writer.append(episode[start:stop])
    size, sha256 = writer.finish()
    data = (tmp_path / "made").read_bytes()
    assert (size, sha256) == (len(data), hashlib.sha256(data).hexdigest())
    (tmp_path / "z" / key).write_bytes(data)
    np.testing.assert_array_equal(array[:], values + 1)


@pytest.mark.parametrize("context_frames", [5, 10, 100])
@pytest.mark.parametrize("size", [40, 64, 256])
def test_a_shard_is_64_to_128_mib_raw_whatever_the_count(context_frames, size):
    spec = Spec(context_frames=context_frames, world=BouncingWorld(size=size))
    episodes = default_shard_episodes(spec)
    raw = episodes * episode_bytes(spec)
    assert raw <= 2**27
    assert raw >= 2**26 or episodes == 4096


def test_threads_share_a_reader(tmp_path):
    """Each thread has a decompressor of its own: one that is shared crashes, or finds damage where there is none."""
    long = Spec(context_frames=600, world=BouncingWorld(balls=2))
    generate(long, tmp_path / "s", {"test": 4}, workers=1, shard_episodes=2)
    reader = StoreReader(tmp_path / "s", "test")
    expected = [make_episode(long, "test", index).frames for index in range(4)]

    def look(number):
        index, start = number % 4, number * 37 % 500
        window = reader.window("frames", index, start, start + 90)
        return np.array_equal(window, expected[index][start : start + 90]) and np.array_equal(
            reader.episode(index).frames, expected[index]
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(64)))
