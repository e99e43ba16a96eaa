"""Leaving Brian2 as it was found: its active device, its preferences, the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from brian2 import prefs
from brian2.devices.device import Device, reset_device, set_device

#: Flags of compiler and linker for programs with threads.
THREAD_FLAGS = ("-pthread",) if sys.platform.startswith("linux") else ()


@contextmanager
def borrowed_brian(device: Device | str, dtype: np.dtype) -> Iterator[None]:
    """Use a Brian2 device and a floating-point type, and give both back at the end.

    Only these two are global in Brian2; clocks, networks and names are our own objects. While it
    compiles and runs programs, Brian2 adds environment variables (PLAT, LD_BIND_NOW): they go too.
    """
    environment = set(os.environ)
    set_device(device, build_on_run=False)
    try:
        # Brian2 compares values with 1e50, which overflows in float32.
        with default_float_type(dtype), np.errstate(over="ignore"):
            yield
    finally:
        reset_device()
        for name in set(os.environ) - environment:
            del os.environ[name]


@contextmanager
def default_float_type(dtype: np.dtype) -> Iterator[None]:
    """Let Brian2 make code in this floating-point type, and then in the one before again."""
    before = prefs.core.default_float_dtype
    prefs.core.default_float_dtype = np.dtype(dtype).type
    try:
        yield
    finally:
        prefs.core.default_float_dtype = before
