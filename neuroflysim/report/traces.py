"""Traces for the report: drawn while the comparison runs, so that nothing is simulated twice."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from neuroflysim.experiments.answers import as_recorded
from neuroflysim.experiments.flies import responses_of
from neuroflysim.experiments.row_syntax import parse_cell_types
from neuroflysim.experiments.study import Experiment, Signal, Study
from neuroflysim.perturbations import INTACT
from neuroflysim.plotting.recorded import plot_recorded
from neuroflysim.report.pictures import Picture, picture
from neuroflysim.responses import Responses

#: More panels than these are no picture any more.
MOST_TYPES = 36


class Traces:
    """Draws what the model answers to each experiment; give it to `compare` as ``watch``.

    Attributes
    ----------
    pictures : dict of (str, str) to dict of str to Picture
        By name of study and experiment, and by the fly.
    """

    def __init__(self):
        self.pictures: dict[tuple[str, str], dict[str, Picture]] = {}

    def __call__(
        self,
        users: Sequence[tuple[Study, Experiment]],
        luminance: xr.DataArray,
        responses: Responses,
    ) -> None:
        """Draw the responses for each study that shows this.

        Parameters
        ----------
        users : list of (Study, Experiment)
        luminance : DataArray
        responses : Responses
        """
        central = responses.central()
        known = tuple(str(name) for name in central.voltage["cell_type"].to_numpy())
        for study, experiment in users:
            wanted = compared_types(study, experiment, known)[:MOST_TYPES]
            kept = central.voltage.isel(cell_type=[known.index(name) for name in wanted])
            signal = experiment_signal(study, experiment)
            recorded = as_recorded(responses_of(Responses(kept), experiment.flies), signal)
            pictures = self.pictures[study.key, experiment.name] = {}
            for fly in experiment.flies:
                own = recorded.under(fly) if experiment.perturbations else recorded
                axes = plot_recorded(own.signal, wanted, float(experiment.build().stim_time))
                whose = "the model" if fly.label == INTACT else f"the model with {fly.label}"
                pictures[fly.label] = picture(
                    axes.flat[0].figure,
                    f"Responses of {', '.join(wanted)} of {whose} to {experiment.name}, over time",
                )


def compared_types(study: Study, experiment: Experiment, known: tuple[str, ...]) -> list[str]:
    """Return the cell types that measurements of this experiment are about.

    Parameters
    ----------
    study : Study
    experiment : Experiment
    known : tuple of str
        Cell types of the model, in its order.
    """
    asked = {
        name for name, measure in study.measures.items() if measure.experiment == experiment.name
    }
    named = {
        name
        for row in study.measurements
        if row.measure in asked
        for side in parse_cell_types(row.cell_type, known)
        for name in side
    }
    return [name for name in known if name in named]


def experiment_signal(study: Study, experiment: Experiment) -> Signal:
    """Return the recording model of the study, or of the first measure if it has one of its own.

    Parameters
    ----------
    study : Study
    experiment : Experiment
    """
    asked = [m for m in study.measures.values() if m.experiment == experiment.name]
    return study.signal if study.signal.kind != "other" or not asked else asked[0].signal
