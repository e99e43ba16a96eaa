"""What can be fitted to: one kind of objective a file."""

from neuroflysim.fit.objectives.flow_task import FlowTask

__all__ = ["FlowTask"]
