"""Opening NWB files: what they link to is looked at first, and errors name file and series."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.recordings.hdf5_content import require_own_content
from neuroflysim.recordings.reader import missing_package, one_sentence


@contextmanager
def opened(path: Path) -> Iterator:
    """Give pynwb's NWBFile; whatever its libraries raise while it is open names the file."""
    try:
        from pynwb import NWBHDF5IO
    except ImportError as error:
        raise missing_package(path, "pynwb", error) from None
    try:
        require_own_content(path)
        with NWBHDF5IO(str(path), mode="r") as reader:
            yield reader.read()
    except NeuroFlySimError:
        raise
    except Exception as error:  # of HDF5, of versions of NWB, of extensions, of damaged blocks
        raise InvalidValueError(
            f"{path} cannot be read as NWB ({_told(error)}); is it whole, and is it NWB 2?"
        ) from error


def _told(error: Exception) -> str:
    """Return what went wrong at the bottom, and in which object of the file, if that is known."""
    places = []
    while True:
        places += [part.path for part in error.args if isinstance(getattr(part, "path", None), str)]
        if not isinstance(error.__cause__, Exception):
            break
        error = error.__cause__
    if places:  # the whole content of the object stands in front of the reason
        words = [part for part in error.args if isinstance(part, str)]
        error = type(error)(*words) if words and len(words) < len(error.args) else error
        return f"{places[-1]}: {one_sentence(error)}"
    return one_sentence(error)
