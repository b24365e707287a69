"""Scenes: rigid bodies in three dimensions, with segmentation and depth. Loads MuJoCo only where it is needed."""
