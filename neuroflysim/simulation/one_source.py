"""A program as one source file, where Brian2 writes one for each of its objects.

Nearly all of the time that each of a dozen small files takes to compile goes into the same
headers. Together the files take little more than one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_GUARD = re.compile(r"^#ifndef (\w+)\n#define \1$", re.MULTILINE)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b.*$", re.MULTILINE)


class OneSource:
    """Comes before a standalone device of Brian2 among the parents of a class."""

    program_source = "program.cpp"

    def generate_makefile(self, writer, *arguments, **options):
        """Write the makefile, which is the last file that is written, for one source file."""
        sources = sorted(writer.source_files)
        writer.write(self.program_source, _one_source(Path(self.project_dir), sources))
        writer.source_files = {self.program_source}
        super().generate_makefile(writer, *arguments, **options)


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
