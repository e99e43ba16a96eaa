"""Flashes and edges that are shown to models for the headline numbers, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from operator import attrgetter

import numpy as np
import xarray as xr
from attrs import define, field, frozen
from brian2 import Quantity, ms, second
from tqdm import tqdm

from neuroflysim import checks
from neuroflysim.analysis import flash_response_index, peak_response
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.experiments.pieces import LANES
from neuroflysim.experiments.replaying import counted_from
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.protocols import flash, flyvis_moving_edge, moving_edge
from neuroflysim.responses import Responses
from neuroflysim.simulation import Program, compile
from neuroflysim.simulation.grey import grey_frames
from neuroflysim.simulation.last_program import LastProgram
from neuroflysim.stimulus.eye import COLUMN_ANGLE
from neuroflysim.stimulus.protocol import Protocol
from neuroflysim.workers import Workers, spread

#: Speeds of the edges in columns a second, and the radius of the flash in columns (Lappalainen et
#: al., Nature 634, 1132, Methods; flyvis 1.2.0).
SPEEDS = (2.4, 4.8, 9.7, 13, 19, 25)
FLASH_RADIUS = 6
#: Where true edges start and stop, in degrees from the centre: as long a way, and as long a time,
#: as the 21 positions of flyvis' edges take.
START_AT, STOP_AT = -22.5, 24.75
#: Seconds of grey before each stimulus, beside the second that every simulation begins with.
GREY_BEFORE = 1.0

#: What is shown, by number: edges of each of the speeds, the slowest and longest first; the flash.
FLASH = len(SPEEDS)
SHOWN = range(len(SPEEDS) + 1)


@define(eq=False, slots=False)
class Shown:
    """What all pieces of the work have in common.

    Parameters
    ----------
    candidates : list of Parameters
    lattice : Lattice
    edges : {"true", "flyvis"}
    time_step : Quantity [s]
    runaway : {"raise", "nan"}
    dynamics : Dynamics
        For which the candidates are.
    """

    candidates: list[Parameters]
    lattice: Lattice
    edges: str
    time_step: Quantity
    runaway: str = "raise"
    dynamics: Dynamics = GRADED
    _drawn: tuple = field(default=(None, None), init=False)
    _shown_by: LastProgram = field(factory=LastProgram, init=False)

    def __reduce__(self):
        """Send no luminance and no network: they are made anew."""
        told = (self.edges, self.time_step, self.runaway, self.dynamics)
        return Shown, (self.candidates, self.lattice, *told)

    @property
    def rests_first(self) -> bool:
        """Whether networks rest at grey once, and begin each stimulus with the voltages then.

        Not if there are other state variables: then the grey is part of each stimulus.
        """
        return self.dynamics.state_variables == {"voltage"}

    def protocol(self, number: int) -> Protocol:
        """Return a stimulus; what happens after edges have passed does not count."""
        step, before = self.time_step, 0 * ms if self.rests_first else GREY_BEFORE * second
        if number == FLASH:
            return flash(radius=FLASH_RADIUS * COLUMN_ANGLE, pre_time=before, tail_time=2 * step)
        speed = SPEEDS[number] * COLUMN_ANGLE / second
        if self.edges == "flyvis":
            return flyvis_moving_edge(speed=speed, pre_time=before, hold_time=2 * step)
        return moving_edge(
            speed=speed, start=START_AT, stop=STOP_AT, pre_time=before, tail_time=0 * ms
        )

    def luminance(self, number: int) -> xr.DataArray:
        """Return a stimulus as it is seen; drawn once for pieces that follow each other."""
        if self._drawn[0] != number:
            self._drawn = number, self.protocol(number).luminance(self.lattice, self.time_step)
        return self._drawn[1]

    def program(self, number: int, n_candidates: int) -> Program:
        """Return the network that shows a stimulus; built once for pieces in a row."""
        return self._shown_by.get(
            (number, n_candidates),
            lambda: compile(self.luminance(number), n_candidates=n_candidates, **self.options),
        )

    def at_once(self, number: int) -> int:
        """Return how many candidates are computed together."""
        return max(1, round(LANES / self.protocol(number).n_conditions))

    @property
    def options(self) -> dict:
        """Of `compile`."""
        return {
            "connectome": self.candidates[0].connectome,
            "lattice": self.lattice,
            "time_step": self.time_step,
            "initial": "rest" if self.rests_first else "grey",
            "dtype": "float32",
            "dynamics": self.dynamics,
        }

    @cached_property
    def at_grey(self) -> Program:
        """Shows grey; every neuron is recorded at every step."""
        step = checks.seconds("time_step", self.time_step)
        grey = grey_frames(round(GREY_BEFORE / step), self.lattice)
        return compile(grey, record="all", **{**self.options, "initial": "grey"})


@frozen(eq=False)
class Piece:
    """A stimulus for some candidates, and the voltages at which they begin."""

    number: int  #: of `SHOWN`
    chosen: list[int]
    rest: np.ndarray | None  #: shape (candidate, neuron); None: they rest at grey by themselves


def rest_at_grey(shown: Shown, candidate: int) -> np.ndarray:
    """Return voltages of a candidate on grey, shape (neuron,): every stimulus begins there.

    Parameters
    ----------
    shown : Shown
    candidate : int

    Returns
    -------
    ndarray
        NaN if its activity runs away and that does not raise.
    """
    with counted_from(candidate):
        responses = shown.at_grey.run(
            shown.candidates[candidate], progress=False, runaway=shown.runaway
        )
    return responses.voltage[0, 0, -1].to_numpy()


def asked(shown: Shown, piece: Piece) -> xr.DataArray | None:
    """Return flash response indices or peak responses of some candidates.

    Parameters
    ----------
    shown : Shown
    piece : Piece

    Returns
    -------
    DataArray, dims (candidate, cell_type, ...)
        Labelled with the numbers of those candidates whose activity does not run away; None if
        there are none.
    """
    program = shown.program(piece.number, len(piece.chosen))
    candidates = [shown.candidates[k] for k in piece.chosen]
    with counted_from(piece.chosen[0]):
        responses = program.run(
            candidates, initial=piece.rest, progress=False, runaway=shown.runaway
        )
    kept = ~responses.voltage.isnull().all(["condition", "time", "cell_type"]).to_numpy()
    if not kept.any():
        return None
    responses = Responses(responses.voltage.isel(candidate=kept))
    if piece.number == FLASH:
        found = flash_response_index(responses)
    else:
        found = peak_response(responses, end="passage")
    return found.assign_coords(candidate=np.array(piece.chosen)[kept])


def flash_and_peak(
    shown: Shown, workers: Workers | None, bar: tqdm
) -> tuple[xr.DataArray, xr.DataArray]:
    """Show flashes and edges to all candidates.

    Parameters
    ----------
    shown : Shown
    workers : Workers, optional
    bar : tqdm
        Whose total counts `n_pieces`.

    Returns
    -------
    flash_response_index : DataArray, dims (candidate, cell_type)
    peak_response : DataArray, dims (candidate, cell_type, angle, intensity, speed)
        NaN for candidates whose activity runs away.
    """
    n_candidates = len(shown.candidates)
    settled, rest = list(range(n_candidates)), None
    if shown.rests_first:
        with _closed_afterwards(shown):
            rest = list(spread(rest_at_grey, range(n_candidates), workers, common=shown, bar=bar))
        settled = [k for k in settled if np.isfinite(rest[k]).all()]
    pieces = []
    for number in SHOWN:
        for chosen in _some(settled, shown.at_once(number)):
            own = None if rest is None else np.stack([rest[k] for k in chosen])
            pieces.append(Piece(number, chosen, own))
    found = {number: [] for number in SHOWN}
    made_of = attrgetter("number")
    answers = spread(asked, pieces, workers, common=shown, made_of=made_of, bar=bar)
    for piece, answer in zip(pieces, answers, strict=True):
        if answer is not None:
            found[piece.number].append(answer)
    complete = [_of_all(shown, number, found[number]) for number in SHOWN]
    speeds = [columns * COLUMN_ANGLE for columns in SPEEDS]
    along_speed = xr.Variable("speed", speeds, {"units": "deg/s"})
    peaks = xr.concat(complete[:FLASH], along_speed).transpose(..., "speed")
    return complete[FLASH], peaks


def n_pieces(shown: Shown) -> int:
    """Return how many pieces of work there are, if no activity runs away."""
    n_candidates = len(shown.candidates)
    at_grey = n_candidates if shown.rests_first else 0
    return at_grey + sum(-(-n_candidates // shown.at_once(number)) for number in SHOWN)


def _some(chosen: Sequence[int], at_once: int) -> list[list[int]]:
    return [list(chosen[first : first + at_once]) for first in range(0, len(chosen), at_once)]


@contextmanager
def _closed_afterwards(shown: Shown) -> Iterator[None]:
    """Let go of the network that shows grey, if this process has made one."""
    try:
        yield
    finally:
        if "at_grey" in vars(shown):
            vars(shown).pop("at_grey").close()


def _of_all(shown: Shown, number: int, parts: list[xr.DataArray]) -> xr.DataArray:
    """Return what was found of some candidates with NaN for the others, without their numbers."""
    n_candidates = len(shown.candidates)
    if not parts:
        return _nothing(shown, number)
    together = xr.concat(parts, dim="candidate", combine_attrs="override")
    if together.sizes["candidate"] < n_candidates:
        together = together.reindex(candidate=np.arange(n_candidates))
        sums = [candidate.checksum for candidate in shown.candidates]
        together = together.assign_coords(parameters_sha256=("candidate", sums))
    return together.drop_vars("candidate")


def _nothing(shown: Shown, number: int) -> xr.DataArray:
    """Return NaN for all candidates."""
    cell_types = shown.candidates[0].connectome.cell_types.index.to_numpy()
    along = {"cell_type": cell_types}
    if number != FLASH:
        conditions = shown.protocol(number).conditions
        along |= {name: conditions[name].unique() for name in ("angle", "intensity")}
    shape = (len(shown.candidates), *(len(values) for values in along.values()))
    return xr.DataArray(np.full(shape, np.nan), dims=("candidate", *along), coords=along)
