"""The ways to load episodes that are compared."""

from importlib.util import find_spec

from bcb.bench.loading.formats.format import Batch, Format, Reader, Stream
from bcb.bench.loading.formats.hdf5 import Hdf5Reader, Hdf5Writer
from bcb.bench.loading.formats.npy import NpyReader, write_npy
from bcb.bench.loading.formats.ours import OurReader
from bcb.bench.loading.formats.tensorstore import TensorstoreReader
from bcb.bench.loading.formats.webdataset import WebDatasetStream, write_webdataset
from bcb.bench.loading.formats.zarr import ZarrReader, zarrs_reader

FORMATS = {
    "ours": Format((), OurReader),
    "npy memmap": Format((), NpyReader, write_npy),
    "HDF5": Format(("h5py",), Hdf5Reader, Hdf5Writer()),
    "HDF5 lzf": Format(("h5py",), Hdf5Reader, Hdf5Writer((("compression", "lzf"),))),
    "HDF5 gzip-1": Format(("h5py",), Hdf5Reader, Hdf5Writer((("compression", "gzip"), ("compression_opts", 1)))),
    "WebDataset, in order": Format(("webdataset",), WebDatasetStream, write_webdataset),
    "tensorstore on ours": Format(("tensorstore",), TensorstoreReader),
    "zarr on ours": Format(("zarr",), ZarrReader),
    "zarr with zarrs on ours": Format(("zarr", "zarrs"), zarrs_reader),
}


def missing(form: Format) -> list[str]:
    """The packages that a format needs and that aren't installed."""
    return [package for package in form.needs if find_spec(package) is None]


__all__ = ["FORMATS", "Batch", "Format", "Reader", "Stream", "missing"]
