"""Loading episodes into torch: ours, other formats, and other readers of ours."""
