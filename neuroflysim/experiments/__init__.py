"""The experiments database: studies loaded, replayed and compared with the recordings."""

from neuroflysim.experiments.database import load_study, studies
from neuroflysim.experiments.study import Study
from neuroflysim.experiments.validation import (
    cell_type_table,
    validate,
    validation_measures,
    validation_table,
)

__all__ = [
    "Study",
    "cell_type_table",
    "load_study",
    "studies",
    "validate",
    "validation_measures",
    "validation_table",
]
