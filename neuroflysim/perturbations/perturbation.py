"""What a perturbation is, and a fly: what is done to one and the same animal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field, frozen

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters

#: How a fly to which nothing is done is labelled.
INTACT = "intact"


class Perturbation:
    """Something that is done to a model fly; see the classes derived from it.

    Those that act on all cells of a type alike change the parameters, and cost nothing. Those that
    act on single cells, hold a voltage or add a current change the cells.
    """

    @property
    def label(self) -> str:
        """How responses and tables name it, for example 'silence Mi9'."""
        raise NotImplementedError

    @property
    def on_cells(self) -> bool:
        """Whether it acts on cells; else `changed` says it all."""
        return False

    def silences(self, cell_type: str, column: tuple[int, int] = (0, 0)) -> bool:
        """Return whether a cell passes on nothing, whatever its voltage.

        Parameters
        ----------
        cell_type : str
        column : (int, int)
            Axial coordinates (u, v).
        """
        return False

    def changed(self, parameters: Parameters) -> Parameters:
        """Return the parameters of the perturbed fly, so far as parameters can tell it.

        Parameters
        ----------
        parameters : Parameters
            Those of the intact fly.
        """
        return parameters

    def act(self, effects: Effects) -> None:
        """Note what it does to the cells.

        Parameters
        ----------
        effects : Effects
        """


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
                    courses.append(
                        sum(current for (_, current), acts in zip(self.currents, combination,
                                                                  strict=True) if acts)
                    )  # fmt: skip
        return np.stack(courses), course


@frozen
class Fly:
    """All that is done to one and the same animal, at once; nothing: the intact fly.

    Parameters
    ----------
    perturbations : tuple of Perturbation
    name : str, optional
        How responses and tables name it; by what is done to it, if not given.

    Examples
    --------
    >>> from neuroflysim import Silence
    >>> Fly((Silence("T4a"), Silence("T5a"))).label
    'silence T4a, silence T5a'
    >>> Fly((Silence("T4a"), Silence("T5a")), name="motion_blind").label
    'motion_blind'
    """

    perturbations: tuple[Perturbation, ...] = ()
    name: str | None = None

    @property
    def done(self) -> str:
        """What is done to it, in words."""
        return ", ".join(each.label for each in self.perturbations) or INTACT

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return self.done if self.name is None else self.name

    @property
    def on_cells(self) -> bool:
        """Whether something acts on cells, beside the parameters."""
        return any(each.on_cells for each in self.perturbations)

    def silences(self, cell_type: str, column: tuple[int, int] = (0, 0)) -> bool:
        """Return whether a cell passes on nothing, whatever its voltage.

        Parameters
        ----------
        cell_type : str
        column : (int, int)
            Axial coordinates (u, v).
        """
        return any(each.silences(cell_type, column) for each in self.perturbations)

    def changed(self, parameters: Parameters) -> Parameters:
        """Return the parameters of the perturbed fly, so far as parameters can tell it.

        Parameters
        ----------
        parameters : Parameters
        """
        for each in self.perturbations:
            parameters = each.changed(parameters)
        return parameters

    def effects(self, network: Network, times: np.ndarray) -> Effects:
        """Return what is done to the cells.

        Parameters
        ----------
        network : Network
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.
        """
        effects = Effects(network, times)
        for each in self.perturbations:
            each.act(effects)
        return effects


def flies_of(perturbations) -> list[Fly]:
    """Return the flies that a user lists.

    Parameters
    ----------
    perturbations : None, Perturbation, or list
        Each entry of a list is one fly: None, a perturbation, several in a tuple or list, or a
        `Fly`, which may have a name.

    Examples
    --------
    >>> from neuroflysim import Cut, Silence
    >>> for fly in flies_of([None, Silence("Mi9"), (Silence("Mi9"), Cut("Mi1", "T4a"))]):
    ...     print(fly.label)
    intact
    silence Mi9
    silence Mi9, cut Mi1 -> T4a
    """
    if perturbations is None or isinstance(perturbations, Perturbation | Fly):
        perturbations = [perturbations]
    if not isinstance(perturbations, list | tuple) or not perturbations:
        raise InvalidTypeError(
            f"perturbations is {perturbations!r}, but must be a perturbation, for example"
            " nfs.Silence('Mi9'), or a list with one entry for each fly: None, a perturbation, or"
            " a tuple of several."
        )
    flies = [entry if isinstance(entry, Fly) else Fly(_listed(entry)) for entry in perturbations]
    labels = [fly.label for fly in flies]
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise InvalidValueError(f"perturbations names the fly {repeated[0]!r} twice.")
    return flies


def _listed(entry) -> tuple[Perturbation, ...]:
    if entry is None:
        return ()
    listed = (entry,) if isinstance(entry, Perturbation) else entry
    if not isinstance(listed, list | tuple):
        listed = (entry,)
    for each in listed:
        if not isinstance(each, Perturbation):
            raise InvalidTypeError(
                f"perturbations holds {each!r} ({type(each).__name__}), but each fly must be None,"
                " a perturbation, for example nfs.Silence('Mi9'), or a tuple of several."
            )
    return tuple(listed)


def names(argument: str, cell_types) -> tuple[str, ...]:
    """Return one name or several as a tuple.

    Parameters
    ----------
    argument : str
        Name of the argument, for the message.
    cell_types : str or list of str
    """
    listed = (cell_types,) if isinstance(cell_types, str) else cell_types
    if (
        not isinstance(listed, list | tuple)
        or not listed
        or not all(isinstance(each, str) and each for each in listed)
        or len(set(listed)) < len(listed)
    ):
        raise InvalidTypeError(
            f"{argument} is {cell_types!r}, but must be the name of a cell type, or a list of"
            " different ones."
        )
    return tuple(listed)
