"""`python -m bcb.zoo`: the scores of every bundled run, as tables for docs/results.md (`make results`)."""
