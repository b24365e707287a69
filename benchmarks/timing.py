"""Timing for the scripts beside this: the work itself, in one process or several, after imports and a warm-up."""

import argparse
import json
import multiprocessing
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

Work = Callable[[Path, int, int, int], None]  # (folder, frames, first episode, last episode + 1)


def main(work: Work) -> None:
    """Run `work` as the command line says, and print one line of JSON: {"seconds": …}."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, required=True, help="of an episode, the target included")
    parser.add_argument("--episodes", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="a folder to write in")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    edges = [args.episodes * worker // args.workers for worker in range(args.workers + 1)]
    shares = [(args.out / str(worker), args.frames, *edges[worker : worker + 2]) for worker in range(args.workers)]
    print(json.dumps({"seconds": _timed(work, shares)}))


def _timed(work: Work, shares: list[tuple[Path, int, int, int]]) -> float:
    if len(shares) == 1:
        _warm_up(work, shares[0])
        start = perf_counter()
        work(*shares[0])
        return perf_counter() - start
    context = multiprocessing.get_context("spawn")
    ready, done = (context.Barrier(len(shares) + 1) for _ in range(2))
    workers = [context.Process(target=_share, args=(work, share, ready, done)) for share in shares]
    for worker in workers:
        worker.start()
    ready.wait()
    start = perf_counter()
    done.wait()
    seconds = perf_counter() - start
    for worker in workers:
        worker.join()
    return seconds


def _share(work: Work, share: tuple[Path, int, int, int], ready, done) -> None:
    _warm_up(work, share)
    ready.wait()
    work(*share)
    done.wait()


def _warm_up(work: Work, share: tuple[Path, int, int, int]) -> None:
    _, frames, start, _ = share
    with tempfile.TemporaryDirectory() as folder:
        work(Path(folder) / "warm-up", min(frames, 40), start, start + 2)
