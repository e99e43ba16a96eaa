"""Stepping a model by hand, one frame at a time: for whoever decides what is seen next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.errors import InvalidValueError, SimulationError
from neuroflysim.lattice import Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.perturbations import Flies, flies_of
from neuroflysim.progress import telling
from neuroflysim.simulation.grey import GREY
from neuroflysim.simulation.labels import labelled_voltages
from neuroflysim.simulation.simulating import DEFAULT_LATTICE, DEFAULT_TIME_STEP, compile
from neuroflysim.simulation.stimulus_forms import checked_stimulus


class Stepper:
    """A model that is shown one frame at a time, as an agent sees the world.

    Its voltages are those that `simulate` gives for all the frames together, to the last bit, with
    the same arguments. It begins after a second of grey, like `simulate`.

    Parameters
    ----------
    parameters : Parameters, Ensemble or list of Parameters
        One candidate, or some that are shown the same.
    n_eyes : int
        How many frames are shown at once, each to an eye of its own: 2 for left and right.
    lattice, extent, time_step, method, initial, record, engine, dtype, dynamics, perturbations, \
    threads, progress
        See `simulate`. Equations with noise, and perturbations with a start or a stop, cannot be
        stepped.

    Raises
    ------
    InvalidValueError
        If so many candidates and eyes do not fit into one run; says how many do.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> parameters = nfs.load_parameters("flow/000")
    >>> with nfs.Stepper(parameters, extent=1) as stepper:
    ...     for luminance in (0.5, 1, 1):
    ...         voltage = stepper.step(np.full(7, luminance))
    >>> voltage.sizes
    Frozen({'candidate': 1, 'eye': 1, 'cell_type': 65})
    >>> stepper.time
    6. * msecond
    """

    def __init__(
        self,
        parameters: Parameters | Sequence[Parameters],
        *,
        n_eyes: int = 1,
        lattice: int | Lattice = DEFAULT_LATTICE,
        extent: int | None = None,
        time_step: Quantity = DEFAULT_TIME_STEP,
        method: str = "euler",
        initial: str = "grey",
        record: str | Sequence[str] = "central",
        engine: str = "lattice",
        dtype: str = "float64",
        dynamics: Dynamics | str = GRADED,
        perturbations: Flies = None,
        threads: int | None = None,
        progress: bool = True,
    ):
        self._n_eyes = checks.whole_number("n_eyes", n_eyes, minimum=1)
        dynamics = checked_dynamics(dynamics)
        listed = checked_candidates(parameters, dynamics=dynamics)
        if dynamics.noises:
            raise InvalidValueError(
                f"the dynamics {dynamics.name!r} has noise, which nfs.Stepper does not draw; use"
                " nfs.simulate, or equations without xi."
            )
        for each in (one for fly in flies_of(perturbations) for one in fly.perturbations):
            if each.start is not None or each.stop is not None:
                raise InvalidValueError(
                    f"{each.label}: it starts or stops, which nfs.Stepper does not follow: leave"
                    " start and stop out, or hand the state from a stepper without it to one with"
                    " it."
                )
        lattice = chosen_lattice(lattice, extent)
        self._shape = (self._n_eyes, lattice.n_columns)
        self._closed = False
        self._program = compile(
            np.full((self._n_eyes, 1, lattice.n_columns), GREY),
            connectome=listed[0].connectome,
            n_candidates=len(listed),
            lattice=lattice,
            time_step=time_step,
            method=method,
            initial=initial,
            record=record,
            engine=engine,
            dtype=dtype,
            dynamics=dynamics,
            perturbations=perturbations,
            threads=threads,
            progress=progress,
        )
        self._time_step, self._lattice = time_step, lattice
        with telling(progress):
            self._runner, self._work, central = self._program.by_hand(listed, perturbations)
            self._lanes = self._runner.setup.lanes
            self._template = self._labelled(central, {"initial": initial, "engine": engine})
            self._gone = np.isnan(self._template.to_numpy())
            self.reset()

    def __enter__(self) -> Stepper:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __reduce__(self):
        raise SimulationError(
            "a Stepper cannot be sent to another process; make one there, and send it the state."
        )

    def __repr__(self) -> str:
        return f"<Stepper: {self._lattice}, at {self.time}>"

    def close(self) -> None:
        """Free the network; it cannot be stepped afterwards."""
        self._closed = True
        self._program.close()

    def reset(self) -> None:
        """Go back to the beginning, before the first frame."""
        self._require_open()
        self._values = self._runner.begun(self._work)
        self._n_done = 0

    @property
    def time(self) -> Quantity:
        """The time since the first frame began: the end of the last step."""
        return self._n_done * self._time_step

    @property
    def state(self) -> dict[str, np.ndarray]:
        """All that the next step goes on from, each of shape (candidate, eye, neuron).

        A copy; neurons in the order of ``connectome.network(lattice).neurons``.
        """
        self._require_open()
        lanes, names = self._lanes, self._runner.state_variables(self._work)
        shape = (lanes.n_candidates, self._n_eyes, -1)
        return {name: lanes.by_lane(self._values[name]).reshape(shape) for name in names}

    def go_on_from(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Take a state, such as one that `state` told earlier, or in another process.

        Parameters
        ----------
        state : mapping of str to array_like
            As `state` has it. The time goes on as it was.

        Raises
        ------
        InvalidValueError
            If a variable is missing or has another shape.
        """
        there = self.state
        if not isinstance(state, Mapping) or set(state) != set(there):
            raise InvalidValueError(
                f"the state must tell {', '.join(there)}, and nothing else: take Stepper.state."
            )
        lanes = self._lanes
        for name, before in there.items():
            values = checks.numeric_array(f"{name} of the state", state[name])
            if values.shape != before.shape:
                raise InvalidValueError(
                    f"{name} of the state has shape {values.shape}, but must have {before.shape}."
                )
            by_lane = values.reshape(lanes.n_used, -1).astype(before.dtype)
            repeated = by_lane[np.minimum(np.arange(lanes.n_lanes), lanes.n_used - 1)]
            self._values[name] = lanes.arrange(repeated)

    def step(self, frame: npt.ArrayLike) -> xr.DataArray:
        """Show a frame for one time step, and return the voltages at its end.

        Parameters
        ----------
        frame : array_like, shape (column,) or (eye, column)
            Luminance, 0 to 1, of the columns in the order of ``lattice.columns``; one for all eyes,
            or one for each.

        Returns
        -------
        DataArray, dims (candidate, eye, cell_type) or (candidate, eye, neuron)

        Raises
        ------
        RunawayActivityError
            If a voltage leaves all bounds.
        SimulationError
            If the stepper is closed.
        """
        self._require_open()
        luminance = checks.numeric_array("frame", frame)
        if luminance.shape not in (self._shape, self._shape[1:]):
            raise InvalidValueError(
                f"the frame has shape {luminance.shape}, but must have {self._shape[1:]}, one"
                f" number for each column, or {self._shape}: one frame for each eye."
            )
        frames = np.broadcast_to(luminance, self._shape)[:, None]
        shown = checked_stimulus(frames, self._lattice, self._time_step)
        traces, self._values = self._runner.step(self._work, shown, self._values, self._n_done)
        self._n_done += 1
        voltage = traces[:, :, 0]
        voltage[self._gone] = np.nan  # of cells that are ablated, as simulate has it
        return self._template.copy(data=voltage)

    def _require_open(self) -> None:
        if self._closed:
            raise SimulationError(
                "this Stepper is closed, as it is after its with block; make a new one, and give it"
                " a state that was taken before by go_on_from, if it shall go on."
            )

    def _labelled(self, central: bool, record: dict) -> xr.DataArray:
        """Return voltages of a step, 0 or NaN of what is not there, with their labels."""
        setup, candidates = self._runner.setup, self._work.candidates
        shape = (len(candidates), self._n_eyes, 1, len(setup.recorded))
        voltage = np.zeros(shape, setup.dtype)
        for k, each in enumerate(candidates):
            voltage[k][..., each.effects.ablated(setup.recorded)] = np.nan
        models = [each.parameters for each in candidates]
        labelled = labelled_voltages(voltage, setup, self._work.stimulus, models, central, record)
        if any(each.fly.perturbations for each in candidates):
            flies = [each.fly.label for each in candidates]
            labelled = labelled.assign_coords(perturbation=("candidate", flies))
        return labelled.isel(time=0, drop=True).rename(condition="eye")
