"""The eye: where in the visual field each column looks, in degrees."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import field, frozen
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.lattice import DEFAULT_EXTENT, Lattice, position

#: Angle between the optical axes of neighbouring columns, as in Lappalainen et al. (2024).
COLUMN_ANGLE = 5.8

#: One degree of visual angle. Angles are plain numbers of degrees in this package, so this is 1
#: without a dimension; it makes units readable: ``110*degree/second``.
degree = Quantity(1.0)


@frozen(slots=False)
class Eye:
    """A hexagonal eye looking straight ahead.

    Parameters
    ----------
    extent : int
        Radius in columns; the lattice of the network that it feeds. 15 if neither extent nor size
        is given.
    column_angle : float
        Angle between neighbouring columns in degrees.
    size : int or (int, int), optional
        Instead of extent: columns of a periodic lattice along u and along v.

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

    size: tuple[int, int] | None = field(default=None, kw_only=True)
    extent: int | None = field()
    column_angle: float = field(
        default=COLUMN_ANGLE,
        converter=lambda value: checks.finite_number("column_angle", value, 0.1, 60),
    )

    @extent.default
    def _published(self) -> int | None:
        return DEFAULT_EXTENT if self.size is None else None

    def __attrs_post_init__(self):
        # The lattice knows what an extent and a size may be.
        object.__setattr__(self, "extent", self.lattice.extent)
        object.__setattr__(self, "size", self.lattice.size)

    @cached_property
    def lattice(self) -> Lattice:
        """The lattice of the columns."""
        return Lattice(extent=self.extent, size=self.size)

    @property
    def columns(self) -> np.ndarray:
        """Axial coordinates (u, v), shape (column, 2)."""
        return self.lattice.columns

    @cached_property
    def x(self) -> np.ndarray:
        """Azimuth of each column in degrees, growing to the right (front to back)."""
        return self.column_angle * position(*self.columns.T)[0]

    @cached_property
    def y(self) -> np.ndarray:
        """Elevation of each column in degrees, growing upwards."""
        return self.column_angle * position(*self.columns.T)[1]
