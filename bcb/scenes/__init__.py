"""Scenes from the command line: what `bcb train` and `bcb evaluate` do with stores that are not of balls."""
