"""The eye: where in the visual field each column looks, and what it sees of a picture there."""

from __future__ import annotations

from functools import cached_property, partial
from typing import cast

import numpy as np
import numpy.typing as npt
from attrs import field, frozen
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import COLUMN_ANGLE, DEFAULT_LATTICE, Lattice, chosen_lattice, position
from neuroflysim.stimulus.axes import along
from neuroflysim.stimulus.image_sampling import (
    box_eye,
    box_integral,
    gaussian_integral,
    weighted_means,
)

#: Full width at half maximum of what one photoreceptor sees, about 5 degrees: Götz (1965), as Haag
#: et al., eLife 6:e29044 (2017) give it. Drews et al., Curr. Biol. 30, 209 (2020) take 5.7 degrees.
ACCEPTANCE_ANGLE = 5.0

#: How `Eye.sample` weights what a column sees.
KERNELS = ("gaussian", "box", "flyvis_mean", "flyvis_median")

#: Pixels of flyvis 1.2.0 from column to column.
FLYVIS_PIXELS = 13

#: One degree of visual angle. Angles are plain numbers of degrees in this package, so this is 1
#: without a dimension; it makes units readable: ``110*degree/second``.
degree = Quantity(1.0)


@frozen(slots=False)
class Eye:
    """A hexagonal eye looking straight ahead.

    Parameters
    ----------
    lattice : int or Lattice
        That of the network that it feeds. A whole number is the extent of an open lattice, its
        radius in columns. Extent 15, if not given.
    column_angle : float
        Angle between neighbouring columns in degrees.
    acceptance_angle : float
        Full width at half maximum of the Gaussian through which a column sees a picture, in
        degrees; see `sample`. Stimuli that are equations of x and y are taken where the column
        looks, without it.
    extent : int, optional
        Another name for a whole number as `lattice`.

    Notes
    -----
    Where a column looks does not wrap around. So a stimulus made of x and y jumps at the seam of a
    periodic lattice, unless it repeats with the period of the lattice.

    Examples
    --------
    >>> eye = Eye(extent=15)
    >>> eye.x.shape, round(float(eye.x.max()), 1), round(float(eye.y.max()), 1)
    ((721,), 75.3, 87.0)
    """

    lattice: Lattice
    column_angle: float = field(
        converter=partial(checks.finite_number, "column_angle", minimum=0.1, maximum=60),
    )

    acceptance_angle: float = field(
        kw_only=True,
        converter=partial(checks.finite_number, "acceptance_angle", minimum=0.01, maximum=180),
    )

    def __init__(
        self,
        lattice: int | Lattice = DEFAULT_LATTICE,
        column_angle: float = COLUMN_ANGLE,
        *,
        acceptance_angle: float = ACCEPTANCE_ANGLE,
        extent: int | None = None,
    ):
        # Written out because it takes one argument that is no attribute: another name of the first.
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]
            chosen_lattice(lattice, extent), column_angle, acceptance_angle=acceptance_angle
        )

    @property
    def columns(self) -> np.ndarray:
        """Axial coordinates (u, v), shape (column, 2)."""
        return self.lattice.columns

    @cached_property
    def x(self) -> np.ndarray:
        """Azimuth of each column in degrees, growing to the right."""
        return self.column_angle * position(*self.columns.T)[0]

    @cached_property
    def y(self) -> np.ndarray:
        """Elevation of each column in degrees, growing upwards."""
        return self.column_angle * position(*self.columns.T)[1]

    def along(self, angle: npt.ArrayLike) -> np.ndarray:
        """Return how far each column looks towards an angle: its place on an axis in degrees.

        It is x*cos(angle) + y*sin(angle), but columns that lie equally far along an axis of the
        lattice (at multiples of 30 degrees) get exactly the same value, and each column exactly the
        value that the turned column has at an angle larger by 60 degrees. So no border is ragged
        by rounding. ``along(angle)`` in the equations of a protocol is the same.

        Parameters
        ----------
        angle : float or array_like, degrees
            Counter-clockwise; 0 is to the right, 90 is up. A billionth of a degree counts.

        Returns
        -------
        ndarray of float, shape (column,), or (..., column) for angles of shape (...)

        Raises
        ------
        InvalidValueError
            If an angle is not finite.

        Examples
        --------
        >>> eye = Eye(extent=3)
        >>> [int((eye.along(angle) >= 0).sum()) for angle in (0, 180)]
        [22, 22]
        >>> [int((eye.x*np.cos(a) + eye.y*np.sin(a) >= 0).sum()) for a in np.deg2rad([0, 180])]
        [22, 19]
        """
        angles = checks.numeric_array("angle", angle)
        places = [along(self.columns, float(one)) for one in angles.ravel()]
        shape = (*angles.shape, self.lattice.n_columns)
        return self.column_angle * np.reshape(places, shape)

    def across(self, angle: npt.ArrayLike) -> np.ndarray:
        """Return the place of each column on the axis to the left of an angle, in degrees.

        It is y*cos(angle) - x*sin(angle), and the same as `along` the angle plus 90 degrees.

        Parameters
        ----------
        angle : float or array_like, degrees

        Returns
        -------
        ndarray of float, shape (column,), or (..., column) for angles of shape (...)

        Examples
        --------
        >>> eye = Eye(extent=3)
        >>> bool((eye.across(0) == eye.y).all())
        True
        """
        return self.along(checks.numeric_array("angle", angle) + 90)

    def sample(
        self,
        image: npt.ArrayLike,
        *,
        degrees_per_pixel: float | None = None,
        field_of_view: float | None = None,
        kernel: str = "gaussian",
        outside: float | str = 0.5,
        center: tuple[float, float] = (0.0, 0.0),
    ) -> np.ndarray:
        """Return what each column sees of a picture, or of each picture of a movie.

        The middle of the picture lies straight ahead, its first row is the highest, its pixels are
        squares in the visual field. The sums are exact for such pixels, however large they are.

        Parameters
        ----------
        image : array_like, shape (..., height, width)
            Luminance; a movie has its frames first.
        degrees_per_pixel : float
            Size of a pixel in the visual field.
        field_of_view : float
            Instead of degrees_per_pixel: width of the picture in degrees.
        kernel : {"gaussian", "box", "flyvis_mean", "flyvis_median"}
            Gaussian with the acceptance angle as full width at half maximum; square as wide as the
            angle between columns; or mean and median as the BoxEye of flyvis 1.2.0 takes them, on
            its stretched lattice of whole pixels. It has 13 pixels from column to column, if no
            other odd number is asked for by degrees_per_pixel.
        outside : float or "repeat"
            Luminance around the picture, or the picture again on all sides. Kernels of flyvis
            have their own: black around the mean, the mirrored picture around the median.
        center : (float, float)
            Where the middle of the picture lies, in degrees to the right and up. Kernels of
            flyvis know the centre of the eye only.

        Returns
        -------
        ndarray of float, shape (..., column)

        Raises
        ------
        InvalidValueError
            If the picture is no array of finite numbers, its size is not given or given twice, or
            it is too small for a kernel of flyvis.

        Examples
        --------
        The right half of the picture is white; columns along the border see half of it.

        >>> image = np.zeros((200, 300))
        >>> image[:, 150:] = 1
        >>> eye = Eye(extent=1)
        >>> eye.columns[:, 1].tolist()
        [0, 1, -1, 0, 1, -1, 0]
        >>> eye.sample(image, degrees_per_pixel=0.2).round(2).tolist()
        [0.5, 0.99, 0.01, 0.5, 0.99, 0.01, 0.5]
        """
        checks.one_of("kernel", kernel, KERNELS)
        image = checks.numeric_array("image", image)
        if image.ndim < 2 or 0 in image.shape:
            raise InvalidValueError(
                f"image has shape {image.shape}, but must be (height, width), with axes for the"
                " frames of a movie before."
            )
        repeats = isinstance(outside, str) and outside == "repeat"
        around = None if repeats else checks.finite_number("outside", cast(float, outside))
        middle = checks.numeric_array("center", center)
        if middle.shape != (2,):
            raise InvalidValueError(f"center must be two numbers (x, y), but is {middle.tolist()}.")
        require_picture_size(kernel, degrees_per_pixel, field_of_view)
        if field_of_view is not None:
            pixel = field_of_view / image.shape[-1]
        elif degrees_per_pixel is not None:
            pixel = degrees_per_pixel
        else:
            pixel = self.column_angle / FLYVIS_PIXELS
        if kernel.startswith("flyvis"):
            count = round(self.column_angle / pixel)
            if count % 2 == 0 or abs(count * pixel - self.column_angle) > 1e-6 * self.column_angle:
                raise InvalidValueError(
                    f"kernel {kernel!r} needs an odd whole number of pixels from column to column,"
                    f" but {self.column_angle / pixel:g} fit; leave degrees_per_pixel out for"
                    f" {FLYVIS_PIXELS}."
                )
            if middle.any():
                raise InvalidValueError(f"kernel {kernel!r} sees pictures straight ahead only.")
            return box_eye(image, self.columns, count, kernel.removeprefix("flyvis_"))
        integral, width = {
            "gaussian": (gaussian_integral, self.acceptance_angle),
            "box": (box_integral, self.column_angle),
        }[kernel]
        x, y = self.x - middle[0], self.y - middle[1]
        return weighted_means(image, x, y, pixel, integral, width, around)


def require_picture_size(
    kernel: str, degrees_per_pixel: float | None, field_of_view: float | None
) -> None:
    """Raise unless the size of a picture in the visual field is given, and once.

    Parameters
    ----------
    kernel : str
        Those of flyvis have a size of their own.
    degrees_per_pixel, field_of_view : float, optional
    """
    if degrees_per_pixel is not None and field_of_view is not None:
        raise InvalidValueError("give degrees_per_pixel or field_of_view, not both.")
    if field_of_view is not None:
        checks.finite_number("field_of_view", field_of_view, 1e-3, 360)
    elif degrees_per_pixel is not None:
        checks.finite_number("degrees_per_pixel", degrees_per_pixel, 1e-4, 360)
    elif not kernel.startswith("flyvis"):
        raise InvalidTypeError(
            "the size of the picture in the visual field is missing; give degrees_per_pixel or"
            " field_of_view, both in degrees."
        )
