"""Disks that fill, disks that are read-only: one clear line, and what is committed stays."""

import random
import shutil
import subprocess

import pytest

from tests.torture.harness import committed, generate, stamps, tree

BLOCK = 4096
ROOMY = "size=100m,nr_inodes=100000"


@pytest.fixture
def disk(tmp_path):
    """disk("size=1m") mounts a small disk in memory; disk("remount,ro") changes it."""
    folder, mounted = tmp_path / "disk", False
    folder.mkdir()

    def mount(options):
        nonlocal mounted
        command = ["mount", "-t", "tmpfs", "-o", options, "torture", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            pytest.skip("there is no mount command")
        assert not mounted or not done.returncode, done
        if done.returncode:
            pytest.skip(f"may not mount a disk in memory: {done.stderr.strip()}")
        mounted = True
        return folder

    yield mount
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("short_of", ["bytes", "files"])
def test_a_full_disk(short_of, workers, bcb, made, disk, kills, seed, tally):
    """The disk takes some of the store; then it is made larger, and the run goes on."""
    rng = random.Random(f"{seed} {short_of} {workers}")
    whole = tree(made())
    blocks = sum(-(-len(data) // BLOCK) if data != b"/" else 0 for data in whole.values())
    store = disk(ROOMY) / "s"
    for _ in range(max(1, kills // 20)):
        shutil.rmtree(store, ignore_errors=True)
        part = rng.random()
        disk(f"remount,{small(short_of, part, blocks, whole)}")
        done = bcb(*generate(store, workers=workers))
        assert "No space left" in done.refused
        kept = committed(store, whole)
        assert bcb(*generate(store, workers=workers)).refused  # still full, and nothing is lost
        assert kept.items() <= stamps(store).items()
        disk("remount," + ROOMY)
        assert bcb(*generate(store, workers=workers)).code == 0
        assert tree(store) == whole
        assert kept.items() <= stamps(store).items()
        tally["disk"]["full, no " + short_of]["some shards" if kept else "no shard"] += 1


def small(short_of, part, blocks, whole) -> str:
    """Options of a disk on which `part` of the store finds room."""
    if short_of == "bytes":
        return f"size={BLOCK * int(1 + part * (blocks - 1))}"
    return f"nr_inodes={int(3 + part * (len(whole) - 1))}"


def test_a_read_only_disk(bcb, made, disk, tally):
    """A store on it can be read and verified; it can't be made, nor go on, nor be repaired."""
    whole, store = tree(made()), disk("size=10m") / "s"
    shutil.copytree(made(train=4, test=3), store)
    before = stamps(store)
    disk("remount,ro")
    for command in (generate(store), generate(store, "--overwrite"), generate(store.parent / "new")):
        assert "ead-only" in bcb(*command).refused
    assert bcb("verify", store).code == 0
    assert bcb("view", store, "-o", bcb.folder / "x.png").code == 0
    assert stamps(store) == before
    disk("remount,rw")
    assert bcb(*generate(store)).code == 0
    assert tree(store) == whole
    tally["disk"]["read-only"]["some shards"] += 1
