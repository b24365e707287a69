"""Scores of scenes: slot maps, frozen slots, the snitch's place, depth. numpy and scipy, and never a model.

One file each, functions of (prediction, truth arrays) → Estimate; docs/scene-metrics.md has the conventions and whose
they are.
"""
