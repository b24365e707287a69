"""Trials of a folder that `bcb stress` made."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from bcb.config import merge
from bcb.report.trial import Trial, name_of, recipe_of, spec_or_none
from bcb.stress.cell import Cell, Place, keys_of, read_json
from bcb.stress.records import scores_in
from slotssm.checkpoint import read_config

COLUMNS = {f.name for f in fields(Trial)}
Axes = tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...], int]  # rules, lengths, test lengths, seeds


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
        return [_trial(out, plan, test, commands[test["model"]]) for test in tests]


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


def _commands(out: Path, common: dict[str, Any], tests: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Of each model the command that makes its cells and tests; one for all models that have the same."""
    by_model: dict[str, list[dict[str, Any]]] = {}
    for test in tests:
        by_model.setdefault(test["model"], []).append(test)
    by_axes: dict[Axes, list[str]] = {}
    for model, some in by_model.items():
        by_axes.setdefault(_axes(some, common["init"]), []).append(model)
    return {model: _command(out, common, models, axes) for axes, models in by_axes.items() for model in models}


def _axes(tests: list[dict[str, Any]], init: dict[str, str]) -> Axes:
    found = {test["rule"] for test in tests}
    while more := {init[rule] for rule in found if rule in init} - found:  # those that they start from come first
        found |= more
    rules = sorted(found, key=lambda rule: (rule in init, rule))
    trained, tested = (tuple(sorted({test[key] for test in tests})) for key in ("train_length", "test_length"))
    return tuple(rules), trained, tested, 1 + max(test["train_seed"] for test in tests)


def _command(out: Path, common: dict[str, Any], models: list[str], axes: Axes) -> str:
    rules, lengths, tests, seeds = axes
    init = ",".join(f"{rule}={start}" for rule, start in common["init"].items() if {rule, start} <= set(rules))
    words = ["bcb", "stress", "--base", common["base"], "--models", ",".join(models), "--rule", ",".join(rules)]
    words += ["--lengths", _commas(lengths), "--test-lengths", _commas(tests), "--seeds", str(seeds)]
    words += ["--init", init or "none", "--start", common.get("start") or "none"]
    words += ["--data-seed", str(common["data_seed"])] if common["data_seed"] else []
    words += ["--episodes", str(common["episodes"])] if common["episodes"] else []
    for group, settings in common["settings"].items():
        for name, value in settings.items():
            words += ["--set", f"{group}.{name}={json.dumps(value)}"]
    stores = [f"a store of {rule} whose fingerprint is {print_}" for rule, print_ in _stores(common).items()]
    return shlex.join([*words, "--out", str(out)]) + (f"  # with --data: {', '.join(stores)}" if stores else "")


def _stores(common: dict[str, Any]) -> dict[str, str]:
    found = common.get("tested_on")
    return {rule: str(print_)[:12] for rule, print_ in found.items()} if isinstance(found, dict) else {}


def _commas(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))
