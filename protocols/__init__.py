"""The protocol library: one file a protocol, one function in it with the name of the file.

A new file in this folder is found without being listed anywhere. `flash.py` is one to start from.

Examples
--------
>>> from neuroflysim.protocols import moving_edge
>>> moving_edge(angle=[0, 90])
<Protocol moving_edge: 4 condition(s)>
"""

from importlib import import_module
from pkgutil import iter_modules


def _load(name: str):
    module = import_module(f"{__name__}.{name}")
    if not callable(getattr(module, name, None)):
        raise ImportError(
            f"{module.__file__} must hold a function {name}() that returns a Protocol, for each"
            " file of this folder is a protocol; add it or move the file."
        )
    return getattr(module, name)


#: Every protocol of the library by name.
LIBRARY = {module.name: _load(module.name) for module in iter_modules(__path__)}
globals().update(LIBRARY)

__all__ = ["LIBRARY", *LIBRARY]
