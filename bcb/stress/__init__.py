"""`bcb stress`: train at each length, test at each length, for models, rules and seeds.

    OUT/plan.json                        what was asked, and what all cells share
    OUT/runs/CELL/                       a run folder, as `bcb train` makes them
    OUT/cells/CELL/trained.json          what training came to
    OUT/cells/CELL/test-LENGTH.json      a record of `bcb evaluate`, and whose it is
    OUT/cells/CELL/failed.json           why it could not go on, where it could not
    OUT/records.csv                      all of them as one table, one row for each number (`records.py`)

A cell is one training and its tests: MODEL-RULE-LENGTH-seedN. What is there is not computed again.
"""
