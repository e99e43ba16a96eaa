"""Leaving Brian2 as it was found: its active device, its preferences, the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from brian2 import prefs
from brian2.devices.device import Device, reset_device, set_device


@contextmanager
def borrowed_brian(
    device: Device | str, dtype: np.dtype, preferences: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Use a Brian2 device, a floating-point type and preferences, and give all back at the end.

    Only these are global in Brian2; clocks, networks and names are our own objects. While it
    compiles and runs programs, Brian2 adds environment variables (PLAT, LD_BIND_NOW): they go too.
    """
    wanted = {"core.default_float_dtype": np.dtype(dtype).type, **(preferences or {})}
    before, environment = {name: prefs[name] for name in wanted}, set(os.environ)
    set_device(device, build_on_run=False)
    try:
        _set_preferences(wanted)
        # Brian2 compares values with 1e50, which overflows in float32.
        with np.errstate(over="ignore"):
            yield
    finally:
        _set_preferences(before)
        reset_device()
        for name in set(os.environ) - environment:
            del os.environ[name]


def _set_preferences(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        prefs[name] = value
