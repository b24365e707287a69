"""Stores in the formats that other communities load without asking. `export` writes one; docs/export.md shows reading.

To add a format, open `npz.py`, write its sibling, and list it here.
"""

from generators.export.export import Export, export
from generators.export.format import Format
from generators.export.hdf5 import Hdf5
from generators.export.hf import Hf
from generators.export.mp4 import Mp4
from generators.export.npz import Npz
from generators.export.webdataset import WebDataset

FORMATS: dict[str, Format] = {
    "webdataset": WebDataset(),
    "hdf5": Hdf5(),
    "npz": Npz(),
    "mp4": Mp4(),
    "hf": Hf(),
}

__all__ = ["FORMATS", "Export", "Format", "export"]
