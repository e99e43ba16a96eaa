"""Formats of neo that are not read, and why: among them all that run code of the file."""

from __future__ import annotations

from pathlib import Path

from neuroflysim.errors import InvalidValueError

_BRAINWARE = "neo's readers for BrainWare do not end where a file is damaged; export it as text"

#: By the name of neo's reader. No reader that unpickles, loads program libraries, or makes up what
#: the file does not say may be missing here; a test goes through neo's list.
REFUSED = {
    "PickleIO": (
        "a pickle is a program, which would run with your rights; ask for the data in a format of"
        " numbers, such as NWB"
    ),
    "NeurosharectypesIO": "neo reads it by a program library of the maker, which lies anywhere",
    "Plexon2IO": "neo reads it by a program library that it fetches from the network",
    "ExampleIO": "neo makes up its signals",
    "RawBinarySignalIO": (
        "raw numbers tell neither their type, nor how many channels there are, nor the rate; make a"
        " nfs.Recording of a numpy array"
    ),
    "AsciiSignalIO": "neo would guess its sampling rate; recordings.load_csv reads tables of text",
    "AsciiSpikeTrainIO": "it holds spikes and no signal over time",
    "AsciiImageIO": "it holds pictures; make a nfs.Recording of the means of their regions",
    "TiffIO": "it holds pictures; make a nfs.Recording of the means of their regions",
    "BlkIO": "it holds pictures; make a nfs.Recording of the means of their regions",
    "BrainwareDamIO": _BRAINWARE,
    "BrainwareF32IO": _BRAINWARE,
    "BrainwareSrcIO": _BRAINWARE,
    "NestIO": "it holds what NEST simulated, and neo would guess its sampling rate",
    "NWBIO": "recordings.load_nwb reads it, and checks what neo does not",
}

#: How files of pickle's binary protocols begin.
_PICKLED = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))


def readers_for(path: Path, candidates: list) -> list:
    """Return neo's readers that may open a file.

    Parameters
    ----------
    path : Path
    candidates : list of type
        What neo would try, by the suffix of the file.

    Raises
    ------
    InvalidValueError
        If the file is a pickle, whatever its suffix, or if none of the readers may; says why.
    """
    with open(path, "rb") as file:
        pickled = file.read(2) in _PICKLED
    if pickled:
        raise InvalidValueError(f"{path} is a pickle and is not read: {REFUSED['PickleIO']}.")
    allowed = [one for one in candidates if one.__name__ not in REFUSED]
    if not allowed:
        raise InvalidValueError(f"{path} is not read: {REFUSED[candidates[0].__name__]}.")
    return allowed


def left_out(candidates: list) -> str:
    """Return why one of neo's readers did not try a file, for the end of a message."""
    for one in candidates:
        if one.__name__ in REFUSED:
            return f" Neo's {one.__name__} is not tried: {REFUSED[one.__name__]}."
    return ""
