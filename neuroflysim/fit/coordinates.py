"""The coordinates that a search moves in: numbers that are 0 at its start."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.at_grey import AtGrey
from neuroflysim.fit.free import Free, entries_of
from neuroflysim.fit.layout import Layout
from neuroflysim.fit.movement import Freed, freed_by
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.own_values import require_for

#: What stands for resting potentials among the coordinates.
VOLTAGE, RESTING_POTENTIAL = "voltage", "resting potential"


def _entries(free: Any) -> tuple[Free, ...]:
    return tuple(entries_of(free))


def _voltages(value: Any, coordinates: Coordinates) -> np.ndarray | None:
    if value is None:
        return None
    value = checks.numeric_array("grey_voltage", value)
    n_types = coordinates.start.connectome.n_cell_types
    if value.shape != (n_types,):
        raise InvalidValueError(
            f"grey_voltage has shape {value.shape}, but must be a voltage for each of the {n_types}"
            " cell types."
        )
    return value


@frozen(slots=False, eq=False)
class Coordinates:
    """How the numbers that a search moves become parameters.

    What is not free is fixed at the start. Time constants and strengths are moved on a logarithmic
    scale, what a dynamics declares on the scale that it declares.

    If all resting potentials are free, without bounds or ties, the voltage at grey is moved instead
    where the dynamics tells it: so a change of a strength does not move the operating point of all
    cells downstream. That is one to one, given the other parameters. Else resting potentials
    themselves are moved: with some of them fixed, voltages at grey could not be chosen one by one.

    Parameters
    ----------
    start : Parameters
        Where all coordinates are 0.
    free : None, str, Free, DataFrame, path-like, or sequence of str and Free
        What is moved; everything, if not given.
    dynamics : Dynamics, str or path-like
        For which the parameters are.
    grey_voltage : array_like, shape (cell_type,), optional
        Of the start, if it is known: it is found otherwise.

    Notes
    -----
    With coordinates z, time constants are start * exp(0.5 z), kept within 0.02 and 0.6 s; strengths
    are start * exp(0.6 z), with z kept within -8 and 8; voltages at grey (or resting potentials)
    are V = start + 0.2 z. Of the published model, with the summed weights W of each type onto each,
    resting potentials are V - W max(V, 0) - 0.5 for photoreceptors, and without the 0.5 for all
    others. The scales 0.5, 0.6 and 0.2, and the bounds, may be chosen; at a bound a value stays as
    z goes on, so that what is lower in z is never higher in the value.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.load_parameters("flow/000")
    >>> coordinates = Coordinates(start, ["time_constant:T4?", "synapse_strength:Mi9->T4?"])
    >>> coordinates.n, coordinates.names[0]
    (8, 'time_constant[T4a]')
    >>> coordinates.parameters([1, 0, 0, 0, 0, 0, 0, 0]) == start
    False
    """

    start: Parameters
    free: tuple[Free, ...] = field(default=None, converter=_entries)
    dynamics: Dynamics = field(default=GRADED, converter=checked_dynamics)
    grey_voltage: np.ndarray | None = None

    def __attrs_post_init__(self):
        if not isinstance(self.start, Parameters):
            raise InvalidTypeError(
                f"start is {type(self.start).__name__}, but must be Parameters, as"
                " nfs.load_parameters returns them."
            )
        require_for(self.start, self.dynamics.declaration, "start")
        object.__setattr__(self, "grey_voltage", _voltages(self.grey_voltage, self))
        _ = self._layout  # raises now if something is wrong

    @property
    def n(self) -> int:
        """Number of coordinates."""
        return self._layout.n

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each coordinate moves, for example "synapse_strength[Mi1 -> T4a]"."""
        return self._layout.names

    @cached_property
    def prior_weight(self) -> np.ndarray:
        """What the square of each coordinate counts in a prior: 1 unless said otherwise."""
        return self._layout.prior_weight

    @property
    def grey(self) -> str:
        """What moves resting potentials: the "voltage" at grey, or the "resting potential"."""
        return VOLTAGE if self._moves_voltage else RESTING_POTENTIAL

    @property
    def grey_is_known(self) -> bool:
        """Whether `voltage_at_grey` returns voltages, for all z, or None."""
        return self._moves_voltage or self._grey_stays

    @cached_property
    def _freed(self) -> list[Freed]:
        return freed_by(list(self.free), self.start)

    @cached_property
    def _at_grey(self) -> AtGrey | None:
        connectome = self.start.connectome
        if not AtGrey.is_solvable(connectome, self.dynamics):
            return None
        return AtGrey(connectome, self.dynamics)

    @cached_property
    def _start_voltage(self) -> np.ndarray | None:
        """Return the voltage of each cell type at grey at the start; None if it is not known."""
        if self.grey_voltage is not None or self._at_grey is None:
            return self.grey_voltage
        return self._at_grey.voltage(self.start)

    @cached_property
    def _moves_voltage(self) -> bool:
        resting = [each for each in self._freed if each.table.name == "resting_potential"]
        n_free = sum(len(each.places) for each in resting)
        at_will = all(each.is_free_at_will for each in resting)
        asked_for = at_will and n_free == self.start.connectome.n_cell_types
        return asked_for and self._at_grey is not None and self._start_voltage is not None

    @cached_property
    def _grey_stays(self) -> bool:
        """Whether nothing is free on which the voltage at grey depends."""
        if self._at_grey is None or self._start_voltage is None:
            return False
        return not self._at_grey.depends_on & {each.table.name for each in self._freed}

    @cached_property
    def _layout(self) -> Layout:
        vector, n_types = self.start.to_vector(), self.start.connectome.n_cell_types
        if self._moves_voltage:
            vector[n_types : 2 * n_types] = self._start_voltage
        return Layout.of(vector, self._freed, self.start, self._moves_voltage)

    @cached_property
    def _of_voltage(self) -> tuple[slice, np.ndarray]:
        """Return the coordinates that are voltages at grey, and their scales.

        Nothing bounds or ties them, so that they stand beside each other in the order of types.
        """
        first = next(k for k, name in enumerate(self.names) if name.startswith("voltage_at_grey"))
        resting = [each for each in self._freed if each.table.name == "resting_potential"]
        scale = np.empty(self.start.connectome.n_cell_types)
        for each in resting:
            scale[each.places - each.table.first] = each.scale
        return slice(first, first + len(scale)), scale

    @property
    def _resting(self) -> slice:
        n_types = self.start.connectome.n_cell_types
        return slice(n_types, 2 * n_types)

    def voltage_at_grey(self, z: npt.ArrayLike) -> np.ndarray | None:
        """Return the voltage of each cell type at grey, shape (cell_type,); None if not known."""
        if self._moves_voltage:
            coordinate, scale = self._of_voltage
            return self._start_voltage + scale * self._checked(z)[coordinate]
        return self._start_voltage if self._grey_stays else None

    def parameters(self, z: npt.ArrayLike) -> Parameters:
        """Return the parameters at z, shape (coordinate,)."""
        vector = self._layout.moved(self._checked(z))
        if self._moves_voltage and self._at_grey is not None:
            vector[self._resting] = self._at_grey.resting_potential(vector[self._resting], vector)
        return self.start.with_vector(vector)

    def slopes(
        self,
        z: npt.ArrayLike,
        of_parameters: np.ndarray,
        of_grey_voltage: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return derivatives by coordinates, given those by parameters: the way back.

        Parameters
        ----------
        z : array_like, shape (coordinate,)
        of_parameters : ndarray, shape (parameter,)
            Derivatives of a number by each entry of `Parameters.to_vector`.
        of_grey_voltage : ndarray, shape (cell_type,), optional
            Those by voltages at grey, if the number depends on them beside the parameters.

        Returns
        -------
        ndarray, shape (coordinate,)
            0 where a value is at one of its bounds.
        """
        z = self._checked(z)
        of_vector = np.array(of_parameters, dtype=float)
        if self._moves_voltage and self._at_grey is not None:
            vector = self._layout.moved(z)
            of_voltage, through_others = self._at_grey.slopes(
                vector[self._resting], vector, of_vector[self._resting]
            )
            of_vector[self._resting] = of_voltage
            of_vector += through_others
            if of_grey_voltage is not None:
                of_vector[self._resting] += of_grey_voltage
        return self._layout.slopes(z, of_vector)

    def _checked(self, z: npt.ArrayLike) -> np.ndarray:
        z = np.asarray(z, dtype=float)
        if z.shape != (self.n,):
            raise InvalidValueError(
                f"z has shape {z.shape}, but there are {self.n} coordinates (Coordinates.names)."
            )
        return z

    def within(self, z: npt.ArrayLike) -> np.ndarray:
        """Return the z next to another one that lies within all bounds: with the same parameters.

        How far a search has gone beyond bounds, where no value changes any more, is z - within(z).
        """
        return self._layout.within(self._checked(z))

    def z_of(self, parameters: Parameters) -> np.ndarray:
        """Return where parameters lie, shape (coordinate,): the way back from `parameters`.

        Parameters
        ----------
        parameters : Parameters

        Raises
        ------
        InvalidValueError
            If what is fixed or tied differs, or a value lies beyond its bounds: names it.
        """
        require_for(parameters, self.dynamics.declaration, "parameters")
        if parameters.connectome != self.start.connectome:
            raise InvalidValueError(
                "the parameters belong to another connectome than the start of these coordinates."
            )
        vector = parameters.to_vector()
        if self._moves_voltage and self._at_grey is not None:
            voltage = self._at_grey.voltage(parameters)
            if voltage is None:
                raise InvalidValueError(
                    "no voltage at grey was found with which cells have the resting potentials of"
                    " these parameters, so that they have no coordinates."
                )
            vector[self._resting] = voltage
        return self._layout.z_of(vector, parameters.names)

    def to_dict(self) -> dict:
        """Return what is free and how it moves, as JSON holds it; the start is not in it."""
        return {
            "coordinates": self.n,
            "grey": self.grey,
            "free": [each.to_dict() for each in self._freed],
        }
