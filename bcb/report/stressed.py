"""Trials of a folder that `bcb stress` made."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import fields
from itertools import product
from pathlib import Path
from typing import Any

from bcb.config import merge
from bcb.report.trial import Trial, name_of, recipe_of, spec_or_none
from bcb.stress.cell import Cell, Place, keys_of, read_json
from bcb.stress.records import scores_in
from slotssm.checkpoint import read_config

COLUMNS = {f.name for f in fields(Trial)}
Box = tuple[tuple, ...]  # five: models, rules, lengths, test lengths, seeds: all with all


def stressed(out: Path) -> list[Trial]:
    """Every test that is finished. Raises ValueError for what `bcb stress` did not make, or what is damaged."""
    plan = read_json(out / "plan.json") or {}
    if plan.get("format") != "bcb-stress":
        raise ValueError(f"{out} has a plan.json that is not of bcb stress; name a folder that `bcb stress` made")
    with keys_of(out / "plan.json"):
        tests = scores_in(out)
        if not tests:
            raise ValueError(f"{out} has no finished tests yet; let `bcb stress` go on, or leave it out")
        commands = _commands(out, plan["common"], tests)
        return [_trial(out, plan, test, commands[_place(test)]) for test in tests]


def _trial(out: Path, plan: dict[str, Any], test: dict[str, Any], command: str) -> Trial:
    common = plan["common"]
    run = Place(out, Cell(test["model"], test["rule"], test["train_length"], test["train_seed"])).run
    data = {"rule": test["rule"], "context_frames": test["test_frames"], "seed": test["data_seed"]}
    spec = spec_or_none(merge(common["preset"]["spec"], common["settings"].get("data", {}), data))
    there = (run / "model.safetensors").exists() and (run / "config.json").exists()
    return Trial(
        **{name: value for name, value in test.items() if name in COLUMNS},
        data=name_of(spec, test["fingerprint"]),
        run=run if there else None,
        recipe=recipe_of(read_config(run)) if there else {},
        command=command,
        spec=spec if spec and spec.fingerprint == test["fingerprint"] else None,
        versions={"bcb": str(plan.get("bcb"))},
    )


def _commands(out: Path, common: dict[str, Any], tests: Iterable[dict[str, Any]]) -> dict[tuple, str]:
    """Of each test the command that makes it: few, which make what is there, and what that starts from."""
    found = {}
    for box in _boxes(tests):
        found |= dict.fromkeys(product(*box[:4]), _command(out, common, box))
    return found


def _boxes(tests: Iterable[dict[str, Any]]) -> list[Box]:
    """What is there as few full tables: tests with the same seeds are put together, then lengths, rules and models."""
    seeds: dict[tuple, set[int]] = {}
    for test in tests:
        seeds.setdefault(_place(test), set()).add(test["train_seed"])
    boxes = [(*((value,) for value in place), tuple(sorted(some))) for place, some in seeds.items()]
    for axis in (3, 2, 1, 0):
        alike: dict[tuple, list] = {}
        for box in boxes:
            alike.setdefault((*box[:axis], *box[axis + 1 :]), []).extend(box[axis])
        boxes = [
            (*rest[:axis], tuple(sorted(values) if axis > 1 else values), *rest[axis:])
            for rest, values in alike.items()
        ]
    return boxes


def _place(test: dict[str, Any]) -> tuple[str, str, int, int]:
    return test["model"], test["rule"], test["train_length"], test["test_length"]


def _with_starts(rules: Iterable[str], init: dict[str, str]) -> list[str]:
    """Rules, after those that they start from."""
    found = set(rules)
    while more := {init[rule] for rule in found if rule in init} - found:
        found |= more
    return sorted(found, key=lambda rule: (rule in init, rule))


def _command(out: Path, common: dict[str, Any], box: Box) -> str:
    models, rules, lengths, tests, seeds = box
    rules = _with_starts(rules, common["init"])
    init = ",".join(f"{rule}={start}" for rule, start in common["init"].items() if {rule, start} <= set(rules))
    words = ["bcb", "stress", "--base", common["base"], "--models", ",".join(models), "--rule", ",".join(rules)]
    words += ["--lengths", _commas(lengths), "--test-lengths", _commas(tests), "--seeds", str(1 + max(seeds))]
    words += ["--init", init or "none", "--start", common.get("start") or "none"]
    words += ["--data-seed", str(common["data_seed"])] if common["data_seed"] else []
    words += ["--episodes", str(common["episodes"])] if common["episodes"] else []
    for group, settings in common["settings"].items():
        for name, value in settings.items():
            words += ["--set", f"{group}.{name}={json.dumps(value)}"]
    remarks = [f"only seeds {_commas(seeds)} are shown"] if len(seeds) <= max(seeds) else []
    if stores := [f"a store of {rule} whose fingerprint is {print_}" for rule, print_ in _stores(common).items()]:
        remarks.append(f"with --data: {', '.join(stores)}")
    return shlex.join([*words, "--out", str(out)]) + (f"  # {'; '.join(remarks)}" if remarks else "")


def _stores(common: dict[str, Any]) -> dict[str, str]:
    found = common.get("tested_on")
    return {rule: str(print_)[:12] for rule, print_ in found.items()} if isinstance(found, dict) else {}


def _commas(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))
