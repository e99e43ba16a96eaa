"""Leaving Brian2 as it was found: its active device and its global preferences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from brian2 import prefs
from brian2.devices.device import Device, reset_device, set_device


@contextmanager
def borrowed_brian(device: Device | str, dtype: np.dtype) -> Iterator[None]:
    """Use a Brian2 device and a floating-point type, and give both back at the end.

    Only these two are global in Brian2; clocks, networks and names are our own objects.
    """
    before = prefs.core.default_float_dtype
    set_device(device, build_on_run=False)
    prefs.core.default_float_dtype = np.dtype(dtype).type
    try:
        with np.errstate(
            over="ignore"
        ):  # Brian2 compares float32 with 1e50 when it is given values
            yield
    finally:
        prefs.core.default_float_dtype = before
        reset_device()
