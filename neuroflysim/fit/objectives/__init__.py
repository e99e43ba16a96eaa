"""What can be fitted to: one kind of objective a file."""

from neuroflysim.fit.objectives.flow_task import FlowTask
from neuroflysim.fit.objectives.recordings import RecordingObjective
from neuroflysim.fit.objectives.responses_function import ResponsesObjective
from neuroflysim.fit.objectives.weighted import WeightedSum

__all__ = ["FlowTask", "RecordingObjective", "ResponsesObjective", "WeightedSum"]
