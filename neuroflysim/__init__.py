"""The connectome of the fruit fly's visual system as a Brian2 model.

Importing this package imports nothing but Python's own: each public name is imported when it is
first used, so that the command line answers a Tab without waiting for Brian2. All of them stand in
one place, ``__init__.pyi`` beside this file, where editors and type checkers find them, too.

Examples
--------
>>> import neuroflysim as nfs
>>> connectome = nfs.load_connectome()
>>> connectome.network(extent=15).n_neurons
45669
"""

import ast
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from neuroflysim._version import __version__ as __version__


def _homes() -> dict[str, str]:
    """Return, for each public name, the module that ``__init__.pyi`` imports it from."""
    stub = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return {
        public.name: f"{__name__}.{public.name}" if line.module == __name__ else line.module
        for line in stub.body
        if isinstance(line, ast.ImportFrom) and line.module is not None
        for public in line.names
    }


_HOMES = _homes()

__all__ = sorted(_HOMES)


def __getattr__(name: str):
    """Import what a name stands for: one that is public, or a module of this package."""
    module = f"{__name__}.{name}"
    if name in _HOMES:
        home = import_module(_HOMES[name])
        # A module comes before what it holds: `fit` is the package, called as its function.
        value = sys.modules.get(module) or getattr(home, name)
    elif name.isidentifier() and not name.startswith("_") and find_spec(module) is not None:
        # Otherwise it would depend on what was imported before whether, say, nfs.errors is there.
        value = import_module(module)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
