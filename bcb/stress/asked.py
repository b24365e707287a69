"""What the options of `bcb stress` mean: a matrix, checked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bcb.config import Settings, merge
from bcb.presets import PRESETS
from bcb.stress.cell import Cell, Common
from bcb.stress.plan import Stress, ancestry, recipe, spec_of, testing, training
from bcb.stress.presets import STRESS
from bcb.suggest import check_known
from bcb.training import GROUPS
from generators.bucket import open_bucket
from generators.rules import RULES
from generators.store import StoreReader
from slotssm.models import MODELS

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
        ancestry(rule, init)
    return init


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
