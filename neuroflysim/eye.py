"""The eye: where in the visual field each column looks, in degrees."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import field, frozen
from brian2 import Quantity

from neuroflysim import checks, lattice

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
        Radius in columns; the lattice of the network that it feeds.
    column_angle : float
        Angle between neighbouring columns in degrees.

    Examples
    --------
    >>> eye = Eye(extent=15)
    >>> eye.x.shape, round(float(eye.x.max()), 1), round(float(eye.y.max()), 1)
    ((721,), 75.3, 87.0)
    """

    extent: int = field(default=15, converter=lambda value: checks.whole_number("extent", value))
    column_angle: float = field(
        default=COLUMN_ANGLE,
        converter=lambda value: checks.finite_number("column_angle", value, 0.1, 60),
    )

    @cached_property
    def columns(self) -> np.ndarray:
        """Axial coordinates (u, v), shape (column, 2)."""
        return lattice.columns(self.extent)

    @cached_property
    def x(self) -> np.ndarray:
        """Azimuth of each column in degrees, growing to the right (front to back)."""
        return self.column_angle * lattice.position(*self.columns.T)[0]

    @cached_property
    def y(self) -> np.ndarray:
        """Elevation of each column in degrees, growing upwards."""
        return self.column_angle * lattice.position(*self.columns.T)[1]
