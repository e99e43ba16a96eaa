"""Numbers out of suite2p's ops.npy, which is a pickle: it is looked through, and never run.

A pickle is a list of instructions. The module pickletools tells what stands in them and follows
none, so a number that stands right behind its name can be taken out of it.
"""

from __future__ import annotations

import pickletools
from pathlib import Path

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.npy_headers import npy_header

#: How a pickle writes a name and a number, and that it keeps the last thing or takes it again.
_TEXTS = {"SHORT_BINUNICODE", "BINUNICODE", "UNICODE"}
_NUMBERS = {"BINFLOAT", "FLOAT", "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1"}
_KEPT = {"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"}
_TAKEN = {"BINGET", "LONG_BINGET", "GET"}


def numbers_told(path: Path, names: tuple[str, ...]) -> dict[str, float]:
    """Return the numbers that stand behind names in a dictionary that NumPy saved.

    Parameters
    ----------
    path : Path
        A regular file.
    names : tuple of str

    Returns
    -------
    dict of str to float
        Without names that are not there, behind which something else than a plain number stands,
        or that stand there with several numbers.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> file = Path(tempfile.mkdtemp()) / "ops.npy"
    >>> np.save(file, {"fs": 30.0, "neucoeff": 0.7, "tau": [1.0]}, allow_pickle=True)
    >>> numbers_told(file, ("fs", "neucoeff", "tau"))
    {'fs': 30.0, 'neucoeff': 0.7}
    """
    found: dict[str, set[float]] = {}
    with open(path, "rb") as file:
        _, dtype = npy_header(str(path), file)
        if not dtype.hasobject:
            raise InvalidValueError(
                f"{path} holds {dtype}, but suite2p keeps its options there; copy the folder again."
            )
        last, kept = None, {}
        try:
            for code, value, _ in pickletools.genops(file):
                if code.name in _KEPT:
                    kept[len(kept) if value is None else value] = last
                    continue
                if last in names and code.name in _NUMBERS and isinstance(value, int | float):
                    found.setdefault(last, set()).add(float(value))
                last = kept.get(value) if code.name in _TAKEN else None
                last = value if code.name in _TEXTS else last
        except Exception as error:  # what pickletools raises depends on the damage
            raise InvalidValueError(
                f"{path} is damaged ({type(error).__name__}); copy the folder again, or take"
                " ops.npy out of it and give rate=30*Hz."
            ) from None
    return {name: found[name].pop() for name in names if len(found.get(name, ())) == 1}
