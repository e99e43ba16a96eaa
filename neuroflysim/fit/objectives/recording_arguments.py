"""What may be said to a fit to recordings: which ones, how much each counts, gain and offset."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.objectives.trace_agreement import SHARED_BY
from neuroflysim.recordings import Recording, load_recording
from neuroflysim.recordings.baseline import require_aligned
from neuroflysim.recordings.recording import checked_recording
from neuroflysim.recordings.signal_checks import require_numbers

#: How recordings may be weighted, beside numbers by cell type.
WEIGHTS = ("equal", "noise_ceiling")


def listed(recordings: Any) -> tuple[Recording, ...]:
    """Return recordings, read from files where files are named."""
    if isinstance(recordings, Recording | str | os.PathLike):
        recordings = [recordings]
    if not isinstance(recordings, Sequence) or not len(recordings):
        raise InvalidTypeError(
            f"recordings is {str(recordings)[:60]!r}, but must be a Recording, the name of a file,"
            " or a list of one of them or more; nfs.load_recording reads one."
        )
    found = [_loaded(one) if isinstance(one, str | os.PathLike) else one for one in recordings]
    for one in found:
        # Somebody may have changed samples in place, behind the checks of Recording.
        require_numbers(checked_recording(one))
        require_aligned(one)
    return tuple(found)


def _loaded(path: str | os.PathLike[str]) -> Recording:
    """Return the recording of a file, labelled with its name if the file does not do so."""
    recording = load_recording(path)
    signal = recording.signal
    if "file" in signal.coords:
        return recording
    return Recording(signal.assign_coords(file=("trial", [Path(path).name] * len(signal))))


def require_gain_and_offset(measure: str, gain: Any, offset: Any) -> None:
    """Raise if gains or offsets make no sense, together or with a measure."""
    for name, value in (("gain", gain), ("offset", offset)):
        if isinstance(value, str):
            checks.one_of(name, value, SHARED_BY)
        else:
            checks.finite_number(name, value)
    words = isinstance(gain, str), isinstance(offset, str)
    if measure == "correlation":
        if gain != offset or gain not in ("cell_type", "condition"):
            raise InvalidValueError(
                f"gain is {gain!r} and offset {offset!r}, but a correlation knows neither: say"
                " 'cell_type' for both, for one correlation over all conditions of a cell type, or"
                " 'condition' for both."
            )
    elif all(words) and SHARED_BY.index(offset) < SHARED_BY.index(gain):
        raise InvalidValueError(
            f"gain is by {gain} and offset by {offset}, but there must be as many offsets as gains,"
            f" or more: take offset={gain!r}."
        )


def require_weights(weights: Any, cell_types: list[str]) -> None:
    """Raise if weights are neither a word nor numbers above 0 by cell type."""
    if not isinstance(weights, Mapping):
        checks.one_of("weights", weights, WEIGHTS)
        return
    for name, weight in weights.items():
        checks.one_of("a cell type in weights", name, cell_types)
        if not checks.finite_number(f"the weight of {name}", weight, 0) > 0:
            raise InvalidValueError(
                f"the weight of {name} is {weight}, but must be above 0; leave a recording out that"
                " is not to count."
            )
