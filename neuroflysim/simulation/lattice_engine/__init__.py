"""Engine "lattice": the synaptic input from weights that all columns share, for many lanes.

The neurons and their equations stay Brian2's. Only the sum over inputs is computed by a kernel of
ours (`lattice_kernel.h`), which Brian2 compiles with the rest.
"""

from neuroflysim.simulation.lattice_engine.engine import connect, lanes, weights

__all__ = ["connect", "lanes", "weights"]
