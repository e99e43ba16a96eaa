"""Photographs: of the user, and a few in the box that serve as scenes no fit has seen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.stimulus.picture_files import read_image

#: Files in a folder that are taken for pictures.
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")

#: A folder of pictures, one file, or several.
PictureFiles = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def photographs(source: PictureFiles) -> dict[str, np.ndarray]:
    """Return the pictures of a folder, or of several files, as luminance.

    Parameters
    ----------
    source : path-like or list of path-like
        A folder, without hidden files and the folders in it; a file; or several files.

    Returns
    -------
    dict of str to ndarray, shape (height, width)
        By path, from 0 (black) to 1 (white), in the order of the names, of which numbers count as
        numbers, or as given. Colours are grey, and pictures upright as their metadata say. Nothing
        undoes a gamma correction.

    Raises
    ------
    InvalidValueError
        If there is no picture, or one cannot be read: because it is damaged, has transparent
        pixels, or holds several pictures.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> with TemporaryDirectory() as folder:
    ...     Image.new("L", (30, 20), 51).save(Path(folder) / "dark.png")
    ...     pictures = photographs(folder)
    >>> [(Path(name).name, picture.shape) for name, picture in pictures.items()]
    [('dark.png', (20, 30))]
    """
    if isinstance(source, str | os.PathLike):
        folder = Path(source)
        if not os.path.isdir(folder):  # which does not fail for a name that is too long
            return {str(source): read_image(source)}
        paths = sorted(filter(_is_picture, folder.iterdir()), key=_in_order)
        if not paths:
            raise InvalidValueError(
                f"{source} holds no picture; files whose names end in {', '.join(SUFFIXES)} are"
                " taken."
            )
    elif isinstance(source, Iterable):
        paths = list(source)
        for path in paths:
            if not isinstance(path, str | os.PathLike):
                raise InvalidTypeError(f"source holds {type(path).__name__}, but must hold files.")
        if not paths:
            raise InvalidValueError("source is empty; name one file or more.")
        names = [str(path) for path in paths]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InvalidValueError(f"source names {twice[0]} twice; name each file once.")
    else:
        raise InvalidTypeError(f"source is {source!r}, but must be a folder or a list of files.")
    return {str(path): read_image(path) for path in paths}


def _is_picture(path: Path) -> bool:
    """Hidden files are none: macOS puts ``._scene.png`` beside scene.png on foreign disks."""
    hidden = path.name.startswith(".")
    return not hidden and path.suffix.lower() in SUFFIXES and not path.is_dir()


def _in_order(path: Path) -> list:
    """Return what names are sorted by: numbers in them count as numbers, 9 before 10."""
    parts = re.split("([0-9]+)", path.name)
    return [(int(part), "") if k % 2 else (0, part) for k, part in enumerate(parts)]


def example_photographs() -> dict[str, np.ndarray]:
    """Return the photographs in the box.

    They are scenes for tests: no fit of the package has seen them. All are in the public domain
    by CC0; ``neuroflysim/flow/data/provenance.json`` tells from where each comes.

    Returns
    -------
    dict of str to ndarray, shape (height, width)
        By name, from 0 (black) to 1 (white); 256 pixels along the longer side.

    Examples
    --------
    >>> pictures = example_photographs()
    >>> len(pictures), pictures["cat"].shape
    (6, (170, 256))
    """
    with as_file(files("neuroflysim.flow.data")) as folder:
        return {path.stem: read_image(path) for path in sorted(folder.glob("*.png"))}
