"""The Brian2 network, the devices that it runs on, and `simulate`."""

from neuroflysim.simulation.plain_brian2 import brian2_network
from neuroflysim.simulation.program import Program
from neuroflysim.simulation.reduction import SumsOfProducts
from neuroflysim.simulation.resting import rest_state, rest_state_by_column
from neuroflysim.simulation.simulating import compile, simulate
from neuroflysim.simulation.stepping import Stepper

__all__ = [
    "Program",
    "Stepper",
    "SumsOfProducts",
    "brian2_network",
    "compile",
    "rest_state",
    "rest_state_by_column",
    "simulate",
]
