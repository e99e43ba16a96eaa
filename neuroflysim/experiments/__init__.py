"""The experiments database: studies loaded, replayed and compared with the recordings."""

from neuroflysim.experiments.database import load_study, studies
from neuroflysim.experiments.study import Study

__all__ = ["Study", "load_study", "studies"]
