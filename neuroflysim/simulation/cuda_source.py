"""The device of brian2cuda (GPL-3.0), compiling a program as one source file.

Importing this module imports brian2cuda.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from brian2cuda.device import CUDAStandaloneDevice

_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b.*$", re.MULTILINE)


class OneSourceDevice(CUDAStandaloneDevice):
    """Hands nvcc one source file, where brian2cuda hands it one for each object of Brian2.

    Each of a dozen files takes about eight seconds, nearly all of them for the headers of Thrust
    and curand. Together they take little more than one of them.
    """

    def generate_makefile(self, writer, *arguments):
        """Write the makefile, which is the last file that is written, for one source file."""
        writer.write("program.cu", _one_source(Path(self.project_dir), sorted(writer.source_files)))
        writer.source_files = {"program.cu"}
        super().generate_makefile(writer, *arguments)


def _one_source(folder: Path, sources: Iterable[str]) -> str:
    """Return a file that includes all others.

    The code objects define helpers of the same names, so each goes into a namespace of its own.
    All headers come before: there they are included for good.
    """
    includes, bodies = {}, []
    for source in sources:
        includes |= dict.fromkeys(_INCLUDE.findall((folder / source).read_text()))
        body = f'#include "{source}"'
        if source.startswith("code_objects/"):
            body = _in_namespace(body, Path(source).stem)
        bodies.append(body)
    return "\n".join([*includes, *bodies, ""])


def _in_namespace(body: str, name: str) -> str:
    """Return the file of a code object in a namespace, and its only function outside of it."""
    function = f"_{name}" if name.startswith(("before_run_", "after_run_")) else f"_run_{name}"
    space = f"source_{name}"
    return f"namespace {space} {{\n{body}\n}}\nvoid {function}() {{ {space}::{function}(); }}"
