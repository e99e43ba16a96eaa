"""Perturbations of cells: silence, ablate, clamp, activate; all of a type, or at some columns."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import numpy as np
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations.columns import Columns, as_columns, cells_of, in_words
from neuroflysim.perturbations.effects import Current, Effects, Manipulation
from neuroflysim.perturbations.perturbation import Perturbation, names


@frozen
class OnCells(Perturbation):
    """A perturbation of all cells of a type, or of those at some columns.

    Parameters
    ----------
    cell_type : str or list of str
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, or some.
    start, stop : Quantity [s], optional
        From stimulus onset, see `Perturbation`. From the beginning and to the end, if not given.
    """

    cell_type: tuple[str, ...] = field(converter=partial(names, "cell_type"))
    columns: Columns = field(  # None: all
        default=cast(Any, "all"), converter=as_columns, kw_only=True
    )

    @property
    def on_cells(self) -> bool:
        """True, unless parameters can tell it."""
        return True

    @property
    def where(self) -> str:
        """Which cells, in words."""
        return "+".join(self.cell_type) + in_words(self.columns)

    def chosen(self, network: Network) -> np.ndarray:
        """Return which neurons it acts on.

        Parameters
        ----------
        network : Network
        """
        return cells_of(network, self.cell_type, self.columns)


@frozen
class Silence(OnCells):
    """Block the output of cells: they transmit nothing, and their voltage follows their input.

    As shibire(ts) or tetanus toxin do in a fly.

    Parameters
    ----------
    cell_type : str or list of str
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, or some.
    start, stop : Quantity [s], optional
        From stimulus onset: it acts in the steps that begin at `start` or later and before `stop`.
        Without a start it acts from the very beginning, the grey before a stimulus included;
        without a stop, to the end.

    Examples
    --------
    >>> Silence(["Mi4", "Mi9"]).label
    'silence Mi4+Mi9'
    >>> Silence("Mi9", columns=(0, 0)).label
    'silence Mi9 at (0, 0)'
    >>> from brian2 import ms
    >>> Silence("Mi9", start=100*ms, stop=200*ms).label
    'silence Mi9 from 100 ms to 200 ms'
    """

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return f"silence {self.where}{self.when}"

    @property
    def on_cells(self) -> bool:
        """Whether only some cells of a type are silenced."""
        return self.columns is not None

    def silences(self, cell_type: str, column: tuple[int, int] = (0, 0)) -> bool:
        """Return whether a cell is among those that are silenced, while this acts.

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

    def act(self, manipulation: Manipulation) -> None:
        """Note that the cells transmit nothing.

        Parameters
        ----------
        manipulation : Manipulation
        """
        manipulation.silence(self.chosen(manipulation.network))


@frozen
class Ablate(Silence):
    """Remove cells. For all others it is as if they were silenced; their own voltage is NaN.

    Where it has a stop, the cells are back from then on: as if they had only been silenced.

    Parameters
    ----------
    cell_type : str or list of str
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, a lesion of some, or all.
    start, stop : Quantity [s], optional
        From stimulus onset, as of `Silence`.

    Examples
    --------
    >>> Ablate("T4a", columns=[(0, 0), (1, 0)]).label
    'ablate T4a at (0, 0) and (1, 0)'
    """

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return f"ablate {self.where}{self.when}"

    def act(self, manipulation: Manipulation) -> None:
        """Note that the cells are not there.

        Parameters
        ----------
        manipulation : Manipulation
        """
        manipulation.ablate(self.chosen(manipulation.network))


@frozen
class Clamp(OnCells):
    """Hold the voltage of cells at a value, whatever their input; their output follows from it.

    The voltage jumps to the value when the clamp begins, and goes on from there when it ends. Of
    several clamps of a cell that act at the same time, the one that is listed last holds it: so
    one is held at rest and stepped to another voltage.

    Parameters
    ----------
    cell_type : str or list of str
    voltage : float
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v): one cell, or some.
    start, stop : Quantity [s], optional
        From stimulus onset, as of `Silence`.

    Examples
    --------
    >>> Clamp("Mi9", 0.3).label
    'clamp Mi9 to 0.3'

    One fly whose Mi9 is held at 0 and for 50 ms at 0.5:

    >>> from brian2 import ms
    >>> steps = (Clamp("Mi9", 0), Clamp("Mi9", 0.5, start=100*ms, stop=150*ms))
    """

    voltage: float = field(converter=partial(checks.finite_number, "voltage"))

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return f"clamp {self.where} to {self.voltage:g}{self.when}"

    def act(self, manipulation: Manipulation) -> None:
        """Note at which voltage the cells are held.

        Parameters
        ----------
        manipulation : Manipulation
        """
        manipulation.hold(self.chosen(manipulation.network), self.voltage)


def require_that_clamps_hold(listed: tuple[Perturbation, ...], effects: Effects) -> None:
    """Raise if a clamp does nothing, because a later one holds some of its cells all the time.

    Parameters
    ----------
    listed : tuple of Perturbation
        Of one fly.
    effects : Effects
        Of this fly.
    """
    clamps = [each for each in listed if isinstance(each, Clamp)]
    if len(clamps) < 2:
        return
    cells = [each.chosen(effects.network) for each in clamps]
    acting = [each.acting(effects.times) for each in clamps]
    for later in range(1, len(clamps)):
        for former in range(later):
            shared = (cells[former] & cells[later]).any()
            if shared and not (acting[former] & ~acting[later]).any():
                raise InvalidValueError(
                    f"{clamps[former].label}: the voltage of these cells is held by"
                    f" {clamps[later].label!r} whenever this acts, so that it does nothing; list it"
                    " after that one, give it other times, or leave it out."
                )


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
        From stimulus onset, as of `Silence`. Without them, a number holds all the time, the grey
        before the stimulus included.
    name : str, optional
        How responses and tables name it; needed where two time courses would have one name.

    Examples
    --------
    >>> from brian2 import ms
    >>> Activate("Mi1", 0.5, columns=(0, 0), start=100*ms, stop=150*ms).label
    'activate Mi1 at (0, 0) by 0.5 from 100 ms to 150 ms'
    """

    current: float | np.ndarray = field(eq=lambda value: np.asarray(value).tobytes())
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
        super().__attrs_post_init__()

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        if self.name is not None:
            return self.name
        amount = "a time course" if np.ndim(self.current) else f"{self.current:g}"
        return f"activate {self.where} by {amount}{self.when}"

    def act(self, manipulation: Manipulation) -> None:
        """Do nothing else to the cells.

        Parameters
        ----------
        manipulation : Manipulation
        """

    def currents(self, network: Network, times: np.ndarray) -> list[Current]:
        """Return the current over time, and the cells that get it.

        Parameters
        ----------
        network : Network
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.
        """
        return [(self.chosen(network), self._course(times))]

    def acting(self, times: np.ndarray) -> np.ndarray:
        """Return that it always acts: when its current flows is told by the current itself.

        Parameters
        ----------
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.
        """
        return np.ones(1 + len(times), dtype=bool)

    def _course(self, times: np.ndarray) -> np.ndarray:
        """Return the current before the stimulus and in each of its steps."""
        if np.ndim(self.current):
            if np.shape(self.current) != times.shape:
                raise InvalidValueError(
                    f"{self.label}: current has {np.size(self.current)} values, but the stimulus"
                    f" has {len(times)} frames, from {times[0]:g} s to {times[-1]:g} s after onset."
                )
            return np.append(0.0, self.current)
        return self.current * super().acting(times)
