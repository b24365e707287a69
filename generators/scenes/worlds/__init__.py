"""The worlds of scenes. To add one, open `tossed.py` and write its sibling."""

from generators.scenes.worlds.tossed import TOSSED_A, TOSSED_B, TossedWorld

SceneWorld = TossedWorld  # of all of them, a union: the worlds that a spec may have
SCENE_WORLDS = {"tossed": TossedWorld}

__all__ = ["SCENE_WORLDS", "TOSSED_A", "TOSSED_B", "SceneWorld", "TossedWorld"]
