"""Real data sets, read in the formats that they are published in: episodes as dicts of arrays like ours."""
