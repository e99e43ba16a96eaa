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

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from attrs import field, frozen
from brian2 import BrianObject, Clock, Equations, NeuronGroup

from neuroflysim.connectome import Connectome, Network
from neuroflysim.dynamics import (
    GAP_JUNCTIONS,
    Dynamics,
    by_type_names,
    cell_equations,
    cell_sources,
    cell_sums,
    initial_states,
    inside_name,
    names_of_initial,
    type_constants,
)
from neuroflysim.errors import InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.reduction import SumsOfProducts
from neuroflysim.simulation.room import Room

#: A voltage beyond this, or NaN, is runaway activity: stable networks stay within about 10.
RUNAWAY_VOLTAGE = 1e6

#: Levels of modulators by name, a dict for each candidate; where there are none, the usual ones.
Levels = Sequence[Mapping[str, float]] | None

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
        The weights that it goes over, as `network_weights` counts them.
    through : str
        What the variable is multiplied with if cells are perturbed: their ``transmission``, or for
        gap junctions, which transmit without it, their ``presence``.
    """

    name: str
    of: str
    rows: np.ndarray
    through: str = "transmission"

    @property
    def source(self) -> tuple[str, str]:
        """What is passed on; sums that are of the same share it."""
        return self.of, self.through


def sums_of(dynamics: Dynamics, connectome: Connectome, network: Network) -> tuple[Sum, ...]:
    """Return the sums over inputs that a dynamics asks for, that through gap junctions last.

    Raises
    ------
    InvalidValueError
        If the connectome has gap junctions, but the dynamics does not take their current.
    """
    sources = dict(zip(dynamics.sources, cell_sources(dynamics), strict=True))
    sums = tuple(
        Sum(
            name,
            sources[each.of],
            np.flatnonzero(each.connections(connectome)[network.offset_connection]),
        )
        for name, each in cell_sums(dynamics).items()
    )
    n_chemical, n_electrical = len(network.offset_connection), len(connectome.electrical_offsets)
    if not n_electrical:
        return sums
    if not dynamics.takes_electrical_input:
        raise InvalidValueError(
            f"the connectome has {n_electrical // 2} kinds of gap junctions, but the dynamics"
            f" {dynamics.name!r} has no electrical_input in its equations, so they would have no"
            " effect; take dynamics=nfs.COUPLED, or a connectome without gap junctions."
        )
    rows = n_chemical + np.arange(n_electrical)
    return *sums, Sum("gap_junction_sum", "voltage", rows, through="presence")


def all_offsets(connectome: Connectome) -> pd.DataFrame:
    """Return the table of offsets, with those of gap junctions after the others."""
    electrical = connectome.electrical_offsets
    if not len(electrical):
        return connectome.offsets
    return pd.concat([connectome.offsets, electrical], ignore_index=True)


@frozen
class Setup:
    """All that the Brian2 objects of a program depend on; parameters and stimuli come later.

    Attributes
    ----------
    network : Network
    offsets : DataFrame
        The connectome's table of offsets, see `all_offsets`.
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
    variables : tuple of str
        What is recorded of them beside the voltage, by the names in the equations.
    kept_steps : int
        Steps that a run keeps at most, to be gone through backwards; 0: it is not.
    reduction : SumsOfProducts or None
    room : Room
        For what perturbations do to cells, and for epochs.
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
    room: Room = field(factory=Room)
    variables: tuple[str, ...] = ()
    kept_steps: int = 0

    @property
    def perturbed(self) -> bool:
        """Whether something may be done to single cells."""
        return self.room.n_courses > 0

    @property
    def sources(self) -> list[tuple[str, str]]:
        """What cells pass on, see `Sum.source`: their output first, whether it is summed or not."""
        return list(dict.fromkeys([("output", "transmission"), *(one.source for one in self.sums)]))

    @property
    def has_gap_junctions(self) -> bool:
        """Whether the equations take a current through gap junctions, and there are some."""
        return any(one.through == "presence" for one in self.sums)


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
    backward : BrianObject or None
        What takes them a step backwards, if the setup keeps steps: not to be run with the others.
    """

    neurons: NeuronGroup
    objects: list
    owners: Mapping[str, Any]
    backward: BrianObject | None = None


class Engine(Protocol):
    """A module or an object that makes the cells of a network and gives them their values.

    Lanes are independent of each other: to the bit, what one gives does not depend on which others
    are in the run, nor on the number of threads. Two engines sum up inputs in another order, and
    agree within rounding of the `dtype` (1e-12 of the largest voltage in float64).

    What an engine holds beside the neurons is its own: weights by pair of cells or by offset of the
    lattice, other sums for other kinds of synapses, cells without columns, or the transposed
    connections. It declares them in `Cells.owners`, and `values` gives their content by the same
    names; nothing else needs to know of them.

    White noise stands in the equations as a variable for each (`noise_variable`), which is to have
    a deviate times `_noise_scale` in each step. `neuroflysim.simulation.noise` has what draws it.
    """

    @property
    def NEEDS_COMPILER(self) -> bool:
        """Whether Brian2's numpy target would not do."""
        ...

    @property
    def REDUCES(self) -> bool:
        """Whether it sums up products while the network runs (`SumsOfProducts`)."""
        ...

    @property
    def FOLLOWS(self) -> bool:
        """Whether parameters may change while the network runs, and be others for single pairs.

        Then it takes what `values` gives for each epoch, one after the other, in variables of
        `Setup.room.n_epochs` times the size, follows the timetable (`timing.build_timetable`), and
        has `scaled`.
        """
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

    def values(
        self, setup: Setup, candidates: list[Parameters], levels: Levels = None
    ) -> dict[str, np.ndarray]:
        """Return the parameters of candidates, flat, in the order of the variables of `build`.

        Time constants are in seconds, resting potentials and weights without a unit. What begins
        with an underscore is no parameter, and the same in all epochs. Levels of modulators are
        for `type_parameters`.
        """
        ...

    def scaled(self, setup: Setup, pairs: np.ndarray, factors: np.ndarray) -> dict[str, np.ndarray]:
        """Return the values of variables by which the strength of single pairs is multiplied.

        Parameters
        ----------
        setup : Setup
        pairs : ndarray of int, shape (scaled,)
            Of the network, in order; at most `Setup.room.n_scaled`.
        factors : ndarray, shape (epoch, candidate, scaled)
        """
        ...

    def run_bytes(self, setup: Setup) -> int:
        """Return about how many bytes the arrays of `build` take, beside those of the neurons."""
        ...


def type_parameters(
    setup: Setup, candidates: list[Parameters], levels: Levels = None
) -> dict[str, np.ndarray]:
    """Return all that cells have by cell type, each of shape (candidate, cell type).

    By the names in generated code: time constants and resting potentials, what the dynamics
    declares, and its constants by cell type; in SI units. Modulators have one level for all types.

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
        **_declared_by_type(setup, candidates, levels or [{}] * len(candidates)),
    }


def _declared_by_type(
    setup: Setup, candidates: list[Parameters], levels: Sequence[Mapping[str, float]]
) -> dict[str, np.ndarray]:
    """Return what a dynamics has by cell type beside the parameters of the published model."""
    dynamics, inside = setup.dynamics, by_type_names(setup.dynamics)
    own = {
        inside[name]: np.stack([candidate.values_of(name) for candidate in candidates])
        for name in dynamics.parameters
    }
    constants = type_constants(dynamics, setup.network.cell_types)
    shape = (len(candidates), len(setup.network.cell_types))
    for name, values in constants.items():
        own[inside[name]] = np.broadcast_to(values, shape)
    for name, usual in dynamics.modulators.items():
        of_candidate = np.array([own_levels.get(name, usual) for own_levels in levels], dtype=float)
        own[inside[name]] = np.broadcast_to(of_candidate[:, None], shape)
    return own


def resting_voltage(setup: Setup, candidates: list[Parameters]) -> np.ndarray:
    """Return the resting potential of each neuron, shape (candidate, neuron)."""
    by_type = type_parameters(setup, candidates)["resting_potential"]
    return by_type[:, setup.network.neuron_type]


def states_at_start(
    setup: Setup, candidates: list[Parameters], voltage: np.ndarray, levels: Levels = None
) -> dict[str, np.ndarray]:
    """Return where state variables other than the voltage begin, each (candidate, neuron).

    Parameters
    ----------
    setup : Setup
    candidates : list of Parameters
    voltage : ndarray, shape (candidate, neuron)
        At the beginning.
    levels : list of dict, optional
        Of modulators then.
    """
    dynamics = setup.dynamics
    states = dynamics.state_variables - {"voltage"}
    if not dynamics.initial:
        return {inside_name(dynamics, name): np.zeros_like(voltage) for name in states}
    by_type = type_parameters(setup, candidates, levels)
    used = names_of_initial(dynamics.initial)
    known = {
        name: by_type[inside][:, setup.network.neuron_type]
        for name, inside in by_type_names(dynamics).items()
        if name in used
    }
    constants = {n: float(c) for n, c in dynamics.constants.items() if not isinstance(c, dict)}
    known = {"voltage": voltage, **constants, **known}
    found = initial_states(dynamics.initial, states, known)
    return {inside_name(dynamics, name): value for name, value in found.items()}


def network_weights(parameters: Parameters, network: Network) -> np.ndarray:
    """Return all weights: of the table of offsets, of pools, and of gap junctions.

    Sign * synapse_count * synapse_strength in the order of `Network.pair_offset`, and behind them
    the conductances of gap junctions.
    """
    connectome = parameters.connectome
    first = 2 * connectome.n_cell_types
    strength = parameters.to_vector()[first : first + connectome.n_connections]
    weights = strength[network.offset_connection] * network.signed_counts
    electrical = connectome.electrical_offsets
    if not len(electrical):
        return weights
    return np.concatenate([weights, electrical["conductance"].to_numpy(dtype=float)])


def equations_of(setup: Setup) -> Equations:
    """Return the equations of the cells, with names of their own, for Brian2's groups."""
    equations = cell_equations(setup.dynamics, setup.perturbed, setup.has_gap_junctions)
    return equations + Equations(GAP_JUNCTIONS) if setup.has_gap_junctions else equations


def gap_junction_values(
    setup: Setup, candidates: list[Parameters], presence: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the conductance of all gap junctions of each neuron, to those cells that are there.

    Parameters
    ----------
    setup : Setup
    candidates : list of Parameters
    presence : ndarray, shape (candidate, neuron)
        0 where a cell was removed, else 1.
    """
    if not setup.has_gap_junctions:
        return {}
    network, lanes = setup.network, setup.lanes
    conductance = candidates[0].connectome.electrical_offsets["conductance"].to_numpy(dtype=float)
    each = conductance[network.electrical_row]
    of_neuron = np.stack(
        [
            np.bincount(
                network.electrical_target,
                each * there[network.electrical_source],
                minlength=network.n_neurons,
            )
            for there in presence
        ]
    )
    return {"gap_junction_conductance": lanes.arrange(of_neuron[lanes.candidate])}
