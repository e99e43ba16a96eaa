"""The MPI Sintel data set, from a copy of the user's: the clips of Lappalainen et al. (2024)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from brian2 import Hz, Quantity, ms

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.movies import movie_with_flow
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.stimulus.eye import COLUMN_ANGLE, FLYVIS_PIXELS, Eye
from neuroflysim.stimulus.picture_files import read_image

#: Frames per second of the film.
FRAME_RATE = 24 * Hz

#: Sequences that the paper fits to, and those by which it validates, as flyvis 1.2.0 has them.
#: (Of the validation clips, flyvis leaves out two more windows of the eye, by their number.)
SEQUENCES = {
    "training": (
        *("alley_1", "alley_2", "ambush_4", "ambush_5", "ambush_6", "ambush_7", "bamboo_2"),
        *("bandage_2", "cave_2", "market_5", "market_6", "shaman_2", "shaman_3", "sleeping_1"),
        *("sleeping_2", "temple_2", "temple_3"),
    ),
    "validation": ("ambush_2", "bamboo_1", "bandage_1", "cave_4", "market_2", "mountain_1"),
}

#: The middle part of a frame over which the windows of the eye are spread, as in flyvis.
MIDDLE = 0.7


def sintel(
    folder: str | os.PathLike[str],
    *,
    split: str = "training",
    version: str = "final",
    lattice: int | Lattice = DEFAULT_LATTICE,
    n_windows: int = 3,
    n_frames: int = 36,
    degrees_per_pixel: float = COLUMN_ANGLE / FLYVIS_PIXELS,
    time_step: Quantity = 20 * ms,
    extent: int | None = None,
) -> Clips:
    """Return clips of MPI Sintel, with its flow.

    Butler et al., A naturalistic open source movie for optical flow evaluation, ECCV 2012. Get it
    from http://sintel.is.tue.mpg.de; nothing is downloaded here.

    Parameters
    ----------
    folder : path-like
        The one that holds ``training/final/SEQUENCE/frame_0001.png`` and
        ``training/flow/SEQUENCE/frame_0001.flo``.
    split : {"training", "validation", "all"}
        The sequences of the paper; or all that are in the folder.
    version : {"final", "clean"}
        Of the pictures: with blur and fog, as in the paper, or without.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    n_windows : int
        Parts of the frames that the eye is shown, from left to right. They are spread over the
        middle 70 in 100 of the width and may overlap.
    n_frames : int
        Frames of a clip. A sequence is cut into as many clips as it holds; what is left is not
        used. The longest last 2 s, the shortest less than 1 s.
    degrees_per_pixel : float
        13 pixels from column to column, as in the paper, if not given.
    time_step : Quantity [s]
        The film has 24 frames a second, each of which is shown until the next one comes.
    extent : int, optional
        Another name for a whole number as `lattice`.

    Returns
    -------
    Clips
        Each sequence is a scene, numbered in the order of their names. Flow is from the frame that
        is shown to the next one.

    Raises
    ------
    InvalidValueError
        If the folder or files in it are missing, or damaged.

    Examples
    --------
    >>> clips = sintel("path/to/MPI-Sintel", split="validation")  # doctest: +SKIP
    """
    lattice = chosen_lattice(lattice, extent)
    checks.one_of("split", split, (*SEQUENCES, "all"))
    checks.one_of("version", version, ("final", "clean"))
    checks.whole_number("n_windows", n_windows, 1)
    pictures, flows = (Path(folder) / "training" / kind for kind in (version, "flow"))
    for path in (pictures, flows):
        if not os.path.isdir(path):
            raise InvalidValueError(
                f"{path} is no folder; name the folder of MPI Sintel that holds training/{version}"
                " and training/flow."
            )
    if split == "all":
        names = sorted(
            path.name
            for path in pictures.iterdir()
            if path.is_dir() and not path.name.startswith(".")
        )
    else:
        names = sorted(SEQUENCES[split])
    if not names:
        raise InvalidValueError(f"{pictures} holds no sequence.")
    parts = []
    for name in names:
        frames, steps = _files(pictures / name, flows / name)
        movie = _movie(frames)
        spread = max(0.0, MIDDLE * movie.shape[2] * degrees_per_pixel - _width(lattice)) / 2
        windows = np.linspace(-1, 1, n_windows) if n_windows > 1 else [0.0]
        parts.append(
            movie_with_flow(
                movie,
                steps,
                degrees_per_pixel=degrees_per_pixel,
                frame_rate=FRAME_RATE,
                lattice=lattice,
                # a window to the left is the movie moved to the right
                centers=[(-spread * window, 0.0) for window in windows],
                n_frames=n_frames,
                time_step=time_step,
            )
        )
    return Clips.together(parts)


def _files(pictures: Path, flows: Path) -> tuple[list[Path], list[Path]]:
    """Return the frames of a sequence and their flow: one less, and none is missing."""
    frames, steps = sorted(pictures.glob("frame_*.png")), sorted(flows.glob("frame_*.flo"))
    if not frames:
        raise InvalidValueError(f"{pictures} holds no frame_0001.png and so on; copy it again.")
    for found, suffix, where in ((frames, ".png", pictures), (steps, ".flo", flows)):
        names = {path.name for path in found}
        zero = f"frame_0000{suffix}"
        if zero in names:
            raise InvalidValueError(
                f"{where} holds {zero}, but frames of Sintel are numbered from 1; number them"
                " anew, pictures and flow alike."
            )
        last = int(frames[-1].stem[-4:]) if frames[-1].stem[-4:].isdigit() else len(frames)
        expected = [f"frame_{k:04d}{suffix}" for k in range(1, last + (suffix == ".png"))]
        missing = [name for name in expected if name not in names]
        if missing:
            raise InvalidValueError(
                f"{where} lacks {', '.join(missing[:3])}{', ...' if len(missing) > 3 else ''};"
                " copy the sequence again."
            )
        foreign = sorted(names - set(expected))
        if foreign:
            raise InvalidValueError(
                f"{where} must hold frame_0001{suffix} to {expected[-1]}, but holds {foreign[0]},"
                " too; move it elsewhere."
            )
    return frames, steps


def _movie(frames: list[Path]) -> np.ndarray:
    pictures = [read_image(path) for path in frames]
    for path, picture in zip(frames, pictures, strict=True):
        if picture.shape != pictures[0].shape:
            raise InvalidValueError(
                f"{path} has {picture.shape[1]} x {picture.shape[0]} pixels, but {frames[0].name}"
                f" has {pictures[0].shape[1]} x {pictures[0].shape[0]}; copy the sequence again."
            )
    return np.stack(pictures)


def _width(lattice: Lattice) -> float:
    eye = Eye(lattice)
    return float(np.ptp(eye.x)) + eye.column_angle
