"""The tasks on scenes (PAPER §5), which share stores and models. To add one, write its sibling in the table."""

from dataclasses import dataclass

from slotssm.scenes.recipe import SceneTrainConfig


@dataclass(frozen=True)
class SceneTask:
    """What is learned, of which frames.

    summary: one line.   targets: what the slots draw.   recipe: of a training, where nothing else is said.
    model:   what one gets without --model.   preset: what `bcb generate` makes without --preset.
    """

    summary: str
    targets: tuple[str, ...]
    recipe: SceneTrainConfig
    model: str
    preset: str


SCENE_TASKS: dict[str, SceneTask] = {
    "objects": SceneTask(
        summary="Draw every frame of a scene again from slots, and let each slot draw one object.",
        targets=("rgb",),
        recipe=SceneTrainConfig(task="objects", sampling="window", frames=6),
        model="oc-slotssm",
        preset="movi-a-like",
    ),
    "depth": SceneTask(
        summary="Draw how far away every pixel of a scene is.",
        targets=("depth",),
        recipe=SceneTrainConfig(task="depth", sampling="window", frames=6, steps=2000),
        model="oc-slotssm",
        preset="movi-a-like",
    ),
    "snitch": SceneTask(
        summary="Say in which cell the golden snitch is after the last frame, covered and carried off as it may be.",
        targets=("rgb",),
        recipe=SceneTrainConfig(task="snitch", sampling="segments", frames=50, steps=3000, batch_size=8, lr=3e-4),
        model="slotssm",
        preset="snitch",
    ),
}
