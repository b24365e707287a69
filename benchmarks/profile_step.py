"""Where the time of a training step goes on the CPU: the torch operators that take most of it.

    python -m benchmarks.profile_step --preset small --threads 1

Episodes are made from the preset's spec before the clock starts. One step is what `slotssm.train` does with a batch at
full context: forward, loss, backward, clipping, AdamW. CPU time is the process's (all threads), so that other work on
the machine disturbs it little. The table is torch.profiler's, which slows small operators most: wall time of the main
thread, the least of several steps.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

from bcb.presets import PRESETS
from generators.source import SpecSource
from slotssm.curriculum import decode_at
from slotssm.data import EpisodeDataset
from slotssm.models import MODELS
from slotssm.models.matching import configure
from slotssm.optim import adamw
from slotssm.train import Loss


def main() -> None:
    """Print the step's CPU time and its worst operators as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default="slotssm")
    parser.add_argument("--preset", choices=PRESETS, default="small")
    parser.add_argument("--batch", type=int, help="episodes (default: the preset's)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5, help="timed steps, after two to warm up")
    parser.add_argument("--rows", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    batch = args.batch or PRESETS[args.preset].train.batch_size
    step = make_step(args.model, args.preset, batch)
    for _ in range(2):
        step()
    seconds = statistics.median(cpu_seconds(step) for _ in range(args.steps))
    print(f"{args.model}, {args.preset}, batch {batch}, {args.threads} thread(s)")
    print(f"{1000 * seconds:.0f} ms of CPU a step, median of {args.steps}\n")
    operators = [profiled(step) for _ in range(args.steps)]
    fastest = {name: (min(seen[name][0] for seen in operators), calls) for name, (_, calls) in operators[0].items()}
    total = sum(ms for ms, _ in fastest.values())
    print("| operator | self CPU, ms | share | calls |\n|---|---|---|---|")
    for name, (ms, calls) in sorted(fastest.items(), key=lambda item: -item[1][0])[: args.rows]:
        print(f"| {name} | {ms:.1f} | {100 * ms / total:.1f} % | {calls} |")
    print(f"| all | {total:.1f} | | {sum(calls for _, calls in fastest.values())} |")


def make_step(model: str, preset: str, batch: int) -> Callable[[], float]:
    """A function that trains a model of the preset's size by one step, on the same batch each time."""
    p = PRESETS[preset]
    spec, size = p.spec(), p.model
    seen = {"image_size": spec.world.size, "classes": spec.classes, "patches_per_side": spec.patches_per_side}
    config = configure(model, width=size.width, layers=size.layers, slots=size.slots, **seen)
    loss_fn = Loss(MODELS[model].build(config)).train()
    optimizer = adamw(loss_fn.model, p.train.lr, p.train.weight_decay)
    episodes = EpisodeDataset(SpecSource(spec, "train", batch))
    steps, targets = (torch.stack(parts) for parts in zip(*(episodes[i] for i in range(batch)), strict=True))
    times = torch.from_numpy(decode_at(0, p.context_frames, p.train.decodes, batch, 0))

    def step() -> float:
        loss = loss_fn(steps, targets, times)
        loss.backward()
        nn.utils.clip_grad_norm_(loss_fn.parameters(), p.train.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    return step


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time that a call takes, of all the process's threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def profiled(work: Callable[[], object]) -> dict[str, tuple[float, int]]:
    """Every operator of a call: milliseconds spent in itself, and how often it was called."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        work()
    return {event.key: (event.self_cpu_time_total / 1000, event.count) for event in seen.key_averages()}


if __name__ == "__main__":
    main()
