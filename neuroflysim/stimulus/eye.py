"""The eye: where in the visual field each column looks, and what it sees of a picture there."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from attrs import cmp_using, field, frozen
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import COLUMN_ANGLE, DEFAULT_LATTICE, Lattice, chosen_lattice, position
from neuroflysim.stimulus.axes import along, direction
from neuroflysim.stimulus.image_sampling import (
    box_eye,
    box_integral,
    gaussian_integral,
    weighted_means,
)
from neuroflysim.stimulus.sphere import directions_of
from neuroflysim.stimulus.viewing_directions import views_of

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


def _as_acceptance_angle(value: Any) -> float | np.ndarray:
    """Return one number, or an array of one for each column."""
    if isinstance(value, str) or not np.iterable(value):
        return checks.finite_number("acceptance_angle", cast(Any, value), minimum=0.01, maximum=180)
    angles = checks.numeric_array("acceptance_angle", value)
    if angles.ndim != 1 or (angles < 0.01).any() or (angles > 180).any():
        raise InvalidValueError(
            "acceptance_angle must be one number or one for each column, from 0.01 to 180 degrees."
        )
    angles.flags.writeable = False
    return angles


#: Of arrays that an eye holds: compared by value, and not hashed.
_ARRAY = {"eq": cmp_using(eq=np.array_equal), "hash": False}


@frozen(slots=False)
class Eye:
    """A hexagonal eye looking straight ahead; `Eye.from_directions` makes one as it was measured.

    Parameters
    ----------
    lattice : int or Lattice
        That of the network that it feeds. A whole number is the extent of an open lattice, its
        radius in columns. Extent 15, if not given.
    column_angle : float
        Angle between neighbouring columns in degrees.
    acceptance_angle : float or array_like, shape (column,)
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

    acceptance_angle: float | np.ndarray = field(
        kw_only=True, converter=_as_acceptance_angle, **_ARRAY
    )

    #: Of a measured eye: unit vectors of the columns, shape (column, 3), and their x and y.
    _measured: np.ndarray | None = field(default=None, kw_only=True, repr=False, **_ARRAY)
    _places: np.ndarray | None = field(default=None, kw_only=True, repr=False, **_ARRAY)

    def __init__(
        self,
        lattice: int | Lattice = DEFAULT_LATTICE,
        column_angle: float = COLUMN_ANGLE,
        *,
        acceptance_angle: float | npt.ArrayLike = ACCEPTANCE_ANGLE,
        extent: int | None = None,
    ):
        # Written out because it takes one argument that is no attribute: another name of the first.
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]
            chosen_lattice(lattice, extent), column_angle, acceptance_angle=acceptance_angle
        )

    def __attrs_post_init__(self):
        n_given, n_columns = np.size(self.acceptance_angle), self.lattice.n_columns
        if np.ndim(self.acceptance_angle) and n_given != n_columns:
            raise InvalidValueError(
                f"acceptance_angle has {n_given} values, but the eye has {n_columns} columns; give"
                " one for each, or a single number."
            )

    @classmethod
    def from_directions(
        cls,
        table: pd.DataFrame,
        lattice: int | Lattice | None = None,
        *,
        extent: int | None = None,
        side: str | None = None,
        center: tuple[int, int] | None = None,
        ahead: npt.ArrayLike | None = None,
        up: npt.ArrayLike | None = None,
        acceptance_angle: float = ACCEPTANCE_ANGLE,
    ) -> Eye:
        """Return an eye whose columns look where they were measured to look.

        Stimuli and pictures are shown in true angles: a place (x, y) of the visual field is as many
        degrees from (0, 0) as its direction is from straight ahead. The network stays on its
        regular lattice; only what its columns see changes.

        Parameters
        ----------
        table : DataFrame
            A row for each column: p and q, whole numbers on a hexagonal lattice (which of its axes
            they count is found by the directions), or u and v as this package has them; x, y, z,
            a unit vector of its viewing direction, with x to the front of the fly, y to its left
            and z up; acceptance_angle in degrees may be left out. Other columns are not read.
        lattice : int or Lattice, optional
            That of the network, around `center`; a whole number is the extent. The largest whole
            hexagon that the table has, if not given.
        extent : int, optional
            Another name for a whole number as `lattice`.
        side : {"left", "right"}, optional
            Which eye it is; that to which the directions point on average, if not given. As in
            the plots of the published model, the front of the fly is to the right of the visual
            field of either eye, and 180 degrees is from front to back.
        center : (int, int), optional
            The column of the table that becomes (u, v) = (0, 0), where central cells are recorded;
            the one that looks nearest to the mean direction, if not given.
        ahead : array_like, shape (3,), optional
            The direction of the place (0, 0) of stimuli; that of the center, if not given.
        up : array_like, shape (3,), optional
            Which way is up in the visual field; (0, 0, 1), if not given.
        acceptance_angle : float
            Of all columns, if the table does not have it.

        Raises
        ------
        InvalidValueError
            Names the rows that are wrong: a column that stands twice, a vector whose length is
            not 1, text. Or says which columns of the lattice are missing.

        See Also
        --------
        neuroflysim.plotting.plot_eye

        Notes
        -----
        Off the middle, the plane of x and y cannot keep all angles: distances from (0, 0) are
        true, those across are stretched by angle/sin(angle), 1.05 at 30 degrees and 1.21 at 60.
        Protocols that find single columns by their regular places (`column_flash`, `ring_flash`,
        `apparent_motion_columns`, `flyvis_moving_edge`) are for the regular eye.

        Examples
        --------
        An eye like the regular one, whose columns are 4.8 degrees apart:

        >>> regular = Eye(2, column_angle=4.8)
        >>> table = pd.DataFrame(regular.directions, columns=["x", "y", "z"])
        >>> table[["u", "v"]] = regular.columns
        >>> eye = Eye.from_directions(table, side="left")
        >>> eye.lattice, round(eye.column_angle, 2), bool(np.allclose(eye.x, regular.x))
        (Lattice(extent=2), 4.8, True)
        """
        if lattice is not None or extent is not None:
            lattice = chosen_lattice(DEFAULT_LATTICE if lattice is None else lattice, extent)
        views = views_of(table, lattice, side, ahead, up, center)
        for array in (views.directions, views.places):
            array.flags.writeable = False
        eye = cls.__new__(cls)
        eye.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]
            views.lattice,
            views.column_angle,
            acceptance_angle=(
                acceptance_angle if views.acceptance_angle is None else views.acceptance_angle
            ),
            measured=views.directions,
            places=views.places,
        )
        return eye

    @property
    def is_regular(self) -> bool:
        """Whether the columns lie on a regular lattice in the visual field."""
        return self._measured is None

    @cached_property
    def directions(self) -> np.ndarray:
        """Unit vectors of where the columns look, shape (column, 3).

        x to the front of the fly, y to its left, z up. A regular eye is taken to look to the front.
        """
        return directions_of(self.x, self.y) if self._measured is None else self._measured

    @property
    def columns(self) -> np.ndarray:
        """Axial coordinates (u, v), shape (column, 2)."""
        return self.lattice.columns

    @cached_property
    def x(self) -> np.ndarray:
        """Azimuth of each column in degrees, growing to the right."""
        if self._places is not None:
            return self._places[:, 0]
        return self.column_angle * position(*self.columns.T)[0]

    @cached_property
    def y(self) -> np.ndarray:
        """Elevation of each column in degrees, growing upwards."""
        if self._places is not None:
            return self._places[:, 1]
        return self.column_angle * position(*self.columns.T)[1]

    def along(self, angle: npt.ArrayLike) -> np.ndarray:
        """Return how far each column looks towards an angle: its place on an axis in degrees.

        It is x*cos(angle) + y*sin(angle), but columns that lie equally far along an axis of the
        lattice (at multiples of 30 degrees) get exactly the same value, and each column exactly the
        value that the turned column has at an angle larger by 60 degrees. So no border is ragged
        by rounding. (A measured eye has no such columns.) ``along(angle)`` in the equations of a
        protocol is the same.

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
        if self._places is not None:
            steps = np.array([direction(float(one)) for one in angles.ravel()])
            return (steps @ self._places.T).reshape(*angles.shape, -1)
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
        if kernel.startswith("flyvis") and not self.is_regular:
            raise InvalidValueError(
                f"kernel {kernel!r} is for a regular lattice, but this eye has measured directions;"
                " take kernel='gaussian' or 'box'."
            )
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
        if np.ndim(width) == 0:
            return weighted_means(image, x, y, pixel, integral, float(width), around)
        seen = np.empty((*image.shape[:-2], len(x)))
        for one in np.unique(width):
            of = width == one
            seen[..., of] = weighted_means(image, x[of], y[of], pixel, integral, one, around)
        return seen


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
