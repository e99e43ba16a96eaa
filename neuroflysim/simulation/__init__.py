"""The Brian2 network, the devices that it runs on, and `simulate`."""

from neuroflysim.simulation.simulate import simulate

__all__ = ["simulate"]
