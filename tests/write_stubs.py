"""Writes stubs of the packages that find their names at run time: `python tests/write_stubs.py`.

A new protocol, measure or reader is found without being listed anywhere. Editors and type checkers
run nothing; what is found is written down for them here, beside the package. Run this when a test
says that a stub lacks a name.
"""

from importlib import import_module
from pathlib import Path

#: Packages, and what their constants are, which have no home in another module.
PACKAGES = {
    "neuroflysim.analysis": {},
    "neuroflysim.protocols": {"GROUP": "str", "LIBRARY": "Mapping[str, Callable[..., Protocol]]"},
    "neuroflysim.recordings": {},
}

HEAD = '"""The names of this package, for editors and type checkers; see tests/write_stubs.py."""\n'

#: What constants are made of.
MADE_OF = {"Protocol": "neuroflysim.stimulus.protocol"}


def stub(name: str) -> str:
    """Return the text of the stub of a package."""
    package, constants = import_module(name), PACKAGES[name]
    found = [each for each in package.__all__ if each not in constants]
    homes = {each: getattr(package, each).__module__ for each in found}
    homes |= MADE_OF if constants else {}
    imports = [
        imported(home, sorted(each for each in homes if homes[each] == home))
        for home in sorted(set(homes.values()))
    ]
    if constants:
        imports.insert(0, "from collections.abc import Callable, Mapping\n")
    kinds = [f"{each}: {kind}" for each, kind in constants.items()]
    public = ["__all__ = [", *(f'    "{each}",' for each in sorted(package.__all__)), "]"]
    parts = [imports, kinds, public] if kinds else [imports, public]
    return "\n".join([HEAD, "\n\n".join("\n".join(part) for part in parts), ""])


def imported(home: str, names: list[str]) -> str:
    """Return an import as ruff writes it."""
    line = f"from {home} import {', '.join(names)}"
    if len(line) <= 100:
        return line
    return "\n".join([f"from {home} import (", *(f"    {name}," for name in names), ")"])


def place(name: str) -> Path:
    """Return where the stub of a package lies: beside the file that finds the names."""
    return Path(import_module(name).__file__).with_suffix(".pyi")


if __name__ == "__main__":
    for package in PACKAGES:
        place(package).write_text(stub(package))
