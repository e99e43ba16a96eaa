"""What a protocol is: a stimulus, written as equations or drawn, in a number of conditions."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import xarray as xr
from attrs import evolve, field, fields, frozen
from brian2 import Quantity, ms, second

from neuroflysim import checks
from neuroflysim.choices import DTYPES, TIME_STEP_MS
from neuroflysim.errors import InvalidTypeError, InvalidValueError, RoundedTimeWarning
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.machine.free_memory import require_memory
from neuroflysim.stimulus.canvas import Canvas, drawing_times, name_of, require_arguments
from neuroflysim.stimulus.card import protocol_card
from neuroflysim.stimulus.conditions import Conditions, checked_parameters, require_no_labels
from neuroflysim.stimulus.equations import LuminanceEquations
from neuroflysim.stimulus.eye import Eye
from neuroflysim.stimulus.protocol_files import read_arguments, write_arguments

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes

#: How long a step lasts if nobody says. With it, direction selectivity indices of the 17 models
#: that were measured are within 0.01 of those with 1 ms, and traces correlate by more than 0.999;
#: they are 2 to 3 % apart (docs/integration.md).
DEFAULT_TIME_STEP = TIME_STEP_MS * ms

#: Pictures of a protocol need no more frames than a screen shows.
PICTURE_STEP = 20 * ms

#: Part of its time by which a stimulus may be longer without a warning.
MOST_ROUNDING = 0.1

#: More frames than any experiment has: a slip in a unit, most likely.
MOST_FRAMES = 1_000_000


@frozen(slots=False, eq=False)
class Protocol:
    """A stimulus with its timing, in every combination of its parameters.

    Each condition shows the background for `pre_time`, then the stimulus for `stim_time`, then
    the background for `tail_time`. Each of the three lasts a whole number of time steps, rounded
    up; results record what was shown. A stimulus shorter than a step is refused, and one that is
    shown for a tenth longer than it was asked for is a `RoundedTimeWarning`. Frame k is shown from
    k to k + 1 time steps and is computed for its beginning: a nanosecond later, so that what jumps
    there, like t % period, has jumped whatever the rounding of t.

    Parameters
    ----------
    name : str
        One word, for tables and files.
    equations : str, optional
        Brian2 subexpressions, one of them ``luminance = ... : 1`` between 0 (black) and 1
        (white). They may use x and y (degrees in the visual field, right and up), t (time since
        the stimulus began), the background, the parameters, and Brian2's functions and units.
        ``along(angle)`` and ``across(angle)`` are where a column lies on the axis at an angle, and
        on the one to its left, in degrees; see `Eye.along`. The angle, in degrees, is made of
        parameters and numbers. Brian2's own functions take radians: sin(pi/180*phase). Columns
        that lie on a border to the last digit fall to either side of it by rounding; a margin
        (<= border + 1e-6) decides.
    parameters : mapping of str, or of tuple of str, to list
        Values that each parameter takes. The conditions are their product, the last parameter
        varying fastest. A number or Quantity stands for a list of one. Parameters that vary
        together are a tuple of names with a list of tuples: they take one place in the product.
    stim_time, pre_time, tail_time : Quantity [s]
    background : float
        Luminance before and after the stimulus.
    reference : str
        Who showed this stimulus, and how its defaults were chosen.
    frames : callable, optional
        Instead of equations, a function that draws what they cannot say:
        ``frames(eye, times, background, **condition)`` returns the luminance during the stimulus,
        an array (time, column) from 0 to 1. `times` are seconds since onset, the beginning of
        each frame; the condition's values are floats in SI units, angles in degrees. It must draw
        the same each time: chance comes from a seed, which is a parameter.

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

    Two neighbouring columns that flicker, drawn by a function:

    >>> def pair(eye, times, background, center_u, center_v, period):
    ...     u, v = eye.columns.T
    ...     chosen = (u == center_u) & ((v == center_v) | (v == center_v + 1))
    ...     wave = 0.5 + 0.5*np.sin(2*np.pi*times/period)
    ...     return np.where(chosen, wave[:, None], background)
    >>> pairs = Protocol(
    ...     name="pairs", frames=pair, stim_time=500*ms,
    ...     parameters={("center_u", "center_v"): [(0, 0), (1, -1)], "period": [100, 200]*ms})
    >>> pairs.conditions.to_numpy().tolist()
    [[0.0, 0.0, 0.1], [0.0, 0.0, 0.2], [1.0, -1.0, 0.1], [1.0, -1.0, 0.2]]
    """

    name: str = field()
    equations: str | None = field(default=None)
    parameters: Mapping = field(factory=dict, converter=checked_parameters)
    stim_time: Quantity = field(kw_only=True)
    pre_time: Quantity = field(default=1 * second, kw_only=True)
    tail_time: Quantity = field(default=0.5 * second, kw_only=True)
    background: float = field(default=0.5, kw_only=True)
    reference: str = field(default="", kw_only=True)
    frames: Callable | None = field(default=None, kw_only=True)

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
        if (self.equations is None) == (self.frames is None):
            both = "neither" if self.frames is None else "both"
            raise InvalidValueError(
                f"protocol {self.name} is given {both} of equations and frames; give one of them,"
                " for example equations='luminance = 0.5 : 1'."
            )
        names = self._conditions.values
        if self.luminance_equations is None and self.frames is not None:
            require_no_labels(names, {"eye", "times", "background"})
            require_arguments(self.frames, names)

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(self.parameters)

    @cached_property
    def luminance_equations(self) -> LuminanceEquations | None:
        """The equations, looked through; None where a function draws."""
        if self.equations is None:
            return None
        return LuminanceEquations(self.equations, self._conditions.dimensions)

    def __repr__(self) -> str:
        return f"<Protocol {self.name}: {self.n_conditions} condition(s)>"

    def _repr_html_(self) -> str:
        return protocol_card(self)

    def __copy__(self) -> Protocol:
        return evolve(self)

    def __deepcopy__(self, memo) -> Protocol:
        return evolve(self)

    def __reduce__(self):
        """Send what it was made from; the other process parses the equations anew."""
        try:
            pickle.dumps(self.frames)
        except Exception as error:
            function = name_of(cast(Callable, self.frames))
            raise InvalidTypeError(
                f"protocol {self.name} is drawn by {function}, which cannot be sent to"
                f" another process ({error}); define it at the top of a file that can be imported"
                " there."
            ) from None
        given = {one.name: getattr(self, one.name) for one in fields(Protocol)}
        return _made_from, ({**given, "parameters": dict(self.parameters)},)

    @property
    def n_conditions(self) -> int:
        """Number of combinations of the parameters."""
        return len(self._conditions)

    @property
    def conditions(self) -> pd.DataFrame:
        """Table of the conditions, one column for each parameter; SI units, angles in degrees."""
        return self._conditions.table

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
        lattice: int | Lattice = DEFAULT_LATTICE,
        time_step: Quantity = DEFAULT_TIME_STEP,
        eye: Eye | None = None,
        *,
        dtype: str = "float64",
        extent: int | None = None,
    ) -> xr.DataArray:
        """Show the protocol to an eye: luminance of each column over time.

        Parameters
        ----------
        lattice : int or Lattice
            A whole number is the extent of an open lattice, its radius in columns; 15, if not
            given. On a periodic one a stimulus made of x and y has a seam; see `Eye`.
        time_step : Quantity [s]
            How long each frame lasts.
        eye : Eye, optional
            Instead of a lattice, for another angle between columns, or measured directions.
        dtype : {"float64", "float32"}
            Of the luminance returned. It is computed in float64 all the same, so that borders
            fall on the same columns.
        extent : int, optional
            Another name for a whole number as `lattice`.

        Returns
        -------
        DataArray, dims (condition, time, column)
            Luminance from 0 to 1. Coordinates: the parameters by condition, time in seconds (the
            beginning of each frame), and u, v, x, y (degrees) by column.

        Raises
        ------
        InvalidValueError
            If the luminance leaves 0 to 1, or the function draws another shape; names condition
            and time.
        """
        eye = _eye(eye, lattice, extent)
        n_pre, n_stim, _ = self.phases(time_step)
        self.warn_of_rounding(time_step)
        dtype = checks.float_type("dtype", dtype, DTYPES)
        times = self.times(time_step)
        require_memory(
            f"the luminance of protocol {self.name}, {self.n_conditions} conditions, {len(times)}"
            f" frames and {len(eye.x)} columns,",
            float(self.n_conditions) * len(times) * len(eye.x) * np.dtype(dtype).itemsize,
            "take a smaller extent, fewer conditions, a longer time step or dtype='float32'",
        )
        luminance = np.empty((self.n_conditions, len(times), len(eye.x)), dtype=dtype)
        drawn = drawing_times(times[n_pre : n_pre + n_stim], float(time_step))
        canvas = Canvas(self.name, eye, drawn, float(self.background))
        shown = self.luminance_equations or cast(Callable, self.frames)
        # As "records", pandas before 3 gives nothing for conditions without a parameter.
        conditions = list(self.conditions.to_dict("index").values())
        canvas.draw(shown, conditions, luminance, n_pre)
        u, v = eye.columns.T
        return xr.DataArray(
            luminance,
            dims=("condition", "time", "column"),
            coords={
                "time": ("time", times, {"units": "s", "long_name": "beginning of the frame"}),
                **{name: ("column", values) for name, values in (("u", u), ("v", v))},
                "x": ("column", eye.x, {"units": "deg"}),
                "y": ("column", eye.y, {"units": "deg"}),
                **self.condition_coordinates(),
            },
            name="luminance",
            attrs={"units": "1", **self.attributes(eye, time_step)},
        )

    def attributes(self, eye: Eye, time_step: Quantity) -> dict:
        """Return what results record of the protocol, apart from its conditions.

        Parameters
        ----------
        eye : Eye
        time_step : Quantity [s]
            Times are recorded as they are shown: in whole steps.
        """
        step = float(time_step)
        pre, stim, tail = (round(n * step, 12) for n in self.phases(time_step))
        if self.frames is None:
            drawn = {"protocol_equations": self.equations}
        else:
            # Of each column, if they differ; files hold lists.
            acceptance = np.asarray(eye.acceptance_angle).tolist()
            drawn = {"protocol_frames": name_of(self.frames), "acceptance_angle": acceptance}
        if not eye.is_regular:
            drawn["eye"] = "measured directions"
        return {
            "protocol": self.name,
            **drawn,
            "background": float(self.background),
            "pre_time": pre,
            "stim_time": stim,
            "tail_time": tail,
            "column_angle": eye.column_angle,
        }

    def warn_of_rounding(self, time_step: Quantity) -> None:
        """Warn if the stimulus is shown for much longer than was asked for.

        Parameters
        ----------
        time_step : Quantity [s]
        """
        asked, shown = float(self.stim_time), self.phases(time_step)[1] * float(time_step)
        if shown > asked * (1 + MOST_ROUNDING):
            warnings.warn(
                f"protocol {self.name}: stim_time is {self.stim_time}, but with steps of"
                f" {time_step} the stimulus is shown for {_in_ms(shown)}: a step that divides it"
                " shows it as asked.",
                RoundedTimeWarning,
                stacklevel=3,
            )

    def condition_coordinates(self) -> dict[str, tuple]:
        """Return the parameters as xarray coordinates along the dimension condition."""
        return self._conditions.coordinates()

    def plot(
        self,
        lattice: int | Lattice = DEFAULT_LATTICE,
        time_step: Quantity = PICTURE_STEP,
        n_times: int = 5,
        axes: Axes | Sequence[Axes] | np.ndarray | None = None,
        *,
        extent: int | None = None,
    ) -> np.ndarray:
        """Draw each condition at a few times.

        Parameters
        ----------
        lattice : int or Lattice
            See `luminance`.
        time_step : Quantity [s]
        n_times : int
            Number of pictures for each condition, evenly over the stimulus. What has gone through
            whole periods from one to the next, like a grating, seems to stand still: take another.
        axes : array of Axes, optional
            As many as there are pictures.
        extent : int, optional
            Another name for a whole number as `lattice`.

        Returns
        -------
        ndarray of Axes, shape (condition, picture)
            At most 12 conditions are drawn, evenly chosen.
        """
        from neuroflysim.plotting.protocol import plot_protocol

        return plot_protocol(self, chosen_lattice(lattice, extent), time_step, n_times, axes)

    def animate(
        self,
        path: str | os.PathLike[str] | None = None,
        condition: int = 0,
        lattice: int | Lattice = DEFAULT_LATTICE,
        time_step: Quantity = PICTURE_STEP,
        axes: Axes | None = None,
        *,
        extent: int | None = None,
    ) -> FuncAnimation:
        """Show one condition as a movie.

        Parameters
        ----------
        path : path-like, optional
            Ends in .gif or .mp4: the movie is written there.
        condition : int
            Row of `conditions`.
        lattice : int or Lattice
            See `luminance`.
        time_step : Quantity [s]
        axes : Axes, optional
        extent : int, optional
            Another name for a whole number as `lattice`.

        Returns
        -------
        matplotlib FuncAnimation
            A notebook plays it; see `neuroflysim.plotting.animate_activity`.
        """
        from neuroflysim.plotting.protocol import animate_protocol

        where = chosen_lattice(lattice, extent)
        return animate_protocol(self, path, condition, where, time_step, axes)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the equations, with the values and units of the parameters, to a file of JSON.

        Parameters
        ----------
        path : path-like
            Ends in .json; `load_protocol` reads it.

        Raises
        ------
        InvalidValueError
            If a function draws the protocol; tells how to keep what it shows.
        """
        if self.frames is not None:
            raise InvalidValueError(
                f"protocol {self.name} is drawn by a function, which no file holds. Keep what it"
                " shows: protocol.luminance(extent=..., time_step=...).to_netcdf('shown.nc');"
                " simulate takes what xarray.load_dataarray('shown.nc') returns."
            )
        write_arguments(path, {one.name: getattr(self, one.name) for one in fields(Protocol)})

    def phases(self, time_step: Quantity) -> tuple[int, int, int]:
        """Return how many frames the time before, of and after the stimulus has.

        Each is rounded up; a stimulus that is shorter than one step is refused.

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
        if float(self.stim_time) < step * (1 - 1e-9):
            raise InvalidValueError(
                f"protocol {self.name}: stim_time is {self.stim_time}, but a step lasts"
                f" {time_step}, and nothing is shown for less than a step; use"
                f" time_step={_in_ms(self.stim_time)} or less, or a longer stim_time."
            )
        if sum(phases) > MOST_FRAMES:
            raise InvalidValueError(
                f"protocol {self.name} would have {sum(phases):.3g} frames of {step:g} s, but at"
                f" most {MOST_FRAMES:,} are shown; shorten its times or raise its speeds."
            )
        before, during, after = map(int, phases)
        return before, during, after


def load_protocol(path: str | os.PathLike[str]) -> Protocol:
    """Read a protocol that `Protocol.save` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Protocol

    Raises
    ------
    InvalidValueError
        If the file holds no protocol; says what is wrong in it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from neuroflysim.protocols import flash
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "flash.json"
    >>> flash(intensity=1).save(file)
    >>> load_protocol(file)
    <Protocol flash: 1 condition(s)>
    """
    arguments = read_arguments(path)
    try:
        return Protocol(**arguments)
    except (InvalidTypeError, InvalidValueError) as error:
        raise InvalidValueError(f"{path}: {error}") from None


def _in_ms(duration) -> str:
    return f"{1000 * float(duration):.4g}*ms"


def _eye(eye, lattice, extent) -> Eye:
    chosen = chosen_lattice(lattice, extent)
    if eye is None:
        return Eye(chosen)
    if not isinstance(eye, Eye):
        raise InvalidTypeError(f"eye must be a neuroflysim Eye, but is {eye!r}.")
    if chosen is not DEFAULT_LATTICE:
        raise InvalidValueError(
            f"an eye has a lattice of its own, {eye.lattice}; leave lattice and extent out."
        )
    return eye


def _made_from(given: dict) -> Protocol:
    return Protocol(**given)
