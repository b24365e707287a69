"""Scans: ours, and the others that a processor can run, on the same inputs in one process."""
