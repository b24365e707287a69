"""From what a user names to records of scenes: run folders, which are evaluated, and JSON files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bcb.bundled import run_folder
from bcb.report.scene_records import holds_scenes, scenes_recorded
from bcb.scenes.which import run_is_of_scenes
from bcb.zoo.scene_entry import SceneEntry, evaluate_entry, read_entry
from generators.executors import run_tasks

Report = Callable[[int, int], None]


def are_of_scenes(names: Sequence[str]) -> bool:
    """Whether these are of scenes. Raises ValueError where some are and others are not: they make two pages."""
    scenes = [name for name in names if run_is_of_scenes(name) or (Path(name).is_file() and holds_scenes(Path(name)))]
    if scenes and len(scenes) < len(names):
        other = next(name for name in names if name not in scenes)
        if not run_folder(other).exists():
            raise ValueError(f"{other} is not there; name run folders, or files of scores")
        raise ValueError(f"{scenes[0]} is of scenes, and {other} is not; make a page of each kind")
    return bool(scenes)


def gather_scenes(
    names: Sequence[str], kept: Path, episodes: int, report: Report = lambda done, total: None, *, workers: int = 1
) -> list[dict[str, Any]]:
    """A record for each score, as `zoo.scene_entry` has them; of a run folder also "run" (a path) and "command".

    Runs are evaluated on the stores that they were trained on. report: (evaluations done, evaluations in all).
    """
    files = {name: scenes_recorded(Path(name)) for name in names if Path(name).is_file()}
    entries = {name: SceneEntry(run_folder(name), kept, episodes) for name in names if name not in files}
    missing = [entry for entry in entries.values() if not entry.record.exists()]
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        report(done, len(missing))

    run_tasks(evaluate_entry, missing, workers, tick)
    found = []
    for name in dict.fromkeys(names):
        found += files.get(name, [])
        if entry := entries.get(name):
            record = read_entry(entry)
            probes = " --probes" * bool(record["result"]["probes"])
            command = f"bcb evaluate --model {name} --episodes {episodes}{probes}"
            found.append(record | {"run": entry.run, "command": command})
    return found
