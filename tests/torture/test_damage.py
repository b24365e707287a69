"""Any one byte: `bcb verify` finds it, `--repair` makes it good, and touches nothing else."""

import random
import re
import shutil

from tests.torture.harness import stamps, tree


def test_verify_finds_any_damage_and_repairs_it(bcb, made, tmp_path, flips, seed, tally):
    """Half of them uniformly over the files, half over the bytes."""
    rng, store = random.Random(f"{seed} damage"), tmp_path / "s"
    whole = {key: data for key, data in tree(made()).items() if data != b"/"}
    failures, wrong = [], "there is none yet"
    for number in range(flips):
        if wrong:
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(made(), store)
        key = rng.choices(list(whole), [len(data) if number % 2 else 1 for data in whole.values()])[0]
        what, spoilt = spoil(whole[key], rng)
        wrong = damage(bcb, store, key, spoilt, tree(made()))
        failures += [f"{key}, {what}: {wrong}"] if wrong else []
        tally["damage"][kind(key)][re.sub(r" \d+.*", "", what)] += 1
    assert not failures, "\n".join(failures)


def damage(bcb, store, key, spoilt, whole) -> str | None:
    """Put `spoilt` (None: nothing) in a file's place, and see it found and repaired. What went wrong, if anything."""
    before = stamps(store)
    (store / key).unlink() if spoilt is None else (store / key).write_bytes(spoilt)
    found = bcb("verify", store)
    if found.code != 1:
        return f"not found, {found}"
    if not any(names(line, key) for line in found.out.splitlines()):
        return f"not named, {found}"
    repaired = bcb("verify", store, "--repair")
    if repaired.code != 0 or tree(store) != whole:
        return f"not repaired, {repaired}, {[k for k in whole if tree(store).get(k) != whole[k]]}"
    touched = {name for name, stamp in stamps(store).items() if stamp != before[name]}
    return f"touched {touched}" if touched != {key} else None


def spoil(data, rng) -> tuple[str, bytes | None]:
    """What is done to a file, in words, and what is left of it."""
    at = rng.randrange(len(data))
    what = rng.choice(["flipped", "flipped", "without byte", "cut at byte", "one byte more", "missing"])
    if what == "flipped":
        bits = rng.randrange(1, 256)
        return f"flipped {at} by {bits:#x}", data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]
    if what == "without byte":
        return f"without byte {at}", data[:at] + data[at + 1 :]
    if what == "cut at byte":
        return f"cut at byte {at}", data[:at]
    if what == "one byte more":
        return what, data + bytes([rng.randrange(256)])
    return what, None


def kind(key) -> str:
    if key.endswith(("zarr.json", "plan.json")):
        return key.rpartition("/")[2]
    return "commit record" if key.startswith("commits/") else "object"


def names(line, key) -> bool:
    """Does a line of `bcb verify` name the file, or its shard?"""
    return key in line or (shard(key) is not None and shard(key) == shard(line))


def shard(text) -> tuple[str, int] | None:
    found = re.match(r"(?:commits/)?(\w+)(?:/| shard |/\w+/c/)(\d+)", text)
    return (found[1], int(found[2])) if found else None
