"""Pictures of episodes: pure functions from ground truth to Pillow images, and one that writes them."""

from bcb.render.animation import animation, animation_scale
from bcb.render.panels import Look, Predicted, panels
from bcb.render.rollout import LEGEND, ROLLOUT_MS, rollout_panels
from bcb.render.save import SUFFIXES, check_suffix, save
from bcb.render.scenes import Drawn, object_names, scene_panels
from bcb.render.sheet import contact_sheet, sheet, sheet_scale
from bcb.render.slots import slot_panels

__all__ = [
    "LEGEND",
    "ROLLOUT_MS",
    "SUFFIXES",
    "Drawn",
    "Look",
    "Predicted",
    "animation",
    "animation_scale",
    "check_suffix",
    "contact_sheet",
    "object_names",
    "panels",
    "rollout_panels",
    "save",
    "scene_panels",
    "sheet",
    "sheet_scale",
    "slot_panels",
]
