"""The scans on a GPU: one pair of Triton kernels for both, in `kernels.py`; imported only where it is used."""
