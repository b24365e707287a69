"""All contestants in turn, round after round, for every workload and number of DataLoader workers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from bcb.bench.loading import cache
from bcb.bench.loading.formats import FORMATS, missing
from bcb.bench.loading.loader import Loader
from bcb.bench.loading.workload import Workload
from bcb.bench.spread import Spread, spread
from generators.engine import generate
from generators.spec import Spec
from generators.store import StoreReader

SPLIT = "train"


@dataclass
class Record:
    """What one contestant came to; `cold`: with nothing of its files in the page cache. seconds: of every pass."""

    contestant: str
    workload: Workload
    workers: int
    cold: bool
    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> Spread:
        """Items (episodes or windows) a second."""
        return spread(self.workload.episodes / seconds for seconds in self.seconds)


def make_data(workloads: Sequence[Workload], folder: Path) -> dict[tuple[str, str], Path]:
    """Write what every contestant reads: (contestant, workload's name) → its folder.

    Contestants that aren't installed are left out.
    """
    found: dict[tuple[str, str], Path] = {}
    for workload in workloads:
        place = folder / f"{workload.frames}-{workload.episodes}"
        if not place.exists():
            spec = Spec(context_frames=workload.frames, patches_per_side=1)
            generate(spec, place / "store", {SPLIT: workload.episodes})
        reader = StoreReader(place / "store", SPLIT)
        for name, form in FORMATS.items():
            if missing(form):
                continue
            at = place / name.replace(" ", "-").replace(",", "") if form.write else place / "store" / SPLIT
            if form.write and not at.exists():
                at.mkdir()
                form.write(reader, at)
            found[name, workload.name] = at
    return found


def run_rounds(
    workloads: Sequence[Workload],
    workers: Sequence[int],
    rounds: int,
    folders: dict[tuple[str, str], Path],
    report: Callable[[int, int], None],
) -> list[Record]:
    """report: called with (passes done, passes in all)."""
    states = [True, False] if cache.can_drop() else [False]
    names = [name for name in FORMATS if (name, workloads[0].name) in folders]
    records = {
        (name, workload.name, count, cold): Record(name, workload, count, cold)
        for workload in workloads
        for count in workers
        for name in names
        for cold in states
    }
    done, total = 0, rounds * len(records)
    for workload in workloads:
        for count in workers:
            loaders = {name: Loader(FORMATS[name], folders[name, workload.name], workload, count) for name in names}
            for loader in loaders.values():
                warm_up = max(count, 1) * 2
                list(loader.one_pass(count=warm_up))
            for number in range(rounds):
                for name, loader in loaders.items():
                    for cold in states:
                        report(done, total)
                        (cache.drop if cold else cache.fill)(folders[name, workload.name])
                        records[name, workload.name, count, cold].seconds.append(timed(loader, workload, number))
                        done += 1
    report(total, total)
    return list(records.values())


def timed(loader: Loader, workload: Workload, seed: int) -> float:
    """Seconds of one pass, from asking for the first batch to having the last."""
    start, items = perf_counter(), 0
    for batch in loader.one_pass(seed):
        items += len(batch[0])
    seconds = perf_counter() - start
    assert items == workload.episodes, (items, workload)
    return seconds


def ratio(above: Record, below: Record) -> Spread:
    """How many times as fast `above` was, in each round."""
    return spread(slow / fast for fast, slow in zip(above.seconds, below.seconds, strict=True))
