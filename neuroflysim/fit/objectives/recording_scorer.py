"""Scoring candidates by recordings: one run of a program, and sums over samples."""

from __future__ import annotations

import numpy as np
from brian2 import Quantity

from neuroflysim.fit.contract import Candidates, Model, Scores
from neuroflysim.fit.objectives.recorded_traces import RecordedTraces
from neuroflysim.fit.objectives.search_stages import LOSS_OF_FAILURE
from neuroflysim.fit.objectives.showing import Showing
from neuroflysim.fit.objectives.shown_stimulus import ShownStimulus
from neuroflysim.lattice import Lattice


class RecordingScorer:
    """Scores candidates by how they agree with recordings; compiled once.

    Parameters
    ----------
    fitted : RecordedTraces
    stimulus : ShownStimulus
    model : Model
    lattice : Lattice
    time_step : Quantity [s]
    at_once : int
        Candidates in one run.
    threads : int
    prior_weight : float
    """

    def __init__(
        self,
        fitted: RecordedTraces,
        stimulus: ShownStimulus,
        model: Model,
        *,
        lattice: Lattice,
        time_step: Quantity,
        at_once: int,
        threads: int,
        prior_weight: float,
    ):
        self._fitted, self._stimulus, self._prior_weight = fitted, stimulus, prior_weight
        self._showing = Showing(
            stimulus.of(fitted.conditions),
            model,
            lattice=lattice,
            time_step=time_step,
            n_candidates=at_once,
            threads=threads,
        )

    def scores(self, candidates: Candidates, shown: RecordedTraces | None) -> Scores:
        """See `Scorer`; what is shown are traces that were held out, or None."""
        traces = self._fitted if shown is None else shown
        stimulus = None if shown is None else self._stimulus.of(traces.conditions)
        voltage = self._showing.responses(candidates, stimulus, traces.until).voltage
        score = traces.score(voltage.to_numpy(), voltage["cell_type"].to_numpy().tolist())
        best = 0.0 if traces.agreement.measure == "squared_error" else 1.0
        loss = best - score
        if self._prior_weight:
            loss = loss + self._prior_weight * candidates.distance
        failed = ~np.isfinite(loss)
        loss = np.where(failed, LOSS_OF_FAILURE, np.minimum(loss, LOSS_OF_FAILURE))
        return Scores(loss=loss, score=np.where(failed, np.nan, score))

    def close(self) -> None:
        """Free the network."""
        self._showing.close()
