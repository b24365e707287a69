"""Where episodes come from: anything with a length and `episode(i)`. Here, straight from a spec."""

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from generators.episode import Episode, make_episode
from generators.fields import choice, whole_number
from generators.raster import rasterize
from generators.spec import SPLITS, Spec


@runtime_checkable
class Source(Protocol):
    """Episodes by index, and the spec they follow. A store's reader is one; so is a `SpecSource`."""

    @property
    def spec(self) -> Spec: ...

    @property
    def split(self) -> str: ...

    def __len__(self) -> int: ...

    def episode(self, index: int) -> Episode: ...


@dataclass(frozen=True)
class SpecSource:
    """The first `count` episodes of a split, made when asked for. Pickles to workers.

    Raises ValueError for an unknown split or a negative count.
    """

    spec: Spec
    split: str
    count: int

    def __post_init__(self):
        choice("split", self.split, tuple(SPLITS))
        whole_number("count", self.count, 0)

    def __len__(self) -> int:
        return self.count

    def episode(self, index: int) -> Episode:
        """Raises IndexError beyond `count`."""
        if not 0 <= index < self.count:
            raise IndexError(f"episode {index} of {self.count}")
        return make_episode(self.spec, self.split, index)


@dataclass(frozen=True)
class View:
    """A source seen with fewer context frames, or cut in other patches; None leaves what the source has.

    An episode of fewer frames is the beginning of the longer one, so a view has the episodes of its own spec.
    Raises ValueError for more frames than the source has.
    """

    source: Source
    context_frames: int | None = None
    patches_per_side: int | None = None

    def __post_init__(self):
        if (self.context_frames or 0) > self.source.spec.context_frames:
            raise ValueError(
                f"the data has {self.source.spec.context_frames} context frames, not {self.context_frames}; "
                f"generate a longer one with --context-frames {self.context_frames}"
            )
        _ = self.spec  # refuses patches that don't fit

    @property
    def spec(self) -> Spec:
        spec = self.source.spec
        spec = spec.first(self.context_frames or spec.context_frames)
        return replace(spec, patches_per_side=self.patches_per_side or spec.patches_per_side)

    @property
    def split(self) -> str:
        return self.source.split

    def __len__(self) -> int:
        return len(self.source)

    def episode(self, index: int) -> Episode:
        """Raises IndexError beyond the source's end."""
        whole, n = self.source.episode(index), self.spec.context_frames
        if n == len(whole.frames):
            return whole
        target = rasterize(whole.position[n : n + 1], whole.radius, whole.answer[n - 1 : n], whole.target.shape[0])[0]
        return Episode(
            frames=whole.frames[:n],
            target=target,
            position=whole.position[: n + 1],
            velocity=whole.velocity[: n + 1],
            radius=whole.radius,
            mass=whole.mass,
            blink_ball=whole.blink_ball[:n],
            blink_color=whole.blink_color[:n],
            answer=whole.answer[:n],
        )


def view_of(source: Source, fingerprint: str) -> Source:
    """The view of a source, with fewer context frames, that has this fingerprint; the source itself if none has."""
    views = (View(source, frames) for frames in range(1, source.spec.context_frames))
    return next((view for view in views if view.spec.fingerprint == fingerprint), source)
