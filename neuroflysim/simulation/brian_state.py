"""Leaving Brian2 as it was found: its active device, its preferences, the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from brian2 import prefs
from brian2.devices.device import Device, reset_device, set_device

from neuroflysim.processor import march

#: Flags of the linker for programs with threads.
LINK_FLAGS = ("-pthread",) if sys.platform.startswith("linux") else ()

#: Flags of the compiler beside those of Brian2: sums in the order in which they are written, so
#: that a neuron's voltage does not depend on how many others are computed with it.
COMPILE_FLAGS = (*LINK_FLAGS, "-fno-associative-math", "-fno-reciprocal-math")


@contextmanager
def borrowed_brian(
    device: Device | str, dtype: np.dtype, preferences: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Use a Brian2 device, a floating-point type and preferences, and give all back at the end.

    Only these are global in Brian2; clocks, networks and names are our own objects. While it
    compiles and runs programs, Brian2 adds environment variables (PLAT, LD_BIND_NOW): they go too.
    """
    environment = set(os.environ)
    wanted = {
        "core.default_float_dtype": np.dtype(dtype).type,
        **flags_for_processor(),
        **(preferences or {}),
    }
    set_device(device, build_on_run=False)
    try:
        # Brian2 compares values with 1e50, which overflows in float32.
        with set_preferences(wanted), np.errstate(over="ignore"):
            yield
    finally:
        reset_device()
        for name in set(os.environ) - environment:
            del os.environ[name]


@contextmanager
def set_preferences(wanted: Mapping[str, Any]) -> Iterator[None]:
    """Set preferences of Brian2, and those of before again."""
    before = {name: prefs[name] for name in wanted}
    try:
        for name, value in wanted.items():
            prefs[name] = value
        yield
    finally:
        for name, value in before.items():
            prefs[name] = value


def flags_for_processor() -> dict[str, list[str]]:
    """Return the preferences of Brian2 that compile for the processor that is asked for.

    Those of the user stay, but for the processor: `neuroflysim.processor.march` names another.
    """
    wanted = march()
    if wanted is None:
        return {}
    flag = "-mcpu" if "-mcpu=native" in prefs["codegen.cpp.extra_compile_args_gcc"] else "-march"
    of_processor = ("-march=", "-mcpu=", "-mtune=")
    return {
        name: [*(f for f in prefs[name] if not f.startswith(of_processor)), f"{flag}={wanted}"]
        for name in ("codegen.cpp.extra_compile_args", "codegen.cpp.extra_compile_args_gcc")
        if prefs[name] is not None
    }
