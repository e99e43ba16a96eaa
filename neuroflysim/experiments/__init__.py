"""The experiments database: studies loaded, replayed and compared with the recordings."""

from neuroflysim.experiments.comparison import compare
from neuroflysim.experiments.database import load_study, studies
from neuroflysim.experiments.judging.scoring import scores
from neuroflysim.experiments.replaying import replay
from neuroflysim.experiments.study import Study

__all__ = ["Study", "compare", "load_study", "replay", "scores", "studies"]
