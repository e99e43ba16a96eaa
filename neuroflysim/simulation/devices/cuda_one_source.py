"""The device of brian2cuda (GPL-3.0), compiling a program as one source file.

Importing this module imports brian2cuda.
"""

from __future__ import annotations

from brian2cuda.device import (  # pyright: ignore[reportMissingImports]  (an extra)
    CUDAStandaloneDevice,
)

from neuroflysim.simulation.devices.one_source import OneSource


class OneSourceDevice(OneSource, CUDAStandaloneDevice):
    """Hands nvcc one source file; each of brian2cuda's dozen takes it about eight seconds."""

    program_source = "program.cu"
