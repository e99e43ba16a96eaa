"""Leaving Brian2 as it was found: its active device, its preferences, the environment."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from brian2 import Network, prefs
from brian2.devices.device import Device, reset_device, set_device

from neuroflysim.machine.processor import march

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

    Only these are global in Brian2; clocks, networks and names are our own objects. One thread at
    a time borrows them.
    """
    wanted = {
        "core.default_float_dtype": np.dtype(dtype).type,
        "core.stop_on_keyboard_interrupt": False,  # Ctrl-C is for Python, not for a network
        "logging.std_redirection_to_file": False,  # see captured.py
        **flags_for_processor(),
        **(preferences or {}),
    }
    with one_at_a_time(), ExitStack() as lent:
        _lent.append(lent)
        try:
            set_device(device, build_on_run=False)
            lent.callback(reset_device)
            lent.enter_context(_no_trace_of_runs())
            lent.enter_context(set_preferences(wanted))
            # Brian2 calls pyparsing by names that are no longer liked.
            lent.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", DeprecationWarning)
            # Brian2 compares values with 1e50, which overflows in float32.
            with np.errstate(over="ignore"):
                yield
        finally:
            if lent in _lent:
                _lent.remove(lent)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other thread of this process uses Brian2 for us; may be nested."""
    global _owner
    lock = _lock
    with lock:
        before, _owner = _owner, threading.get_ident()
        try:
            yield
        finally:
            _owner = before


#: Held while Brian2 is borrowed, by the thread `_owner`, which is to give back what is `_lent`.
_lock, _owner = threading.RLock(), None
_lent: list[ExitStack] = []


def _without_the_other_threads() -> None:
    """Give back what a thread had borrowed that does not live on in this forked process."""
    global _lock, _owner
    if _owner != threading.get_ident():
        _lock, _owner = threading.RLock(), None
        while _lent:
            _lent.pop().close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_without_the_other_threads)


#: Environment variables that Brian2 and distutils set.
_SET_BY_BUILDS = ("PLAT", "HOME", "DYLD_LIBRARY_PATH")


@contextmanager
def _no_trace_of_runs() -> Iterator[None]:
    """Undo what Brian2 leaves of runs: environment variables, and a mark if interrupted."""
    names = {*prefs["devices.cpp_standalone.run_environment_variables"], *_SET_BY_BUILDS}
    before = {name: os.environ.get(name) for name in names}
    running = Network._globally_running
    try:
        yield
    finally:
        Network._globally_running = running
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


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

    Those of the user stay, but for the processor: `neuroflysim.machine.processor.march` names
    another.
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
