r"""What an engine is given, and what it must offer.

An engine turns cells and connections into Brian2 objects. The equations of a cell are Brian2's and
the same for all engines; how the synaptic input is summed up is the engine's own:

.. math::

    I_i(t) = \sum_j s_j\, n_{ij}\, w_{ij}\, y_j(t)

over the inputs j of cell i, with the sign s of the connection, the number n of synapses, the
strength w and a variable y of the source. A dynamics may ask for several such sums, each over some
of the connections (`SynapticSum`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from attrs import frozen
from brian2 import Clock, NeuronGroup

from neuroflysim.connectome import Connectome, Network
from neuroflysim.dynamics import Dynamics, cell_sources, cell_sums
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.reduction import SumsOfProducts

#: A voltage beyond this, or NaN, is runaway activity: stable networks stay within about 10.
RUNAWAY_VOLTAGE = 1e6

#: What the simulation needs of each neuron for itself: when it ran away, 0 s if it never did.
BOOKKEEPING = "runaway_time : second"


@frozen(eq=False)
class Sum:
    """A sum over inputs, as an engine computes it.

    Attributes
    ----------
    name : str
        Of its variable in the equations of `cell_equations`.
    of : str
        The variable of the source.
    rows : ndarray of int
        The weights that it goes over: rows of the table of offsets, and those of pools after
        them (`Network.pair_offset`).
    """

    name: str
    of: str
    rows: np.ndarray


def sums_of(dynamics: Dynamics, connectome: Connectome, network: Network) -> tuple[Sum, ...]:
    """Return the sums over inputs that a dynamics asks for."""
    sources = dict(zip(dynamics.sources, cell_sources(dynamics), strict=True))
    return tuple(
        Sum(
            name,
            sources[each.of],
            np.flatnonzero(each.connections(connectome)[network.offset_connection]),
        )
        for name, each in cell_sums(dynamics).items()
    )


@frozen
class Setup:
    """All that the Brian2 objects of a program depend on; parameters and stimuli come later.

    Attributes
    ----------
    network : Network
    offsets : DataFrame
        The connectome's table of offsets.
    photoreceptors : ndarray of bool, shape (cell_type,)
    dynamics : Dynamics
    sums : tuple of Sum
        What the engine computes for the equations.
    method : str
        Brian2's name of an integration method.
    time_step : float
        In seconds.
    dtype : dtype
    lanes : Lanes
        As many as memory has room for.
    threads : int
    recorded : ndarray of int
        Neurons to record.
    reduction : SumsOfProducts or None
    n_courses : int
        Currents over time that a lane has room for; 0: cells are not perturbed.
    """

    network: Network
    offsets: Any
    photoreceptors: np.ndarray
    dynamics: Dynamics
    sums: tuple[Sum, ...]
    method: str
    time_step: float
    dtype: np.dtype
    lanes: Lanes
    threads: int
    recorded: np.ndarray
    reduction: SumsOfProducts | None
    n_courses: int = 0


@frozen
class Cells:
    """The Brian2 objects of an engine.

    Attributes
    ----------
    neurons : NeuronGroup
        All neurons and lanes, in the order of `Lanes`.
    objects : list
        Other Brian2 objects that must be in the network.
    owners : mapping of str to Group
        Where parameters lie that are not variables of the neurons.
    """

    neurons: NeuronGroup
    objects: list
    owners: Mapping[str, Any]


class Engine(Protocol):
    """A module or an object that makes the cells of a network and gives them their values.

    Lanes are independent of each other: to the bit, what one gives does not depend on which others
    are in the run, nor on the number of threads. Two engines sum up inputs in another order, and
    agree within rounding of the `dtype` (1e-12 of the largest voltage in float64).

    What an engine holds beside the neurons is its own: weights by pair of cells or by offset of the
    lattice, other sums for other kinds of synapses, cells without columns, or the transposed
    connections. It declares them in `Cells.owners`, and `values` gives their content by the same
    names; nothing else needs to know of them.
    """

    @property
    def NEEDS_COMPILER(self) -> bool:
        """Whether Brian2's numpy target would not do."""
        ...

    @property
    def REDUCES(self) -> bool:
        """Whether it sums up products while the network runs (`SumsOfProducts`)."""
        ...

    def lanes(
        self,
        n_candidates: int,
        n_conditions: int,
        network: Network,
        dtype: np.dtype,
        large_runs: bool,
        most: int | None = None,
    ) -> Lanes:
        """Return the lanes of one run, for this many candidates and conditions in all.

        Parameters
        ----------
        n_candidates, n_conditions : int
        network : Network
        dtype : dtype
        large_runs : bool
            Whether the device starts a run so slowly that memory should be the only bound.
        most : int, optional
            Lanes that memory has room for.
        """
        ...

    def lanes_of_beginning(self, setup: Setup) -> Lanes:
        """Return lanes of the same program for what candidates do before conditions part."""
        ...

    def build(self, setup: Setup, clock: Clock, display: NeuronGroup, n_frames: int) -> Cells:
        """Return the Brian2 objects; they belong to the caller, who sets values and runs them.

        Parameters
        ----------
        setup : Setup
        clock : Clock
            Of all objects.
        display : NeuronGroup
            Its `luminance` has the shape (column, condition), flat.
        n_frames : int
            Of a stimulus.
        """
        ...

    def values(self, setup: Setup, candidates: list[Parameters]) -> dict[str, np.ndarray]:
        """Return the parameters of candidates, flat, in the order of the variables of `build`.

        Time constants are in seconds, resting potentials and weights without a unit.
        """
        ...

    def run_bytes(self, setup: Setup) -> int:
        """Return about how many bytes the arrays of `build` take, beside those of the neurons."""
        ...


def type_parameters(setup: Setup, candidates: list[Parameters]) -> dict[str, np.ndarray]:
    """Return time constants and resting potentials, shape (candidate, cell type).

    Euler's method overshoots where the time constant is shorter than the step. As in the
    published model, such time constants are raised to the step, and only for this method.
    """
    n_types = len(setup.network.cell_types)
    vectors = np.stack([candidate.to_vector() for candidate in candidates])
    time_constant = vectors[:, :n_types]
    shortest = setup.time_step
    if setup.method != "euler":  # what is a thousandth of a step decays to 0.0 within it, exactly;
        shortest /= 1000  # and a number that is 0 or nearly so in float32 would be divided by
    time_constant = np.maximum(time_constant, shortest)
    return {
        "time_constant": time_constant,
        "resting_potential": vectors[:, n_types : 2 * n_types],
    }


def resting_voltage(setup: Setup, candidates: list[Parameters]) -> np.ndarray:
    """Return the resting potential of each neuron, shape (candidate, neuron)."""
    by_type = type_parameters(setup, candidates)["resting_potential"]
    return by_type[:, setup.network.neuron_type]


def network_weights(parameters: Parameters, network: Network) -> np.ndarray:
    """Return sign * synapse_count * synapse_strength of each weight of `Network.pair_offset`."""
    strength = parameters.to_vector()[-network.n_connections :]
    return strength[network.offset_connection] * network.signed_counts
