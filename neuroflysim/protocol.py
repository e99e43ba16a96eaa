"""What a protocol is: a stimulus written as equations, shown in a number of conditions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from attrs import field, frozen
from brian2 import Quantity, get_dimensions, second
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.eye import Eye
from neuroflysim.lattice import chosen_lattice
from neuroflysim.luminance_equations import LuminanceEquations

#: Luminance beyond black or white by so little is rounding.
ROUNDING = 1e-9

#: More frames than any experiment has: a slip in a unit, most likely.
MOST_FRAMES = 1_000_000


@frozen(slots=False, eq=False)
class Protocol:
    """A stimulus with its timing, in every combination of its parameters.

    Each condition shows the background for `pre_time`, then the stimulus for `stim_time`, then
    the background for `tail_time`. Each of the three lasts a whole number of time steps, rounded
    up. Frame k is shown from k to k + 1 time steps and is computed for its beginning.

    Parameters
    ----------
    name : str
        One word, for tables and files.
    equations : str
        Brian2 subexpressions, one of them ``luminance = ... : 1`` between 0 (black) and 1
        (white). They may use x and y (degrees in the visual field, right and up), t (time since
        the stimulus began), the background, the parameters, and Brian2's functions and units.
        Brian2's functions take radians: write cos(pi/180*angle). Columns that lie exactly on a
        border fall to either side of it by rounding; a margin (<= border + 1e-6) decides.
    parameters : mapping of str to list
        Values that each parameter takes. The conditions are their product, the last parameter
        varying fastest. A number or Quantity stands for a list of one.
    stim_time, pre_time, tail_time : Quantity [s]
    background : float
        Luminance before and after the stimulus.
    reference : str
        Who showed this stimulus, and how its defaults were chosen.

    Examples
    --------
    A disc that brightens over half a second:

    >>> from brian2 import ms
    >>> disc = Protocol(
    ...     name="brightening_disc",
    ...     equations='''
    ...     inside = int(sqrt(x**2 + y**2) <= radius) : 1
    ...     luminance = background + inside*(1 - background)*t/(500*ms) : 1
    ...     ''',
    ...     parameters={"radius": [6, 12]},
    ...     stim_time=500*ms)
    >>> disc.luminance(extent=3, time_step=20*ms).sizes
    Frozen({'condition': 2, 'time': 100, 'column': 37})
    """

    name: str = field()
    equations: str = field()
    parameters: dict = field(converter=lambda values: _as_lists(values))
    stim_time: Quantity = field()
    pre_time: Quantity = field(default=1 * second)
    tail_time: Quantity = field(default=0.5 * second)
    background: float = field(default=0.5)
    reference: str = field(default="")

    def __attrs_post_init__(self):
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise InvalidValueError(
                f"the name of a protocol must be one word of letters, digits and _, not"
                f" {self.name!r}."
            )
        checks.finite_number("background", self.background, 0, 1)
        checks.seconds("stim_time", self.stim_time)
        checks.seconds("pre_time", self.pre_time, allow_zero=True)
        checks.seconds("tail_time", self.tail_time, allow_zero=True)
        dimensions = {name: get_dimensions(values) for name, values in self.parameters.items()}
        object.__setattr__(
            self, "luminance_equations", LuminanceEquations(self.equations, dimensions)
        )

    def __repr__(self) -> str:
        return f"<Protocol {self.name}: {self.n_conditions} condition(s)>"

    @property
    def n_conditions(self) -> int:
        """Number of combinations of the parameters."""
        return int(np.prod([len(values) for values in self.parameters.values()], dtype=int))

    @property
    def conditions(self) -> pd.DataFrame:
        """Table of the conditions, one column for each parameter; SI units, angles in degrees."""
        rows = list(product(*(np.asarray(values) for values in self.parameters.values())))
        return pd.DataFrame(rows, columns=list(self.parameters)).rename_axis("condition")

    def times(self, time_step: Quantity) -> np.ndarray:
        """Return when each frame begins, in seconds; the stimulus begins at 0.

        Parameters
        ----------
        time_step : Quantity [s]

        Returns
        -------
        ndarray of float, shape (time,)
        """
        step = checks.seconds("time_step", time_step)
        n_pre, n_stim, n_tail = self.phases(time_step)
        return np.round(np.arange(-n_pre, n_stim + n_tail) * step, 12)  # 0.3 and not 0.3000...04

    def luminance(
        self,
        extent: int | None = None,
        time_step: Quantity = 0.02 * second,
        eye: Eye | None = None,
        *,
        boundary: str = "open",
        size: int | tuple[int, int] | None = None,
    ) -> xr.DataArray:
        """Show the protocol to an eye: luminance of each column over time.

        Parameters
        ----------
        extent : int, optional
            Radius of an open lattice in columns; 15 if not given.
        time_step : Quantity [s]
            How long each frame lasts.
        eye : Eye, optional
            Instead of a lattice, for another angle between columns.
        boundary : {"open", "periodic"}
            Of the lattice. On a periodic one a stimulus made of x and y has a seam; see `Eye`.
        size : int or (int, int), optional
            Columns of a periodic lattice along u and along v.

        Returns
        -------
        DataArray, dims (condition, time, column)
            Luminance from 0 to 1. Coordinates: the parameters by condition, time in seconds (the
            beginning of each frame), and u, v, x, y (degrees) by column.

        Raises
        ------
        InvalidValueError
            If the equations give a luminance outside 0 to 1; names condition and time.
        """
        eye = _eye(eye, extent, boundary, size)
        n_pre, n_stim, _ = self.phases(time_step)
        times = self.times(time_step)
        frames = np.full((self.n_conditions, len(times), len(eye.x)), float(self.background))
        shown = slice(n_pre, n_pre + n_stim)
        for index, condition in enumerate(self.conditions.to_dict("records")):
            frames[index, shown] = self.luminance_equations.evaluate(
                x=eye.x, y=eye.y, t=times[shown, None], background=self.background, **condition
            )
            self._check_range(frames[index], condition, times)
        u, v = eye.columns.T
        return xr.DataArray(
            frames,
            dims=("condition", "time", "column"),
            coords={
                "time": ("time", times, {"units": "s", "long_name": "beginning of the frame"}),
                **{name: ("column", values) for name, values in (("u", u), ("v", v))},
                "x": ("column", eye.x, {"units": "deg"}),
                "y": ("column", eye.y, {"units": "deg"}),
                **self.condition_coordinates(),
            },
            name="luminance",
            attrs={"units": "1", **self.attributes(eye)},
        )

    def attributes(self, eye: Eye) -> dict:
        """Return what results record of the protocol, apart from its conditions.

        Parameters
        ----------
        eye : Eye
        """
        return {
            "protocol": self.name,
            "protocol_equations": self.equations,
            "background": float(self.background),
            "pre_time": float(self.pre_time),
            "stim_time": float(self.stim_time),
            "tail_time": float(self.tail_time),
            "column_angle": eye.column_angle,
        }

    def condition_coordinates(self) -> dict[str, tuple]:
        """Return the parameters as xarray coordinates along the dimension condition."""
        table = self.conditions
        units = {
            name: "1" if get_dimensions(values) is DIMENSIONLESS else str(get_dimensions(values))
            for name, values in self.parameters.items()
        }
        return {
            name: ("condition", table[name].to_numpy(), {"units": units[name]}) for name in table
        }

    def plot(self, extent: int = 15, time_step: Quantity = 0.02 * second, n_times: int = 5):
        """Draw each condition at a few times; returns the matplotlib axes.

        Parameters
        ----------
        extent : int
        time_step : Quantity [s]
        n_times : int
            Number of pictures for each condition, evenly over the stimulus.
        """
        from neuroflysim.plotting.protocol import plot_protocol

        return plot_protocol(self, extent, time_step, n_times)

    def animate(
        self, path, condition: int = 0, extent: int = 15, time_step: Quantity = 0.02 * second
    ):
        """Write one condition as an animated GIF.

        Parameters
        ----------
        path : path-like
            Ends in .gif.
        condition : int
            Row of `conditions`.
        extent : int
        time_step : Quantity [s]
        """
        from neuroflysim.plotting.protocol import animate_protocol

        return animate_protocol(self, path, condition, extent, time_step)

    def phases(self, time_step: Quantity) -> tuple[int, int, int]:
        """Return how many frames the time before, of and after the stimulus has.

        Parameters
        ----------
        time_step : Quantity [s]
        """
        step = checks.seconds("time_step", time_step)
        # 1e-9: a phase of 0.6 s is 30 steps of 0.02 s, although 0.6 / 0.02 > 30 in floating point.
        phases = [
            np.ceil(float(phase) / step - 1e-9)
            for phase in (self.pre_time, self.stim_time, self.tail_time)
        ]
        if sum(phases) > MOST_FRAMES:
            raise InvalidValueError(
                f"protocol {self.name} would have {sum(phases):.3g} frames of {step:g} s, but at"
                f" most {MOST_FRAMES:,} are shown; shorten its times or raise its speeds."
            )
        return tuple(int(phase) for phase in phases)

    def _check_range(self, frames: np.ndarray, condition: dict, times: np.ndarray) -> None:
        wrong = ~((frames >= -ROUNDING) & (frames <= 1 + ROUNDING))
        if wrong.any():
            when, where = np.argwhere(wrong)[0]
            raise InvalidValueError(
                f"protocol {self.name}: luminance is {frames[when, where]:g} at time"
                f" {times[when]:g} s, column {where}, condition {condition}; it must stay between"
                " 0 (black) and 1 (white)."
            )
        np.clip(frames, 0, 1, out=frames)


def _eye(eye, extent, boundary, size) -> Eye:
    lattice = chosen_lattice(extent, boundary, size)
    if eye is None:
        return Eye(lattice.extent, size=lattice.size)
    if not isinstance(eye, Eye):
        raise InvalidTypeError(f"eye must be a neuroflysim Eye, but is {eye!r}.")
    if extent is not None or lattice.periodic:
        raise InvalidValueError("an eye has a lattice of its own; leave extent and size out.")
    return eye


def _as_lists(parameters) -> dict:
    if not isinstance(parameters, Mapping):
        raise InvalidTypeError(
            f"parameters must be a dict of lists, for example {{'speed': [20, 40]}}, but is"
            f" {type(parameters).__name__}."
        )
    lists = {name: checks.quantities(f"parameter {name}", v) for name, v in parameters.items()}
    for values in lists.values():
        values.flags.writeable = False
    return MappingProxyType(lists)
