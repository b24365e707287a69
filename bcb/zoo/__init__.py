"""`python -m bcb.zoo`: the scores of every bundled run, as tables and a figure for docs/results.md (`make results`)."""
