"""The movie in which two models, or two ensembles, differ most: what to show to a fly next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from attrs import frozen
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.gradients.ascent import ascend
from neuroflysim.gradients.cells import cell_index
from neuroflysim.gradients.optimal_stimuli import checked_starts, checked_task, labelled
from neuroflysim.gradients.showing import Showing
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.progress import progress_bar


@frozen(eq=False, repr=False)
class DiscriminatingStimulus:
    """The stimulus to which two models, or the means of two groups of models, answer differently.

    Attributes
    ----------
    cell_type : str
    stimulus : DataArray, dims (time, column)
        Luminance, which `simulate` can be given.
    difference : float
        Root of the mean squared difference between the responses of both, over the time of the
        movie; a response is the change of voltage from grey.
    response : DataArray, dims (candidate, time)
        Of all models, with the coordinate group, 0 or 1.
    history : DataArray, dims (step, start)
        The mean squared difference on the way.
    """

    cell_type: str
    stimulus: xr.DataArray
    difference: float
    response: xr.DataArray
    history: xr.DataArray

    def __repr__(self) -> str:
        groups = np.bincount(self.response["group"].to_numpy())
        return (
            f"<DiscriminatingStimulus of {self.cell_type}: {self.difference:.3g} between"
            f" {groups[0]} and {groups[1]} candidate>"
        )


def discriminating_stimulus(
    cell_type: str,
    parameters: Parameters | Sequence[Parameters],
    others: Parameters | Sequence[Parameters],
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
    memory_limit: float | None = None,
    progress: bool = True,
    **options: Any,
) -> DiscriminatingStimulus:
    """Find the movie to which a cell of one model answers otherwise than that of another.

    What is made large is the squared difference of their responses, the mean over the movie. A
    response is the change of voltage from grey, where models may rest anywhere.

    Parameters
    ----------
    cell_type : str
        Whose central cell is looked at.
    parameters, others : Parameters, Ensemble or list of Parameters
        Both models; of several the mean responses are compared.
    duration, lattice, extent, time_step, contrast, power, smoothness, n_starts, n_steps, seed, \
    memory_limit, progress, **options
        See `optimal_stimulus`.

    Returns
    -------
    DiscriminatingStimulus

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> found = nfs.discriminating_stimulus(
    ...     "Mi1", nfs.load_parameters("flow/000"), nfs.load_parameters("flow/001"),
    ...     duration=100*ms, extent=1, n_steps=5, progress=False)
    >>> found.response.sizes
    Frozen({'candidate': 2, 'time': 10})
    """
    first, lattice, step, n_frames = checked_task(
        "discriminating_stimulus", parameters, lattice, extent, time_step, duration, options
    )
    connectome = first[0].connectome
    candidates = [*first, *checked_candidates(others, connectome, name="others")]
    checks.one_of("cell_type", cell_type, list(connectome.cell_types.index))
    limits, starts = checked_starts(n_starts, n_steps, seed, n_frames, lattice, contrast, power)
    smoothness = checks.finite_number("smoothness", smoothness, minimum=0)
    of_second = np.arange(len(candidates)) >= len(first)
    # Each model's part in the difference of the two means.
    weight = np.where(of_second, -1 / of_second.sum(), 1 / len(first))
    with Showing(
        candidates, lattice, step, n_frames, n_starts, memory_limit, progress, options
    ) as showing:
        rest = showing.rest_of(cell_type)

        def of_voltages(voltage: xr.DataArray) -> tuple[float, np.ndarray]:
            cell = cell_index(voltage, cell_type)
            change = voltage.to_numpy()[:, 0, :, cell] - rest[:, None]
            difference = weight @ change
            derivative = np.zeros(voltage.shape)
            derivative[:, 0, :, cell] = 2 * weight[:, None] * difference / n_frames
            return float(np.mean(difference**2)), derivative

        with progress_bar(progress, total=n_steps, desc="ascent", delay=2) as bar:
            found = ascend(
                lambda deviation: showing.slopes(of_voltages, deviation),
                starts, limits, lattice, smoothness, n_steps, tell=bar.update,
            )  # fmt: skip
        best = int(np.argmax(found.value))
        voltage = showing.voltage(found.stimuli[[best]])
        response = voltage.isel(condition=0).sel(cell_type=cell_type, drop=True)
        response = response - xr.DataArray(rest, dims="candidate")
        return DiscriminatingStimulus(
            cell_type=cell_type,
            stimulus=labelled(found.stimuli[[best]], showing, "start")[0],
            difference=float(np.sqrt(found.value[best])),
            response=response.assign_coords(group=("candidate", of_second.astype(int))),
            history=xr.DataArray(found.history, dims=("step", "start")),
        )
