"""How Brian2 compiles a step of the lattice engine, on each device.

Those of the CPU use one C++ template (`templates/lattice_step.h`). The C++ device takes it as it
is. In this process Brian2 compiles Cython; there the same C++ becomes a function that Cython calls.
So the two compute the same, bit for bit. A GPU has a template of its own.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from brian2 import get_device
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.codegen.generators.cython_generator import get_cpp_dtype
from brian2.codegen.runtime.cython_rt import CythonCodeObject
from brian2.core.variables import ArrayVariable, Constant
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject

from neuroflysim.errors import SimulationError
from neuroflysim.simulation.brian_state import COMPILE_FLAGS, LINK_FLAGS

PACKAGE = "neuroflysim.simulation.lattice_engine"


def code_class() -> type:
    """Return the class of code object for the active device."""
    target = get_device().code_object_class()
    if issubclass(target, CythonCodeObject):
        return RuntimeCode
    if target is CPPStandaloneCodeObject:
        return StandaloneCode
    if issubclass(target, CPPStandaloneCodeObject):  # that of brian2cuda
        from neuroflysim.simulation.lattice_engine.cuda_code import CudaCode

        return CudaCode
    raise SimulationError(
        f"engine='lattice' is C++, but Brian2 would run its code by {target.class_name};"
        " engine='synapses' does without."
    )


@cache
def kernel(*more: str) -> str:
    """Return the C++ of vectors and the sums over synapses, of threads, and of more files."""
    files = ("synaptic_sums.h", "threads.h", *more)
    return "\n".join(resources.files(PACKAGE).joinpath(name).read_text() for name in files)


class StandaloneCode(CPPStandaloneCodeObject):
    """A step in a C++ program."""

    templater = CPPStandaloneCodeObject.templater.derive(PACKAGE)


class _CppCalledByCython(CPPCodeGenerator):
    """Generates C++, and the Cython that fetches the arrays and hands them over."""

    def determine_keywords(self):
        lines_of = super().determine_keywords()
        lines_of["pointers_lines"] = [
            self._of_any_size(line) for line in lines_of["pointers_lines"]
        ]
        keywords = {f"cpp_{name}": "\n".join(lines) for name, lines in lines_of.items()}
        device, kinds, loading = get_device(), {}, {}
        for name, variable in sorted(self.variables.items()):
            if isinstance(variable, ArrayVariable):
                array = device.get_array_name(variable)
                kinds[array] = kind = f"{self.c_data_type(variable.dtype)}*"
                loading[array] = f"<{kind}> (<_numpy.ndarray> _namespace['{array}']).data"
            elif isinstance(variable, Constant):
                kinds[name] = get_cpp_dtype(variable.value)
                loading[name] = f"_namespace['{name}']"
        # Brian2 has Cython check each array as a buffer, at each step; making C++ of these checks
        # and compiling it takes longer than what computes.
        keywords["load_namespace"] = "\n".join(
            f"cdef {kinds[name]} {name} = {value}" for name, value in loading.items()
        )
        keywords["support_code_lines"] = []
        keywords["cpp_parameters"] = ", ".join(f"{kind} {name}" for name, kind in kinds.items())
        keywords["cpp_arguments"] = ", ".join(kinds)
        return keywords

    def _of_any_size(self, line: str) -> str:
        """Return the line that declares an array, the same for one value as for more.

        Brian2 leaves `__restrict` out where there is one value, so that a batch with one lane, say,
        would be compiled anew.
        """
        pointer = line.partition("=")[0].split()[-1]
        arrays = {self.get_array_name(v) for v in self.variables.values() if _is_array(v)}
        if pointer in arrays:
            return line.replace(f"*   {pointer}", f"* {self.restrict} {pointer}")
        return line


def _is_array(variable) -> bool:
    """Tell arrays, which may hold one value, from scalars and from functions."""
    return isinstance(variable, ArrayVariable) and not variable.scalar


class RuntimeCode(CythonCodeObject):
    """A step in this process."""

    templater = CythonCodeObject.templater.derive(PACKAGE)
    generator_class = _CppCalledByCython
    class_name = "cpp"  # by which Brian2 looks for what functions like clip are in this language

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.extra_compile_args = [*self.extra_compile_args, *COMPILE_FLAGS]
        self.extra_link_args = [*self.extra_link_args, *LINK_FLAGS]
