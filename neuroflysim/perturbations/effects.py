"""What is done to single cells and to their connections, over time."""

from __future__ import annotations

import numpy as np
from attrs import define, field

from neuroflysim.connectome import Network

#: Which cells get it, shape (neuron,), and how large it is in each row, shape (1 + time,).
Current = tuple[np.ndarray, np.ndarray]


@define
class Manipulation:
    """What is done to the cells of one fly at one time, neuron by neuron and pair by pair.

    Attributes
    ----------
    network : Network
    transmission : ndarray, shape (neuron,)
        By what the output is multiplied: 1, or 0 where it is silenced.
    held : ndarray, shape (neuron,)
        The voltage at which a cell is clamped; NaN where it is free.
    ablated : ndarray of bool, shape (neuron,)
    scaled : list of (ndarray of int, float)
        Pairs of connected cells, and by what their strength is multiplied.
    levels : dict of str to float
        Of modulators of the whole brain, where they are others than usual.
    """

    network: Network
    transmission: np.ndarray = field(init=False)
    held: np.ndarray = field(init=False)
    ablated: np.ndarray = field(init=False)
    scaled: list[tuple[np.ndarray, float]] = field(init=False, factory=list)
    levels: dict[str, float] = field(init=False, factory=dict)

    def __attrs_post_init__(self):
        shape = self.network.n_neurons  # one number each: most flies leave their cells alone
        self.transmission = np.broadcast_to(1.0, shape)
        self.held = np.broadcast_to(np.nan, shape)
        self.ablated = np.broadcast_to(False, shape)

    def silence(self, cells: np.ndarray) -> None:
        """Let cells transmit nothing.

        Parameters
        ----------
        cells : ndarray of bool, shape (neuron,)
        """
        self.transmission = np.where(cells, 0.0, self.transmission)

    def hold(self, cells: np.ndarray, voltage: float) -> None:
        """Hold the voltage of cells, those that were held at another one included.

        Parameters
        ----------
        cells : ndarray of bool, shape (neuron,)
        voltage : float
        """
        self.held = np.where(cells, voltage, self.held)

    def ablate(self, cells: np.ndarray) -> None:
        """Take cells away: they transmit nothing and have no voltage.

        Parameters
        ----------
        cells : ndarray of bool, shape (neuron,)
        """
        self.silence(cells)
        self.ablated = self.ablated | cells

    def scale(self, pairs: np.ndarray, factor: float) -> None:
        """Multiply the strength of pairs, on top of what was done to them.

        Parameters
        ----------
        pairs : ndarray of int
            Indices of pairs of the network.
        factor : float
        """
        self.scaled.append((pairs, factor))

    def modulate(self, name: str, level: float) -> None:
        """Set the level of a modulator, in the place of another one.

        Parameters
        ----------
        name : str
        level : float
        """
        self.levels[name] = level

    @property
    def scaled_pairs(self) -> np.ndarray:
        """The pairs whose strength is multiplied, each once, in order."""
        return np.unique(np.concatenate([np.zeros(0, int), *(some for some, _ in self.scaled)]))

    def factors(self, pairs: np.ndarray) -> np.ndarray:
        """Return by what the strength of pairs is multiplied; 1 where nothing is done.

        Parameters
        ----------
        pairs : ndarray of int
            In order, each once.
        """
        factors = np.ones(len(pairs))
        for some, factor in self.scaled:
            factors[np.isin(pairs, some)] *= factor
        return factors


@define
class Effects:
    """What is done to the cells of one fly over time.

    A time is counted in rows: row 0 is all that is before the stimulus, row 1 its first step.

    Attributes
    ----------
    network : Network
    times : ndarray, shape (time,)
        When each step of the stimulus begins, in seconds from its onset.
    epochs : list of (int, Manipulation)
        From which row on what is done; the first is from row 0 on.
    currents : list of Current
    """

    network: Network
    times: np.ndarray
    epochs: list[tuple[int, Manipulation]] = field(factory=list)
    currents: list[Current] = field(factory=list)

    def at(self, row: int) -> Manipulation:
        """Return what is done in a row.

        Parameters
        ----------
        row : int
        """
        return [done for first, done in self.epochs if first <= row][-1]

    def before_stimulus(self) -> list[np.ndarray]:
        """Return all that is done to the cells while the network settles."""
        courses, course = self.courses()
        done = self.at(0)
        pairs = done.scaled_pairs
        scaled = [pairs, done.factors(pairs)]
        levels = np.frombuffer(repr(sorted(done.levels.items())).encode(), dtype=np.uint8)
        return [done.transmission, done.held, courses[:, 0], course, *scaled, levels]

    def always_as_before_stimulus(self, times: np.ndarray) -> Effects:
        """Return what is done before the stimulus, done all the time.

        Parameters
        ----------
        times : ndarray, shape (time,)
        """
        same = np.zeros(1 + len(times), dtype=int)
        currents = [(cells, current[same]) for cells, current in self.currents]
        return Effects(self.network, times, [(0, self.at(0))], currents)

    def ablated(self, neurons: np.ndarray) -> np.ndarray:
        """Return in which steps of the stimulus some neurons are not there.

        Parameters
        ----------
        neurons : ndarray of int

        Returns
        -------
        ndarray of bool, shape (time, neuron)
        """
        gone = np.zeros((1 + len(self.times), len(neurons)), dtype=bool)
        for first, done in self.epochs:
            gone[first:] = done.ablated[neurons]
        return gone[1:]

    def switched(self) -> np.ndarray:
        """Return the neurons to which something is done at some times and not at others."""
        first, rest = self.epochs[0][1], [done for _, done in self.epochs[1:]]
        changed = np.zeros(self.network.n_neurons, dtype=bool)
        for done in rest:
            changed |= done.transmission != first.transmission
            changed |= ~((done.held == first.held) | (np.isnan(done.held) & np.isnan(first.held)))
        return np.flatnonzero(changed)

    def scaled_pairs(self) -> np.ndarray:
        """Return the pairs of cells whose strength is multiplied at any time, in order."""
        return np.unique(np.concatenate([done.scaled_pairs for _, done in self.epochs]))

    def modulators(self) -> list[str]:
        """Return the modulators that get another level at any time."""
        return sorted({name for _, done in self.epochs for name in done.levels})

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
