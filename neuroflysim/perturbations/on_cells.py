"""Perturbations of cells: silence, ablate, clamp, activate; all of a type, or at some columns."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from attrs import field, frozen
from brian2 import Quantity, have_same_dimensions, ms, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations.effects import Effects
from neuroflysim.perturbations.perturbation import Perturbation, names

#: Steps begin at sums of time steps, which carry their rounding.
ROUNDING = 1e-9


def _columns(value: npt.ArrayLike) -> list[tuple[int, int]] | None:
    """Return a list of columns; None for all."""
    if isinstance(value, str):
        checks.one_of("columns", value, ("all",))
        return None
    return checks.columns("columns", value)


@frozen
class OnCells(Perturbation):
    """A perturbation of all cells of a type, or of those at some columns.

    Parameters
    ----------
    cell_type : str or list of str
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, or some.
    """

    cell_type: tuple[str, ...] = field(converter=partial(names, "cell_type"))
    columns: list[tuple[int, int]] | None = field(  # None: all
        default=cast(Any, "all"), converter=_columns, kw_only=True
    )

    @property
    def on_cells(self) -> bool:
        """True, unless parameters can tell it."""
        return True

    @property
    def where(self) -> str:
        """Which cells, in words."""
        types = "+".join(self.cell_type)
        if self.columns is None:
            return types
        listed = [f"({u}, {v})" for u, v in self.columns]
        some = listed if len(listed) <= 3 else [*listed[:2], f"{len(listed) - 2} more"]
        return f"{types} at {' and '.join(some)}"

    def chosen(self, effects: Effects) -> np.ndarray:
        """Return which neurons it acts on.

        Parameters
        ----------
        effects : Effects
        """
        return effects.of(self.cell_type, self.columns)


@frozen
class Silence(OnCells):
    """Block the output of cells: they transmit nothing, and their voltage follows their input.

    As shibire(ts) or tetanus toxin do in a fly. From the beginning, the grey before a stimulus
    included.

    Parameters
    ----------
    cell_type : str or list of str
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, or some.

    Examples
    --------
    >>> Silence(["Mi4", "Mi9"]).label
    'silence Mi4+Mi9'
    >>> Silence("Mi9", columns=(0, 0)).label
    'silence Mi9 at (0, 0)'
    """

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return f"silence {self.where}"

    @property
    def on_cells(self) -> bool:
        """Whether only some cells of a type are silenced."""
        return self.columns is not None

    def silences(self, cell_type: str, column: tuple[int, int] = (0, 0)) -> bool:
        """Return whether a cell is among those that are silenced.

        Parameters
        ----------
        cell_type : str
        column : (int, int)
            Axial coordinates (u, v).
        """
        here = self.columns is None or tuple(column) in self.columns
        return cell_type in self.cell_type and here

    def changed(self, parameters: Parameters) -> Parameters:
        """Return parameters in which a type that is silenced everywhere has no output.

        Parameters
        ----------
        parameters : Parameters
        """
        types = parameters.connectome.cell_types.index
        for each in self.cell_type:
            checks.one_of("cell_type", each, types)
        if self.columns is not None:
            return parameters
        strength = parameters.synapse_strength
        strength[strength.index.get_level_values("source_type").isin(self.cell_type)] = 0.0
        return parameters.replace(synapse_strength=strength)

    def act(self, effects: Effects) -> None:
        """Note that the cells transmit nothing.

        Parameters
        ----------
        effects : Effects
        """
        effects.transmission[self.chosen(effects)] = 0.0


@frozen
class Ablate(Silence):
    """Remove cells. For all others it is as if they were silenced; their own voltage is NaN.

    Parameters
    ----------
    cell_type : str or list of str
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, a lesion of some, or all.

    Examples
    --------
    >>> Ablate("T4a", columns=[(0, 0), (1, 0)]).label
    'ablate T4a at (0, 0) and (1, 0)'
    """

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return f"ablate {self.where}"

    def act(self, effects: Effects) -> None:
        """Note that the cells are not there.

        Parameters
        ----------
        effects : Effects
        """
        super().act(effects)
        effects.ablated |= self.chosen(effects)


@frozen
class Clamp(OnCells):
    """Hold the voltage of cells at a value, whatever their input; their output follows from it.

    From the beginning, the grey before a stimulus included.

    Parameters
    ----------
    cell_type : str or list of str
    voltage : float
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, or some.

    Examples
    --------
    >>> Clamp("Mi9", 0.3).label
    'clamp Mi9 to 0.3'
    """

    voltage: float = field(converter=partial(checks.finite_number, "voltage"))

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return f"clamp {self.where} to {self.voltage:g}"

    def act(self, effects: Effects) -> None:
        """Note at which voltage the cells are held.

        Parameters
        ----------
        effects : Effects
        """
        chosen = self.chosen(effects)
        if not np.isnan(effects.held[chosen]).all():
            raise InvalidValueError(f"{self.label}: the voltage of these cells is held already.")
        effects.held[chosen] = self.voltage


@frozen
class Activate(OnCells):
    r"""Add a current to cells: all the time, during a pulse, or along a time course.

    The current is dimensionless, like the voltage: it adds to the synaptic input of the equations,
    so a cell of the published model whose other input stays the same moves up by as much. Where a
    voltage is held by a clamp, it does nothing.

    Parameters
    ----------
    cell_type : str or list of str
    current : float or array_like, shape (time,)
        Negative values hyperpolarise. An array has one value for each frame of the stimulus (time
        step), those before its onset included.
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, or some.
    start, stop : Quantity [s], optional
        From stimulus onset. Without them, a number holds all the time, the grey before the
        stimulus included.
    name : str, optional
        How responses and tables name it; needed where two time courses would have one name.

    Examples
    --------
    >>> from brian2 import ms
    >>> Activate("Mi1", 0.5, columns=(0, 0), start=100*ms, stop=150*ms).label
    'activate Mi1 at (0, 0) by 0.5 from 100 ms to 150 ms'
    """

    current: float | np.ndarray = field(eq=lambda value: np.asarray(value).tobytes())
    start: Quantity | None = field(default=None, kw_only=True)
    stop: Quantity | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self):
        current = checks.numeric_array("current", self.current)
        if current.ndim > 1 or current.size == 0:
            raise InvalidValueError(
                f"current has shape {current.shape}, but must be a number, or one for each frame."
            )
        if current.ndim and (self.start is not None or self.stop is not None):
            raise InvalidTypeError(
                "current has one value for each frame, so start and stop say nothing; give zeros"
                " where there is no current."
            )
        for argument in ("start", "stop"):
            value = getattr(self, argument)
            if value is not None and not (
                isinstance(value, Quantity) and have_same_dimensions(value, second)
            ):
                raise InvalidTypeError(
                    f"{argument} is {value!r}, but must be a time with its unit, like 100*ms."
                )
        if self.start is not None and self.stop is not None and self.start >= self.stop:
            raise InvalidValueError(f"start is {self.start}, but must be before stop, {self.stop}.")

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        if self.name is not None:
            return self.name
        amount = "a time course" if np.ndim(self.current) else f"{self.current:g}"
        begin = "" if self.start is None else f" from {self.start / ms:g} ms"
        end = "" if self.stop is None else f" to {self.stop / ms:g} ms"
        return f"activate {self.where} by {amount}{begin}{end}"

    def act(self, effects: Effects) -> None:
        """Note the current over time, and the cells that get it.

        Parameters
        ----------
        effects : Effects
        """
        effects.currents.append((self.chosen(effects), self._course(effects.times)))

    def _course(self, times: np.ndarray) -> np.ndarray:
        """Return the current before the stimulus and in each of its steps."""
        if np.ndim(self.current):
            if np.shape(self.current) != times.shape:
                raise InvalidValueError(
                    f"{self.label}: current has {np.size(self.current)} values, but the stimulus"
                    f" has {len(times)} frames, from {times[0]:g} s to {times[-1]:g} s after onset."
                )
            return np.append(0.0, self.current)
        start = -np.inf if self.start is None else float(self.start) - ROUNDING
        stop = np.inf if self.stop is None else float(self.stop) - ROUNDING
        if not ((times >= start) & (times < stop)).any():
            raise InvalidValueError(
                f"{self.label}: no frame begins in that time; the stimulus goes from {times[0]:g} s"
                f" to {times[-1]:g} s after onset."
            )
        return self.current * np.append(
            float(self.start is None), (times >= start) & (times < stop)
        )
