"""Equations of model neurons: one file for each set of Brian2 equations."""

from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.dynamics.graded import GRADED

__all__ = ["GRADED", "Dynamics"]
