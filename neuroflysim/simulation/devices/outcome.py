"""What a run gave."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from neuroflysim.simulation.model import Model
from neuroflysim.simulation.settling import Movement


@frozen
class Run:
    """What one run gave."""

    #: By variable, the voltage first, each of shape (time, recorded); None if none were kept.
    traces: dict[str, np.ndarray] | None = field(repr=False)
    #: Seconds since the run began, lead included; 0: never. None if that holds for all neurons.
    runaway_time: np.ndarray | None = field(repr=False)
    sums: np.ndarray | None = field(repr=False)  #: of products, in the order of the arrays
    out_of_range: bool  #: whether the display was asked for less than black or more than white
    #: Of frames that conditions share, by variable, each of shape (candidate, time, recorded), if
    #: they were run before.
    common: dict[str, np.ndarray] | None = field(default=None, repr=False)
    #: Of recorded voltages at the end of the lead, in the order of the recorder.
    lead: Movement | None = field(default=None, repr=False)


def collect(model: Model, traces: bool = True) -> Run:
    """Take what a run left in the variables of Brian2."""
    neurons, display = model.cells.neurons.variables, model.display.variables
    runaway_time = neurons["runaway_time"].get_value()
    recorded = model.recorded if traces else {}
    kept = {
        name: np.array(getattr(model.recorder, f"{inside}_")).T for name, inside in recorded.items()
    }
    return Run(
        traces=kept or None,
        runaway_time=runaway_time.astype(float) if runaway_time.any() else None,
        sums=np.array(neurons["_sums"].get_value()) if "_sums" in neurons else None,
        out_of_range="_wrong" in display and bool(np.any(display["_wrong"].get_value())),
    )


def first_times(
    before: np.ndarray | None, after: np.ndarray | None, time_before: float
) -> np.ndarray | None:
    """Return when voltages first ran away, in a run or in the one that went on from it."""
    if after is None:
        return before
    after = np.where(after > 0, after + time_before, 0)
    return after if before is None else np.where(before > 0, before, after)
