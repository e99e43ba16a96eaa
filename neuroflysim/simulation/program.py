"""A network that is built once and shown stimuli again and again."""

from __future__ import annotations

from functools import partial

import brian2
import numpy as np
import xarray as xr
from attrs import frozen
from tqdm.auto import tqdm

from neuroflysim._version import __version__
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError, RunawayActivityError
from neuroflysim.lattice import Lattice
from neuroflysim.responses import Responses
from neuroflysim.simulation import arguments, lattice_engine, synapses_engine
from neuroflysim.simulation.arguments import Stimulus
from neuroflysim.simulation.cuda_device import CudaProgram
from neuroflysim.simulation.devices import Plan, Run, RuntimeProgram, StandaloneProgram
from neuroflysim.simulation.model import Setup, build_model, resting_voltage

ENGINES = {"lattice": lattice_engine, "synapses": synapses_engine}
PROGRAMS = {
    "runtime": RuntimeProgram,
    "cpp_standalone": StandaloneProgram,
    "cuda_standalone": CudaProgram,
}

#: Before a stimulus the network rests under this luminance for this long (Lappalainen et al.,
#: 2024, Methods).
GREY, GREY_TIME = 0.5, 1.0


@frozen
class Options:
    """How a program simulates: the checked arguments of `compile`."""

    connectome: Connectome
    settles: bool
    central: bool
    engine: str
    device: str


class Program:
    """A network compiled for stimuli of one shape and a number of candidates; see `compile`.

    Running it with other parameters or another stimulus of the same shape compiles nothing.
    """

    def __init__(self, options: Options, setup: Setup, stimulus: Stimulus):
        self._options, self._setup, self._stimulus = options, setup, stimulus
        n_lead = int(GREY_TIME / setup.time_step) if options.settles else 0
        if options.settles and n_lead == 0:
            raise InvalidValueError(
                f"time_step is {setup.time_step} s, longer than the {GREY_TIME} s of grey that"
                " initial='grey' begins with; use a shorter step or initial='rest'."
            )
        self._n_lead = n_lead
        self._built: dict = {}  # programs by the equations of their screen
        self._program_for(stimulus)

    def _program_for(self, stimulus: Stimulus):
        """Return the network whose screen has the equations of a stimulus; frames have none."""
        equations, setup = stimulus.equations, self._setup
        key = equations and (equations.abstract_code({}), equations.parameters)
        if key not in self._built:
            engine = ENGINES[self._options.engine]
            self._built[key] = PROGRAMS[self._options.device](
                Plan(
                    build=lambda n_rows: build_model(setup, equations, n_rows, engine),
                    time_step=setup.time_step,
                    dtype=setup.dtype,
                    n_lead=self._n_lead,
                    n_frames=len(self._stimulus.times),
                )
            )
        return self._built[key]

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Remove what the program keeps on disk; it cannot run afterwards."""
        while self._built:
            self._built.popitem()[1].close()

    def run(self, parameters, stimulus=None, initial=None, progress: bool = True) -> Responses:
        """Show a stimulus to the network.

        Parameters
        ----------
        parameters : Parameters or list of Parameters
            Any number of candidates of the program's connectome.
        stimulus : Protocol or array_like, optional
            Of as many frames as the one that the program was compiled for; that one if not given.
            The first stimulus of other equations, or of frames instead of equations, takes a moment
            to prepare.
        initial : array_like, shape (neuron,) or (candidate, neuron), optional
            Voltages to start from, if the program was compiled with initial="rest".
        progress : bool
            Show a progress bar when it takes more than a few seconds.

        Returns
        -------
        Responses
            See `simulate`.
        """
        options, setup = self._options, self._setup
        candidates = arguments.candidates(parameters, options.connectome)
        if stimulus is None:
            stimulus = self._stimulus
        else:
            stimulus = arguments.checked_stimulus(
                stimulus, setup.network.lattice, setup.time_step * brian2.second
            )
        n_frames = len(self._stimulus.times)
        if len(stimulus.times) != n_frames:
            raise InvalidValueError(
                f"the stimulus has {len(stimulus.times)} frames, but the program was compiled"
                f" for {n_frames}; compile another one for it."
            )
        if initial is not None and options.settles:
            raise InvalidValueError(
                "initial voltages were given to a program that settles at grey; compile it with"
                " initial='rest'."
            )
        voltages = arguments.initial_voltage(initial, len(candidates), setup.network.n_neurons)
        voltage = np.empty(
            (len(candidates), stimulus.n_conditions, n_frames, len(setup.recorded)),
            dtype=setup.dtype,
        )
        program = self._program_for(stimulus)
        candidate_chunks = _chunks(len(candidates), setup.lanes.n_candidates)
        condition_chunks = _chunks(stimulus.n_conditions, setup.lanes.n_conditions)
        n_steps = len(candidate_chunks) * program.n_steps(len(condition_chunks))
        bar = tqdm(total=n_steps, unit="step", delay=3, disable=not progress, leave=False)
        try:
            for chosen in candidate_chunks:
                values = self._values([candidates[k] for k in chosen], voltages, chosen)
                stimuli = [
                    partial(stimulus.screen_values, shown, GREY) for shown in condition_chunks
                ]
                runs = program.respond(values, stimuli, bar.update)
                for shown, run in zip(condition_chunks, runs, strict=True):
                    self._require_in_range(run, stimulus)
                    self._require_bounded(run, chosen, shown, stimulus)
                    traces = setup.lanes.traces(run.voltage)
                    # A last chunk that is filled up writes its last item several times: the same.
                    voltage[np.ix_(chosen, shown)] = traces
        finally:
            bar.close()
        return self._labelled(voltage, candidates, stimulus, initial)

    def _values(self, candidates, voltages: np.ndarray | None, chosen) -> dict[str, np.ndarray]:
        """Return parameters and state of a run of some candidates."""
        setup, lanes = self._setup, self._setup.lanes
        values = ENGINES[self._options.engine].values(setup, candidates)
        for name in setup.dynamics.state_variables:
            values[name] = np.zeros(lanes.n_lanes * setup.network.n_neurons)
        voltage = resting_voltage(setup, candidates) if voltages is None else voltages[chosen]
        values["voltage"] = lanes.arrange(voltage[lanes.candidate])
        return values

    def _require_in_range(self, run: Run, stimulus: Stimulus) -> None:
        """Raise if the luminance of a protocol left its range; drawing it tells where."""
        if run.out_of_range:
            step = self._setup.time_step * brian2.second
            stimulus.shown.luminance(time_step=step, eye=stimulus.eye)
            raise InvalidValueError(
                f"protocol {stimulus.name}: its luminance leaves the range from 0 to 1."
            )

    def _require_bounded(self, run: Run, chosen, shown, stimulus: Stimulus) -> None:
        """Raise if a voltage left all bounds; the earliest one is named."""
        if not run.runaway_time.any():
            return
        network, lanes = self._setup.network, self._setup.lanes
        times = lanes.by_lane(np.where(run.runaway_time > 0, run.runaway_time, np.inf))
        lane, neuron = np.unravel_index(times.argmin(), times.shape)
        u, v = network.columns[network.neuron_column[neuron]]
        onset = self._n_lead * self._setup.time_step - stimulus.times[0]
        raise RunawayActivityError(
            f"the voltage of {network.cell_types[network.neuron_type[neuron]]} at column ({u},"
            f" {v}) ran away at {times[lane, neuron] - onset:g} s (0 s is stimulus onset; candidate"
            f" {chosen[lanes.candidate[lane]]}, condition {shown[lanes.condition[lane]]})."
            " Parameters with strong recurrent excitation do this: lower their synapse strengths,"
            " or use a shorter time step."
        )

    def _start(self, initial) -> str:
        if self._options.settles:
            return "grey"
        return "rest" if initial is None else "given voltages"

    def _labelled(self, voltage: np.ndarray, candidates, stimulus: Stimulus, initial) -> Responses:
        options, setup = self._options, self._setup
        labels = setup.network.neurons.iloc[setup.recorded]
        cell_type = labels["cell_type"].to_numpy(dtype=str)
        if options.central:
            last, where = "cell_type", {"cell_type": cell_type}
        else:
            last = "neuron"
            where = {
                name: ("neuron", values)
                for name, values in (
                    ("cell_type", cell_type),
                    ("u", labels["u"].to_numpy()),
                    ("v", labels["v"].to_numpy()),
                )
            }
        end = np.round(stimulus.times + setup.time_step, 12)  # 0.3, not 0.30000000000000004
        return Responses(
            xr.DataArray(
                voltage,
                dims=("candidate", "condition", "time", last),
                coords={
                    "time": ("time", end, {"units": "s"}),
                    "parameters_sha256": ("candidate", [c.checksum for c in candidates]),
                    **where,
                    **stimulus.coordinates,
                },
                name="voltage",
                attrs={
                    "units": "1",
                    "stimulus": stimulus.name,
                    **_border(setup.network.lattice),
                    "time_step": setup.time_step,
                    "method": setup.method,
                    "initial": self._start(initial),
                    "dynamics": setup.dynamics.name,
                    "dynamics_equations": setup.dynamics.equations,
                    "engine": options.engine,
                    "device": options.device,
                    "dtype": str(setup.dtype),
                    **stimulus.attributes,
                    "connectome_sha256": options.connectome.checksum,
                    "versions": f"neuroflysim {__version__}, brian2 {brian2.__version__}",
                },
            )
        )


def _border(lattice: Lattice) -> dict:
    if lattice.periodic:
        return {"boundary": "periodic", "size": list(lattice.size)}
    return {"boundary": "open", "extent": lattice.extent}


def _chunks(n_items: int, size: int) -> list[np.ndarray]:
    """Return the indices of the items in pieces of one size; the last repeats its last item."""
    return [
        np.minimum(np.arange(first, first + size), n_items - 1) for first in range(0, n_items, size)
    ]
