"""Which episodes `bcb audit` looks at."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bcb.config import parse_sets, read_config
from bcb.presets import PRESETS
from bcb.specs import SpecFlags, spec_from
from bcb.tasks import task_of
from eval.audit import Data, Facts, facts_from
from generators.source import Source, SpecSource
from generators.spec import SPLITS, Spec
from generators.store import StoreReader
from generators.verify.verification import chosen_splits


def sources_of(what: str, flags: SpecFlags, sets: Sequence[str], episodes: int) -> Sequence[Source]:
    """The splits of a store, all that there are; or so many episodes each of a preset's or a spec file's.

    A preset's name wins over a store's, which is ./NAME then. Raises ValueError for what isn't there, or where options
    say of a store what it is.
    """
    if what in PRESETS:
        spec = spec_from(replace(flags, preset=what), sets=parse_sets(sets))
    elif Path(what).suffix == ".json":
        spec = spec_from(flags, read_config(what), parse_sets(sets))
    else:
        if sets or flags != SpecFlags():
            raise ValueError(f"{what} is a store, which says what it holds; leave all options but --episodes out")
        readers = [StoreReader(what, split) for split in _splits(what)]
        _checked(readers[0].spec)
        return readers
    return [SpecSource(_checked(spec), split, episodes) for split in SPLITS]


def data_of(sources: Sequence[Source], episodes: int, report: Callable[[int, int], None]) -> Data:
    """What the audit needs of at most so many episodes of each source. Raises ValueError where there are too few."""
    sizes = [min(episodes, len(source)) for source in sources]
    facts: dict[str, Facts] = {}
    starts: dict[str, np.ndarray] = {}
    for k, source in enumerate(sources):
        if sizes[k] < 2:
            raise ValueError(f"the {source.split} split has {len(source)} episodes; an audit needs at least 2")
        before = sum(sizes[:k])
        facts[source.split], starts[source.split] = facts_from(
            source, sizes[k], progress=lambda done, _, before=before: report(before + done, sum(sizes))
        )
    return Data(facts, starts)


def _checked(spec: Spec) -> Spec:
    """The spec, before anything is read. Raises ValueError where it has nothing to audit."""
    task_of(spec, "blinking")
    return spec


def _splits(store: str) -> list[str]:
    """In the order of SPLITS."""
    there = [found.plan.split for found in chosen_splits(store)]
    return [split for split in SPLITS if split in there]
