"""Leaving Brian2 as it was found: its active device, its preferences, the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from brian2 import prefs
from brian2.devices.device import Device, reset_device, set_device


@contextmanager
def borrowed_brian(device: Device | str, dtype: np.dtype) -> Iterator[None]:
    """Use a Brian2 device and a floating-point type, and give both back at the end.

    Only these two are global in Brian2; clocks, networks and names are our own objects. While it
    compiles and runs programs, Brian2 adds environment variables (PLAT, LD_BIND_NOW): they go too.
    """
    before, environment = prefs.core.default_float_dtype, set(os.environ)
    set_device(device, build_on_run=False)
    prefs.core.default_float_dtype = np.dtype(dtype).type
    try:
        # Brian2 compares values with 1e50, which overflows in float32.
        with np.errstate(over="ignore"):
            yield
    finally:
        prefs.core.default_float_dtype = before
        reset_device()
        for name in set(os.environ) - environment:
            del os.environ[name]
