"""Pixels: flow (.flo), pictures (PNG) and movies (GIF)."""

from __future__ import annotations

import numpy as np

from mutated.kinds.kind import Kind
from neuroflysim.flow.flo_files import read_flo, write_flo
from neuroflysim.stimulus.movie_files import read_movie
from neuroflysim.stimulus.picture_files import read_image


def _flo(folder) -> None:
    write_flo(folder / "frame.flo", np.arange(5 * 7 * 2).reshape(5, 7, 2) / 8 - 4)


def _pixels() -> np.ndarray:
    return (np.arange(3 * 12 * 9).reshape(3, 12, 9) * 7 % 251).astype(np.uint8)


def _png(folder) -> None:
    from PIL import Image

    Image.fromarray(_pixels()[0]).save(folder / "picture.png")


def _gif(folder) -> None:
    from PIL import Image

    first, *others = [Image.fromarray(frame) for frame in _pixels()]
    first.save(
        folder / "movie.gif",
        save_all=True,
        append_images=others,
        duration=40,
        loop=0,
        optimize=False,
    )


def _read_gif(path):
    frames, rate = read_movie(path)
    return {"frames": frames, "rate": rate}


def _only_pixels(original, found) -> bool:
    """Return whether the form is that of the original and no more than numbers differ."""
    if isinstance(original, dict):
        return (
            original["rate"] == found["rate"] and original["frames"].shape == found["frames"].shape
        )
    return original.shape == found.shape


KINDS = [
    Kind(
        name="flo",
        title=".flo",
        make=_flo,
        forms={"frame.flo": "bytes"},
        main="frame.flo",
        read=read_flo,
        cannot_know=_only_pixels,
    ),
    Kind(
        name="png",  # its chunks carry checksums
        title="PNG",
        make=_png,
        forms={"picture.png": "bytes"},
        main="picture.png",
        read=read_image,
    ),
    Kind(
        name="gif",
        title="GIF",
        make=_gif,
        forms={"movie.gif": "bytes"},
        main="movie.gif",
        read=_read_gif,
        cannot_know=_only_pixels,
    ),
]
