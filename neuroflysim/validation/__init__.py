"""The headline numbers of the paper, for models of one's own, and what an ensemble predicts."""

from neuroflysim.validation.correlating import score_and_match
from neuroflysim.validation.measures import (
    cell_type_table,
    validate,
    validation_measures,
    validation_table,
)
from neuroflysim.validation.predicting import prediction_table, predictions
from neuroflysim.validation.summary import validation_summary

__all__ = [
    "cell_type_table",
    "prediction_table",
    "predictions",
    "score_and_match",
    "validate",
    "validation_measures",
    "validation_summary",
    "validation_table",
]
