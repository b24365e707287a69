"""A line of the audit, and how it comes to its verdict.

Some lines are held to a bound, and bring their verdict along. Others ask whether something is so by chance, and bring a
p-value. The more of those there are, the smaller the least of them, so each is held to its share of what the whole
audit may get wrong (Bonferroni): a clean dataset fails once in 10,000 audits, and is warned of once in 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eval.estimate import Estimate

OK, WARNING, FAIL = VERDICTS = ("ok", "warning", "FAIL")  # the worst last
WARNED_BY_CHANCE = 1e-2  # of audits of clean data
FAILED_BY_CHANCE = 1e-4


@dataclass(frozen=True)
class Line:
    """One thing that was looked at.

    what:      in words.      value: the number found; NaN where there is nothing to measure.
    bound:     in words, what the number is held to.
    low, high: its 95 % interval, NaN where it has none.
    p:         how likely so much is by chance, where that is the question; then the verdict follows from it.
    verdict:   one of VERDICTS; "" until it is settled.
    remark:    what there is to say about it.
    """

    what: str
    value: float
    bound: str
    low: float = np.nan
    high: float = np.nan
    p: float | None = None
    verdict: str = ""
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        """All fields; what is NaN as None."""
        return {name: None if value != value else value for name, value in vars(self).items()}


def measured(what: str, found: Estimate, bound: str, **more: Any) -> Line:
    """A line of an estimate."""
    return Line(what, found.value, bound, found.low, found.high, **more)


def settled(lines: Sequence[Line]) -> list[Line]:
    """The lines of a whole audit, each with its verdict."""
    tests = sum(line.p is not None for line in lines)
    return [line if line.p is None else replace(line, verdict=_verdict(line.p * tests)) for line in lines]


def worst(lines: Iterable[Line]) -> str:
    """The worst verdict among lines; ok if there is none."""
    return max((line.verdict for line in lines), key=VERDICTS.index, default=OK)


def _verdict(by_chance: float) -> str:
    return FAIL if by_chance < FAILED_BY_CHANCE else WARNING if by_chance < WARNED_BY_CHANCE else OK
