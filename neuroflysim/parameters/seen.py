"""What a fit has seen of recordings: entries that follow the parameters it ended with.

Two forms have a meaning for `neuroflysim.compare`, `validate`, the board and `predictions`, which
leave out of scores what a model was fitted to:

- ``study:KEY/MEASURE/CELL_TYPE``: rows of the database, as `study_entry` writes them.
- ``recording:SHA256:CELL_TYPE (words)``: recordings of one's own, as `recording_entry` writes them.

Lines that begin with ``held_out:`` tell what a fit has not seen of the same recordings. Any other
line is kept and told, and matches nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

from neuroflysim.errors import InvalidTypeError, InvalidValueError

if TYPE_CHECKING:
    from neuroflysim.parameters.parameters import Parameters

#: In place of a measure or a cell type of a study: any.
ANY = "*"

_STUDY = re.compile(r"study:(?P<study>[^/:\s]+)/(?P<measure>[^/\s]+)/(?P<cell_type>[^/]+)")
_RECORDING = re.compile(
    r"(?P<kind>recording|held_out):(?P<sha256>[0-9a-f]{64}):(?P<cell_type>[^ ]+)( \(.*\))?"
)
#: How entries begin that have a form, and the form.
_FORMS = {"study:": _STUDY, "recording:": _RECORDING, "held_out:": _RECORDING}


@frozen
class SeenRows:
    """Rows of a study that a fit has seen; measure and cell type may be `ANY`."""

    study: str
    measure: str
    cell_type: str  #: as it stands in the row: "T4", "Mi1, Tm3", "Mi9 - Mi4"


def study_entry(study: str, measure: str = ANY, cell_type: str = ANY) -> str:
    """Return the entry for rows of a study.

    Parameters
    ----------
    study : str
        Its name in the database.
    measure : str
    cell_type : str
        As it stands in the row. Recordings of a study, whatever was measured in them, are
        ``study_entry("maisak2013", cell_type="T4a")``.

    Examples
    --------
    >>> study_entry("maisak2013", "tuning_curve", "T4a"), study_entry("maisak2013")
    ('study:maisak2013/tuning_curve/T4a', 'study:maisak2013/*/*')
    """
    return checked_seen([f"study:{study}/{measure}/{cell_type}"])[0]


def recording_entry(
    values: npt.ArrayLike | str, cell_type: str = ANY, words: str = "", *, fitted: bool = True
) -> str:
    """Return the entry for a recording.

    Parameters
    ----------
    values : array_like of float, or str
        All that there is of it, or a SHA-256 of that.
    cell_type : str
    words : str
        What else is told of it, for people.
    fitted : bool
        Whether any of it was shown to the fit; else it was held out.

    Examples
    --------
    >>> recording_entry([0.0, 1.0], "Mi1")[:25], recording_entry([0.0, 1.0], "Mi1")[-4:]
    ('recording:4ed6a1c93593846', ':Mi1')
    """
    checksum = values
    if not isinstance(values, str):
        content = np.ascontiguousarray(values, dtype="<f8")
        checksum = hashlib.sha256(repr(content.shape).encode() + content.tobytes()).hexdigest()
    told = f" ({words})" if words else ""
    kind = "recording" if fitted else "held_out"
    return checked_seen([f"{kind}:{checksum}:{cell_type}{told}"])[0]


def checked_seen(entries: Iterable[str]) -> tuple[str, ...]:
    """Return entries, each once and each in one line, if they are such.

    Parameters
    ----------
    entries : iterable of str

    Raises
    ------
    InvalidTypeError, InvalidValueError
        Names the entry.
    """
    if isinstance(entries, str) or not np.iterable(entries):
        raise InvalidTypeError(
            f"what a fit has seen is {entries!r}, but must be a list of lines of text."
        )
    listed = list(entries)
    for entry in listed:
        if not isinstance(entry, str):
            raise InvalidTypeError(f"an entry of what a fit has seen is {entry!r}, not a text.")
    checked = tuple(dict.fromkeys(" ".join(entry.split()) for entry in listed))
    for entry in checked:
        if not entry:
            raise InvalidValueError("an entry of what a fit has seen is empty; leave it out.")
        for kind, form in _FORMS.items():
            if entry.startswith(kind) and not form.fullmatch(entry):
                raise InvalidValueError(
                    f"an entry of what a fit has seen is {entry!r}, but must read"
                    " study:KEY/MEASURE/CELL_TYPE, or recording:SHA256:CELL_TYPE and then words in"
                    " brackets."
                )
    return checked


def seen_rows(entries: Iterable[str]) -> list[SeenRows]:
    """Return the entries that are about studies.

    Parameters
    ----------
    entries : iterable of str

    Examples
    --------
    >>> seen_rows(["study:maisak2013/tuning_curve/T4a", "something else"])
    [SeenRows(study='maisak2013', measure='tuning_curve', cell_type='T4a')]
    """
    found = (_STUDY.fullmatch(entry) for entry in entries)
    return [SeenRows(**one.groupdict()) for one in found if one]


def seen_cell_types(entries: Iterable[str]) -> list[str]:
    """Return the cell types of which studies or recordings were shown, as they are written there.

    Parameters
    ----------
    entries : iterable of str

    Examples
    --------
    >>> seen_cell_types(["study:maisak2013/tuning_curve/T4a", recording_entry([1.0], "Mi1")])
    ['T4a', 'Mi1']
    """
    entries = [entry for entry in entries if not entry.startswith("held_out:")]
    found = (_STUDY.fullmatch(entry) or _RECORDING.fullmatch(entry) for entry in entries)
    return list(dict.fromkeys(one["cell_type"] for one in found if one))


def told_seen(entries: Iterable[str]) -> str:
    """Say what a fit has seen in a few words; empty if it has seen nothing.

    Parameters
    ----------
    entries : iterable of str

    Examples
    --------
    >>> told_seen(["study:maisak2013/*/*", recording_entry([1.0]), recording_entry([2.0])])
    'rows of maisak2013; 2 recordings'
    """
    entries = list(entries)
    studies = list(dict.fromkeys(rows.study for rows in seen_rows(entries)))
    # A recording has an entry for each of its cell types.
    found = (_RECORDING.fullmatch(entry) for entry in entries)
    recordings = len({one["sha256"] for one in found if one and one["kind"] == "recording"})
    others = [entry for entry in entries if not entry.startswith(tuple(_FORMS))]
    told = []
    if studies:
        more = f" and {len(studies) - 4} more studies" if len(studies) > 4 else ""
        told.append(f"rows of {', '.join(studies[:4])}{more}")
    if recordings:
        told.append(f"{recordings} recording{'s' if recordings > 1 else ''}")
    return "; ".join([*told, *others[:2], *([f"{len(others) - 2} more"] if others[2:] else [])])


def seen_by(models: Iterable[Parameters]) -> tuple[str, ...]:
    """Return what the fits of some models have seen, all together.

    Parameters
    ----------
    models : iterable of Parameters
    """
    return tuple(dict.fromkeys(entry for one in models for entry in one.seen))


def checksum_of_seen(entries: Iterable[str]) -> str:
    """Return the SHA-256 of entries: with it a file tells if one was taken out.

    Parameters
    ----------
    entries : iterable of str
    """
    return hashlib.sha256("\n".join(entries).encode()).hexdigest()
