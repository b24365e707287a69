"""`bcb audit`: stores, presets and spec files; exit codes; one document for machines."""

import pytest

from bcb.presets import PRESETS
from eval.audit import CHECKS
from generators.rules import RULES


def test_a_preset_passes_and_says_so(bcb):
    done = bcb("audit", "small", "--rule", "frequent", "--episodes", 100)
    assert done.code == 0
    assert "is a valid test of memory" in done.err
    assert all(check in done.out for check in CHECKS)
    assert "FAIL" not in done.out


def test_a_tampered_store_fails_with_exit_code_1(bcb, monkeypatch):
    def args(what):
        return ("audit", what, "--episodes", 40)

    sizes = ["--train", 40, "--val", 10, "--test", 20, "--size", 16, "--balls", 2, "--workers", 1]
    with monkeypatch.context() as tampered:
        tampered.setitem(RULES, "earliest", RULES["latest"])
        assert bcb("generate", "--rule", "earliest", "--context-frames", 6, *sizes, "--out", "bad").code == 0
    done = bcb(*args("bad"))
    assert done.code == 1
    assert "FAIL" in done.out
    assert "no valid test of memory" in done.err
    found = bcb(*args("bad"), "--json")
    assert (found.code, found.json["verdict"]) == (1, "FAIL")
    failed = [line["what"] for line in found.json["lines"] if line["verdict"] == "FAIL"]
    assert "answers of test that are the rule's" in failed


def test_json_has_every_line_of_a_store(bcb, things):
    found = bcb("audit", things / "store", "--json").json
    assert found["episodes"] == {"train": 6, "val": 3, "test": 5}
    assert list(dict.fromkeys(line["check"] for line in found["lines"])) == list(CHECKS)
    for line in found["lines"]:
        assert set(line) == {"check", "what", "value", "bound", "low", "high", "p", "verdict", "remark"}
        assert line["verdict"] in ("ok", "warning", "FAIL")


def test_a_spec_file_is_what_it_says_and_options_win(bcb, folder):
    spec = PRESETS["small"].spec("latest", seed=3)
    (folder / "spec.json").write_text(spec.to_json())
    plain = bcb("audit", "spec.json", "--episodes", 20, "--json").json
    assert (plain["fingerprint"], plain["rule"]) == (spec.fingerprint, "latest")
    turned = bcb("audit", "spec.json", "--rule", "frequent", "--set", "delay=2", "--episodes", 20, "--json").json
    assert turned["rule"] == "frequent"
    assert turned["fingerprint"] not in (spec.fingerprint, PRESETS["small"].spec("frequent", seed=3).fingerprint)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere"], "nowhere"),
        (["store", "--rule", "frequent"], "is a store"),
        (["video-small"], "is for the task video-prediction"),
        (["small", "--episodes", 1], "must be 2 or more"),
        (["small", "--set", "nonsense=1"], "nonsense"),
        (["missing.json"], "missing.json"),
    ],
)
def test_what_cannot_be_audited_is_one_line_and_exit_code_2(bcb, mine, args, says):
    done = bcb("audit", *args)
    assert done.code == 2
    assert says in done.err
    assert done.err.count("\n") == 1
    assert not done.out


def test_repeats_are_looked_for_in_all_of_a_store(bcb, things):
    found = bcb("audit", things / "store", "--episodes", 2, "--json").json
    assert found["episodes"] == {"train": 2, "val": 2, "test": 2}
    [line] = [line for line in found["lines"] if line["bound"] == "0"]
    assert line["what"].startswith("of 14 episodes")
