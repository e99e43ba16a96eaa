"""Which processor this is, and which one code is compiled for.

Numbers depend on it in their last digits, and compiled code may not run on another one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
from functools import cache

from neuroflysim.errors import InvalidValueError

#: The environment variable that names a processor to compile for, as g++ -march= has it.
MARCH = "NEUROFLYSIM_MARCH"

#: What the levels of x86-64 ask for, beside those below; as Linux names it.
_LEVELS = {
    "x86-64": "sse sse2",
    "x86-64-v2": "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3",
    "x86-64-v3": "avx avx2 bmi1 bmi2 f16c fma abm movbe",
    "x86-64-v4": "avx512f avx512bw avx512cd avx512dq avx512vl",
}


def march() -> str | None:
    """Return the processor that code shall be compiled for; None: for this one.

    Raises
    ------
    InvalidValueError
        If the environment names what is no processor, or one that can do more than this one.
    """
    wanted = os.environ.get(MARCH, "").strip()
    if wanted in ("", "native"):
        return None
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", wanted):
        raise InvalidValueError(
            f"the environment variable {MARCH} is {wanted!r}, which is no processor as g++ names"
            " them; set it to x86-64-v2, say, or unset it."
        )
    lacking = _asked_by(wanted) - _features()
    if _features() and lacking:
        raise InvalidValueError(
            f"the environment variable {MARCH} asks for code for {wanted}, which this processor"
            f" cannot run: it lacks {', '.join(sorted(lacking))}. Name an older one, or unset it."
        )
    return wanted


def processor_name() -> str:
    """Return a name of this processor, of what it can do, and of what code is compiled for.

    Where it differs, results may differ in their last digits.

    Examples
    --------
    >>> processor_name() == processor_name()
    True
    """
    checksum = hashlib.sha256(" ".join(sorted(_features())).encode()).hexdigest()[:12]
    made_for = march() or "native"
    return f"{_model()} ({platform.machine()}, features {checksum}, code for {made_for})"


def _asked_by(wanted: str) -> set[str]:
    """Return the features that a level of x86-64 asks for; of other names we know nothing."""
    levels = list(_LEVELS)
    if wanted not in levels:
        return set()
    return set(" ".join(_LEVELS[name] for name in levels[: levels.index(wanted) + 1]).split())


@cache
def _features() -> frozenset[str]:
    """Return what the processor can do, as Linux names it; empty where the system does not tell."""
    line = _told_by_linux("flags") or _told_by_linux("Features")  # the second on ARM
    return frozenset(line.split())


@cache
def _model() -> str:
    numbers = [_told_by_linux(key) for key in ("cpu family", "model", "stepping")]
    name = _told_by_linux("model name") or _told_by_linux("CPU part") or platform.processor()
    return " ".join([name or "unknown processor", *(n for n in numbers if n)])


def _told_by_linux(key: str) -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return ""
