"""Models that look at pictures of scenes, and their training (PAPER §3, §5). Torch alone; never a renderer."""
