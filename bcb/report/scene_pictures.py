"""Animations for a page: what runs make of the first test episodes of the stores that they were trained on."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from bcb.render import animation, object_names, scene_panels
from bcb.render.save import write_gif
from bcb.scenes.clips import StoredClips, open_clips
from bcb.scenes.viewing import FPS, SHOWN, by_run
from generators.kinds import kind_of
from generators.store.schema import layouts
from slotssm.scenes.runs import SceneRun, load_scene_run

MOST = 40  # frames of an animation, so that a page stays small
SIDE = 112  # pixels of a picture in it


def pictures(
    records: list[dict[str, Any]], episodes: int, report: Callable[[int, int], None] = lambda done, total: None
) -> list[dict[str, Any]]:
    """For each run its name, task, data, command, and "gifs": data URIs of so many episodes. report: (done, in all)."""
    runs = [record for record in records if record.get("run")]
    found = []
    for done, record in enumerate(runs):
        report(done, len(runs))
        run = load_scene_run(record["run"])
        source = open_clips(run.info["data"]["url"], "test", episodes)
        gifs = [_gif(run, source, episode) for episode in range(len(source))]
        command = f"bcb view --slots {record['run']} --episode 0 -o slots.gif"
        about = {"data": record["data"], "task": record["result"]["task"], "command": command}
        found.append({"record": record, "gifs": gifs, **about})
    report(len(runs), len(runs))
    return found


def _gif(run: SceneRun, source: StoredClips, episode: int) -> str:
    spec, kind = source.spec, kind_of(source.spec)
    arrays = {name: source.reader.read(name, [episode])[0] for name in SHOWN if name in layouts(spec)}
    count, side = arrays["rgb"].shape[:2]
    frames = np.unique(np.linspace(0, count - 1, min(count, MOST)).round().astype(int)).tolist()
    panels = scene_panels(
        arrays,
        kind.attributes(spec)["camera"],
        frames,
        max(1, round(SIDE / side)),
        across=True,
        drawn=by_run(run, source, episode),
        names=object_names(arrays, kind.attributes(spec)),
    )
    fps = getattr(getattr(spec, "world", None), "fps", FPS) * len(frames) / count
    file = io.BytesIO()
    write_gif(file, *animation(panels, False, frame_ms=round(1000 / fps)))
    return "data:image/gif;base64," + base64.b64encode(file.getvalue()).decode()
