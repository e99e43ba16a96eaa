"""By what Brian2 runs its code in this process: compiled by Cython, or by numpy."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brian2 import prefs
from brian2.codegen import cpp_prefs
from brian2.codegen.runtime.cython_rt import CythonCodeObject, cython_rt
from distutils.ccompiler import new_compiler  # pyright: ignore[reportMissingModuleSource]  (of setuptools)
from distutils.sysconfig import customize_compiler  # pyright: ignore[reportMissingModuleSource]  (of setuptools)

from neuroflysim.errors import InvalidValueError, SimulationError
from neuroflysim.machine.processor import MARCH, march
from neuroflysim.simulation.brian_state import COMPILE_FLAGS, set_preferences
from neuroflysim.simulation.build_cache import cache_folder, our_build_cache
from neuroflysim.simulation.build_trouble import trouble
from neuroflysim.simulation.cache_place import usable_place
from neuroflysim.simulation.captured import captured_output

_logger = logging.getLogger("neuroflysim")

_TRIAL_NAME = "_neuroflysim_trial"

#: What is compiled to see whether anything can be.
_TRIAL = """
#cython: language_level=3
def main(namespace):
    return 1
"""


@contextmanager
def compiling(needs_compiler: bool) -> Iterator[None]:
    """Let Brian2 compile into our folder and run code by the target that is usable, in a block.

    Brian2 must be borrowed; see `usable_target`.
    """
    with compiling_into_our_cache():
        target = usable_target(needs_compiler)
        with set_preferences({"codegen.target": target}):
            yield


@contextmanager
def compiling_into_our_cache() -> Iterator[Path]:
    """Let Brian2 compile into our folder, which is yielded, in a block."""
    folder = usable_place(cache_folder(COMPILE_FLAGS))
    where = {"codegen.runtime.cython.cache_dir": str(folder)}
    with set_preferences(where), our_build_cache(folder):
        yield folder


def usable_target(needs_compiler: bool) -> str:
    """Return the target to run code by: Cython, or what the user prefers to it.

    Parameters
    ----------
    needs_compiler : bool
        Whether nothing but Cython will do, whatever the user prefers for networks of plain Brian2.

    Raises
    ------
    SimulationError
        If Cython is needed and something stands in its way; says what.
    """
    preferred = prefs["codegen.target"]
    if not needs_compiler and preferred not in ("auto", CythonCodeObject.class_name):
        return preferred
    try:
        require_compiler()
    except SimulationError as error:
        if needs_compiler:
            raise SimulationError(
                f"engine='lattice' needs compiled code: {error} engine='synapses' does without."
            ) from error
        if preferred != "auto":
            raise
        _logger.warning("Nothing is compiled, and numpy is slow: %s", error)
        return "numpy"
    return CythonCodeObject.class_name


def require_compiler(anew: bool = False) -> None:
    """Raise SimulationError if code cannot be compiled, kept and loaded; Brian2 is borrowed.

    Parameters
    ----------
    anew : bool
        Compile even if that was done once, and forget it.
    """
    compiler, flags = checked_flags()
    cache = cython_rt.cython_extension_manager
    if anew:
        cache.forget(_TRIAL_NAME)
    compiled = cache.create_extension(
        _TRIAL,
        name=_TRIAL_NAME if anew else None,
        compiler=compiler,
        extra_compile_args=flags,
        extra_link_args=list(prefs["codegen.cpp.extra_link_args"]),
        include_dirs=list(prefs["codegen.cpp.include_dirs"]),
        library_dirs=list(prefs["codegen.cpp.library_dirs"]),
        runtime_library_dirs=list(prefs["codegen.cpp.runtime_library_dirs"]),
    )
    if compiled.main({}) != 1:
        raise SimulationError("the compiler makes code that computes something else.")


def checked_flags() -> tuple[str, list[str]]:
    """Return compiler and flags as Brian2 does, which leaves out those that do not compile.

    Not so the flag of the processor: that was asked for. And where nothing compiles at all, it is
    not for the flags; Brian2 shall try them again.
    """
    with captured_output():
        compiler, flags = cpp_prefs.get_compiler_and_args()
    wanted = march()
    is_left_out = wanted and not any(flag.endswith(f"={wanted}") for flag in flags)
    if not flags or is_left_out:
        cpp_prefs._compiler_flag_compatibility.clear()
        _compile_without_flags(compiler)
    if is_left_out:
        raise InvalidValueError(
            f"the environment variable {MARCH} is {wanted!r}, which the compiler does not know; set"
            " it to a name that g++ -march= takes, or unset it."
        )
    return compiler, flags


def _compile_without_flags(name: str) -> None:
    """Raise SimulationError if not even the shortest program compiles."""
    compiler = new_compiler(compiler=name)
    customize_compiler(compiler)
    with captured_output() as printed:
        try:
            with tempfile.TemporaryDirectory(prefix="neuroflysim-") as folder:
                source = Path(folder) / "nothing.cpp"
                source.write_text("int main() { return 0; }")
                compiler.compile([str(source)], output_dir=folder)
        except Exception as error:
            raise trouble(error, printed(), Path(tempfile.gettempdir())) from error
