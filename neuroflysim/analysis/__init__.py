"""Numbers taken from responses: one idea a file.

A new file in this folder is found without being listed anywhere: what its ``__all__`` names is
public here, and what stands below `@measure()` may be named in a study. Every function takes
`Responses` and returns an xarray DataArray with the dimensions candidate, cell_type and what is
left of the conditions, in SI units and degrees. Functions of peak responses take either `Responses`
or what `peak_response` makes of them.

Examples
--------
>>> from neuroflysim.analysis import preferred_direction
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]:
    globals().update({name: getattr(_module, name) for name in _module.__all__})

__all__ = sorted(
    name
    for name, value in globals().items()
    if callable(value)
    and not name.startswith("_")
    and getattr(value, "__module__", "").startswith(__name__)
)
