"""Making episodes: ours, a plain script, and the bare physics, at a few sizes."""
