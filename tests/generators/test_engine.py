"""The engine: the same bytes whatever happens on the way, and nothing touched that shouldn't be."""

import errno
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generators.bucket import FolderBucket
from generators.engine import generate
from generators.episode import Truth, make_episode, make_truth
from generators.spec import Spec
from generators.store import StoreError, StoreReader
from generators.verify import verify
from generators.worlds import BouncingWorld

WORLD = BouncingWorld(balls=2, size=12, radius=(2.0, 2.0), speed=(1.0, 1.0))
SPEC = Spec(context_frames=3, seed=1, world=WORLD)
COUNTS = {"train": 5, "test": 3}


def make(out, counts=COUNTS, spec=SPEC, workers=1, shard_episodes=2, **options):
    return generate(spec, out, counts, workers=workers, shard_episodes=shard_episodes, **options)


@pytest.fixture(autouse=True)
def fast_disk(monkeypatch):
    """A killed process loses nothing that it gave the kernel, so here nobody waits for the disk."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def tree(folder):
    """Every file below a folder, and its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an undisturbed run makes. Read only."""
    out = tmp_path_factory.mktemp("whole") / "s"
    make(out)
    return out


@pytest.fixture
def store(whole, tmp_path):
    """A copy of it."""
    return shutil.copytree(whole, tmp_path / "s")


def test_result_and_progress(tmp_path, capfd):
    told = []
    result = make(tmp_path / "s", progress=lambda done, total: told.append((done, total)))
    assert (result.url, result.counts, result.made, result.kept) == (str(tmp_path / "s"), COUNTS, 8, 0)
    assert told == [(done, 8) for done in (0, 2, 4, 5, 7, 8)]
    again = make(tmp_path / "s", progress=lambda done, total: told.append((done, total)))
    assert (again.made, again.kept) == (0, 8)
    assert told[6:] == [(8, 8)]
    assert capfd.readouterr() == ("", "")


def test_workers_do_not_matter(whole, tmp_path, capfd):
    told = []
    make(tmp_path / "s", workers=2, progress=lambda done, total: told.append((done, total)))
    assert tree(tmp_path / "s") == tree(whole)
    assert told[0] == (0, 8)
    assert told[-1] == (8, 8)
    assert told == sorted(told)
    assert capfd.readouterr() == ("", "")


def test_shard_size_does_not_matter_to_the_arrays(whole, tmp_path):
    make(tmp_path / "s", shard_episodes=None)
    for split in COUNTS:
        for name in ("frames", "answer", "position"):
            one, other = StoreReader(whole, split).read(name), StoreReader(tmp_path / "s", split).read(name)
            np.testing.assert_array_equal(one, other, strict=True)


def killed_at(step, act):
    """Run act() in a fork that SIGKILLs itself just before its `step`-th change of the disk; False if it ends first."""
    pid = os.fork()
    if not pid:
        left = step

        def deadly(function):
            def wrapped(*args, **kwargs):
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*args, **kwargs)

            return wrapped

        for name in ("fsync", "mkdir", "rename", "replace", "link", "unlink", "rmdir"):  # pathlib and shutil call these
            setattr(os, name, deadly(getattr(os, name)))
        try:
            act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def refuses_or_is_whole(store, split, counts):
    """Readers of a store that is being made, grown or replaced never get anything by halves."""
    try:
        reader = StoreReader(store, split)
    except StoreError:
        return
    assert len(reader) in counts
    for name in ("frames", "answer"):
        reader.read(name)


def test_killed_at_any_step_and_run_again(whole, tmp_path):
    """Killed before any change of the disk, one after the other: the next run ends with the same bytes."""
    expected, step, kills = tree(whole), 1, 0
    while killed_at(step, lambda: make(tmp_path / "s")):
        kills += 1
        if (tmp_path / "s").exists():
            for split, count in COUNTS.items():
                refuses_or_is_whole(tmp_path / "s", split, {count})
        if kills % 3:  # sometimes killed twice
            killed_at(1 + kills % 17, lambda: make(tmp_path / "s"))
        make(tmp_path / "s")
        assert tree(tmp_path / "s") == expected, step
        shutil.rmtree(tmp_path / "s")
        step += 29
    assert kills > 15


GROWN = {"train": 8, "val": 1, "test": 3}
OTHER = replace(SPEC, seed=2)


@pytest.mark.parametrize(
    "call",
    [{"counts": GROWN}, {"counts": {"test": 3}, "spec": OTHER, "overwrite": True}],
    ids=["growing", "overwriting"],
)
def test_killed_while_changing_a_store_and_run_again(whole, tmp_path, call):
    store = tmp_path / "s"
    make(tmp_path / "fresh", **call)
    expected, step, kills = tree(tmp_path / "fresh"), 1, 0
    while True:
        shutil.copytree(whole, store)
        if not killed_at(step, lambda: make(store, **call)):
            break
        kills += 1
        for split in COUNTS:
            refuses_or_is_whole(store, split, {COUNTS[split], call["counts"].get(split)})
        make(store, **call)
        assert tree(store) == expected, step
        shutil.rmtree(store)
        step += 37
    assert kills > 10


@pytest.mark.slow
def test_killed_from_outside_with_workers(tmp_path):
    """A real SIGKILL of a run with workers: they leave too, and the run after it ends with the same bytes."""
    spec, counts = replace(SPEC, context_frames=100), {"test": 160}
    code = (
        "from generators.engine import generate\nfrom generators.spec import parse_spec\n"
        f"if __name__ == '__main__':\n    generate(parse_spec({spec.to_json()!r}), {str(tmp_path / 's')!r},"
        f" {counts!r}, workers=2, shard_episodes=8)\n"
    )
    (tmp_path / "run.py").write_text(code)
    run = subprocess.Popen([sys.executable, tmp_path / "run.py"], cwd=Path(__file__).parents[2])
    while run.poll() is None and not list(tmp_path.glob("s/commits/test/0*")):
        time.sleep(0.002)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    workers = children.read_text().split() if children.exists() else []
    run.kill()
    assert run.wait() == -signal.SIGKILL
    gone_by = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < gone_by, "workers outlive their parent"
        time.sleep(0.05)
    assert generate(spec, tmp_path / "s", counts, workers=1).kept >= 8
    generate(spec, tmp_path / "whole", counts, workers=1, shard_episodes=8)
    assert tree(tmp_path / "s") == tree(tmp_path / "whole")


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupted_and_run_again(whole, tmp_path, workers):
    def interrupt(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "s", progress=interrupt, workers=workers)
    assert not (tmp_path / "s/.making").exists()
    make(tmp_path / "s")
    assert tree(tmp_path / "s") == tree(whole)


def test_a_commit_is_written_when_all_it_names_is_on_the_disk(tmp_path, monkeypatch):
    """When a commit gets its name, its objects and the folders that name them have been synced."""
    synced, commits, replace_file, link = set(), 0, os.replace, os.link

    def sync(handle):
        synced.add(os.fstat(handle).st_ino)

    def replacing(source, target):
        assert Path(source).stat().st_ino in synced
        synced.discard(Path(target).parent.stat().st_ino)  # the folder changes, and must be synced anew
        replace_file(source, target)

    def linking(source, target):
        nonlocal commits
        folder, split = tmp_path / "s", Path(target).parent.name
        assert Path(source).stat().st_ino in synced
        for key in json.loads(Path(source).read_text()).get("objects", ()):
            commits += 1
            path = folder / split / key
            while path != folder:
                assert path.stat().st_ino in synced, path
                path = path.parent
        link(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replacing)
    monkeypatch.setattr(os, "link", linking)
    make(tmp_path / "s")
    assert commits == 9 * (3 + 2)  # objects of all shards


def test_damage_and_strays_are_put_right(whole, store):
    os.truncate(store / "train/frames/c/0/0/0/0", 30)
    os.truncate(store / "train/answer/zarr.json", 30)
    damaged = store / "test/answer/c/1/0/0"
    damaged.write_bytes(bytes([damaged.read_bytes()[0] ^ 1]) + damaged.read_bytes()[1:])
    (store / "test/radius/c/7").mkdir()
    (store / "test/radius/c/7/0").write_text("stray")
    (store / "test/mass/c/0/0.part").write_text("stray")
    result = make(store)
    assert tree(store) == tree(whole)
    assert (result.made, result.kept) == (2 + 1, 2 + 1 + 2)


def test_growing_leaves_whole_shards_alone(store, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in store.glob("train/*/c/[01]/**/*") if path.is_file()}
    result = make(store, {"train": 9, "val": 2}, shard_episodes=None)
    assert (result.made, result.kept) == (7, 4)  # the last shard of 5 was partial: it is made again
    assert len(before) == 18
    assert before == {path: path.stat().st_mtime_ns for path in before}
    make(tmp_path / "fresh", {"train": 9, "val": 2, "test": 3})
    assert tree(store) == tree(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            {"spec": replace(SPEC, seed=2, rule="frequent")},
            r'rule: "earliest" there, "frequent" asked; seed: 1 there, 2',
        ),
        (
            {"spec": replace(SPEC, world=replace(WORLD, speed=(1.0, 2.0)))},
            r"world.speed: \[1.0, 1.0\] there, \[1.0, 2.0\]",
        ),
        ({"counts": {"train": 4}}, "has 5 train episodes, more than the 4 asked for"),
        ({"counts": {"train": 0, "test": 3}}, "has 5 train episodes, more than the 0 asked for"),
        ({"shard_episodes": 4}, "hold 2 episodes, not 4"),
    ],
)
def test_another_dataset_is_refused_and_nothing_touched(whole, store, call, says):
    with pytest.raises(StoreError, match=says) as caught:
        make(store, **call)
    assert "\n" not in str(caught.value)
    assert tree(store) == tree(whole)


def test_overwrite_replaces_ours_and_spares_the_rest(store, tmp_path):
    (store / "notes.txt").write_text("mine")
    other = replace(SPEC, seed=2)
    make(store, {"test": 2}, other, overwrite=True)
    make(tmp_path / "fresh", {"test": 2}, other)
    assert tree(store) == tree(tmp_path / "fresh") | {"notes.txt": b"mine"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_store_is_never_touched(tmp_path, overwrite):
    (tmp_path / "file").write_text("hello")
    (tmp_path / "photos/test").mkdir(parents=True)
    (tmp_path / "photos/test/cat.png").write_text("cat")
    (tmp_path / "code/src").mkdir(parents=True)
    (tmp_path / "code/src/a.py").write_text("a")
    before = tree(tmp_path)
    for name, says in [
        ("file", "is a file"),
        ("file/below", "Not a directory"),
        ("photos", "no split"),
        ("code", "no bcb"),
    ]:
        with pytest.raises(StoreError, match=says):
            make(tmp_path / name, overwrite=overwrite)
    assert tree(tmp_path) == before


def test_an_empty_folder_will_do(tmp_path, whole):
    (tmp_path / "s").mkdir()
    make(tmp_path / "s")
    assert tree(tmp_path / "s") == tree(whole)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ({"counts": {"tset": 3}}, "'tset' is not one of: train, val, test"),
        ({"counts": {"test": -1}}, "test is -1"),
        ({"counts": {"test": 0}}, "nothing to make"),
        ({"workers": 0}, "workers is 0"),
        ({"shard_episodes": 0}, "shard_episodes is 0"),
    ],
)
def test_bad_wishes_leave_nothing(tmp_path, call, says):
    with pytest.raises(ValueError, match=says):
        make(tmp_path / "s", **call)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("bad", [0, 4])
def test_an_episode_that_can_not_be_made_leaves_nothing(tmp_path, monkeypatch, bad):
    def refusing(spec, split, index):
        if index == bad:
            raise ValueError("2 balls don't fit")
        return make_truth(spec, split, index)

    monkeypatch.setattr("generators.kinds.balls.make_truth", refusing)
    with pytest.raises(ValueError, match="don't fit"):
        make(tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line_and_can_be_gone_on_from(whole, tmp_path, monkeypatch):
    real, calls = os.fsync, 0

    def full(handle):
        nonlocal calls
        calls += 1
        if calls > 60:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left on device; put that right and run the same") as caught:
            make(tmp_path / "s")
    assert "\n" not in str(caught.value)
    make(tmp_path / "s")
    assert tree(tmp_path / "s") == tree(whole)


def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "s")

    monkeypatch.setattr(os, "mkdir", denied)
    with pytest.raises(StoreError, match=r"can't write .*Permission denied"):
        make(tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_worker_that_dies_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "deadly.py").write_text("import os\ndef die(task, tick): os._exit(9)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("generators.engine.make_shard", importlib.import_module("deadly").die)
    with pytest.raises(StoreError, match=r"a worker process died .*fewer workers"):
        make(tmp_path / "s", workers=2)


def test_one_writer_at_a_time(store, whole):
    with FolderBucket(store).locked(), pytest.raises(StoreError, match=f"is being written by process {os.getpid()}"):
        make(store, {"train": 9})
    assert tree(store) == tree(whole)


def test_another_maker_is_refused(store, whole, monkeypatch):
    """Physics that differ in one bit: no store is half one maker's and half another's."""

    def other(spec, split, index):
        truth = make_truth(spec, split, index)
        return replace(truth, position=np.nextafter(truth.position, np.float32(0)))

    monkeypatch.setattr("generators.kinds.balls.make_truth", other)
    with pytest.raises(StoreError, match="makes another position than"):
        make(store, {"train": 9})
    assert tree(store) == tree(whole)


def test_what_is_made_is_sound(whole):
    assert verify(whole) == []


def test_growth_that_was_never_finished_can_be_taken_back(store, whole, tmp_path):
    """One digit too many: what was whole before is whole again, by the command that made it."""

    def stop(done, total):
        if done > 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(store, {"train": 5, "test": 3000}, progress=stop)
    with pytest.raises(StoreError, match="isn't complete"):
        StoreReader(store, "test")
    make(store)
    assert tree(store) == tree(whole)
    with pytest.raises(StoreError, match="has 5 train episodes, more than the 4"):  # but not what was finished
        make(store, {"train": 4})


def test_images_are_drawn_a_chunk_at_a_time(tmp_path, monkeypatch):
    """So that an episode may be larger than memory, in which only its tracks are held."""
    drawn, draw = [], Truth.frames

    def frames(truth, start=0, stop=None, out=None):
        images = draw(truth, start, stop, out)
        drawn.append(images.nbytes)
        return images

    spec = replace(SPEC, context_frames=30_000)
    monkeypatch.setattr(Truth, "frames", frames)
    make(tmp_path / "s", {"test": 1}, spec)
    assert sum(drawn) >= 30_000 * 144
    assert max(drawn) <= 2**20
    monkeypatch.undo()
    assert verify(tmp_path / "s") == []
    reader = StoreReader(tmp_path / "s", "test")
    whole = make_episode(spec, "test", 0)
    for start, stop in [(0, 1), (7000, 7400), (29_999, 30_000), (0, 30_000)]:
        np.testing.assert_array_equal(reader.window("frames", 0, start, stop), whole.frames[start:stop], strict=True)
        np.testing.assert_array_equal(reader.window("answer", 0, start, stop), whole.answer[start:stop], strict=True)
    for start, stop in [(-1, 3), (5, 5), (0, 30_001)]:
        with pytest.raises(ValueError, match="is not within the 30000 moments of 'frames'"):
            reader.window("frames", 0, start, stop)
    with pytest.raises(ValueError, match="'target' has no time"):
        reader.window("target", 0, 0, 1)
