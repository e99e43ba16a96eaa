"""The network as ordinary Brian2 objects, for users of Brian2 to add theirs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import evolve
from brian2 import Equations, NeuronGroup, Quantity, Synapses, TimedArray, second
from brian2 import Network as BrianNetwork
from brian2.equations.equations import PARAMETER, SingleEquation
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim import checks
from neuroflysim.choices import METHODS
from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED, Dynamics, by_type_names, checked_dynamics, inside_name
from neuroflysim.dynamics.given import CURRENT, ELECTRICAL
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.candidates import checked_candidates
from neuroflysim.simulation.engine_contract import (
    Setup,
    Sum,
    all_offsets,
    gap_junction_values,
    network_weights,
    states_at_start,
    sums_of,
    type_parameters,
)
from neuroflysim.simulation.grey import grey_frames, lead_steps
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.stimulus_forms import Frames, checked_stimulus
from neuroflysim.simulation.synapses_engine import pairs_of, per_pair
from neuroflysim.stimulus.protocol import DEFAULT_TIME_STEP, Protocol

#: What every neuron has beside the equations of its dynamics. The light is looked up in an array.
LIGHT = """
luminance = sees*shown(t, column) : 1
sees : 1 (constant)
column : integer (constant)
time_constant : second (constant)
resting_potential : 1 (constant)
"""

#: What gap junctions add to it.
COUPLING = f"""
{ELECTRICAL} = gap_junction_sum - gap_junction_conductance*voltage : 1
gap_junction_conductance : 1 (constant)
"""


def brian2_network(
    connectome: Connectome | None,
    parameters: Parameters,
    stimulus: Protocol | npt.ArrayLike,
    *,
    condition: int | None = None,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    time_step: Quantity = DEFAULT_TIME_STEP,
    method: str = "euler",
    initial: str = "grey",
    dynamics: Dynamics | str = GRADED,
    equations: str | None = None,
    threshold: str | None = None,
    reset: str | None = None,
    refractory: str | Quantity | bool = False,
) -> BrianNetwork:
    """Return the model as an ordinary Brian2 `Network`, to add objects of your own to it.

    It holds what a script in plain Brian2 would: ``network["neurons"]``, a `NeuronGroup`, and
    ``network["synapses"]``, its `Synapses`. Nothing else of this package is in it. Names of yours
    in equations are found where you call ``network.run``. Its voltages are those of
    ``simulate(engine="synapses")``, within 1e-12.

    Parameters
    ----------
    connectome : Connectome or None
        None for that of the parameters.
    parameters : Parameters
    stimulus : Protocol or array_like, shape (time, column) or (condition, time, column)
        Frames of luminance lie in the `TimedArray` ``shown`` of the namespace of the neurons; the
        last one stays.
    condition : int, optional
        Which condition of the stimulus is shown; needed if it has several.
    lattice, extent, time_step, method
        See `simulate`.
    initial : {"grey", "rest"}
        Whether a second of luminance 0.5 stands before the stimulus, from t = 0 on. Voltages begin
        at the resting potentials.
    dynamics : Dynamics or str
        Variables and parameters of the neurons have the names that it gives them.
    equations : str, optional
        Instead of its equations: others with ``voltage``, ``output`` and its other names, which may
        use all that Brian2 knows: t, xi, rand(), names of your own, further variables.
    threshold, reset, refractory
        Of the `NeuronGroup`, for cells that spike.

    Returns
    -------
    brian2.Network
        ``neurons`` has a neuron for each row of ``connectome.network(lattice).neurons``, and
        ``synapses`` a synapse with a ``weight`` for each pair of connected cells. If the dynamics
        has several sums over inputs, there is a `Synapses` for each, ``synapses_NAME``; if there
        are gap junctions, ``gap_junctions``.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is wrong; says what is allowed.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import StateMonitor, ms, second
    >>> flash = nfs.protocols.flash(intensity=1)
    >>> connectome = nfs.load_connectome()
    >>> parameters = nfs.Parameters.uniform(connectome)
    >>> network = brian2_network(connectome, parameters, flash, extent=1, time_step=20*ms)
    >>> monitor = StateMonitor(network["neurons"], "voltage", record=[0])
    >>> network.add(monitor)
    >>> network.run(1*second + flash.pre_time + flash.stim_time + flash.tail_time)
    >>> monitor.voltage.shape
    (1, 200)
    """
    dynamics = checked_dynamics(dynamics)
    one_model = checked_candidates(parameters, connectome, dynamics=dynamics)
    if len(one_model) != 1:
        raise InvalidValueError(
            f"parameters are {len(one_model)} models, but one network shows one; give one of them."
        )
    checks.one_of("method", method, METHODS)
    checks.one_of("initial", initial, ("grey", "rest"))
    if equations is not None and not isinstance(equations, str):
        raise InvalidTypeError(
            f"equations must be a string of Brian2 equations, but is {type(equations).__name__}."
        )
    setup = _setup(
        one_model[0].connectome, dynamics, chosen_lattice(lattice, extent), time_step, method
    )
    frames = _frames(stimulus, setup, time_step, condition)
    if initial == "grey":
        before = grey_frames(lead_steps(setup.time_step), setup.network.lattice)
        frames = np.concatenate([before, frames])
    numbers = {n: value for n, value in dynamics.constants.items() if not isinstance(value, dict)}
    namespace = {**numbers, "shown": TimedArray(frames, dt=time_step)}
    own = _names_given(dynamics)
    of_cell = Equations(equations or dynamics.equations)
    neurons = NeuronGroup(
        setup.network.n_neurons,
        _equations(setup, of_cell, own),
        method=method,
        threshold=threshold,
        reset=reset,
        refractory=refractory,
        namespace=namespace,
        dt=time_step,
        name="neurons",
    )
    neurons.set_states(_values(setup, one_model, own), units=False)
    weights = network_weights(one_model[0], setup.network)
    synapses = [_synapses(setup, one, own, neurons, weights) for one in setup.sums]
    return BrianNetwork(neurons, *(one for one in synapses if one is not None))


def _setup(connectome, dynamics: Dynamics, lattice: Lattice, time_step, method: str) -> Setup:
    network = connectome.network(lattice)
    return Setup(
        network=network,
        offsets=all_offsets(connectome),
        photoreceptors=connectome.cell_types["photoreceptor"].to_numpy(),
        dynamics=dynamics,
        sums=sums_of(dynamics, connectome, network),
        method=method,
        time_step=checks.seconds("time_step", time_step),
        dtype=np.dtype(np.float64),
        lanes=Lanes(n_candidates=1, n_conditions=1, n_vectors=1, width=1),
        threads=1,
        recorded=np.array([], dtype=int),
        reduction=None,
    )


def _frames(stimulus, setup: Setup, time_step: Quantity, condition: int | None) -> np.ndarray:
    """Return what the columns see in one condition, shape (time, column)."""
    lattice = setup.network.lattice
    if isinstance(stimulus, Protocol):
        stimulus = stimulus.luminance(lattice, time_step)
    form = checked_stimulus(stimulus, lattice, time_step).form
    assert isinstance(form, Frames)
    if condition is None and form.n_conditions > 1:
        raise InvalidValueError(
            f"the stimulus has {form.n_conditions} conditions, and a network shows one of them:"
            f" give condition=0 to {form.n_conditions - 1}."
        )
    chosen = checks.whole_number("condition", condition or 0)
    if chosen >= form.n_conditions:
        raise InvalidValueError(
            f"condition is {chosen}, but the stimulus has {form.n_conditions}, counted from 0."
        )
    return form.luminance[chosen]


def _names_given(dynamics: Dynamics) -> dict[str, str]:
    """Return the names that a dynamics gives, by those that stand in code of the engines."""
    given = {*dynamics.inputs, *dynamics.sources, *dynamics.defined}
    by_type = {inside: name for name, inside in by_type_names(dynamics).items()}
    return by_type | {inside_name(dynamics, name): name for name in given}


def _equations(setup: Setup, of_cell: Equations, own: dict[str, str]) -> Equations:
    """Return the equations of the neurons, with the names that the dynamics gives."""
    units = setup.dynamics.own_dimensions
    by_type = [
        SingleEquation(PARAMETER, name, units[name], flags=["constant"])
        for name in by_type_names(setup.dynamics)
        if name in units
    ]
    sums = [
        SingleEquation(PARAMETER, own.get(one.name, one.name), of_cell[own[one.of]].dim)
        for one in setup.sums
    ]
    may_be_set = [CURRENT] if setup.has_gap_junctions else [CURRENT, ELECTRICAL]
    zero = [
        SingleEquation(PARAMETER, name, DIMENSIONLESS)
        for name in may_be_set
        if name in of_cell.identifiers
    ]
    coupling = Equations(COUPLING if setup.has_gap_junctions else "")
    return of_cell + Equations(LIGHT) + coupling + Equations([*by_type, *sums, *zero])


def _values(setup: Setup, one_model: Sequence[Parameters], own: dict[str, str]) -> dict:
    """Return what the neurons are given, in SI units, by the names that the dynamics gives."""
    network, models = setup.network, list(one_model)
    by_type = type_parameters(setup, models)
    of_neurons = {name: value[0, network.neuron_type] for name, value in by_type.items()}
    voltage = of_neurons["resting_potential"]
    states = states_at_start(setup, models, voltage[None])
    of_neurons |= {name: value[0] for name, value in states.items()}
    of_neurons |= gap_junction_values(setup, models, np.ones((1, network.n_neurons)))
    return {
        **{own.get(name, name): value for name, value in of_neurons.items()},
        "voltage": voltage,
        "sees": setup.photoreceptors[network.neuron_type].astype(float),
        "column": network.neuron_column,
    }


def _synapses(
    setup: Setup, one: Sum, own: dict[str, str], neurons: NeuronGroup, weights: np.ndarray
) -> Synapses | None:
    """Return the Brian2 object of a sum over inputs, if it has any."""
    pairs = pairs_of(setup, one)
    if not len(pairs):
        return None
    one = evolve(one, name=own.get(one.name, one.name), of=own[one.of])
    several = len(setup.dynamics.inputs) > 1
    name = f"synapses_{one.name}" if several else "synapses"
    name = "gap_junctions" if one.through == "presence" else name
    synapses = Synapses(
        neurons,
        neurons,
        per_pair(["weight"], one, neurons.variables[one.of].dim, perturbed=False),
        namespace=neurons.namespace,
        dt=setup.time_step * second,
        name=name,
    )
    synapses.connect(i=pairs.source, j=pairs.target)
    synapses.weight = weights[pairs.row]
    return synapses
