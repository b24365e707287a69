"""The worlds: physics that yields tracks. To add one, open `bouncing.py` and write its sibling."""

from generators.worlds.bouncing import BouncingWorld
from generators.worlds.tracks import Tracks

World = BouncingWorld  # of all of them, a union: the worlds that a spec may have
WORLDS = {"bouncing": BouncingWorld}

__all__ = ["WORLDS", "BouncingWorld", "Tracks", "World"]
