"""All contestants in turn, round after round, at every size, in this one process."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import torch

from bcb.bench.growth import peak_growth
from bcb.bench.kept import Kept, kept_for_backward
from bcb.bench.scanning.family import Contestant, Family, Inputs, Size
from bcb.bench.spread import Spread, spread

FORWARD, BOTH = "forward", "forward and backward"
PASSES = (BOTH, FORWARD)


@dataclass(frozen=True)
class Limits:
    """What one run of one contestant may take, by what it took at a smaller size; larger ones are left out."""

    seconds: float = 10.0
    bytes: int = 6 * 2**30


@dataclass
class Record:
    """What a contestant came to at one size.

    seconds: of a run, in every round.  peak: bytes that a run adds to the process at most; None where unknown.
    kept: for the backward pass; None of a forward pass alone.   left_out: why it wasn't run, or empty.
    """

    family: str
    contestant: str
    size: Size
    what: str
    seconds: list[float] = field(default_factory=list)
    peak: int | None = None
    kept: Kept | None = None
    left_out: str = ""

    @property
    def microseconds(self) -> Spread:
        """Of a token."""
        return spread(seconds / self.size.tokens * 1e6 for seconds in self.seconds)


def run_rounds(
    families: Sequence[Family],
    sizes: Sequence[Size],
    rounds: int,
    limits: Limits,
    report: Callable[[int, int], None],
) -> list[Record]:
    """report: called with (sizes done, sizes in all). Sizes are taken from small to large."""
    records: list[Record] = []
    sizes = sorted(sizes, key=lambda size: (size.length, size.batch, size.state))
    total = len(families) * len(sizes)
    for done, (family, size) in enumerate((family, size) for family in families for size in sizes):
        report(done, total)
        inputs = {name: tensor.float() for name, tensor in family.inputs(size).items()}
        towards = torch.randn(size.tokens * size.channels, generator=torch.Generator().manual_seed(1))
        for what in PASSES:
            found = [_one(family, name, size, what, records, limits) for name in _present(family)]
            runs = [partial(_run, family.contestants[record.contestant], inputs, towards, what) for record in found]
            _all_rounds(found, runs, rounds, limits)
            records += found
    report(total, total)
    return records


def _present(family: Family) -> list[str]:
    return [name for name, entrant in family.contestants.items() if not entrant.missing]


def _one(family: Family, name: str, size: Size, what: str, before: list[Record], limits: Limits) -> Record:
    """A record, with the reason where the contestant shouldn't be run."""
    record = Record(family.name, name, size, what)
    key = (family.name, name, what, size.state)
    smaller = [r for r in before if (r.family, r.contestant, r.what, r.size.state) == key and not r.left_out]
    if not smaller:
        return record
    same_batch = [r for r in smaller if r.size.batch == size.batch]  # as many steps cost a loop as much in any batch
    like = max(same_batch or smaller, key=lambda r: r.size.tokens)
    more = size.tokens / like.size.tokens
    held = max(like.peak or 0, like.kept.more if like.kept else 0)
    if held * more > limits.bytes:
        record.left_out = f"about {held * more / 2**30:.0f} GiB"
    elif min(like.seconds) * more > limits.seconds:  # the least, as a slow moment is no reason to leave anything out
        record.left_out = f"about {min(like.seconds) * more:.0f} s"
    return record


def _all_rounds(records: list[Record], runs: list[Callable[[bool], Kept | None]], rounds: int, limits: Limits) -> None:
    entrants = [pair for pair in zip(records, runs, strict=True) if not pair[0].left_out]
    warm: list[float] = []
    for record, run in entrants:
        start = perf_counter()
        record.kept, record.peak = peak_growth(partial(run, True))
        if perf_counter() - start < 1:  # it may have been imported or compiled in that
            start = perf_counter()
            run(False)
        warm.append(perf_counter() - start)
    for number in range(rounds):
        for (record, run), first in zip(entrants, warm, strict=True):
            if number and number >= limits.seconds / record.seconds[0]:
                continue  # so long a run says enough in fewer rounds
            repeats = math.ceil(min(0.05 / first, 1000))
            start = perf_counter()
            for _ in range(repeats):
                run(False)
            record.seconds.append((perf_counter() - start) / repeats)


def _run(entrant: Contestant, inputs: Inputs, towards: torch.Tensor, what: str, watch: bool) -> Kept | None:
    """One run. watch: find out what is kept, which takes time of its own."""
    if what == FORWARD:
        with torch.no_grad():
            entrant.scan(**inputs)
        return None
    leaves = {name: tensor.detach().requires_grad_() for name, tensor in inputs.items()}
    kept = None
    if watch:
        y, kept = kept_for_backward(partial(entrant.scan, **leaves), leaves.values())
    else:
        y = entrant.scan(**leaves)
    torch.autograd.grad(y, list(leaves.values()), towards.view(y.shape))
    return kept


def ratio(above: Record, below: Record) -> Spread:
    """How many times as fast `above` was, in each round that both ran."""
    return spread(slow / fast for fast, slow in zip(above.seconds, below.seconds, strict=False))
