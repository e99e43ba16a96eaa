"""What each column sees of a picture: weighted means of its pixels.

A picture is a grid of square pixels, each of one luminance, and its middle lies straight ahead.
Both kernels are products of a function of x and one of y, and are integrated exactly over each
pixel. So all columns of one x share their weights, and a picture is sampled by two products of
matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neuroflysim.errors import InvalidValueError

#: Full width at half maximum of a Gaussian in standard deviations.
WIDTH_OF_GAUSSIAN = 2 * np.sqrt(2 * np.log(2))

#: Widths of a kernel beyond which it is zero to double precision.
REACH = 4


def gaussian_integral(distance: np.ndarray, width: float) -> np.ndarray:
    """Return the integral up to a distance of a Gaussian of this full width at half maximum.

    Parameters
    ----------
    distance : ndarray
        From the middle of the Gaussian, in degrees; negative to the left of it.
    width : float
    """
    from scipy.special import erf  # here, for importing it adds to Python's filters of warnings

    return 0.5 * (1 + erf(distance * WIDTH_OF_GAUSSIAN / (width * np.sqrt(2))))


def box_integral(distance: np.ndarray, width: float) -> np.ndarray:
    """Return the integral up to a distance of a box of this width and the area 1."""
    return np.clip(distance / width + 0.5, 0, 1)


def weighted_means(
    image: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    degrees_per_pixel: float,
    integral: Callable,
    width: float,
    outside: float | None,
) -> np.ndarray:
    """Return the mean luminance that each column sees.

    Parameters
    ----------
    image : ndarray of float, shape (..., height, width)
    x, y : ndarray, shape (column,)
        Where the columns look, in degrees.
    degrees_per_pixel : float
    integral : callable
        Of the kernel: `gaussian_integral` or `box_integral`.
    width : float
        Of the kernel, in degrees.
    outside : float or None
        Luminance beyond the picture; None repeats the picture.

    Returns
    -------
    ndarray, shape (..., column)
    """
    height, n_across = image.shape[-2:]

    def weights(axes: np.ndarray, n_pixels: int) -> np.ndarray:  # (axis, pixel)
        n_copies = 0  # on either side
        if outside is None:
            period = n_pixels * degrees_per_pixel
            axes = axes - period * np.round(axes / period)  # into the one in the middle
            n_copies = int(np.ceil((np.abs(axes).max() + REACH * width) / period - 0.5))
        n_all = (2 * n_copies + 1) * n_pixels
        edges = (np.arange(n_all + 1) - n_all / 2) * degrees_per_pixel
        every = np.diff(integral(edges - axes[:, None], width), axis=1)
        return every.reshape(len(axes), -1, n_pixels).sum(axis=1)

    # 1e-9 deg: positions that differ by rounding only are the same
    across, of_x = np.unique(x.round(9), return_inverse=True)
    down, of_y = np.unique((-y).round(9), return_inverse=True)  # the first row is the highest
    around = 0.0 if outside is None else outside
    seen = weights(down, height) @ ((image - around) @ weights(across, n_across).T)
    return around + seen[..., of_y, of_x]


def box_eye(image: np.ndarray, columns: np.ndarray, kernel_size: int, statistic: str) -> np.ndarray:
    """Return what the columns see in the BoxEye of flyvis, pixel by pixel.

    Columns are `kernel_size` pixels apart along v and down, their centres are cut to whole pixels,
    and each sees a square of `kernel_size` pixels. Beyond the picture, the mean sees black and the
    median the picture mirrored.

    Parameters
    ----------
    image : ndarray of float, shape (..., height, width)
    columns : ndarray of int, shape (column, 2)
    kernel_size : int
        An odd number.
    statistic : {"mean", "median"}

    Returns
    -------
    ndarray, shape (..., column)
    """
    u, v = columns.T
    half = kernel_size // 2
    height, width = image.shape[-2:]
    row = np.trunc(kernel_size * (u + v / 2)).astype(int) + height // 2
    column = kernel_size * v + width // 2
    if min(row.min(), column.min()) < 0 or row.max() >= height or column.max() >= width:
        needed = 2 * max(np.abs(row - height // 2).max(), np.abs(column - width // 2).max()) + 1
        raise InvalidValueError(
            f"the picture has {height} x {width} pixels, but the columns of a BoxEye with"
            f" {kernel_size} pixels each need {needed} x {needed} or more; make it larger."
        )
    margins = [(0, 0)] * (image.ndim - 2) + [(half, half)] * 2
    padded = np.pad(image, margins, mode="constant" if statistic == "mean" else "reflect")
    windows = np.lib.stride_tricks.sliding_window_view(
        padded, (kernel_size, kernel_size), axis=(-2, -1)
    )
    seen = windows[..., row, column, :, :]
    return getattr(np, statistic)(seen, axis=(-2, -1))
