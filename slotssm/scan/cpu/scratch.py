"""Memory for a kernel's intermediate values."""

import numpy as np
from numba import njit


@njit(nogil=True)
def scratch(size, like):  # pragma: no cover (compiled)
    """A flat array of so many numbers of the dtype of `like`, a number; of any content.

    It begins at a cache line: numpy's own may not, and vectors that lie across two lines take twice as long.
    """
    raw = np.empty(size + 16, np.asarray(like).dtype)
    skip = (-raw.ctypes.data % 64) // raw.itemsize
    return raw[skip : skip + size]
