"""The contestants of `bcb bench generate --scenes`. Run as a module; prints one line of JSON.

Every process has made a first frame before the clock starts: MuJoCo is loaded, and GL is at hand.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

from bcb.bench.making.renderer import draw
from bcb.bench.making.warm import WarmProcesses, uncounted
from bcb.presets import SCENE_PRESETS
from generators.engine import generate
from generators.executors import Tick
from generators.remake import sample
from generators.scenes.episode import make_motion, make_scene
from generators.scenes.spec import SceneSpec

SPLIT = "train"


def physics(spec: SceneSpec, index: int) -> None:
    make_motion(spec, SPLIT, index)


def mujoco_rgb(spec: SceneSpec, index: int) -> None:
    draw(spec, make_motion(spec, SPLIT, index), everything=False)


def mujoco_all(spec: SceneSpec, index: int) -> None:
    draw(spec, make_motion(spec, SPLIT, index), everything=True)


def pictures(spec: SceneSpec, index: int) -> None:
    make_scene(spec, SPLIT, index)


WORK: dict[str, Callable[[SceneSpec, int], None]] = {
    "physics": physics,
    "mujoco-rgb": mujoco_rgb,
    "mujoco-all": mujoco_all,
    "pictures": pictures,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contestant", choices=[*WORK, "store"], required=True)
    parser.add_argument("--preset", choices=SCENE_PRESETS, required=True)
    for name in ("--frames", "--episodes", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    spec = replace(SCENE_PRESETS[args.preset].spec(), frames=args.frames)
    per_worker = -(-args.episodes // args.workers)
    if args.contestant == "store":
        sample(spec)  # made once for a store, however large; of so few episodes it would be much
        executor = WarmProcesses(args.workers, partial(sample, spec))
        start = perf_counter()
        generate(spec, args.out / "store", {SPLIT: args.episodes}, executor=executor, shard_episodes=per_worker)
    else:
        work = WORK[args.contestant]
        executor = WarmProcesses(args.workers, partial(work, replace(spec, frames=1), 0))
        shares = [range(first, min(first + per_worker, args.episodes)) for first in range(0, args.episodes, per_worker)]
        start = perf_counter()
        executor.run(partial(make_all, work, spec), shares, uncounted)
    print(json.dumps({"seconds": perf_counter() - start}))


def make_all(work: Callable[[SceneSpec, int], None], spec: SceneSpec, share: range, _tick: Tick) -> None:
    for index in share:
        work(spec, index)


if __name__ == "__main__":
    main()
