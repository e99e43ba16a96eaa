"""What is done to single cells, neuron by neuron."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidValueError


@define
class Effects:
    """What is done to the cells of one fly, neuron by neuron.

    Attributes
    ----------
    network : Network
    times : ndarray, shape (time,)
        When each step of the stimulus begins, in seconds from its onset.
    transmission : ndarray, shape (neuron,)
        By what the output is multiplied: 1, or 0 where it is silenced.
    held : ndarray, shape (neuron,)
        The voltage at which a cell is clamped; NaN where it is free.
    ablated : ndarray of bool, shape (neuron,)
    currents : list of (ndarray of bool, shape (neuron,); ndarray, shape (1 + time,))
        Which cells get an added current; and the current, before the stimulus and in each step.
    """

    network: Network
    times: np.ndarray
    transmission: np.ndarray = field(init=False)
    held: np.ndarray = field(init=False)
    ablated: np.ndarray = field(init=False)
    currents: list[tuple[np.ndarray, np.ndarray]] = field(init=False, factory=list)

    def __attrs_post_init__(self):
        n_neurons = self.network.n_neurons
        self.transmission = np.ones(n_neurons)
        self.held = np.full(n_neurons, np.nan)
        self.ablated = np.zeros(n_neurons, dtype=bool)

    def of(self, cell_types: Sequence[str], columns: list[tuple[int, int]] | None) -> np.ndarray:
        """Return which neurons are of some cell types, and at some columns.

        Parameters
        ----------
        cell_types : sequence of str
        columns : list of (int, int), or None
            Axial coordinates (u, v); None: all.

        Returns
        -------
        ndarray of bool, shape (neuron,)

        Raises
        ------
        InvalidValueError
            If a column has no cell of a type: says where it has one.
        """
        network = self.network
        for name in cell_types:
            checks.one_of("cell_type of a perturbation", name, network.cell_types)
        wanted = [network.cell_types.index(name) for name in cell_types]
        of_type = np.isin(network.neuron_type, wanted)
        if columns is None:
            return of_type
        chosen = np.zeros(network.n_neurons, dtype=bool)
        u, v = network.columns[network.neuron_column].T
        for column in columns:
            here = of_type & (u == column[0]) & (v == column[1])
            for name, kind in zip(cell_types, wanted, strict=True):
                own = network.neuron_type == kind
                if not (here & own).any():
                    nearest = np.argmin((abs(u - column[0]) + abs(v - column[1]))[own])
                    at = int(u[own][nearest]), int(v[own][nearest])
                    raise InvalidValueError(
                        f"{name} has no cell at column {column} of {network.lattice}; a near one is"
                        f" at {at}."
                    )
            chosen |= here
        return chosen

    def before_stimulus(self) -> list[np.ndarray]:
        """Return all that is done to the cells while the network settles."""
        courses, course = self.courses()
        return [self.transmission, self.held, courses[:, 0], course]

    def courses(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the different currents over time, and which one each cell gets.

        Returns
        -------
        courses : ndarray, shape (course, 1 + time)
            The first is zero. Before the stimulus, and in each step of it.
        course : ndarray of int, shape (neuron,)
        """
        courses = [np.zeros(1 + len(self.times))]
        course = np.zeros(self.network.n_neurons, dtype=int)
        if self.currents:
            reached = np.stack([cells for cells, _ in self.currents])
            for combination in np.unique(reached, axis=1).T:
                if combination.any():
                    alike = (reached == combination[:, None]).all(axis=0)
                    course[alike] = len(courses)
                    every = zip(self.currents, combination, strict=True)
                    acting = (current for (_, current), acts in every if acts)
                    courses.append(sum(acting, np.zeros(1)))
        return np.stack(courses), course
