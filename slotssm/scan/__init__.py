"""Selective scans, and the convolution before them: the plain recurrences, and what computes them fast."""

from slotssm.scan.backends import BACKENDS, use_backend
from slotssm.scan.conv import causal_conv
from slotssm.scan.inputs import core_dtype
from slotssm.scan.reference import selective_scan_reference
from slotssm.scan.reference_ssd import ssd_scan_reference
from slotssm.scan.selective import selective_scan
from slotssm.scan.ssd import ssd_scan

__all__ = [
    "BACKENDS",
    "causal_conv",
    "core_dtype",
    "selective_scan",
    "selective_scan_reference",
    "ssd_scan",
    "ssd_scan_reference",
    "use_backend",
]
