"""`bcb list`: the tables."""

from collections.abc import Callable

import click

from bcb import options as opt


def _first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def _models() -> dict[str, str]:
    from slotssm.models import MODELS
    from slotssm.scenes.models import SCENE_MODELS

    of_balls = {name: entry.summary + "; scenes too" * (name in SCENE_MODELS) for name, entry in MODELS.items()}
    return of_balls | {
        name: f"{entry.summary}; scenes only" for name, entry in SCENE_MODELS.items() if name not in MODELS
    }


def _rules() -> dict[str, str]:
    from generators.rules import RULES

    return {name: _first_line(type(rule)) for name, rule in RULES.items()}


def _worlds() -> dict[str, str]:
    from generators.scenes.worlds import SCENE_WORLDS
    from generators.worlds import WORLDS

    return {name: _first_line(world) for name, world in (WORLDS | SCENE_WORLDS).items()}


def _metrics() -> dict[str, str]:
    from eval.metrics import METRICS
    from eval.scenes.score import SCENE_METRICS

    of_balls = {name: metric.summary for name, metric in METRICS.items()}
    both = {name: f"{of_balls[name]}; {SCENE_METRICS[name]}" for name in of_balls.keys() & SCENE_METRICS.keys()}
    return of_balls | SCENE_METRICS | both


def _presets() -> dict[str, str]:
    from bcb.presets import PRESETS, SCENE_PRESETS

    return {name: preset.summary for name, preset in (PRESETS | SCENE_PRESETS).items()}


def _tasks() -> dict[str, str]:
    from bcb.scenes.tasks import SCENE_TASKS
    from bcb.tasks import TASKS

    scenes = {name: task.summary for name, task in SCENE_TASKS.items()}
    return {name: _first_line(type(task)) for name, task in TASKS.items()} | scenes


def _formats() -> dict[str, str]:
    from generators.export import FORMATS

    return {name: _first_line(type(format_)) for name, format_ in FORMATS.items()}


def _knobs() -> dict[str, str]:
    from generators.fields import KNOB, knobs_of
    from generators.spec import Spec

    return {name: f"{f.metadata[KNOB]} (default {f.default})" for name, f in knobs_of(Spec)}


def _weights() -> dict[str, str]:
    from bcb.bundled import bundled

    return {b.name: b.summary for b in bundled()}


TABLES: dict[str, Callable[[], dict[str, str]]] = {
    "tasks": _tasks,
    "models": _models,
    "rules": _rules,
    "worlds": _worlds,
    "knobs": _knobs,
    "metrics": _metrics,
    "presets": _presets,
    "formats": _formats,
    "weights": _weights,
}


@click.command("list")
@click.argument("what", metavar="|".join(TABLES), type=opt.Name("table", lambda: TABLES))
@opt.json_option
def list_(what: str, as_json: bool) -> None:
    """List tasks, models, rules, worlds, knobs, metrics, presets, export formats or bundled weights.

    \b
    Example:
      bcb list presets
    """
    from bcb.output import print_json, print_table

    table = TABLES[what]()
    if as_json:
        print_json([{"name": name, "summary": summary} for name, summary in table.items()])
    else:
        print_table("", [what, ""], [[name, summary] for name, summary in table.items()], words=(1,))
