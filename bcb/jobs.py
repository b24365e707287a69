"""Which run is to be evaluated on which episodes: what the options of `bcb evaluate` mean."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bcb.bundled import Bundled, bundled, run_folder
from bcb.presets import PRESETS
from bcb.specs import with_frames
from bcb.tasks import task_of
from generators.source import Source, SpecSource, View
from generators.spec import parse_spec
from generators.store import StoreReader
from generators.verify.verification import chosen_splits
from slotssm.checkpoint import RunError, read_config
from slotssm.models import MODELS

CANONICAL_EPISODES = 1000  # of the test split with seed 0


@dataclass(frozen=True)
class Choice:
    """The options; None where the user gave none."""

    model: str
    data: str | None = None
    split: str = "test"
    preset: str | None = None
    rule: str | None = None
    length: int | None = None
    context_frames: int | None = None
    episodes: int | None = None
    task: str | None = None


@dataclass(frozen=True)
class Job:
    """One run folder on one source of episodes."""

    run: Path
    source: Source
    preset: str | None = None


def jobs(choice: Choice) -> list[Job]:
    """All that is asked for. Raises ValueError for what doesn't go together."""
    found = _jobs(choice)
    for job in found:
        task_of(job.source.spec, choice.task)
    return found


def _jobs(choice: Choice) -> list[Job]:
    if choice.model not in MODELS:  # a model's name wins over a folder of that name, which is ./NAME
        return [_run_job(choice, run_folder(choice.model, MODELS))]
    if choice.data is None:
        return _canonical(choice)
    source = _stored(choice, choice.data)
    rule = choice.rule or source.spec.rule
    readers = [
        b for b in bundled(choice.model, choice.preset) if _same_view(PRESETS[b.preset].spec(b.rule), source.spec)
    ]
    for b in readers:
        if b.rule == rule:
            return [Job(b.path, source, b.preset)]
    raise ValueError(_none_reads(choice, choice.data, source, rule, readers))


def trained_on(info: dict) -> str | None:
    """The rule that a run was trained on, by its config.json; None where that doesn't say."""
    data = info.get("data")
    spec = data.get("spec") if isinstance(data, dict) else None
    return spec.get("rule") if isinstance(spec, dict) else None


def _canonical(choice: Choice) -> list[Job]:
    """Every bundled run of the task that can read the length asked for, on its preset's episodes."""
    presets = _presets(choice)
    found, refused = [], None
    for b in bundled(choice.model, choice.preset, choice.rule):
        if b.preset in presets:
            try:
                found.append(Job(b.path, _made(choice, PRESETS[b.preset].spec(b.rule)), b.preset))
            except ValueError as error:
                refused = error
    if not found:
        raise refused or ValueError(_none_bundled(choice, presets))
    return found


def _presets(choice: Choice) -> list[str]:
    """The presets that are asked for: of task blinking, where nothing is. Raises ValueError for none."""
    task = choice.task or ("blinking" if choice.preset is None and choice.rule is None else None)
    if choice.preset:
        task_of(PRESETS[choice.preset].spec(choice.rule), task)
        return [choice.preset]
    found = []
    for name, preset in PRESETS.items():
        with suppress(ValueError):  # of another task, or it can't have the rule
            task_of(preset.spec(choice.rule), task)
            found.append(name)
    if not found:
        raise ValueError(f"rule {choice.rule} is not for the task {task}; leave --rule or --task out")
    return found


def _none_bundled(choice: Choice, presets: list[str]) -> str:
    """What there is of the model for the same task, and what to do."""
    asked = "".join(f", {what} {name}" for what, name in (("preset", choice.preset), ("rule", choice.rule)) if name)
    kind = task_of(PRESETS[presets[0]].spec(choice.rule))
    there = [b.name for b in bundled(choice.model) if task_of(PRESETS[b.preset].spec(b.rule)) == kind]
    option = f" --rule {choice.rule}" if choice.rule else ""
    return (
        f"no weights of {choice.model} are bundled{asked.replace(', ', ' for ', 1)}; "
        f"there are: {', '.join(there) or 'none of it (`bcb list weights`)'}; "
        f"train them with: bcb train --model {choice.model} --preset {presets[0]}{option} --out RUN"
    )


def _none_reads(choice: Choice, data: str, source: Source, rule: str, readers: Sequence[Bundled]) -> str:
    """What of a store none of the model's bundled weights were trained for, and what to do."""
    spec, names = source.spec, ", ".join(b.name for b in readers)
    if readers:
        why = f"was trained on rule {rule}; name one of another rule with --model ({names})"
    else:
        size, side = spec.world.size, spec.patches_per_side
        why = f"reads {size}×{size} images of {spec.classes} palette classes in {side}×{side} patches"
    there = [found.plan.split for found in chosen_splits(data)]
    if {"train", "val"} <= set(there):
        what = f"train one with: bcb train --model {choice.model} --data {data} --out RUN"
    else:
        what = f"train one on a store that has train and val episodes ({data} has {' and '.join(there)} alone)"
    return f"no bundled {choice.model} {why}; {'or ' * bool(readers)}{what}"


def _run_job(choice: Choice, path: Path) -> Job:
    if choice.data is not None:
        if choice.preset or choice.rule:
            raise ValueError("--data decides the episodes; leave --preset and --rule out")
        return Job(path, _stored(choice, choice.data))
    info = read_config(path)
    if choice.preset:
        return Job(path, _made(choice, PRESETS[choice.preset].spec(choice.rule)), choice.preset)
    data = info.get("data")
    if not isinstance(data, dict) or "spec" not in data:
        raise RunError(f"{path} does not say what it was trained on; name the data with --data or --preset")
    try:
        spec = parse_spec(data["spec"])
    except ValueError as error:
        raise RunError(
            f"{path / 'config.json'} is damaged (in its data, {error}); name the data with --data"
        ) from error
    if choice.rule and choice.rule != spec.rule:
        raise ValueError(f"{path} was trained on rule {spec.rule}, not {choice.rule}; leave --rule out, or use --data")
    return Job(path, _made(choice, spec))


def _made(choice: Choice, spec) -> Source:
    spec = with_frames(spec, None, _frames(choice, spec), None)
    return SpecSource(spec, choice.split, choice.episodes or CANONICAL_EPISODES)


def _stored(choice: Choice, data: str) -> Source:
    source: Source = StoreReader(data, choice.split)
    frames = _frames(choice, source.spec)
    if frames:
        source = View(source, frames)
    if choice.episodes:
        if choice.episodes > len(source):
            raise ValueError(f"{data} has {len(source)} {choice.split} episodes, not {choice.episodes}")
        source = First(source, choice.episodes)
    return source


def _frames(choice: Choice, spec) -> int | None:
    """To how many context frames the data is cut."""
    return task_of(spec).part(spec, choice.length, choice.context_frames)


def _same_view(mine, theirs) -> bool:
    return (mine.world.size, mine.patches_per_side, mine.classes) == (
        theirs.world.size,
        theirs.patches_per_side,
        theirs.classes,
    )


@dataclass(frozen=True)
class First:
    """The first `count` episodes of a source."""

    source: Source
    count: int

    @property
    def spec(self):
        return self.source.spec

    @property
    def split(self) -> str:
        return self.source.split

    def __len__(self) -> int:
        return self.count

    def episode(self, index: int):
        """Raises IndexError beyond `count`."""
        if not 0 <= index < self.count:
            raise IndexError(f"episode {index} of {self.count}")
        return self.source.episode(index)
