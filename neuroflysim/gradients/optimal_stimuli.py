"""The movie that drives a cell most, found by ascent along the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from attrs import frozen
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.gradients.ascent import ascend
from neuroflysim.gradients.common_stimuli import clips_that_drive, shown_movies
from neuroflysim.gradients.limits import Limits, as_luminance
from neuroflysim.gradients.named import checked_measure
from neuroflysim.gradients.showing import OfVoltages, Showing, mean_over_candidates
from neuroflysim.gradients.voltages import VoltageAt
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.progress import progress_bar
from neuroflysim.simulation import compile
from neuroflysim.stimulus.protocol import Protocol

#: Options of `compile` that have no use here, or are decided here.
TAKEN = (
    "n_candidates", "perturbations", "reduction", "variables", "trials", "seed", "record",
    "initial",
)  # fmt: skip

#: Root of the mean squared contrast of the noise that an ascent starts from.
START_CONTRAST = 0.1


@frozen(eq=False, repr=False, slots=False)
class OptimalStimulus:
    """The stimulus that makes a measure largest, and what it was compared with.

    Attributes
    ----------
    measure : str
    cell_type : str or None
        Whose measure it is, if it is that of one.
    stimuli : DataArray, dims (start, time, column)
        Luminance where each start led, the best one first.
    value : DataArray, dims (start,)
        The measure then, the mean over candidates.
    history : DataArray, dims (step, start)
        The measure on the way.
    value_at_grey : float
    voltage : DataArray
        Of the central cells while the best one is shown, dims (candidate, condition, time,
        cell_type) with one condition.
    best_known : DataArray, dims (time, column), or None
        The best clip of the stimuli that it is compared with, within the same limits.
    common : DataFrame
        A row for each of these clips: what it is, and its `value`, the best one first.
    """

    measure: str
    cell_type: str | None
    stimuli: xr.DataArray
    value: xr.DataArray
    history: xr.DataArray
    value_at_grey: float
    voltage: xr.DataArray
    best_known: xr.DataArray | None
    common: pd.DataFrame

    def __repr__(self) -> str:
        sizes = self.stimulus.sizes
        return (
            f"<OptimalStimulus of {self.measure}: {float(self.value[0]):.3g}, at grey"
            f" {self.value_at_grey:.3g}; {sizes['time']} time, {sizes['column']} column>"
        )

    @cached_property
    def stimulus(self) -> xr.DataArray:
        """The best one, dims (time, column): luminance, which `simulate` can be given."""
        return self.stimuli[0].drop_vars("start", errors="ignore")


def optimal_stimulus(
    measure: Any,
    parameters: Parameters | Sequence[Parameters],
    *,
    duration: Quantity = 400 * ms,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    time_step: Quantity = 10 * ms,
    contrast: float = 1.0,
    power: float | None = None,
    smoothness: float = 0.0,
    n_starts: int = 4,
    n_steps: int = 60,
    seed: int = 0,
    compare_with: dict[str, Protocol] | None = None,
    memory_limit: float | None = None,
    progress: bool = True,
    **options: Any,
) -> OptimalStimulus:
    """Find the movie on the eye that makes a measure largest.

    The network rests at grey first. Several movies of noise then climb along the gradient, within
    black and white and the limits that are given. A nonlinear network may lead them to different
    ends, of which all are returned.

    Parameters
    ----------
    measure : str, measure or callable
        A cell type, such as "T4a", stands for its central cell's voltage at the end of the movie;
        else a measure of `neuroflysim.gradients` or a function, see `gradient`.
    parameters : Parameters, Ensemble or list of Parameters
        Of several models the mean of the measure is made large.
    duration : Quantity [s]
        How long the movie is.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns. Extent 15, if not
        given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    time_step : Quantity [s]
        Of the simulation; a frame is seen for one step.
    contrast : float
        The largest deviation from grey, as a part of it: 1 is black and white.
    power : float, optional
        The largest root of the mean squared deviation over columns and times, as a part of grey.
        With it a pixel that does not matter stays grey; without it all become black or white, if
        they matter ever so little.
    smoothness : float
        What roughness costs: the mean squared difference of luminance between neighbouring columns
        plus that between successive frames, times this, in units of the measure.
    n_starts, n_steps : int
        How many movies of noise climb, and for how many steps at most. One more begins at the best
        of the stimuli that it is compared with.
    seed : int
        Of the noise that they start from.
    compare_with : dict of str to Protocol, optional
        Stimuli by name whose best clips are shown for comparison, within the same limits; edges,
        gratings, flashes and photographs, if not given. An empty dict leaves that out.
    memory_limit : float, optional
        Bytes that may be taken.
    progress : bool
    **options
        Given to `compile`: connectome, method, dynamics, dtype, threads and so on.

    Returns
    -------
    OptimalStimulus

    Raises
    ------
    InvalidValueError
        If a measure has no derivative, a cell type is not known, or a limit allows nothing.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> found = nfs.optimal_stimulus(
    ...     "Mi1", nfs.load_parameters("flow/000"), duration=100*ms, extent=1, n_steps=5,
    ...     compare_with={}, progress=False)
    >>> found.stimulus.sizes
    Frozen({'time': 10, 'column': 7})
    >>> bool(found.value[0] > found.value_at_grey)
    True
    """
    candidates, lattice, step, n_frames = checked_task(
        "optimal_stimulus", parameters, lattice, extent, time_step, duration, options
    )
    types = list(candidates[0].connectome.cell_types.index)
    if isinstance(measure, str) and measure in types:
        one: Any = VoltageAt(measure)
    else:
        one = checked_measure(measure) if not isinstance(measure, str) else None
    if one is None:
        raise InvalidValueError(checks.none_of("the cell type", measure, types))
    cell_type = getattr(one, "cell_type", None)
    limits, starts = checked_starts(n_starts, n_steps, seed, n_frames, lattice, contrast, power)
    smoothness = checks.finite_number("smoothness", smoothness, minimum=0)
    of_voltages = mean_over_candidates(one.name, one)
    name = f"{one.name} of {cell_type}" if cell_type else one.name
    with Showing(
        candidates, lattice, step, n_frames, n_starts + 1, memory_limit, progress, options
    ) as showing:
        return _climbed(
            name, of_voltages, cell_type, showing, limits, starts, smoothness, n_steps,
            compare_with, progress,
        )  # fmt: skip


def _climbed(
    name: str,
    of_voltages: OfVoltages,
    cell_type: str | None,
    showing: Showing,
    limits: Limits,
    starts: np.ndarray,
    smoothness: float,
    n_steps: int,
    protocols: dict[str, Protocol] | None,
    progress: bool,
) -> OptimalStimulus:
    """Look at what else could be shown, and climb from the best of it and from noise."""
    n_frames = starts.shape[1]
    clips, table = np.zeros((0, *starts.shape[1:])), pd.DataFrame({"stimulus": [], "value": []})
    if protocols != {} and cell_type is not None:
        movies = shown_movies(protocols, showing.lattice, showing.time_step)
        clips = limits.nearest(clips_that_drive(showing, cell_type, n_frames, movies))
        table = movies.labels.assign(value=showing.values(of_voltages, clips))
        best = np.argsort(-table["value"].to_numpy(), kind="stable")
        clips, table = clips[best], table.iloc[best].reset_index(drop=True)
        starts = np.concatenate([starts, clips[:1]])
    with progress_bar(progress, total=n_steps, desc="ascent", delay=2) as bar:
        found = ascend(
            lambda deviation: showing.slopes(of_voltages, deviation),
            starts, limits, showing.lattice, smoothness, n_steps, tell=bar.update,
        )  # fmt: skip
    order = np.argsort(-found.value, kind="stable")
    at_grey = showing.values(of_voltages, np.zeros_like(starts[:1]))[0]
    others = [name for name in table if name not in ("stimulus", "value")]
    return OptimalStimulus(
        measure=name,
        cell_type=cell_type,
        stimuli=labelled(found.stimuli[order], showing, "start"),
        value=xr.DataArray(found.value[order], dims="start"),
        history=xr.DataArray(found.history[:, order], dims=("step", "start")),
        value_at_grey=float(at_grey),
        voltage=showing.voltage(found.stimuli[order[:1]]),
        best_known=labelled(clips[:1], showing, "start")[0] if len(clips) else None,
        common=table[["stimulus", "value", *others]],
    )


def checked_task(
    what: str,
    parameters: Parameters | Sequence[Parameters],
    lattice: int | Lattice,
    extent: int | None,
    time_step: Quantity,
    duration: Quantity,
    options: dict[str, Any],
) -> tuple[list[Parameters], Lattice, float, int]:
    """Return the checked arguments: candidates, lattice, time step in seconds, and frames."""
    candidates = checked_candidates(parameters, options.pop("connectome", None))
    lattice = chosen_lattice(lattice, extent)
    checks.option_names(what, options, compile, TAKEN)
    step = checks.seconds("time_step", time_step)
    n_frames = round(checks.seconds("duration", duration) / step)
    if n_frames < 1:
        raise InvalidValueError(
            f"duration is {float(duration):g} s, shorter than half a time_step of {step:g} s; take"
            " a longer one."
        )
    return candidates, lattice, step, n_frames


def checked_starts(
    n_starts: int,
    n_steps: int,
    seed: int,
    n_frames: int,
    lattice: Lattice,
    contrast: float,
    power: float | None,
) -> tuple[Limits, np.ndarray]:
    """Return what a stimulus may be, and noise within it, shape (start, time, column)."""
    limits = Limits(contrast, power)
    n_starts = checks.whole_number("n_starts", n_starts, minimum=1)
    checks.whole_number("n_steps", n_steps, minimum=1)
    random = np.random.default_rng(checks.whole_number("seed", seed))
    noise = random.standard_normal((n_starts, n_frames, lattice.n_columns))
    small = min(START_CONTRAST, limits.contrast, 1.0 if power is None else power)
    return limits, limits.nearest(small * noise / 2)


def labelled(deviation: np.ndarray, showing: Showing, first: str) -> xr.DataArray:
    """Return luminance with the labels of `Protocol.luminance`."""
    u, v = showing.lattice.columns.T
    times = np.round(np.arange(deviation.shape[1]) * showing.time_step, 12)
    lattice = showing.lattice
    return xr.DataArray(
        as_luminance(deviation),
        dims=(first, "time", "column"),
        coords={"time": ("time", times, {"units": "s"}), "u": ("column", u), "v": ("column", v)},
        name="luminance",
        attrs={"units": "1", "boundary": lattice.boundary, **lattice.arguments},
    )
