"""The leaderboard: predictions stores, each with a record beside it, scored again, and ranked.

A record says what predictions scored, on what data. Nothing of it is believed: the data is made again from its spec,
the predictions are scored again, and the two are compared. `docs/leaderboard.md` says what that can't tell.
"""
