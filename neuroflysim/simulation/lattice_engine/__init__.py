"""Engine "lattice": the synaptic input from weights that all columns share, for many lanes.

The neurons and their equations stay Brian2's, and Brian2 generates and compiles the code. Ours is
the sum over inputs (`synaptic_sums.h`), and a template that updates a row of cells as soon as its
input is summed up.
"""

from neuroflysim.simulation.lattice_engine.engine import (
    FOLLOWS,
    NEEDS_COMPILER,
    REDUCES,
    build,
    lanes,
    lanes_of_beginning,
    run_bytes,
    scaled,
    values,
)

__all__ = [
    "FOLLOWS",
    "NEEDS_COMPILER",
    "REDUCES",
    "build",
    "lanes",
    "lanes_of_beginning",
    "run_bytes",
    "scaled",
    "values",
]
