"""Readers of real data sets, in the formats that they are published in: episodes as dicts of arrays like ours."""

from generators.imports.cater import cater
from generators.imports.clevrer import clevrer
from generators.imports.description import DIMENSIONS, Description, Imported
from generators.imports.movi import movi
from generators.imports.video import video

__all__ = ["DIMENSIONS", "READERS", "Description", "Imported", "cater", "clevrer", "movi", "video"]

READERS = {"movi": movi, "cater": cater, "clevrer": clevrer, "video": video}
