"""Scores predictions, whoever made them. Never imports torch, nor a model."""
