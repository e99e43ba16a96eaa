"""Showing stimuli to the network: `simulate` once, `compile` for many times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.choices import DTYPES, METHODS
from neuroflysim.connectome import Connectome, checked_connectome
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics, type_constants
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.machine.cores import available_cores
from neuroflysim.machine.free_memory import free_memory
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.perturbations import Flies, flies_of
from neuroflysim.progress import telling
from neuroflysim.responses import Responses
from neuroflysim.simulation import arguments
from neuroflysim.simulation.engine_contract import Setup, all_offsets, sums_of
from neuroflysim.simulation.grey import lead_steps
from neuroflysim.simulation.memory import (
    DEFAULT_PART,
    voltage_bytes,
    within_limit,
)
from neuroflysim.simulation.noise import (
    checked_seed,
    checked_trials,
    require_method_for_noise,
)
from neuroflysim.simulation.program import Options, Program
from neuroflysim.simulation.reduction import SumsOfProducts
from neuroflysim.simulation.room import room_for
from neuroflysim.simulation.running import DEVICES, ENGINES
from neuroflysim.simulation.stimulus_forms import checked_stimulus
from neuroflysim.stimulus.protocol import DEFAULT_TIME_STEP, Protocol

#: More than any processor has cores; the counters of the threads have room for some more.
MOST_THREADS = 1024


def simulate(
    stimulus: Protocol | npt.ArrayLike,
    *,
    connectome: Connectome | None = None,
    parameters: Parameters | Sequence[Parameters],
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    time_step: Quantity = DEFAULT_TIME_STEP,
    method: str = "euler",
    initial: npt.ArrayLike = "grey",
    record: str | Sequence[str] = "central",
    variables: Sequence[str] = (),
    engine: str = "lattice",
    device: str = "runtime",
    dtype: str = "float64",
    dynamics: Dynamics | str = GRADED,
    perturbations: Flies = None,
    trials: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    memory_limit: float | None = None,
    progress: bool = True,
) -> Responses:
    """Show a stimulus to the network and return the voltages.

    Parameters
    ----------
    stimulus : Protocol or array_like, shape (time, column) or (condition, time, column)
        A protocol, or frames of luminance (0 to 1), one for each time step.
    connectome : Connectome, optional
        That of the parameters, if not given; another one is an error.
    parameters : Parameters, Ensemble or list of Parameters
        One candidate, or several to be shown the same stimulus.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns. Extent 15, if not
        given: the 721 columns of the published model. ``nfs.Lattice(size=(6, 6))`` is periodic and
        has no border: what leaves it on one side comes in on the other. Its columns along u and
        along v are multiples of the strides of all cell types.
    extent : int, optional
        Another name for a whole number as `lattice`.
    time_step : Quantity [s]
        2 ms, if not given: docs/integration.md has the table by which it was chosen, and what
        longer steps cost.
    method : {"euler", "exponential_euler"}
        Euler's method, with time constants raised to the time step where they are shorter,
        is what the published model uses. The exponential method takes the input as constant
        over a step and solves the rest exactly: it is stable at any time constant and leaves the
        parameters as they are. Both are of first order in the time step.
    initial : {"grey", "rest"} or array_like, shape (neuron,) or (candidate, neuron)
        Start after 1 s of luminance 0.5 from rest, from the resting potentials, or from given
        voltages, neurons in the order of ``connectome.network(lattice).neurons``. After grey the
        network must have settled, see below; with the others it is up to you.
    record : {"central", "all"}, str or list of str
        The cell of each type at column (0, 0); all neurons; or all neurons of one cell type, such
        as "T4a", or of some.
    variables : list of str
        What is recorded of them beside the voltage: names of state variables of the dynamics, such
        as ["adaptation"], and of what follows from these, such as "output". See
        ``responses["adaptation"]``.
    engine : {"lattice", "synapses"}
        How the sum over inputs is computed: by a kernel for weights that all columns share, for
        many candidates and conditions at once; or by plain Brian2 `Synapses`, one at a time.
    device : {"runtime", "cpp_standalone", "cuda_standalone"}
        In this process, as a C++ program, or as a program for an NVIDIA GPU. A program is
        compiled at each call, which takes some seconds in C++ and about half a minute for a GPU,
        and then takes fewer milliseconds a step. The GPU needs the extra ``neuroflysim[cuda]`` and
        a CUDA toolkit.
    dtype : {"float64", "float32"}
    dynamics : Dynamics or str
        Equations of the neurons; or the name of one of the library, such as "adapting", or the
        .json file of one. If it declares parameters, ``Parameters.uniform(connectome,
        dynamics=...)`` and ``parameters.with_dynamics(...)`` have them.
    perturbations : Perturbation or list, optional
        What is done to the fly, for example ``nfs.Silence("Mi9")``. Each entry of a list is one
        fly: None for an intact one, a perturbation, or a tuple of several. All flies are computed
        together, each with each candidate.
    trials : int, optional
        How often each condition is shown, with other noise each time: the voltages then have a
        dimension ``trial``. Without noise in the equations (``xi``, docs/noise.md) all would be the
        same, and more than one is an error. If not given, there is one trial and no such dimension.
    seed : int, 0 to 2^64 - 1
        Of the noise: the same seed gives the same numbers, whatever they are computed with. It
        changes nothing where there is no noise.
    threads : int, optional
        Of engine "lattice"; as many as there are cores for this process, if not given. The
        voltages do not depend on it.
    memory_limit : float, optional
        Bytes that the computation may take; half of the memory that is free, if not given. Where
        it is short, fewer candidates and conditions are computed at once, with the same voltages.
    progress : bool
        Show a progress bar when it takes more than a few seconds, and say so when something is
        compiled.

    Returns
    -------
    Responses
        ``responses.voltage`` has the dimensions (candidate, condition, time, cell_type) for
        central cells, else (candidate, condition, time, neuron); axes of length 1 are kept. With
        trials, (candidate, condition, trial, time, ...). Its
        times are the ends of the steps, in seconds from stimulus onset (for frames: from the
        first frame). With perturbations, the axis candidate holds all flies of the first
        parameters, then all of the second; its coordinate perturbation names them.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is wrong; says what is allowed.
    RunawayActivityError
        If a voltage becomes NaN or leaves all bounds; names candidate, cell type and time.
    UnsettledError
        If recorded voltages swing by more than 0.25 in the last quarter of the second of grey
        because the time step is too long; names the cell type and a step that would do.

    Warns
    -----
    UnsettledWarning
        If they move by more than 0.05, for whatever reason; says which.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import ms
    >>> connectome = nfs.load_connectome()
    >>> responses = nfs.simulate(
    ...     nfs.protocols.moving_edge(angle=[0, 90], intensity=1),
    ...     connectome=connectome, parameters=nfs.Parameters.uniform(connectome),
    ...     extent=2, time_step=20*ms)
    >>> responses
    <Responses: 1 candidate, 2 condition, 121 time, 65 cell_type>
    """
    if initial is None:
        raise InvalidTypeError("initial is None, but must be 'grey', 'rest' or voltages.")
    settled = isinstance(initial, str)
    dynamics = checked_dynamics(dynamics)
    candidates = checked_candidates(parameters, connectome, dynamics=dynamics)
    with telling(progress):  # one word for all that is compiled
        program = compile(
            stimulus,
            connectome=candidates[0].connectome,
            n_candidates=len(candidates),
            perturbations=perturbations,
            trials=trials,
            seed=seed,
            lattice=chosen_lattice(lattice, extent),
            time_step=time_step,
            method=method,
            initial=initial if settled else "rest",
            record=record,
            variables=variables,
            engine=engine,
            device=device,
            dtype=dtype,
            dynamics=dynamics,
            threads=threads,
            memory_limit=memory_limit,
            progress=progress,
        )
        with program:
            return program.run(
                candidates,
                initial=None if settled else initial,
                perturbations=perturbations,
                progress=progress,
            )


def compile(
    stimulus: Protocol | npt.ArrayLike,
    *,
    connectome: Connectome,
    n_candidates: int = 1,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    time_step: Quantity = DEFAULT_TIME_STEP,
    method: str = "euler",
    initial: str = "grey",
    record: str | Sequence[str] = "central",
    variables: Sequence[str] = (),
    engine: str = "lattice",
    device: str = "runtime",
    dtype: str = "float64",
    dynamics: Dynamics | str = GRADED,
    perturbations: Flies = None,
    trials: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    memory_limit: float | None = None,
    reduction: SumsOfProducts | None = None,
    progress: bool = True,
) -> Program:
    """Build the network once, to show it stimuli of one shape again and again.

    Parameters
    ----------
    stimulus : Protocol or array_like, shape (time, column) or (condition, time, column)
        What is shown unless `Program.run` is given another stimulus of as many frames.
    connectome : Connectome
    n_candidates : int
        How many candidates are usually run together; their number may be another one.
    initial : {"grey", "rest"}
        With "rest", `Program.run` may be given voltages to start from.
    perturbations : Perturbation or list, optional
        What the flies are like that `Program.run` is usually asked for; it may be given others.
    lattice, extent, time_step, method, record, variables, engine, device, dtype, dynamics, \
    trials, seed, threads, memory_limit
        See `simulate`.
    reduction : SumsOfProducts, optional
        What `Program.reduce` sums up while the network runs; engine "lattice" only.
    progress : bool
        Say so, where somebody looks, when something is compiled: once on a machine.

    Returns
    -------
    Program

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> start = nfs.Parameters.uniform(connectome)
    >>> with nfs.compile(nfs.protocols.flash(), connectome=connectome, extent=1) as program:
    ...     for total_input in (1.0, 2.0):
    ...         candidate = nfs.Parameters.uniform(connectome, total_input)
    ...         responses = program.run(candidate)
    >>> responses
    <Responses: 1 candidate, 2 condition, 1500 time, 65 cell_type>
    """
    connectome = checked_connectome(connectome)
    dynamics = checked_dynamics(dynamics)
    type_constants(dynamics, list(connectome.cell_types.index))  # raises if one does not fit
    lattice = chosen_lattice(lattice, extent)
    step = checks.seconds("time_step", time_step)
    for name, value, allowed in (
        ("method", method, METHODS),
        ("initial", initial, ("grey", "rest")),
        ("engine", engine, ENGINES),
        ("device", device, DEVICES),
    ):
        checks.one_of(name, value, allowed)
    require_method_for_noise(method, dynamics)
    trials, seed = checked_trials(trials, dynamics), checked_seed(seed)
    real = np.dtype(checks.float_type("dtype", dtype, DTYPES))
    flies = flies_of(perturbations)
    n_candidates = checks.whole_number("n_candidates", n_candidates, minimum=1) * len(flies)
    threads = min(available_cores(), MOST_THREADS) if threads is None else threads
    if checks.whole_number("threads", threads, minimum=1) > MOST_THREADS:
        raise InvalidValueError(f"threads is {threads}, but must be at most {MOST_THREADS}.")
    shown = checked_stimulus(stimulus, lattice, time_step)
    network = connectome.network(lattice)
    recorded, central = arguments.recorded_neurons(record, network)
    variables = arguments.recorded_variables(variables, dynamics)
    limit = DEFAULT_PART * free_memory() if memory_limit is None else memory_limit
    endless = isinstance(limit, float) and limit == np.inf
    limit = limit if endless else checks.finite_number("memory_limit", limit, minimum=0)
    n_frames, n_showings = len(shown.times), shown.n_conditions * (trials or 1)
    n_values = float(n_candidates) * n_showings * n_frames * len(recorded) * (1 + len(variables))
    returned = voltage_bytes(n_values, real, limit)
    lanes = ENGINES[engine].lanes(
        n_candidates, n_showings, network, real, DEVICES[device].large_runs
    )
    effects = [fly.effects(network, shown.times) for fly in flies]
    arguments.require_that_all_act(flies, shown.times, initial == "grey")
    setup = Setup(
        network=network,
        offsets=all_offsets(connectome),
        photoreceptors=connectome.cell_types["photoreceptor"].to_numpy(),
        dynamics=dynamics,
        sums=sums_of(dynamics, connectome, network),
        method=method,
        time_step=step,
        dtype=real,
        lanes=lanes,
        threads=threads,
        recorded=recorded,
        variables=variables,
        reduction=_checked_reduction(reduction, engine, network),
        room=room_for(flies, effects, lanes.n_used, dynamics),
    )
    setup, needed = within_limit(
        setup,
        ENGINES[engine],
        DEVICES[device].large_runs,
        n_candidates,
        n_showings,
        n_frames + (lead_steps(step) if initial == "grey" else 0),
        limit - returned,
    )
    options = Options(
        connectome=connectome,
        settles=initial == "grey",
        central=central,
        engine=engine,
        device=device,
        memory_limit=limit,
        memory=needed + returned,
        run_memory=needed,
        trials=trials,
        seed=seed,
    )
    with telling(progress):
        return Program(options, setup, shown)


def _checked_reduction(reduction, engine: str, network) -> SumsOfProducts | None:
    if reduction is None:
        return None
    if not isinstance(reduction, SumsOfProducts):
        raise InvalidTypeError(
            f"reduction must be SumsOfProducts, but is {type(reduction).__name__}."
        )
    if not ENGINES[engine].REDUCES:
        able = " or ".join(repr(name) for name, one in ENGINES.items() if one.REDUCES)
        raise InvalidValueError(
            f"engine is {engine!r}, but only engine={able} sums up products while it runs."
        )
    reduction.sites(network)  # raises if a cell type cannot be summed
    return reduction
