"""What is shown to a network, in one of two forms: equations that it evaluates, or frames."""

from __future__ import annotations

from typing import Protocol as Contract
from typing import cast

import numpy as np
import numpy.typing as npt
import xarray as xr
from attrs import frozen
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import Lattice
from neuroflysim.simulation.display import frame_values, protocol_values
from neuroflysim.stimulus.canvas import drawing_times
from neuroflysim.stimulus.equations import LuminanceEquations
from neuroflysim.stimulus.eye import Eye
from neuroflysim.stimulus.protocol import Protocol

#: What may have been meant by frames of another shape.
PIXELS = (
    " Pictures (time, height, width) are seen through the eye: nfs.protocols.movie(frames,"
    " frame_rate=..., field_of_view=...), one movie at a time."
)


class Form(Contract):
    """Luminance of a number of conditions, for a display to show."""

    @property
    def n_conditions(self) -> int:
        """Number of conditions."""
        ...

    @property
    def equations(self) -> LuminanceEquations | None:
        """Those that the display evaluates; None if it shows frames."""
        ...

    def values(
        self, conditions: np.ndarray, before: float, n_before: int, first: int, end: int | None
    ) -> dict[str, np.ndarray]:
        """Return the variables of the display that shows some conditions, see `build_display`.

        Parameters
        ----------
        conditions : ndarray of int
        before : float
            Luminance before the first frame.
        n_before : int
            Steps that it is shown.
        first, end : int, int or None
            Frames that are shown; None: to the last.
        """
        ...

    def common_frames(self) -> np.ndarray:
        """Return the first frames, shape (time, column), in which all conditions show the same."""
        ...

    def require_in_range(self, time_step: Quantity) -> None:
        """Raise if the luminance leaves the range from 0 to 1, and tell where."""
        ...


@frozen
class Frames:
    """An array of luminance, shape (condition, time, column), whose range was looked at."""

    luminance: np.ndarray
    equations = None

    @property
    def n_conditions(self) -> int:
        """Number of conditions."""
        return len(self.luminance)

    def values(
        self, conditions: np.ndarray, before: float, n_before: int, first: int, end: int | None
    ) -> dict[str, np.ndarray]:
        """See `Form`."""
        return frame_values(self.luminance[conditions, first:end], before, n_before)

    def common_frames(self) -> np.ndarray:
        """See `Form`."""
        bits = self.luminance.view(f"u{self.luminance.dtype.itemsize}")
        n_common, n_frames = 0, self.luminance.shape[1]
        while n_common < n_frames and (bits[:, n_common] == bits[0, n_common]).all():
            n_common += 1
        return self.luminance[0, :n_common]

    def require_in_range(self, time_step: Quantity) -> None:
        """See `Form`."""


@frozen
class Equations:
    """A protocol whose equations the display evaluates."""

    protocol: Protocol
    eye: Eye
    drawn: np.ndarray  #: when each frame is drawn, in seconds from onset; see `drawing_times`
    phases: tuple[int, int, int]  #: frames before, of and after the stimulus

    @property
    def n_conditions(self) -> int:
        """Number of conditions."""
        return self.protocol.n_conditions

    @property
    def equations(self) -> LuminanceEquations:
        """Those of the protocol."""
        return cast(LuminanceEquations, self.protocol.luminance_equations)

    def values(
        self, conditions: np.ndarray, before: float, n_before: int, first: int, end: int | None
    ) -> dict[str, np.ndarray]:
        """See `Form`."""
        n_columns, background = len(self.eye.x), self.protocol.background
        table = self.protocol.conditions.iloc[conditions]
        given = {str(name): table[name].to_numpy() for name in table}
        by_pixel = {
            self.equations.inside(name): np.tile(values, n_columns)
            for name, values in given.items()
        }
        for name, axis in self.equations.axes.items():
            places = np.broadcast_to(axis.places(self.eye, given), (len(table), n_columns))
            by_pixel[name] = places.T.ravel()
        by_pixel["x"] = np.repeat(self.eye.x, len(table))
        by_pixel["y"] = np.repeat(self.eye.y, len(table))
        by_pixel["background"] = np.full(len(by_pixel["x"]), float(background))
        step = np.arange(len(self.drawn))
        showing = (step >= self.phases[0]) & (step < sum(self.phases[:2]))
        times = np.where(showing, self.drawn, -1.0)[first:end]
        return protocol_values(by_pixel, times, background, before, n_before)

    def common_frames(self) -> np.ndarray:
        """See `Form`; they are those before the stimulus begins."""
        n_columns = self.eye.lattice.n_columns
        return np.full((self.phases[0], n_columns), float(self.protocol.background))

    def require_in_range(self, time_step: Quantity) -> None:
        """See `Form`; drawing it tells."""
        self.protocol.luminance(time_step=time_step, eye=self.eye)
        raise InvalidValueError(
            f"protocol {self.protocol.name}: its luminance leaves the range from 0 to 1."
        )


@frozen
class Stimulus:
    """What is shown, and the labels of its conditions and times."""

    form: Form
    eye: Eye
    times: np.ndarray  #: when each frame begins, in seconds from onset
    phases: tuple[int, int, int]  #: frames before, of and after the stimulus
    coordinates: dict  #: of the conditions, for xarray
    name: str
    attributes: dict  #: what else is known of it, for the record

    @property
    def n_conditions(self) -> int:
        """Number of conditions."""
        return self.form.n_conditions

    def common_frames(self) -> np.ndarray:
        """Return the first frames that all conditions share; one alone shares nothing."""
        if self.n_conditions == 1:
            return np.empty((0, self.eye.lattice.n_columns))
        return self.form.common_frames()


def checked_stimulus(
    stimulus: Protocol | npt.ArrayLike, lattice: Lattice, time_step: Quantity
) -> Stimulus:
    """Return a protocol, labelled luminance or plain frames in one form."""
    eye = Eye(lattice)
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
        shown = Equations(stimulus, eye, drawing_times(times, float(time_step)), phases)
        return Stimulus(shown, eye, times, phases, coordinates, name, attributes)
    if isinstance(stimulus, xr.DataArray):
        return _labelled_frames(stimulus, eye, float(time_step))
    if isinstance(stimulus, str):
        raise InvalidTypeError(
            f"stimulus is the text {stimulus!r}; pass a protocol, for example"
            " nfs.protocols.moving_edge(), or an array of luminance."
        )
    frames = _checked_frames(stimulus, lattice)
    times = np.arange(frames.shape[1]) * float(time_step)
    return Stimulus(Frames(frames), eye, times, (0, len(times), 0), {}, "frames", {})


def frame_of(luminance: float, lattice: Lattice, dtype: np.dtype) -> Stimulus:
    """Return one frame of the same luminance everywhere."""
    frames = np.full((1, 1, lattice.n_columns), luminance, dtype=dtype)
    eye = Eye(lattice)
    return Stimulus(Frames(frames), eye, np.zeros(1), (0, 1, 0), {}, "frame", {})


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
    return Stimulus(Frames(frames), eye, times, phases, coordinates, name, attributes)


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
    if frames.ndim == 4 and frames.shape[2:] == (1, n_columns):
        frames = frames[:, :, 0]  # as flyvis has it: (sample, frame, channel, column)
    if frames.ndim not in (2, 3) or frames.shape[-1] != n_columns:
        raise InvalidValueError(
            f"stimulus has shape {frames.shape}, but on {lattice} it must be"
            f" (time, {n_columns}) or (condition, time, {n_columns}), one value for each column."
            f"{PIXELS if frames.ndim >= 3 else ''}"
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
