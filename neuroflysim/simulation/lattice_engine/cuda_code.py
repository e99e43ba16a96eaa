"""How brian2cuda (GPL-3.0) compiles a step of the lattice engine; importing this imports it."""

from brian2cuda.codeobject import (  # pyright: ignore[reportMissingImports]  (an extra)
    CUDAStandaloneCodeObject,
)

from neuroflysim.simulation.lattice_engine.code_objects import PACKAGE


class CudaCode(CUDAStandaloneCodeObject):
    """A step in a program for a GPU."""

    templater = CUDAStandaloneCodeObject.templater.derive(PACKAGE)
