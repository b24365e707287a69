"""The contestant `ours`: `generate`, as `bcb generate` calls it. Run as a module; prints one line of JSON.

Its worker processes are started and warm before the clock starts, as those of the others are.
"""

import argparse
import json
import tempfile
from pathlib import Path
from time import perf_counter

from bcb.bench.making.warm import WarmProcesses
from generators.engine import generate
from generators.spec import Spec


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--frames", "--episodes", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    spec = Spec(rule="frequent", context_frames=args.frames - 1, patches_per_side=1)
    warm_up()  # this process has its part in the work, too
    executor = WarmProcesses(args.workers, warm_up)
    start = perf_counter()
    generate(spec, args.out / "store", {"train": args.episodes}, executor=executor)
    print(json.dumps({"seconds": perf_counter() - start}))


def warm_up() -> None:
    """Make a few short episodes, so that everything is imported and compiled."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Spec(context_frames=40), Path(folder) / "store", {"train": 2}, workers=1)


if __name__ == "__main__":
    main()
