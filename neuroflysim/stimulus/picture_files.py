"""Pictures of the user, as luminance from 0 to 1."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing

if TYPE_CHECKING:
    from PIL import Image

#: Formats of pixels. Pillow knows others, of which some start a program to be drawn.
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB", "GIF", "WEBP", "PPM", "JPEG2000", "TGA")

#: Asked before pixels are read: a small file may declare a picture that fills the memory.
MOST_PIXELS = 2**26


def read_image(image: str | os.PathLike[str] | npt.ArrayLike) -> np.ndarray:
    """Return a picture as luminance.

    Parameters
    ----------
    image : path-like, or array_like, shape (height, width)
        A file that Pillow reads, upright as its metadata say; colours become grey. Whole numbers
        of 8 or 16 bits are divided by the largest that there is. Nothing undoes a gamma
        correction, and colour profiles are not applied.

    Returns
    -------
    ndarray of float, shape (height, width)

    Raises
    ------
    InvalidValueError
        If the file is damaged, holds several pictures or transparent pixels, more than 67 million
        pixels, or colours that are not luminance (LAB).
    """
    if isinstance(image, str | os.PathLike):
        with readable(image), opened(image) as picture:
            grey = _grey(image, picture)
        return luminance(grey, str(image), 2)
    return luminance(image, "image", 2)


def luminance(image: npt.ArrayLike, name: str, n_axes: int) -> np.ndarray:
    """Return grey levels as floats from 0 to 1, or raise."""
    kind = getattr(image, "dtype", None)
    most = np.iinfo(kind).max if kind in (np.uint8, np.uint16) else 1
    values = checks.numeric_array(name, image) / most
    if values.ndim != n_axes or 0 in values.shape:
        axes = ("time, height, width", "height, width")[n_axes == 2]
        raise InvalidValueError(
            f"{name} has shape {values.shape}, but must be grey, ({axes}); take the mean of its"
            " colours."
        )
    if values.min() < 0 or values.max() > 1:
        # The largest value of a movie is seldom its white: 254 of 255 is a grey.
        if values.min() < 0:
            cure = "shift and scale it, so that black is 0 and white is 1"
        elif values.max() <= 255:
            cure = "divide it by 255, if that is its white, or give it as uint8"
        else:
            cure = "divide it by the value of its white, 65535 for 16 bits"
        raise InvalidValueError(
            f"{name} holds {values.min():g} to {values.max():g}, but luminance goes from 0 (black)"
            f" to 1 (white); {cure}."
        )
    return values


def opened(path: str | os.PathLike[str]) -> Image.Image:
    """Return a picture of Pillow, its size and its checksums looked at, and no pixels read yet."""
    from PIL import Image, UnidentifiedImageError

    existing(path)
    Image.init()  # else it knows the commonest formats only
    try:
        with warnings.catch_warnings():
            # Pillow warns of a size that is looked at here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                if width * height <= MOST_PIXELS and picture.format == "PNG":
                    picture.verify()  # checksums of all blocks
            picture = Image.open(path, formats=FORMATS)
    except UnidentifiedImageError:
        raise InvalidValueError(
            f"{path} cannot be read as a picture: its first bytes are of no format that is known."
            " Name a file that Pillow reads, for example PNG, JPEG, TIFF or GIF."
        ) from None
    except Exception as error:  # whatever a damaged head makes of Pillow
        raise InvalidValueError(
            f"{path} cannot be read as a picture: it is damaged ({_told(error)}). Name a file that"
            " Pillow reads, for example PNG, JPEG, TIFF or GIF."
        ) from None
    if width * height > MOST_PIXELS:
        picture.close()
        raise InvalidValueError(
            f"{path} says {width} x {height} pixels, but at most {MOST_PIXELS:,} are read; make it"
            " smaller: a column of the eye sees the mean over many."
        )
    return picture


@contextmanager
def readable(path: str | os.PathLike[str]) -> Iterator[None]:
    """Pillow reads pixels when they are asked for, and may find that they are not all there."""
    try:
        yield
    except InvalidValueError:
        raise
    except Exception as error:  # OSError, SyntaxError, struct.error, zlib.error and many more
        raise InvalidValueError(
            f"{path} is damaged: {_told(error)}. Save it again, or copy it again from where it"
            " came."
        ) from None


def grey_of_8_bits(path: str | os.PathLike[str], picture: Image.Image) -> np.ndarray:
    """Return a picture of 8 bits in grey; refuse what is transparent."""
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        if np.asarray(with_alpha.getchannel("A")).min() < 255:
            raise _transparent(path)
        picture = with_alpha.convert("RGB")
    if picture.mode in ("CMYK", "HSV", "YCbCr", "P", "PA"):
        picture = picture.convert("RGB")
    return np.asarray(picture.convert("L"))


def _grey(path, picture) -> np.ndarray:
    from PIL import ImageOps

    n_pictures = getattr(picture, "n_frames", 1)
    if n_pictures > 1 and picture.format != "MPO":  # phones put a smaller copy behind the first
        raise InvalidValueError(
            f"{path} holds {n_pictures} pictures; save the one that you mean in a file of its own."
            " A GIF is shown as a movie by nfs.protocols.movie."
        )
    kind, tags = picture.format, getattr(picture, "tag_v2", None) or {}
    picture = ImageOps.exif_transpose(picture)  # cameras store what they saw, and how to turn it
    if picture.mode == "LAB":
        raise InvalidValueError(
            f"{path} holds colours as LAB, whose lightness is not luminance; save it as RGB or"
            " grey."
        )
    if picture.mode.startswith("I") or picture.mode == "F":
        return _grey_of_many_levels(path, picture, kind, tags)
    return grey_of_8_bits(path, picture)


def _grey_of_many_levels(path, picture, kind: str, tags: Mapping) -> np.ndarray:
    values = np.asarray(picture)
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int) and (values == transparent).any():
        raise _transparent(path)
    if picture.mode == "F":
        return 1 - values if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else values
    if picture.mode == "I" and not (
        # Pillow opens PGM of up to 16 bits so, and has brought them to this range.
        kind == "PPM" and values.min() >= 0 and values.max() <= 65535
    ):
        raise InvalidValueError(
            f"{path} holds whole numbers of 32 bits, which have no white; give an array from 0 to"
            " 1, or save it with 8 or 16 bits."
        )
    bits = (tags.get(_BITS) or (16,))[0]
    most = 2**bits - 1
    if values.max() > most:
        raise InvalidValueError(f"{path} holds {values.max()}, more than {bits} bits can say.")
    return (most - values if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else values) / most


#: Tags of TIFF.
_BITS, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0


def _transparent(path) -> InvalidValueError:
    return InvalidValueError(
        f"{path} has transparent pixels, and what lies behind them is not known; put it on a"
        " ground, for example white, and save it without transparency."
    )


def _told(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
