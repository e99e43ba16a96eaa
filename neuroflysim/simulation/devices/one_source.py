"""A program as one source file, where Brian2 writes one for each of its objects.

Nearly all of the time that each of a dozen small files takes to compile goes into the same
headers. Together the files take little more than one of them.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from brian2 import prefs
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice, CPPWriter

from neuroflysim.errors import SimulationError
from neuroflysim.progress import tell
from neuroflysim.simulation.build_trouble import trouble
from neuroflysim.simulation.captured import captured_output

_GUARD = re.compile(r"^#ifndef (\w+)\n#define \1$", re.MULTILINE)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b.*$", re.MULTILINE)


def make(folder: Path) -> None:
    """Compile the program in a folder.

    Make and the compilers that it starts are a session of their own: all of them end if we do.
    """
    tell("compiling the program ...")
    options = prefs["devices.cpp_standalone.extra_make_args_unix"]
    command = [*shlex.split(prefs["devices.cpp_standalone.make_cmd_unix"]), *options]
    with captured_output() as printed:
        try:
            process = subprocess.Popen(command, cwd=folder, start_new_session=True)
        except FileNotFoundError as error:
            raise SimulationError(
                f"{command[0]} is not on the PATH: install make (Debian and Ubuntu: apt install"
                " make; macOS: xcode-select --install; conda: conda install make)."
            ) from error
        try:
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if status:
            failed = RuntimeError(f"{command[0]} ended with {status}")
            raise trouble(failed, printed(), folder)


class OneSource(CPPStandaloneDevice):
    """Comes before a standalone device of Brian2 among the parents of a class."""

    program_source = "program.cpp"

    def generate_makefile(self, writer: CPPWriter, *arguments: Any, **options: Any) -> None:
        """Write the makefile, which is the last file that is written, for one source file."""
        sources = sorted(writer.source_files)
        writer.write(self.program_source, _one_source(Path(self.project_dir), sources))
        writer.source_files = {self.program_source}
        super().generate_makefile(writer, *arguments, **options)

    def compile_source(self, directory: str, compiler: str, debug: bool, clean: bool) -> None:
        """Call make, as Brian2 does; but Ctrl-C ends it, and its errors are told."""
        if compiler == "msvc":
            super().compile_source(directory, compiler, debug, clean)
        else:
            make(Path(directory))


def _one_source(folder: Path, sources: Iterable[str]) -> str:
    """Return a file that includes all others.

    The code objects define helpers of the same names, so each goes into a namespace of its own.
    All headers that they include come before: there they are included for good. What stands in the
    file of a code object itself, though guarded like a header, is for its namespace alone.
    """
    includes, bodies = {}, []
    for source in sources:
        body = f'#include "{source}"'
        if source.startswith("code_objects/"):
            code = (folder / source).read_text()
            includes |= dict.fromkeys(_INCLUDE.findall(code))
            body = _in_namespace(body, Path(source).stem)
            body += "".join(f"\n#undef {guard}" for guard in _GUARD.findall(code))
        bodies.append(body)
    return "\n".join([*includes, *bodies, ""])


def _in_namespace(body: str, name: str) -> str:
    """Return the file of a code object in a namespace, and its only function outside of it."""
    function = f"_{name}" if name.startswith(("before_run_", "after_run_")) else f"_run_{name}"
    space = f"source_{name}"
    return f"namespace {space} {{\n{body}\n}}\nvoid {function}() {{ {space}::{function}(); }}"
