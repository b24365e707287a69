"""The scans on the CPU: numba kernels over vectors."""
