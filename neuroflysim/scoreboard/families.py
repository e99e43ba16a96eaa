"""Families of what studies measured, so that a board shows where models are good, and where not."""

from __future__ import annotations

from neuroflysim.analysis.measures import MEASURES
from neuroflysim.experiments.study import Measure, Measurement, Study

#: The column of what counts in no score: the findings of tangential cells that the proxy answers in
#: the scores, asked once more of HS and VS of the circuit `lobula_plate`.
BESIDE = "hs_and_vs"

#: In the order of the columns. Each group of measurements is in one of them at most: that of
#: tangential cells if it was measured in these, else perturbations if a fly was perturbed, else
#: the family that the function of its measure names in `neuroflysim.analysis`. What stands beside a
#: proxy is in the last one, whatever its function.
FAMILIES = {
    "direction": "which cells are selective for a direction of motion, for which one, how much",
    "polarity": "whether cells answer to light or to dark",
    "temporal_filters": "time constants, times to peak, band pass or low pass, preferred speeds",
    "spatial_fields": "widths of receptive fields, surrounds, responses beside the centre",
    "enhancement_and_suppression": "what two bars or columns do together, beside their sum",
    "perturbations": "what changes in a fly whose cells were silenced, cut or activated",
    "tangential_cells": "what T4 and T5 would give to tangential cells, a proxy for these",
    BESIDE: "the findings of tangential_cells once more, asked of HS and VS of the circuit"
    " lobula_plate; in no score, as no finding counts twice, and the strengths of the circuit are"
    " ours and were fitted to nothing",
}


def family_of(study: Study, row: Measurement) -> str:
    """Return the family of a measurement that is replayed; empty, if it has none.

    Parameters
    ----------
    study : Study
    row : Measurement

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> study = nfs.load_study("gruntman2019")
    >>> sorted({family_of(study, row) for row in study.measurements
    ...         if row.measure in study.measures})
    ['direction', 'enhancement_and_suppression', 'polarity', 'spatial_fields']
    """
    measure = study.measures[row.measure]
    if measure.beside:
        return BESIDE
    own = MEASURES[measure.function].family
    if own != "tangential_cells" and _perturbed(measure, row):
        return "perturbations"
    return own


def _perturbed(measure: Measure, row: Measurement) -> bool:
    return measure.against is not None or "perturbation=" in row.condition
