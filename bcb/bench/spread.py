"""Several measurements of one thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, and the lowest and the highest of them."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return _text(self.median)
        return f"{_text(self.median)} ({_text(self.low)}–{_text(self.high)})"


def spread(values: Iterable[float]) -> Spread:
    """Raises ValueError when there is no value."""
    values = list(values)
    if not values:
        raise ValueError("nothing was measured")
    return Spread(median(values), min(values), max(values))


def _text(value: float) -> str:
    """Three figures or the whole number: 0.0123, 1.23, 12.3, 12,345."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"
