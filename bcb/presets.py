"""The presets: worlds, lengths and model sizes that belong together, as values in a table.

The paper-… presets have the paper's lengths (PAPER §1) at 64×64; what the paper leaves open (balls, radius, speed,
and the sizes of the models) is ours. `small` and `small-80` are the same task at a size that a laptop can train.
`recall` is the one that tells models apart: a fixed amount of evidence, then ever longer nothing (docs/LOG.md has why).
`video-paper` and `video-small` are video prediction (PAPER §5): 30 frames, of which 20 are trained on.
`movi-a-like`, `movi-b-like` and `snitch` are scenes in three dimensions (PAPER §3–5), in a table of their own;
`…-small` are the same tasks at a size that a laptop can train.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generators.lengths import PAPER_LENGTHS, steps
from generators.scenes.camera import Camera
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import TOSSED_A, TOSSED_B, SnitchWorld
from generators.spec import Spec
from generators.worlds import BouncingWorld, World
from slotssm.recipe import TrainConfig


@dataclass(frozen=True)
class ModelSize:
    """Sizes that every model understands; `slots` is how many each layer has (a single-state model has one)."""

    width: int = 64
    layers: int = 3
    slots: int = 6


@dataclass(frozen=True)
class Preset:
    """A world, a number of frames and patches, and the model that fits them. The rule and the seed are the user's.

    rule, colors: those of the spec where the user names no other rule.   knobs: further fields of the spec.
    tests: context frames at which trained models are compared; those trained at alone, where there are none.
    """

    summary: str
    world: World
    context_frames: int
    patches_per_side: int
    model: ModelSize
    train: TrainConfig
    finetune: TrainConfig  # when training starts from another run's weights
    rule: str = "earliest"
    colors: int = 5
    knobs: Mapping[str, Any] = field(default_factory=dict)
    tests: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """L, the number of context steps."""
        return steps(self.context_frames, self.patches_per_side)

    def spec(self, rule: str | None = None, seed: int = 0) -> Spec:
        """The dataset of this preset under a rule. Raises ValueError for a wrong rule or a negative seed."""
        return Spec(
            rule=rule or self.rule,
            colors=self.colors,
            seed=seed,
            context_frames=self.context_frames,
            patches_per_side=self.patches_per_side,
            world=self.world,
            **self.knobs,
        )


SMALL = Preset(
    summary="32×32, 3 balls, 10 whole frames; half an hour on a laptop",
    world=BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1.0, 2.0)),
    context_frames=10,
    patches_per_side=1,
    model=ModelSize(width=64, layers=3, slots=4),
    train=TrainConfig(steps=6000, batch_size=32, ramp=2500, decay=1500, decodes=2),
    finetune=TrainConfig(steps=3000, batch_size=32, ramp=300, decay=1000, decodes=2),
    tests=(10, 20, 40, 80),
)
SMALL_80 = replace(
    SMALL,
    summary="32×32, 3 balls, 5 frames of 4×4 patches: L = 80 on a laptop, starting from `small` (--init)",
    context_frames=5,
    patches_per_side=4,
    finetune=TrainConfig(steps=3000, batch_size=32, ramp=1000, decay=1000, decodes=2),
    tests=(),
)
RECALL = replace(
    SMALL,
    summary="`small`, blinks in the first 10 of 20 frames alone: who still knows? Starting from `small` (--init)",
    context_frames=20,
    finetune=TrainConfig(steps=1500, batch_size=32, ramp=300, decay=500, decodes=2),
    rule="frequent",
    knobs={"evidence_frames": 10},
    tests=(10, 20, 40, 80, 160),
)


def paper(length: int) -> Preset:
    """The preset of one of the paper's lengths."""
    frames, side = PAPER_LENGTHS[length]
    return Preset(
        summary=f"64×64, 4 balls, {frames} frames of {side}×{side} patches: the paper's L = {length}",
        world=BouncingWorld(balls=4, size=64, radius=(7.0, 7.0), speed=(2.0, 4.0)),
        context_frames=frames,
        patches_per_side=side,
        model=ModelSize(width=128, layers=3, slots=6),
        train=TrainConfig(steps=50_000, batch_size=64, decodes=2),
        finetune=TrainConfig(steps=25_000, batch_size=64, decodes=2),
    )


VIDEO_SMALL = Preset(
    summary="video prediction at 32×32, 3 balls of random mass, 30 frames; a quarter of an hour on a laptop",
    world=replace(SMALL.world, mass="random"),
    context_frames=29,
    patches_per_side=1,
    model=SMALL.model,
    train=TrainConfig(steps=3000, batch_size=8, curriculum="none", decodes=19),
    finetune=TrainConfig(steps=1500, batch_size=8, curriculum="none", decodes=19),
    rule="none",
    colors=0,
)
VIDEO_PAPER = Preset(
    summary="video prediction at 64×64, 4 balls of random mass, 30 frames",
    world=BouncingWorld(balls=4, size=64, radius=(7.0, 7.0), speed=(2.0, 4.0), mass="random"),
    context_frames=29,
    patches_per_side=1,
    model=ModelSize(width=128, layers=3, slots=6),
    train=TrainConfig(steps=50_000, batch_size=64, curriculum="none", decodes=19),
    finetune=TrainConfig(steps=25_000, batch_size=64, curriculum="none", decodes=19),
    rule="none",
    colors=0,
)


PRESETS: dict[str, Preset] = {
    "small": SMALL,
    "small-80": SMALL_80,
    "recall": RECALL,
    **{f"paper-{length}": paper(length) for length in PAPER_LENGTHS},
    "video-small": VIDEO_SMALL,
    "video-paper": VIDEO_PAPER,
}


@dataclass(frozen=True)
class ScenePreset:
    """A dataset of scenes. The seed is the user's."""

    summary: str
    dataset: SceneSpec

    def spec(self, seed: int = 0) -> SceneSpec:
        """The dataset with a seed. Raises ValueError for a negative one."""
        return replace(self.dataset, seed=seed)


SCENE_PRESETS: dict[str, ScenePreset] = {
    "movi-a-like": ScenePreset(
        "scenes at 64×64: 3 to 10 objects of three shapes tossed on a floor, 24 frames; segmentation and depth",
        SceneSpec(world=TOSSED_A, frames=24),
    ),
    "movi-b-like": ScenePreset(
        "`movi-a-like` with more shapes, sizes and colours, and floors and skies of every colour",
        SceneSpec(world=TOSSED_B, frames=24),
    ),
    "snitch": ScenePreset(
        "scenes at 64×64: where does the snitch end, after cones have covered it and carried it off? 300 frames",
        SceneSpec(world=SnitchWorld(), frames=300),
    ),
    "snitch-hidden": ScenePreset(
        "`snitch` with it under one of three cones or more for the last 60 to 180 frames: which one must be remembered",
        SceneSpec(world=SnitchWorld(cones=3, hidden=(60, 180)), frames=300),
    ),
    "movi-small": ScenePreset(
        "`movi-a-like` at 32×32: 2 to 4 larger objects seen from nearer, 12 frames; ten minutes of two cores",
        SceneSpec(
            world=replace(TOSSED_A, objects=(2, 4), size=32, sizes=(0.6, 0.8), camera=Camera(fovy=40.0)), frames=12
        ),
    ),
    "snitch-small": ScenePreset(
        "`snitch-hidden` at 32×32: 4 to 6 objects, 80 frames, the last 10 to 40 hidden; 20 minutes of two cores",
        SceneSpec(world=SnitchWorld(objects=(4, 6), size=32, sizes=(0.5, 0.75), cones=3, hidden=(10, 40)), frames=80),
    ),
}
