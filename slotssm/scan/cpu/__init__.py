"""The scans on the CPU: numba kernels over vectors of 16 lanes."""
