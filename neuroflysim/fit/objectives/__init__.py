"""What can be fitted to: one kind of objective a file."""

from neuroflysim.fit.objectives.flow_task import FlowTask
from neuroflysim.fit.objectives.studies import StudyObjective

__all__ = ["FlowTask", "StudyObjective"]
