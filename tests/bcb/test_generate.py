"""`bcb generate`, and what `bcb inspect` and `bcb verify` say of the store."""

import numpy as np
import pytest
import zarr

from generators.episode import make_episode
from generators.store import StoreReader

TINY = ("--context-frames", 3, "--balls", 2, "--size", 16, "--workers", 1)


def counts(store):
    return {
        split: zarr.open_group(f"{store}/{split}", mode="r")["target"].shape[0] for split in ("train", "val", "test")
    }


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_generate_without_out_goes_to_data_by_rule_and_length(bcb, folder):
    done = bcb("generate", "--rule", "frequent", "--length", 12, "--patches", 2, *TINY[2:], "--episodes", 30, "--json")
    assert done.code == 0
    assert done.err == ""
    reader = StoreReader(folder / "data" / "frequent-12", "train")
    assert done.json["path"] == "data/frequent-12"
    assert done.json["fingerprint"] == reader.spec.fingerprint
    assert done.json["length"] == reader.spec.length == 12
    assert done.json["episodes"] == {"train": 30, "val": 3, "test": 3} == counts("data/frequent-12")
    assert (done.json["made"], done.json["kept"]) == (36, 0)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--episodes", 4], {"train": 4, "val": 1, "test": 1}),
        (["--episodes", 20, "--test", 5], {"train": 20, "val": 2, "test": 5}),
        (["--train", 1, "--val", 2, "--test", 3], {"train": 1, "val": 2, "test": 3}),
        (["--train", 0, "--val", 0, "--test", 2], {"train": 0, "val": 0, "test": 2}),
    ],
)
def test_numbers_of_episodes(bcb, flags, expected):
    assert bcb("generate", *TINY, *flags, "--out", "s", "--json").json["episodes"] == expected


def test_numbers_of_episodes_by_default(bcb, monkeypatch):
    asked = {}

    def make(spec, out, counts, **more):
        asked.update(counts)
        raise ValueError("enough")

    monkeypatch.setattr("generators.engine.generate", make)
    bcb("generate", "--out", "s")
    assert asked == {"train": 10_000, "val": 1_000, "test": 1_000}


def test_generate_again_keeps_what_is_there(bcb, folder):
    command = ("generate", *TINY, "--episodes", 4, "--out", "s")
    first = bcb(*command)
    before = contents(folder / "s")
    again = bcb(*command)
    assert first.code == again.code == 0
    assert first.out == again.out == ""
    assert "6 made, 0 kept" in first.err
    assert "0 made, 6 kept" in again.err
    assert contents(folder / "s") == before


def test_another_dataset_at_the_same_path_needs_overwrite(bcb, folder):
    assert bcb("generate", *TINY, "--episodes", 2, "--out", "s").code == 0
    before = contents(folder / "s")
    refused = bcb("generate", *TINY, "--episodes", 2, "--seed", 1, "--out", "s")
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "seed" in refused.err  # the difference is shown
    assert contents(folder / "s") == before
    assert bcb("generate", *TINY, "--episodes", 2, "--seed", 1, "--out", "s", "--overwrite").code == 0
    assert StoreReader("s", "train").spec.seed == 1


def test_flags_config_and_sets_reach_the_store(bcb, folder):
    (folder / "c.toml").write_text(
        'rule = "frequent"\nseed = 5\ncolors = 3\n[world]\nradius = [2, 2.5]\nmass = "random"\n'
    )
    command = [
        "generate",
        *TINY,
        "--config",
        "c.toml",
        "--colors",
        4,
        "--set",
        "world.speed=[1, 1.5]",
        "--set",
        "seed=6",
    ]
    assert bcb(*command, "--episodes", 2, "--out", "s").code == 0
    reader = StoreReader("s", "test")
    spec = reader.spec
    assert (spec.rule, spec.seed, spec.colors, spec.context_frames) == ("frequent", 6, 4, 3)
    assert (spec.world.radius, spec.world.speed, spec.world.mass) == ((2.0, 2.5), (1.0, 1.5), "random")
    np.testing.assert_array_equal(reader.episode(0).target, make_episode(spec, "test", 0).target)


def test_a_stores_own_spec_makes_it_again(bcb, things, folder):
    import json

    spec = bcb("inspect", things / "store", "--json").json["spec"]
    (folder / "spec.json").write_text(json.dumps(spec))
    made = bcb("generate", "--config", "spec.json", "--episodes", 1, "--out", "s", "--json")
    assert made.json["fingerprint"] == StoreReader(things / "store", "test").spec.fingerprint


def test_inspect(bcb, things):
    found = bcb("inspect", things / "store", "--json")
    assert (found.code, found.err) == (0, "")
    described = found.json
    reader = StoreReader(things / "store", "test")
    assert described["fingerprint"] == reader.spec.fingerprint
    assert (described["length"], described["complete"]) == (16, True)
    assert {name: split["episodes"] for name, split in described["splits"].items()} == counts(things / "store")
    answers = np.concatenate([reader.episode(i).answer[-1] for i in range(len(reader))])
    balance = described["splits"]["test"]["balance"]
    shares = balance.values() if isinstance(balance, dict) else balance
    assert list(shares) == pytest.approx([(answers == c).mean() for c in range(len(balance))])
    text = bcb("inspect", things / "store").out
    assert "INCOMPLETE" not in text
    for part in (
        "rule frequent",
        "length 16",
        "seed 0",
        "16×16",
        "2×2 patches",
        "2 balls",
        reader.spec.fingerprint,
        "white",
    ):
        assert part in text


def test_verify_of_a_sound_store(bcb, things):
    done = bcb("verify", things / "store")
    assert (done.code, done.out) == (0, "")
    assert "is sound" in done.err
    assert bcb("verify", things / "store", "--json").json == {
        "path": str(things / "store"),
        "sound": True,
        "problems": [],
    }


def test_verify_names_what_is_wrong(bcb, mine):
    shard = max((path for path in (mine / "store/test/answer/c").rglob("*") if path.is_file()), key=str)
    data = bytearray(shard.read_bytes())
    data[3] ^= 1
    shard.write_bytes(data)
    done = bcb("verify", mine / "store")
    assert done.code == 1
    assert "answer" in done.out
    assert "Traceback" not in done.err
    as_json = bcb("verify", mine / "store", "--json")
    assert as_json.code == 1
    assert not as_json.json["sound"]
    assert any("answer" in str(problem) for problem in as_json.json["problems"])
    assert bcb("verify", mine / "store", "--split", "train").code == 0


def test_what_is_not_named_stays_as_it_is_in_the_store(bcb, folder):
    assert bcb("generate", *TINY, "--train", 0, "--val", 0, "--test", 4, "--shard-episodes", 2, "--out", "s").code == 0
    grown = bcb("generate", *TINY, "--test", 7, "--out", "s")
    assert grown.code == 0
    assert "s grows: test from 4 to 7 episodes" in grown.err
    assert bcb("generate", *TINY, "--out", "s", "--json").json["episodes"] == {"test": 7}  # as it is: whole already
    dry = bcb("generate", *TINY, "--val", 3, "--out", "s", "--dry-run", "--json").json
    assert (dry["episodes"], dry["shards"]) == ({"val": 3, "test": 7}, 2 + 4)  # the store's shards, not the default's
    assert not (folder / "s/val").exists()
    share = bcb("generate", *TINY, "--out", "s", "--shards", "1:2", "--json")
    assert (share.json["made"], share.json["kept"]) == (0, 2)
    assert bcb("generate", *TINY, "--dry-run", "--out", "s", "--shards", "9:").code == 2
    assert bcb("generate", *TINY, "--dry-run", "--out", "s", "--seed", 3).code == 2


def test_verify_says_how_to_mend_and_mends(bcb, folder):
    assert bcb("generate", *TINY, "--episodes", 4, "--out", "s").code == 0
    before = contents(folder / "s")
    (folder / "s/test/mass/c/0/0").unlink()
    found = bcb("verify", "s")
    assert (found.code, found.out) == (1, "test/mass/c/0/0: is missing\n")
    assert "s: 1 problem; mend with: bcb verify s --repair" in found.err
    mended = bcb("verify", "s", "--repair", "--json")
    assert mended.code == 0
    assert mended.json["sound"]
    assert [problem["where"] for problem in mended.json["repaired"]] == ["test/mass/c/0/0"]
    assert contents(folder / "s") == before
    (folder / "s/test/notes.txt").write_text("mine")
    left = bcb("verify", "s", "--repair")
    assert left.code == 1
    assert "delete or move" in left.err
