"""The experiments database: studies loaded, replayed and compared with the recordings."""

from neuroflysim.experiments.comparison import compare
from neuroflysim.experiments.correlating import score_and_match
from neuroflysim.experiments.database import load_study, studies
from neuroflysim.experiments.predicting import prediction_table, predictions
from neuroflysim.experiments.scoring import scores
from neuroflysim.experiments.screening import screen
from neuroflysim.experiments.showing import replay
from neuroflysim.experiments.study import Study
from neuroflysim.experiments.summary import validation_summary
from neuroflysim.experiments.validation import (
    cell_type_table,
    validate,
    validation_measures,
    validation_table,
)

__all__ = [
    "Study",
    "cell_type_table",
    "compare",
    "load_study",
    "prediction_table",
    "predictions",
    "replay",
    "score_and_match",
    "scores",
    "screen",
    "studies",
    "validate",
    "validation_measures",
    "validation_summary",
    "validation_table",
]
