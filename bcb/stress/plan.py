"""What a cell is trained on and with, and what it is tested on; and the whole matrix of them."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bcb.bundled import run_folder
from bcb.config import Settings, merge
from bcb.jobs import CANONICAL_EPISODES, First
from bcb.presets import PRESETS
from bcb.stress.cell import Cell, Common
from bcb.training import Plan, plan
from generators.convert import convert
from generators.lengths import resolve_length
from generators.source import Source, SpecSource, View
from generators.spec import Spec
from generators.store import StoreReader
from slotssm.recipe import TrainConfig

LARGEST_EPISODE = 2**30  # bytes of frames; more is a slip of the finger, not a length that trains


@dataclass(frozen=True)
class Stress:
    """A matrix, checked: every cell with every test. Seed 0 comes first, so that the whole is soon seen once."""

    common: Common
    cells: tuple[Cell, ...]
    tests: tuple[int, ...]

    def waves(self) -> list[list[Cell]]:
        """The cells in groups that can run at once: those of a group start from cells of groups before it."""
        depth = {rule: len(ancestry(rule, self.common.init)) for rule in {cell.rule for cell in self.cells}}
        return [[cell for cell in self.cells if depth[cell.rule] == d] for d in sorted(set(depth.values()))]


def parent(common: Common, cell: Cell) -> Cell | None:
    """The cell whose weights this one starts from."""
    rule = common.init.get(cell.rule)
    return replace(cell, rule=rule) if rule else None


def bundled_start(common: Common, cell: Cell) -> str | None:
    """The name of the bundled weights that a cell without a parent starts from."""
    return f"{cell.model}-{common.start}-{cell.rule}" if common.start and not parent(common, cell) else None


def training(common: Common, cell: Cell, init: Path | None = None) -> Plan:
    """How a cell is trained: what `bcb train` would do, from a run or what `start` names. Raises ValueError."""
    if init is None and (weights := bundled_start(common, cell)):
        init = run_folder(weights)
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


def spec_of(common: Common, rule: str, length: int) -> Spec:
    """The base's dataset under a rule, of so many steps: of its patches, and as many frames as that takes.

    Raises ValueError where there is no such dataset, and where one episode of it would fill the memory.
    """
    data = merge(json.loads(PRESETS[common.base].spec(rule).to_json()), common.settings.get("data", {}))
    patches = data["patches_per_side"]
    frames, _ = resolve_length(length, None, patches if isinstance(patches, int) else None)
    try:
        spec = convert(Spec, merge(data, {"rule": rule, "context_frames": frames, "seed": common.data_seed}))
    except ValueError as error:
        raise ValueError(f"in the data settings, {error}") from error
    if (frames + 1) * spec.world.size**2 > LARGEST_EPISODE:
        raise ValueError(
            f"an episode of length {length} has {frames} frames of {spec.world.size}×{spec.world.size} pixels, more "
            f"than {LARGEST_EPISODE >> 30} GiB; choose shorter lengths"
        )
    return spec


def ancestry(rule: str, init: dict[str, str]) -> list[str]:
    """The rules that a rule's cells come from, one after the other. Raises ValueError where that is a circle."""
    found: list[str] = []
    while rule in init:
        rule = init[rule]
        if rule in found:
            raise ValueError(f"--init goes in a circle ({rule} starts from itself); one rule must start from nothing")
        found.append(rule)
    return found


def _check_view(url: str, theirs: Spec, ours: Spec) -> None:
    for what, have, need in (
        ("pixels a side", theirs.world.size, ours.world.size),
        ("palette classes", theirs.classes, ours.classes),
    ):
        if have != need:
            raise ValueError(f"--data {url} has {have} {what}, and models of the base read {need}; choose other data")
