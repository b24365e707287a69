"""Episodes: the ground truth of one, and the pure function that makes it."""

from dataclasses import dataclass, replace

import numpy as np

from generators.blinks import draw_blinks, that_count
from generators.fields import choice, whole_number
from generators.palette import WHITE
from generators.raster import rasterize
from generators.rules import RULES
from generators.spec import SPLITS, Spec
from generators.streams import episode_stream
from generators.veil import Veil


@dataclass(frozen=True)
class Episode:
    """One episode; the fields are the arrays of a store (DESIGN §4) without their episode axis.

    frames:     uint8 (time, y, x), palette classes of the context; time = T − 1.
    target:     uint8 (y, x), palette classes of frame T.
    position, velocity: float32 (time_all, ball, xy), pixels, pixels per frame; time_all = T.
    radius, mass:       float32 (ball,).
    blink_ball: int16 (time,), −1 for none.   blink_color: uint8 (time,), 1 for none.
    answer:     uint8 (time, ball), running answers.
    """

    frames: np.ndarray
    target: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    radius: np.ndarray
    mass: np.ndarray
    blink_ball: np.ndarray
    blink_color: np.ndarray
    answer: np.ndarray


@dataclass(frozen=True)
class Truth:
    """All of an episode but its images, which it draws: so an episode may be longer than memory.

    size: side of the square images, pixels.   veil: what lies over the context frames.
    The other fields are those of `Episode`.
    """

    size: int
    position: np.ndarray
    velocity: np.ndarray
    radius: np.ndarray
    mass: np.ndarray
    blink_ball: np.ndarray
    blink_color: np.ndarray
    answer: np.ndarray
    veil: Veil

    def frames(self, start: int = 0, stop: int | None = None, out: np.ndarray | None = None) -> np.ndarray:
        """Context frames from `start` to before `stop` (None: to the last), uint8 (time, y, x); in `out` if given."""
        ball, color = self.blink_ball[start:stop], self.blink_color[start:stop]
        painted = np.full((len(ball), len(self.radius)), WHITE, dtype=np.uint8)
        painted[np.arange(len(ball)), ball] = color
        drawn = rasterize(self.position[:-1][start:stop], self.radius, painted, self.size, out)
        return self.veil.over(drawn, start)

    def target(self) -> np.ndarray:
        """The target, uint8 (y, x)."""
        return rasterize(self.position[-1:], self.radius, self.answer[-1:], self.size)[0]


def make_truth(spec: Spec, split: str, index: int) -> Truth:
    """The truth of episode `index` of a split: the same bits whoever makes it, in whatever order.

    Raises ValueError for an unknown split or a negative index.
    """
    choice("split", split, tuple(SPLITS))
    index = whole_number("episode", index, 0)
    rng = episode_stream(spec, split, index)
    tracks = spec.world.simulate(spec.context_frames + 1, rng)
    blinks = draw_blinks(spec, split, index, rng)
    told = replace(that_count(spec, blinks), position=tracks.position[:-1], radius=tracks.radius)
    return Truth(
        size=spec.world.size,
        position=tracks.position,
        velocity=tracks.velocity,
        radius=tracks.radius,
        mass=tracks.mass,
        blink_ball=blinks.ball,
        blink_color=blinks.color,
        veil=Veil(spec, split, index),
        answer=RULES[spec.rule].answers(told, spec.world.balls),
    )


def make_episode(spec: Spec, split: str, index: int) -> Episode:
    """Episode `index` of a split, as `make_truth`, with all its images."""
    truth = make_truth(spec, split, index)
    return Episode(
        frames=truth.frames(),
        target=truth.target(),
        position=truth.position,
        velocity=truth.velocity,
        radius=truth.radius,
        mass=truth.mass,
        blink_ball=truth.blink_ball,
        blink_color=truth.blink_color,
        answer=truth.answer,
    )


def targets(episode: Episode) -> np.ndarray:
    """The target image had the context ended after each frame t: uint8 (time, y, x). The last is `target`."""
    return rasterize(episode.position[1:], episode.radius, episode.answer, episode.target.shape[0])
