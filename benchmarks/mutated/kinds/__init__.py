"""Kinds of files, one module each: how they are made, read, and what they mean."""

from mutated.kinds import (
    connectome,
    ensemble,
    fit_folder,
    netcdf,
    nwb,
    parameters,
    pictures,
    recipe,
    study,
    tables,
    unchecked,
)

_MODULES = (
    connectome,
    parameters,
    ensemble,
    fit_folder,
    recipe,
    study,
    tables,
    unchecked,
    netcdf,
    nwb,
    pictures,
)

#: By name, in the order of the table.
KINDS = {kind.name: kind for module in _MODULES for kind in module.KINDS}
