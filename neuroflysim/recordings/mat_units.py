"""Units in MATLAB files, looked at before neo computes them.

The package quantities computes what stands in place of a unit: 9**9**9 would take days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.mat_sound import require_sound

#: One power of a small number at most, and no large number.
_PLAIN = re.compile(r"(?!.*(\*\*|\^).*(\*\*|\^))(?!.*\d{3})[^\"'\\{}\[\]:=]{0,40}")


def require_plain_units(path: Path) -> None:
    """Raise if a unit in a MATLAB file is no unit but a computation."""
    from scipy.io import loadmat

    require_sound(path)
    for name, text in _texts(loadmat(path, struct_as_record=False, squeeze_me=True)):
        if name.endswith("units") and not _PLAIN.fullmatch(text):
            raise InvalidValueError(f"{path}: {name} is {text[:60]!r}, which is no unit.")


def _texts(content: dict) -> Iterator[tuple[str, str]]:
    """Yield all texts in structures and lists, with the names of their fields."""
    waiting = list(content.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            yield name, value
        elif hasattr(value, "_fieldnames"):
            waiting += [(field, getattr(value, field)) for field in value._fieldnames]
        elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
            waiting += [(name, one) for one in value.ravel()]
