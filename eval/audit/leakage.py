"""Leakage: is an episode of one split an episode of another, or nearly one?

Two tracks are compared by their positions in up to eight context frames, balls in the order of where they start, so
that renumbering hides nothing. Nearly the same is what is nearer across splits than a twentieth of what is usual within
them: in the many dimensions of where balls start and whither they go, no two are so by chance. And a track's nearest
one lies in the other split as often as splits that are drawn alike make it; more often if some are repeated with a
change, less often if the splits are of different kinds. Its null shuffles which track is of which split.
"""

from itertools import combinations

import numpy as np

from eval.audit.facts import Data, Facts
from eval.audit.line import FAIL, OK, Line
from eval.audit.statistics import normal_tail

SEED = 0
SHUFFLES = 200
COMPARED = 2000  # tracks of each split, evenly spread
DISTANCES_AT_ONCE = 2**22  # bounds the memory: 32 MiB
NEAR = 0.05


def check(data: Data) -> list[Line]:
    """Repeats, and for each two splits the nearest tracks."""
    lines = [_repeats(data)]
    for (one, a), (other, b) in combinations(data.splits.items(), 2):
        lines += _neighbours(f"{one} and {other}", _flat(a), _flat(b))
    return lines


def _repeats(data: Data) -> Line:
    """Episodes that start as an earlier one does, to the bit, in whatever split."""
    starts = dict(data.every_start) or {split: facts.tracks[:, 0] for split, facts in data.splits.items()}
    home: dict[bytes, tuple[str, int]] = {}
    repeats = []
    for split, start in starts.items():
        for row, one in enumerate(np.ascontiguousarray(_ordered(start))):
            key = one.tobytes()
            if key in home:
                repeats.append((split, row, *home[key]))
            home.setdefault(key, (split, row))
    remark = "{} {} starts as {} {}".format(*repeats[0]) if repeats else ""
    number = sum(len(start) for start in starts.values())
    what = f"of {number} episodes, those that start as another"
    return Line(what, len(repeats), "0", verdict=FAIL if repeats else OK, remark=remark)


def _neighbours(pair: str, a: np.ndarray, b: np.ndarray) -> list[Line]:
    """Lines on tracks, float64 (n, dimension) and (m, dimension)."""
    a, b = (
        tracks[np.linspace(0, len(tracks) - 1, min(len(tracks), COMPARED)).round().astype(int)] for tracks in (a, b)
    )
    within = np.concatenate([_nearest(tracks, tracks, itself=True)[0] for tracks in (a, b)])
    across, usual = float(_nearest(a, b)[0].min()), float(np.median(within))
    share = across / usual if usual else 0.0
    verdict = OK if share >= NEAR else FAIL
    return [
        Line(f"nearest tracks of {pair}, over the usual", share, f"{NEAR} or more", verdict=verdict),
        _mixed(pair, a, b),
    ]


def _mixed(pair: str, a: np.ndarray, b: np.ndarray) -> Line:
    """How often a track's nearest is of the other split (Schilling 1986)."""
    both = np.concatenate([a, b])
    of = np.arange(len(both)) < len(a)
    nearest = _nearest(both, both, itself=True)[1]
    share = float((of != of[nearest]).mean())
    rng = np.random.default_rng(SEED)
    shuffled = (rng.permutation(of) for _ in range(SHUFFLES))
    null = np.array([(one != one[nearest]).mean() for one in shuffled])
    spread = float(null.std(ddof=1))
    p = 2 * normal_tail(abs(share - null.mean()) / spread) if spread else 1.0
    return Line(f"tracks of {pair} whose nearest is of the other", share, f"shuffled, {null.mean():.3g}", p=min(1.0, p))


def _nearest(some: np.ndarray, all_: np.ndarray, itself: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The distance to the nearest, and which it is: (n,) each. itself: row i is not its own neighbour."""
    rows, at_once = [], max(1, DISTANCES_AT_ONCE // len(all_))
    for first in range(0, len(some), at_once):
        part = some[first : first + at_once]
        squared = (all_**2).sum(axis=1) - 2 * part @ all_.T  # but for what all of a row have
        if itself:
            own = np.arange(len(part))
            squared[own, first + own] = np.inf
        rows.append(squared.argmin(axis=1))
    row = np.concatenate(rows)
    return np.linalg.norm(some - all_[row], axis=1), row


def _flat(facts: Facts) -> np.ndarray:
    """Tracks as float64 (n, dimension)."""
    order = np.argsort(facts.tracks[:, 0, :, 0], axis=1)[:, None, :, None]
    return np.take_along_axis(facts.tracks, order, axis=2).reshape(len(facts), -1).astype(np.float64)


def _ordered(start: np.ndarray) -> np.ndarray:
    """Positions (n, ball, 2) with the balls from left to right."""
    return np.take_along_axis(start, np.argsort(start[:, :, 0], axis=1)[:, :, None], axis=1)
