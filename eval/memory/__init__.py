"""How far back a model remembers: the windowed oracle, and the effective memory that it gives a score."""

from eval.memory.effective import crossing, effective_memory
from eval.memory.score import MemoryScores, score_memory
from eval.memory.windowed import BEST, windowed_answers

__all__ = ["BEST", "MemoryScores", "crossing", "effective_memory", "score_memory", "windowed_answers"]
