"""One model that reads, in a fresh process. Run as a module; prints one line of JSON.

`--at-once`: all L steps in one call. Without: one more step after L steps were read, for each L in turn, which are
themselves read in pieces.
"""

import argparse
import dataclasses
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from bcb.bench.growth import peak_growth
from bcb.training import plan
from slotssm.data import EpisodeDataset
from slotssm.models import MODELS, SequenceModel

PIECE = 256  # steps that are read on at once
REPEATS = 31  # steps, of which the median is taken
TIMED_SECONDS = 0.3  # at least, of calls at once


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--preset", required=True)
    for name in ("--batch", "--threads", "--bytes", "--rounds"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--lengths", type=int, nargs="+", required=True)
    parser.add_argument("--at-once", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    planned = plan(args.model, None, args.preset, None, [])
    model = MODELS[args.model].build(planned.model_config).eval()
    episodes = EpisodeDataset(planned.train_source)
    seen = torch.stack([episodes[i][0] for i in range(args.batch)])
    with torch.inference_mode():
        model(seen[:, :4], model.start(args.batch))  # what is compiled is so from now on
        with suppress(ValueError, OSError):  # not every system has such a limit
            resource.setrlimit(resource.RLIMIT_DATA, (_data() + args.bytes, resource.RLIM_INFINITY))
        points, stopped = [], ""
        try:
            for point in at_once(model, seen, args) if args.at_once else one_more(model, seen, args):
                points.append(point)
        except TimeoutError as error:
            stopped = str(error)
        except (RuntimeError, MemoryError) as error:
            if "memory" not in str(error) and not isinstance(error, MemoryError):
                raise
            stopped = f"over {args.bytes / 2**30:.0f} GiB"
    parameters = sum(p.numel() for p in model.parameters())
    print(json.dumps({"parameters": parameters, "points": points, "stopped": stopped}))


def at_once(model: SequenceModel, seen: Tensor, args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """seen: steps (b, l, p, p), which are read again and again."""
    for length in args.lengths:
        read = partial(model, _part(seen, 0, length), model.start(len(seen)))
        first, growth = peak_growth(partial(_timed, read))
        again: list[float] = []  # the first call may have warmed something up
        while not again or sum(again) < min(TIMED_SECONDS, args.seconds - first):
            again.append(_timed(read))
        yield {"length": length, "seconds": [median(again)], "peak": growth}


def one_more(model: SequenceModel, seen: Tensor, args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """seen: as above. Raises TimeoutError when all the steps before take too long."""
    state, read, start = model.start(len(seen)), 0, perf_counter()
    for length in args.lengths:
        spent = perf_counter() - start
        if read and spent * length / read > args.seconds:  # at the pace so far
            raise TimeoutError(f"over {args.seconds:.0f} s of reading")
        while read < length:
            if perf_counter() - start > args.seconds:
                raise TimeoutError(f"over {args.seconds:.0f} s of reading")
            count = min(PIECE, length - read)
            _, state = model(_part(seen, read, count), state)
            read += count
        ahead = _part(seen, length, REPEATS).unbind(1)  # what each would cost, if it were next
        seconds = [median(_timed(partial(model.step, step, state)) for step in ahead) for _ in range(args.rounds)]
        yield {"length": length, "seconds": seconds, "state": state_bytes(state)}


def state_bytes(state: Any) -> int:
    """Of all storages that a state holds, in whatever it is made of; each counts once and whole."""
    storages = [tensor.untyped_storage() for tensor in _tensors(state)]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
    elif dataclasses.is_dataclass(value):
        yield from _tensors([getattr(value, field.name) for field in dataclasses.fields(value)])


def _part(seen: Tensor, first: int, count: int) -> Tensor:
    """So many steps from one on, of `seen` again and again."""
    return seen[:, torch.arange(first, first + count) % seen.shape[1]]


def _timed(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _data() -> int:
    """Bytes of this process's data segment, as RLIMIT_DATA counts them."""
    with open("/proc/self/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


if __name__ == "__main__":
    main()
