"""The worlds of scenes. To add one, open `tossed.py` and write its sibling."""

from generators.scenes.worlds.snitch import SnitchWorld
from generators.scenes.worlds.tossed import TOSSED_A, TOSSED_B, TossedWorld

SceneWorld = TossedWorld | SnitchWorld  # the worlds that a spec may have
SCENE_WORLDS = {"tossed": TossedWorld, "snitch": SnitchWorld}

__all__ = ["SCENE_WORLDS", "TOSSED_A", "TOSSED_B", "SceneWorld", "SnitchWorld", "TossedWorld"]
