"""The protocol library: one file a protocol, one function in it with the name of the file.

A new file in this folder is found without being listed anywhere.

Examples
--------
>>> from neuroflysim.protocols import moving_edge
>>> moving_edge(angle=[0, 90])
<Protocol moving_edge: 4 condition(s)>
"""

from importlib import import_module
from pkgutil import iter_modules

#: Every protocol of the library by name.
LIBRARY = {
    module.name: getattr(import_module(f"{__name__}.{module.name}"), module.name)
    for module in iter_modules(__path__)
}
globals().update(LIBRARY)

__all__ = ["LIBRARY", *LIBRARY]
