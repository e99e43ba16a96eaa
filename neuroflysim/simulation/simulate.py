"""Showing stimuli to the network: the one function that most users need."""

from __future__ import annotations

import brian2
import numpy as np
import xarray as xr
from brian2 import Quantity, second
from tqdm.auto import tqdm

from neuroflysim import checks
from neuroflysim._version import __version__
from neuroflysim.connectome import Connectome, Network
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import InvalidTypeError, RunawayActivityError
from neuroflysim.parameters import Parameters
from neuroflysim.responses import Responses
from neuroflysim.simulation import arguments
from neuroflysim.simulation.devices import PROGRAMS, Plan, Run
from neuroflysim.simulation.model import build_model, parameter_arrays

METHODS = ("euler", "exponential_euler")
ENGINES = ("synapses",)
DTYPES = ("float64", "float32")

#: Before a stimulus the network rests under this luminance for this long (Lappalainen et al.,
#: 2024, Methods).
GREY, GREY_TIME = 0.5, 1.0


def simulate(
    stimulus,
    *,
    connectome: Connectome,
    parameters: Parameters | list[Parameters],
    extent: int = 15,
    time_step: Quantity = 0.02 * second,
    method: str = "euler",
    initial="grey",
    record="central",
    engine: str = "synapses",
    device: str = "runtime",
    dtype: str = "float64",
    dynamics: Dynamics = GRADED,
    progress: bool = True,
) -> Responses:
    """Show a stimulus to the network and return the voltages.

    Parameters
    ----------
    stimulus : Protocol or array_like, shape (time, column) or (condition, time, column)
        A protocol, or frames of luminance (0 to 1), one for each time step.
    connectome : Connectome
    parameters : Parameters or list of Parameters
        One candidate, or several to be shown the same stimulus.
    extent : int
        Radius of the lattice in columns; 15 gives the 721 columns of the published model.
    time_step : Quantity [s]
    method : {"euler", "exponential_euler"}
        Euler's method, with time constants raised to the time step where they are shorter,
        is what the published model uses. The exponential method takes the input as constant
        over a step and solves the rest exactly: it is stable at any time constant and leaves the
        parameters as they are. Both are of first order in the time step.
    initial : {"grey", "rest"} or array_like, shape (neuron,) or (candidate, neuron)
        Start after 1 s of luminance 0.5 from rest, from the resting potentials, or from given
        voltages.
    record : {"central", "all"} or list of str
        The cell of each type at column (0, 0); all neurons; or all neurons of some cell types.
    engine : {"synapses"}
        How the sum over inputs is computed: "synapses" is plain Brian2 `Synapses`.
    device : {"runtime", "cpp_standalone"}
        In this process, or as a C++ program. The program is compiled at each call, which takes
        some seconds, and then takes fewer milliseconds a step.
    dtype : {"float64", "float32"}
    dynamics : Dynamics
        Equations of the neurons.
    progress : bool
        Show a progress bar when it takes more than a few seconds.

    Returns
    -------
    Responses
        ``responses.voltage`` has the dimensions (candidate, condition, time, cell_type) for
        central cells, else (candidate, condition, time, neuron); axes of length 1 are kept. Its
        times are the ends of the steps, in seconds from stimulus onset (for frames: from the
        first frame).

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is wrong; says what is allowed.
    RunawayActivityError
        If a voltage becomes NaN or leaves all bounds; names candidate, cell type and time.

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
    if not isinstance(connectome, Connectome):
        raise InvalidTypeError(
            f"connectome must be a Connectome, but is {type(connectome).__name__};"
            " nfs.load_connectome() gives the embedded one."
        )
    if not isinstance(dynamics, Dynamics):
        raise InvalidTypeError(f"dynamics must be Dynamics, but is {type(dynamics).__name__}.")
    extent = checks.whole_number("extent", extent)
    step = checks.seconds("time_step", time_step)
    for name, value, allowed in (
        ("method", method, METHODS),
        ("engine", engine, ENGINES),
        ("device", device, PROGRAMS),
        ("dtype", dtype, DTYPES),
    ):
        checks.one_of(name, value, allowed)
    candidates = arguments.candidates(parameters, connectome)
    frames, times, coordinates, stimulus_name = arguments.stimulus_frames(
        stimulus, extent, time_step
    )
    network = connectome.network(extent)
    recorded, central = arguments.recorded_neurons(record, network)
    voltages = arguments.initial_voltage(initial, len(candidates), network.n_neurons)
    settles = isinstance(initial, str) and initial == "grey"
    n_lead = int(GREY_TIME / step) if settles else 0
    photoreceptors = connectome.cell_types["photoreceptor"].to_numpy()

    def build(n_frames: int):
        return build_model(network, photoreceptors, dynamics, method, step, n_frames, recorded)

    program = PROGRAMS[device](Plan(build, step, np.dtype(dtype), n_lead, frames.shape[1]))
    voltage = np.empty((len(candidates), *frames.shape[:2], len(recorded)), dtype=dtype)
    lead = np.full((n_lead, frames.shape[2]), GREY)
    bar = tqdm(
        total=len(candidates) * len(frames), unit="run", delay=3, disable=not progress, leave=False
    )
    try:
        for index, candidate in enumerate(candidates):
            values = parameter_arrays(network, candidate, method, step)
            state = {name: np.zeros(network.n_neurons) for name in dynamics.state_variables}
            state["voltage"] = values["resting_potential"] if voltages is None else voltages[index]
            for condition, run in enumerate(program.respond(values, state, lead, frames)):
                _require_bounded(run, network, index, condition, n_lead * step, times[0])
                voltage[index, condition] = run.voltage
                bar.update()
    finally:
        bar.close()
        program.close()

    labels = network.neurons.iloc[recorded]
    if central:
        where = {"cell_type": labels["cell_type"].to_numpy(dtype=str)}
    else:
        where = {
            "cell_type": ("neuron", labels["cell_type"].to_numpy(dtype=str)),
            "u": ("neuron", labels["u"].to_numpy()),
            "v": ("neuron", labels["v"].to_numpy()),
        }
    return Responses(
        xr.DataArray(
            voltage,
            dims=("candidate", "condition", "time", "cell_type" if central else "neuron"),
            coords={"time": ("time", times + step, {"units": "s"}), **where, **coordinates},
            name="voltage",
            attrs={
                "units": "1",
                "stimulus": stimulus_name,
                "extent": extent,
                "time_step": step,
                "method": method,
                "initial": initial if isinstance(initial, str) else "given voltages",
                "dynamics": dynamics.name,
                "engine": engine,
                "device": device,
                "dtype": dtype,
                "connectome_sha256": connectome.checksum,
                "versions": f"neuroflysim {__version__}, brian2 {brian2.__version__}",
            },
        )
    )


def _require_bounded(
    run: Run, network: Network, candidate: int, condition: int, lead_time: float, begin: float
) -> None:
    """Raise if a voltage left all bounds; the earliest one is named."""
    if not run.runaway_time.any():
        return
    neuron = np.where(run.runaway_time > 0, run.runaway_time, np.inf).argmin()
    u, v = network.columns[network.neuron_column[neuron]]
    when = run.runaway_time[neuron]
    raise RunawayActivityError(
        f"the voltage of {network.cell_types[network.neuron_type[neuron]]} at column ({u}, {v})"
        f" ran away {when:g} s after the start of the run (candidate {candidate}, condition"
        f" {condition}). Parameters with strong recurrent excitation do this: lower their synapse"
        " strengths, or try method='exponential_euler' if time constants are close to the time"
        " step."
    )
