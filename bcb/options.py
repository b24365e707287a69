"""Options that several commands share, and parameter types that refuse what no setting wants."""

import math

import click

from bcb.suggest import suggestion


class Whole(click.ParamType):
    """A whole number that is not below `least`."""

    name = "integer"

    def __init__(self, least: int):
        self.least = least

    def convert(self, value, param, ctx):
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is not a whole number", param, ctx)
        if number < self.least:
            self.fail(f"{value} is too small; it must be {self.least} or more", param, ctx)
        return number


class PositiveFloat(click.ParamType):
    """A finite number above 0."""

    name = "number"

    def convert(self, value, param, ctx):
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not (math.isfinite(number) and number > 0):
            self.fail(f"{value} is not a finite number above 0", param, ctx)
        return number


class Name(click.ParamType):
    """A name out of a table that is loaded only when a name is given, so that `--help` stays light.

    names: callable that yields the table.
    """

    def __init__(self, what: str, names):
        self.name = what
        self.names = names

    def convert(self, value, param, ctx):
        known = list(self.names())
        if value not in known:
            self.fail(f"no {self.name} {value!r}; {suggestion(value, known)}", param, ctx)
        return value


class PresetName(Name):
    """A preset of blinking balls; of one of scenes it is said that the command can't take it yet."""

    def convert(self, value, param, ctx):
        if value in _scene_presets():
            self.fail(f"preset {value} is of scenes, which this command doesn't take yet", param, ctx)
        return super().convert(value, param, ctx)


class Store(click.ParamType):
    """A store: a folder, or the URL of an object store. Whether it is there is for its reader to say."""

    name = "store"

    def convert(self, value, param, ctx):
        if not value:
            self.fail("a store needs a path or URL", param, ctx)
        return value


class ShardRange(click.ParamType):
    """Some of the shards: a:b, from a to before b; either may be left out."""

    name = "a:b"

    def convert(self, value, param, ctx):
        first, colon, last = value.partition(":")
        if not colon or not all(part == "" or part.isdecimal() for part in (first, last)):
            self.fail(f"{value!r} is no range of shards; give a:b, for those from a to before b", param, ctx)
        return int(first or 0), int(last) if last else None


def _rules():
    from generators.rules import RULES

    return RULES


def _presets():
    from bcb.presets import PRESETS

    return PRESETS


def _scene_presets():
    from bcb.presets import SCENE_PRESETS

    return SCENE_PRESETS


def _all_presets():
    return {**_presets(), **_scene_presets()}


def _tasks():
    from bcb.tasks import TASKS

    return TASKS


def _scene_tasks():
    from bcb.scenes.tasks import SCENE_TASKS

    return SCENE_TASKS


def _all_tasks():
    return {**_tasks(), **_scene_tasks()}


def _splits():
    from generators.spec import SPLITS

    return SPLITS


def _backends():
    from slotssm.scan import BACKENDS

    return BACKENDS


STORE = Store()
SHARDS = ShardRange()
COUNT = Whole(0)
POSITIVE = Whole(1)
RULE = Name("rule", _rules)
PRESET = PresetName("preset", _presets)
ANY_PRESET = Name("preset", _all_presets)
TASK = Name("task", _tasks)
ANY_TASK = Name("task", _all_tasks)
SPLIT = Name("split", _splits)
BACKEND = Name("backend", _backends)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
config_option = click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), help="Settings from a .json or .toml file."
)
set_option = click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="One setting; wins over all else.")
task_option = click.option("--task", type=TASK, help="blinking or video-prediction (`bcb list tasks`).")
any_task_option = click.option("--task", type=ANY_TASK, help="blinking, …, objects, snitch (`bcb list tasks`).")
rule_option = click.option("--rule", type=RULE, help="earliest, frequent, latest, … or none (`bcb list rules`).")
any_preset_option = click.option("--preset", type=ANY_PRESET, help="Start from a preset (`bcb list presets`).")
preset_option = click.option("--preset", type=PRESET, help="Start from a preset (`bcb list presets`).")
length_option = click.option("--length", type=POSITIVE, help="Context steps; the paper's 80, 160, … 2560, or any.")
context_frames_option = click.option("--context-frames", type=POSITIVE, help="Frames before the target.")
patches_option = click.option("--patches", type=POSITIVE, help="Patches per side that a frame is cut in.")
workers_option = click.option("--workers", type=POSITIVE, help="Processes; by default all the cores.")
backend_option = click.option(
    "--backend", type=BACKEND, help="What computes the scans: auto, reference (plain torch), numba or triton."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace what is there.")
