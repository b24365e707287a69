"""The page of a run of torture: what was done, and how often."""

def write_report(page, tally):
    import json
    print(json.dumps(tally, indent=1))
