"""Rounds one after the other, until there are frames enough; and so that the snitch is hidden for as long as wanted."""

from typing import NamedTuple

import numpy as np

from generators.scenes.looks import REACH
from generators.scenes.worlds.choreography import Aim, Round
from generators.scenes.worlds.paths import MOVE, ROUND, WAIT
from generators.scenes.worlds.stage import FITS, SNITCH, Stage

PATIENCE = 6  # rounds in which to uncover the snitch and cover it again, before giving up
COMING_DOWN = 6  # frames, at most, in which a cone comes down


class Reel(NamedTuple):
    """What rounds yield, joined: position, quaternion, spin, cover as in `Round`, (time, …) each."""

    position: np.ndarray
    quaternion: np.ndarray
    spin: np.ndarray
    cover: np.ndarray

    def part(self, first: int, frames: int) -> "Reel":
        """So many frames from the `first` on."""
        return Reel(*(track[first : first + frames] for track in self))


def joined(rounds: list[Round]) -> Reel:
    """The rounds one after the other; each begins with the last frame of the one before, which is kept once."""
    tracks = ([getattr(r, name) for r in rounds] for name in Reel._fields)
    return Reel(*(np.concatenate([parts[0][:1], *(part[1:] for part in parts)]) for parts in tracks))


def direct(stage: Stage, frames: int, rng: np.random.Generator) -> Reel | None:
    """Whatever comes, the last so many frames of it, so that all rests at the end as the stage says.

    None where the snitch is covered in the first frame.
    """
    rounds = [Round(stage, rng) for _ in range(max(1, -(-(frames - 1) // ROUND)))]
    reel = joined(rounds)
    reel = reel.part(len(reel.cover) - frames, frames)
    return reel if reel.cover[0] == -1 else None


def direct_hidden(
    stage: Stage, frames: int, hidden: int, eye: tuple[float, float, float], rng: np.random.Generator
) -> Reel | None:
    """So many frames, in the last `hidden` of which the snitch is under a cone, and in the one before them not.

    Rounds go on as they like until it is time; then the snitch is uncovered where need be, and covered, and stays so.
    The reel is cut where the cone is down at the right frame. None where that fails, where the snitch is covered in the
    first frame, or where it isn't in clear view of the eye just before the cone comes down.
    """
    down = frames - hidden  # the frame of the episode in which the cone is down
    rounds: list[Round] = []
    while ROUND * len(rounds) + WAIT[0] + MOVE[0] < down:
        rounds.append(Round(stage, rng))
    for _ in range(PATIENCE):
        aim: Aim = "hide" if stage.cover == -1 else "show"
        rounds.append(Round(stage, rng, aim))
        if aim == "hide" and stage.cover != -1:
            break
    else:
        return None
    landed = ROUND * (len(rounds) - 1) + int(np.argmax(rounds[-1].cover != -1))
    while ROUND * len(rounds) + 1 < landed + hidden:
        rounds.append(Round(stage, rng, "keep"))
    reel = joined(rounds).part(landed - down, frames)
    if reel.cover[0] != -1 or not _in_view(reel.position[down - COMING_DOWN], stage, np.array(eye)):
        return None
    return reel


def choices(stage: Stage, position: np.ndarray) -> int:
    """How many cones the snitch may be under, by the looks of where all are, (object, xyz): cones that it fits under,
    that stand on the floor and in no other cone."""
    cones = [k for k, name in enumerate(stage.shape) if name == "cone" and position[k, 2] <= stage.size[k]]
    outer = [k for k in cones if not any(stage.size[j] > stage.size[k] and _level(position, j, k) for j in cones)]
    return sum(stage.size[SNITCH] <= FITS["snitch"] * stage.size[k] for k in outer)


def _level(position: np.ndarray, a: int, b: int) -> bool:
    """Whether one is where the other is, but for the height."""
    return bool(np.all(position[a, :2] == position[b, :2]))


def _in_view(position: np.ndarray, stage: Stage, eye: np.ndarray) -> bool:
    """Whether the line from the eye to the snitch's centre is out of the reach of everything else."""
    line, offset = position[SNITCH] - eye, position - eye
    along = np.clip(offset @ line / (line @ line), 0, 1)
    apart = np.linalg.norm(offset - along[:, None] * line, axis=1)
    reach = stage.size * [REACH[name] for name in stage.shape]
    return bool(np.delete(apart > reach, SNITCH).all())
