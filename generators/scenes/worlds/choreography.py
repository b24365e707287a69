"""Who moves, and how: rounds of slides, jumps, turns and covers, as CATER has them (arXiv 1910.04744).

A stack is what moves as one: the outermost cone and what it covers, one in the other, innermost last. In each round a
cone may jump on a stack that fits in it (half the time, if one can), and each other stack slides, jumps or turns; of a
stack of several the outermost may jump away and leave the others. What finds no way rests.
"""

from typing import Literal

import numpy as np

from generators.scenes.worlds.paths import (
    GAP,
    ROUND,
    clear,
    jump,
    matrices,
    progress,
    slide,
    standing,
    timing,
    turned,
)
from generators.scenes.worlds.stage import SNITCH, Stage

ROOM = 3.0  # metres: places lie so far from the middle along x and y at the most
TRIES, PAIRS = 30, 10

Aim = Literal["any", "hide", "show", "keep"]  # of a round, for the snitch; keep: it stays covered


class Round:
    """One round on a stage, which afterwards is as the round leaves it.

    position, quaternion: float64 (time, object, …), the last frame of the round before, and its own `ROUND`.
    spin:  float64 (time, object, xyz), radians since the frame before.
    cover: int (time,), the outermost object over the snitch, −1 for none.
    """

    def __init__(self, stage: Stage, rng: np.random.Generator, aim: Aim = "any"):
        self.stage, self.rng = stage, rng
        self.position = np.repeat(stage.position[None], ROUND + 1, axis=0)
        self.quaternion = np.repeat(stage.quaternion[None], ROUND + 1, axis=0)
        self.spin = np.zeros_like(self.position)
        self.cover = np.full(ROUND + 1, stage.cover)
        self.done: list[list[int]] = []  # stacks that have had their turn
        merged = self._begin(aim)
        for k in rng.permutation(len(stage.stacks)):
            if (stack := stage.stacks[k]) not in self.done:
                self._any_move(stack, aim)
        for cone, stack in merged:
            stage.stacks[:] = [s for s in stage.stacks if s not in (cone, stack)] + [cone + stack]
        stage.position, stage.quaternion = self.position[-1].copy(), self.quaternion[-1].copy()

    def _begin(self, aim: Aim) -> list[tuple[list[int], list[int]]]:
        """What comes before all others: what is aimed at, and perhaps a cover. Returns (cone, stack) of covers."""
        stage, made = self.stage, []
        hiding = stage.hiding
        if aim == "show":
            any(self._uncover(hiding) for _ in range(TRIES))
        pairs = [(cone, stack) for cone in stage.stacks for stack in stage.stacks if stage.holds(cone, stack)]
        pairs = [pairs[k] for k in self.rng.permutation(len(pairs))]
        if aim == "hide":
            made += self._covers([p for p in pairs if p[1] is hiding])
        if not made and self.rng.random() < 0.5:
            barred = hiding if aim in ("show", "hide") else None
            made += self._covers([p for p in pairs if p[0] not in self.done and p[1] is not barred])
        return made

    def _covers(self, pairs: list[tuple[list[int], list[int]]]) -> list[tuple[list[int], list[int]]]:
        """The first of the pairs of which the cone can jump on the stack, or none."""
        for cone, stack in pairs[:PAIRS]:
            start, end = timing(self.rng)
            path = jump(self.position[0, cone[0]], self.position[0, stack[0], :2], progress(start, end))
            if stack not in self.done and self._free(path, cone, but=stack):
                self._take(cone, path)
                self.done.append(stack)
                if SNITCH in stack:
                    self.cover[end:] = cone[0]
                return [(cone, stack)]
        return []

    def _any_move(self, stack: list[int], aim: Aim) -> None:
        moves = [self._slide]
        if len(stack) > 1:
            moves += [self._uncover] if aim != "keep" or SNITCH not in stack else []
        else:
            moves += [self._jump] + ([] if self.shape_of(stack) in ("cone", "sphere") else [self._turn])
        for _ in range(TRIES):
            if moves[int(self.rng.integers(len(moves)))](stack):
                return

    def shape_of(self, stack: list[int]) -> str:
        """The name of the shape of a stack's outermost object."""
        return self.stage.shape[stack[0]]

    def _slide(self, stack: list[int]) -> bool:
        path = slide(self.position[0, stack[0]], self._spot(), progress(*timing(self.rng)))
        return self._free(path, stack) and self._take(stack, path)

    def _jump(self, stack: list[int]) -> bool:
        path = jump(self.position[0, stack[0]], self._spot(), progress(*timing(self.rng)))
        return self._free(path, stack) and self._take(stack, path)

    def _uncover(self, stack: list[int]) -> bool:
        """The outermost cone jumps away; the others rest."""
        top, rest = stack[:1], stack[1:]
        start, end = timing(self.rng)
        path = jump(self.position[0, top[0]], self._spot(), progress(start, end))
        room = self.stage.wide[top[0]] + self.stage.wide[rest[0]] + GAP
        if np.linalg.norm(path[-1, :2] - path[0, :2]) < room or not self._free(path, stack):
            return False
        self._take(top, path)
        self.done.append(rest)
        self.stage.stacks[self.stage.stacks.index(stack)] = top
        self.stage.stacks.append(rest)
        if SNITCH in rest:
            self.cover[start + 1 :] = self.stage.cover
        return True

    def _turn(self, stack: list[int]) -> bool:
        """A quarter turn about an axis of its own that is level or upright now, so that it stands flat again."""
        k, (start, end) = stack[0], timing(self.rng)
        axis = matrices(self.stage.quaternion[k])[:, int(self.rng.integers(3))]
        angle = progress(start, end) * (np.pi / 2 if self.rng.random() < 0.5 else -np.pi / 2)
        turns = turned(self.stage.quaternion[k], axis, angle)
        path = self.position[:, k].copy()
        path[:, 2] = self.stage.size[k] * standing(self.stage.shape[k], turns)
        if not self._free(path, stack):
            return False
        self.quaternion[:, k] = turns
        self.spin[1:, k] = np.diff(angle)[:, None] * axis
        return self._take(stack, path)

    def _spot(self) -> np.ndarray:
        return self.rng.uniform(-ROOM, ROOM, 2)

    def _free(self, path: np.ndarray, stack: list[int], but: list[int] | None = None) -> bool:
        """Whether the outermost of a stack can go this way, whatever the others do in this round."""
        stage, own = self.stage, stack[0]
        others = [other[0] for other in stage.stacks if other not in (stack, but)]
        wide, high = (stage.wide[own] + stage.wide[others]), stage.high[own] + stage.high[others]
        return clear(path, self.position[:, others], wide, high)

    def _take(self, stack: list[int], path: np.ndarray) -> bool:
        """Let a stack go this way: what is covered goes along, each at its own height."""
        self.position[:, stack[0]] = path
        self.position[:, stack[1:], :2] = path[:, None, :2]
        self.done.append(stack)
        return True
