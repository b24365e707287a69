"""What the options of `bcb stress` mean: cells, their tests, and what they share."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bcb.bundled import run_folder
from bcb.config import Settings, merge
from bcb.jobs import CANONICAL_EPISODES, First
from bcb.presets import PRESETS
from bcb.stress.cell import Cell, Common
from bcb.stress.presets import STRESS
from bcb.suggest import check_known
from bcb.training import GROUPS, Plan, plan
from generators.bucket import open_bucket
from generators.convert import convert
from generators.lengths import resolve_length
from generators.rules import RULES
from generators.source import Source, SpecSource, View
from generators.spec import Spec
from generators.store import StoreReader
from slotssm.models import MODELS
from slotssm.recipe import TrainConfig

INSTEAD = {
    "data.rule": "give --rule",
    "data.context_frames": "give --lengths and --test-lengths",
    "data.seed": "give --data-seed",
    "train.seed": "give --seeds",
    "train.max_minutes": "a stress that is stopped goes on when it is run again",
}


@dataclass(frozen=True)
class Asked:
    """The options; None (or nothing) where the user gave none."""

    preset: str | None = None
    base: str | None = None
    models: str | None = None
    rules: str | None = None
    lengths: str | None = None
    tests: str | None = None
    seeds: int | None = None
    init: str | None = None
    start: str | None = None
    data_seed: int = 0
    episodes: int | None = None
    data: Sequence[str] = ()


@dataclass(frozen=True)
class Stress:
    """A matrix, checked: every cell with every test. Seed 0 comes first, so that the whole is soon seen once."""

    common: Common
    cells: tuple[Cell, ...]
    tests: tuple[int, ...]

    def waves(self) -> list[list[Cell]]:
        """The cells in groups that can run at once: those of a group start from cells of groups before it."""
        depth = {rule: len(_ancestry(rule, self.common.init)) for rule in {cell.rule for cell in self.cells}}
        return [[cell for cell in self.cells if depth[cell.rule] == d] for d in sorted(set(depth.values()))]


def parent(common: Common, cell: Cell) -> Cell | None:
    """The cell whose weights this one starts from."""
    rule = common.init.get(cell.rule)
    return replace(cell, rule=rule) if rule else None


def training(common: Common, cell: Cell, init: Path | None = None) -> Plan:
    """How a cell is trained: what `bcb train` would do, from a run or what `start` names. Raises ValueError."""
    if init is None and common.start and not parent(common, cell):
        init = run_folder(f"{cell.model}-{common.start}-{cell.rule}")
    spec = spec_of(common, cell.rule, cell.length)
    axes: Settings = {"data": {"rule": cell.rule, "context_frames": spec.context_frames, "seed": common.data_seed}}
    return plan(cell.model, None, common.base, init, [common.settings, axes | {"train": {"seed": cell.seed}}])


def recipe(common: Common, cell: Cell) -> TrainConfig:
    """What `training` trains the cell with, said without the weights that it starts from. Raises ValueError."""
    preset, settings = PRESETS[common.base], common.settings.get("train", {})
    chosen = preset.finetune if parent(common, cell) or common.start else preset.train
    if isinstance(steps := settings.get("steps"), int) and steps > 0:
        chosen = chosen.lasting(steps)
    try:
        return convert(TrainConfig, asdict(chosen) | settings | {"seed": cell.seed})
    except ValueError as error:
        raise ValueError(f"in the train settings, {error}") from error


def testing(common: Common, rule: str, length: int) -> Source:
    """The episodes that cells of a rule are tested on at a length. Raises ValueError."""
    spec = spec_of(common, rule, length)
    if rule not in common.stores:
        return SpecSource(spec, "test", common.episodes or CANONICAL_EPISODES)
    store = StoreReader(common.stores[rule], "test")
    seen = View(store, spec.context_frames, spec.patches_per_side)
    _check_view(common.stores[rule], seen.spec, spec)
    if common.episodes and common.episodes > len(store):
        raise ValueError(f"{common.stores[rule]} has {len(store)} test episodes, not {common.episodes}")
    return First(seen, common.episodes) if common.episodes else seen


def stress(asked: Asked, layers: Sequence[Settings]) -> Stress:
    """All that is asked for; settings in layers, the later over the earlier, over those of the base.

    Raises ValueError for what doesn't go together, before anything is computed.
    """
    settings = _settings(layers)
    if asked.preset is None and (asked.models is None or asked.lengths is None):
        raise ValueError(f"say what to train: --preset {' or '.join(STRESS)}, or --models NAME,… and --lengths L,…")
    from_ = STRESS[asked.preset] if asked.preset else None
    base = asked.base or (from_.base if from_ else "small")
    models = _names("model", asked.models, from_.models if from_ else (), MODELS)
    rules = _names("rule", asked.rules, from_.rules if from_ else (PRESETS[base].rule,), RULES)
    lengths = _numbers("--lengths", asked.lengths, from_.lengths if from_ else ())
    tests = _numbers("--test-lengths", asked.tests, from_.tests if from_ else lengths)
    seeds = asked.seeds or (from_.seeds if from_ else 3)
    if "none" in rules or PRESETS[base].rule == "none":
        raise ValueError("a stress test is of colours, and under rule none there are none; take another rule and base")
    init = _init(asked.init, {a: b for a, b in (from_.init if from_ else {}).items() if {a, b} <= set(rules)}, rules)
    stores = _stores(asked.data, rules)
    start = asked.start or (from_.start if from_ else None)
    common = Common(base, settings, init, asked.data_seed, asked.episodes, stores, None if start == "none" else start)
    cells = [Cell(m, r, length, s) for s in range(seeds) for r in rules for length in lengths for m in models]
    for rule in rules:
        for length in lengths:
            spec_of(common, rule, length)
        for length in tests:
            testing(common, rule, length)
        recipe(common, Cell(models[0], rule, lengths[0], 0))
    for model in models:  # sizes depend on nothing else; finding those that match takes a moment
        try:
            for rule in rules if common.start else rules[:1]:
                training(common, Cell(model, rule, lengths[0], 0))
        except ValueError as error:
            raise ValueError(f"{model} can't be trained so: {error}") from error
    return Stress(common, tuple(cells), tests)


def _settings(layers: Sequence[Settings]) -> Settings:
    """One over the other. Raises ValueError for what is no setting of all cells."""
    for layer in layers:
        for group, settings in layer.items():
            check_known("group of settings", group, GROUPS)
            if not isinstance(settings, dict):
                raise ValueError(f"{group} is a group of settings, not {settings!r}; give {group}.NAME=VALUE")
            for name in settings:
                if instead := INSTEAD.get(f"{group}.{name}"):
                    raise ValueError(f"{group}.{name} is not one setting for all cells; {instead}")
    return merge(*layers)


def spec_of(common: Common, rule: str, length: int) -> Spec:
    """The base's dataset under a rule, of so many steps: of its patches, and as many frames as that takes."""
    data = merge(json.loads(PRESETS[common.base].spec(rule).to_json()), common.settings.get("data", {}))
    patches = data["patches_per_side"]
    frames, _ = resolve_length(length, None, patches if isinstance(patches, int) else None)
    try:
        return convert(Spec, merge(data, {"rule": rule, "context_frames": frames, "seed": common.data_seed}))
    except ValueError as error:
        raise ValueError(f"in the data settings, {error}") from error


def _names(what: str, text: str | None, default: tuple[str, ...], known: Iterable[str]) -> tuple[str, ...]:
    names = default if text is None else tuple(name.strip() for name in text.split(","))
    return tuple(dict.fromkeys(check_known(what, name, known) for name in names))


def _numbers(option: str, text: str | None, default: tuple[int, ...]) -> tuple[int, ...]:
    if text is None:
        return default
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ValueError(f"{option} {text!r} must be whole numbers above 0, with commas between: 5,10,20")
    return tuple(sorted({int(part) for part in parts}))


def _init(text: str | None, default: dict[str, str], rules: tuple[str, ...]) -> dict[str, str]:
    if text is None:
        return default
    if text == "none":
        return {}
    init: dict[str, str] = {}
    for part in text.split(","):
        rule, equals, start = (piece.strip() for piece in part.partition("="))
        if not equals or rule in init:
            raise ValueError(f"--init {text!r} must look like frequent=earliest, each rule once, or none")
        for name in (rule, start):
            if name not in rules:
                raise ValueError(f"--init {part.strip()} names {name!r}, which --rule doesn't ({', '.join(rules)})")
        init[rule] = start
    for rule in init:
        _ancestry(rule, init)
    return init


def _ancestry(rule: str, init: dict[str, str]) -> list[str]:
    """The rules that a rule's cells come from, one after the other. Raises ValueError where that is a circle."""
    found: list[str] = []
    while rule in init:
        rule = init[rule]
        if rule in found:
            raise ValueError(f"--init goes in a circle ({rule} starts from itself); one rule must start from nothing")
        found.append(rule)
    return found


def _stores(data: Sequence[str], rules: tuple[str, ...]) -> dict[str, str]:
    """Which store is for which rule."""
    stores: dict[str, str] = {}
    for url in data:
        rule = StoreReader(url, "test").spec.rule
        if rule not in rules:
            raise ValueError(f"--data {url} is of rule {rule}, which --rule doesn't name ({', '.join(rules)})")
        if rule in stores:
            raise ValueError(f"--data {stores[rule]} and {url} are both of rule {rule}; give one for each rule")
        stores[rule] = open_bucket(url).url  # as other machines find it
    if stores and (missing := [rule for rule in rules if rule not in stores]):
        raise ValueError(f"--data names no store of rule {missing[0]}; give one for each rule, or none at all")
    return stores


def _check_view(url: str, theirs: Spec, ours: Spec) -> None:
    for what, have, need in (
        ("pixels a side", theirs.world.size, ours.world.size),
        ("palette classes", theirs.classes, ours.classes),
    ):
        if have != need:
            raise ValueError(f"--data {url} has {have} {what}, and models of the base read {need}; choose other data")
