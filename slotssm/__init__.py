"""Sequence models with and without slots, their data loading and their training. Never imports pymunk."""
