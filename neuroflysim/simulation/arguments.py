"""What users may write as arguments of `simulate`, brought into one form."""

from __future__ import annotations

import numpy as np
import xarray as xr
from attrs import frozen
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import Lattice
from neuroflysim.simulation.display import frame_values, protocol_values
from neuroflysim.stimulus.canvas import drawing_times
from neuroflysim.stimulus.equations import LuminanceEquations
from neuroflysim.stimulus.eye import Eye
from neuroflysim.stimulus.protocol import Protocol


@frozen
class Stimulus:
    """What is shown: frames, or a protocol; and the labels of its conditions and times."""

    shown: np.ndarray | Protocol  #: frames have the shape (condition, time, column)
    eye: Eye
    times: np.ndarray  #: when each frame begins, in seconds from onset
    phases: tuple[int, int, int]  #: frames before, of and after the stimulus
    coordinates: dict  #: of the conditions, for xarray
    name: str
    attributes: dict  #: what else is known of it, for the record
    drawn: np.ndarray | None = None  #: when frames of a protocol are drawn, see `drawing_times`

    @property
    def n_conditions(self) -> int:
        """Number of conditions."""
        if isinstance(self.shown, Protocol):
            return self.shown.n_conditions
        return len(self.shown)

    @property
    def equations(self) -> LuminanceEquations | None:
        """Of the protocol; None for frames."""
        return self.shown.luminance_equations if isinstance(self.shown, Protocol) else None

    def screen_values(
        self,
        conditions: np.ndarray,
        before: float,
        n_before: int,
        first: int = 0,
        end: int | None = None,
    ) -> dict:
        """Return the variables of the screen that shows some conditions, see `build_screen`.

        Frames from `first` on are shown, up to `end`; what comes before the first is `n_before`.
        """
        if not isinstance(self.shown, Protocol):
            return frame_values(self.shown[conditions, first:end], before, n_before)
        protocol, n_columns = self.shown, len(self.eye.x)
        table = protocol.conditions.iloc[conditions]
        inside = self.equations.inside
        by_pixel = {inside(name): np.tile(table[name].to_numpy(), n_columns) for name in table}
        by_pixel["x"] = np.repeat(self.eye.x, len(table))
        by_pixel["y"] = np.repeat(self.eye.y, len(table))
        by_pixel["background"] = np.full(len(by_pixel["x"]), float(protocol.background))
        step = np.arange(len(self.times))
        showing = (step >= self.phases[0]) & (step < sum(self.phases[:2]))
        times = np.where(showing, self.drawn, -1.0)
        times = times[first:end]
        return protocol_values(by_pixel, times, protocol.background, before, n_before)


def checked_stimulus(stimulus, lattice: Lattice, time_step: Quantity) -> Stimulus:
    """Return a protocol, labelled luminance or plain frames in one form."""
    eye = Eye(lattice.extent, size=lattice.size)
    if isinstance(stimulus, Protocol) and stimulus.frames is not None:
        stimulus = stimulus.luminance(eye=eye, time_step=time_step)
    if isinstance(stimulus, Protocol):
        coordinates = {
            name: xr.Variable(*values) for name, values in stimulus.condition_coordinates().items()
        }
        stimulus.warn_of_rounding(time_step)
        attributes = stimulus.attributes(eye, time_step)
        name = attributes.pop("protocol")
        times, phases = stimulus.times(time_step), stimulus.phases(time_step)
        drawn = drawing_times(times, float(time_step))
        return Stimulus(stimulus, eye, times, phases, coordinates, name, attributes, drawn)
    if isinstance(stimulus, xr.DataArray):
        return _labelled_frames(stimulus, eye, float(time_step))
    if isinstance(stimulus, str):
        raise InvalidTypeError(
            f"stimulus is the text {stimulus!r}; pass a protocol, for example"
            " nfs.protocols.moving_edge(), or an array of luminance."
        )
    frames = _checked_frames(stimulus, lattice)
    times = np.arange(frames.shape[1]) * float(time_step)
    return Stimulus(frames, eye, times, (0, len(times), 0), {}, "frames", {})


def _labelled_frames(luminance: xr.DataArray, eye: Eye, step: float) -> Stimulus:
    """Take luminance as `Protocol.luminance` gives it, by the names of its dimensions."""
    if not {"time", "column"} <= set(luminance.dims) <= {"condition", "time", "column"}:
        raise InvalidValueError(
            f"stimulus has the dimensions {luminance.dims}, but needs time and column, and may"
            " have condition."
        )
    if "condition" not in luminance.dims:
        luminance = luminance.expand_dims("condition")
    luminance = luminance.transpose("condition", "time", "column")
    frames = _checked_frames(luminance.to_numpy(), eye.lattice)
    _require_columns(luminance, eye.lattice)
    if "time" in luminance.coords:
        times = luminance["time"].to_numpy()
        if not np.allclose(np.diff(times), step, rtol=0, atol=1e-6 * step):
            raise InvalidValueError(
                f"the frames of the stimulus are not {step:g} s apart, as time_step says; make them"
                " with the same time_step."
            )
    else:
        times = np.arange(frames.shape[1]) * step
    coordinates = {
        name: values.variable
        for name, values in luminance.coords.items()
        if values.dims == ("condition",)
    }
    attributes = {name: value for name, value in luminance.attrs.items() if name != "units"}
    name = attributes.pop("protocol", "frames")
    phases = (0, len(times), 0)
    return Stimulus(frames, eye, times, phases, coordinates, name, attributes)


def _require_columns(luminance: xr.DataArray, lattice: Lattice) -> None:
    """Raise if the columns are labelled otherwise: lattices may have as many, elsewhere."""
    for name, expected in zip(("u", "v"), lattice.columns.T, strict=True):
        if name in luminance.coords and not np.array_equal(luminance[name], expected):
            raise InvalidValueError(
                f"the columns of the stimulus are not those of {lattice}: their {name} differs;"
                " make it for the same lattice."
            )


def _checked_frames(stimulus, lattice: Lattice) -> np.ndarray:
    if type(stimulus) is np.ndarray and stimulus.dtype == np.float32:
        frames = stimulus.copy()  # it takes half the memory, and so much of it takes long to fill
    else:
        frames = checks.numeric_array("stimulus", stimulus)
    n_columns = lattice.n_columns
    if frames.ndim not in (2, 3) or frames.shape[-1] != n_columns:
        raise InvalidValueError(
            f"stimulus has shape {frames.shape}, but on {lattice} it must be"
            f" (time, {n_columns}) or (condition, time, {n_columns}), one value for each column."
        )
    frames = frames[None] if frames.ndim == 2 else frames
    if 0 in frames.shape:
        raise InvalidValueError(f"stimulus has shape {frames.shape}: there is nothing to show.")
    if not (frames.min() >= 0 and frames.max() <= 1):  # NaN is neither
        first = tuple(int(k) for k in np.argwhere(~((frames >= 0) & (frames <= 1)))[0])
        raise InvalidValueError(
            f"stimulus holds the luminance {frames[first]:g} at (condition, time, column) {first};"
            " it must stay between 0 (black) and 1 (white)."
        )
    return frames


def recorded_neurons(record, network: Network) -> tuple[np.ndarray, bool]:
    """Return the neurons to record, and whether they are one central cell of each type."""
    if isinstance(record, str):
        if checks.one_of("record", record, ("central", "all")) == "central":
            return network.central_neurons, True
        return np.arange(network.n_neurons), False
    try:
        record = list(record)
    except TypeError:
        raise InvalidTypeError(
            f"record is {record!r}, but must be 'central', 'all' or a list of cell types."
        ) from None
    names = [checks.one_of("a cell type in record", name, network.cell_types) for name in record]
    if not names:
        raise InvalidValueError("record is an empty list; name at least one cell type.")
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InvalidValueError(f"record names {sorted(repeated)[0]!r} twice.")
    wanted = [network.cell_types.index(name) for name in names]
    return np.concatenate([np.flatnonzero(network.neuron_type == k) for k in wanted]), False


def initial_voltage(initial, n_candidates: int, n_neurons: int) -> np.ndarray | None:
    """Return voltages (candidate, neuron), or None where the parameters say them."""
    if initial is None:
        return None
    voltage = checks.numeric_array("initial", initial)
    if voltage.shape not in ((n_neurons,), (n_candidates, n_neurons)):
        raise InvalidValueError(
            f"initial has shape {voltage.shape}, but must be 'grey', 'rest' or voltages of shape"
            f" ({n_neurons},) or ({n_candidates}, {n_neurons}): (neuron,) or (candidate, neuron)."
        )
    return np.broadcast_to(voltage, (n_candidates, n_neurons))
