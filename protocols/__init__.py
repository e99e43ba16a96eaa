"""The protocol library: one file a protocol, one function in it with the name of the file.

A new file in this folder is found without being listed anywhere. `flash.py` is one to start from.
Other packages add protocols by entry points of the group ``neuroflysim.protocols``: the name of an
entry point is the name of the protocol, and it leads to a function that returns one. They are
imported when they are asked for.

Examples
--------
>>> from neuroflysim.protocols import LIBRARY, moving_edge
>>> moving_edge(angle=[0, 90])
<Protocol moving_edge: 4 condition(s)>
>>> LIBRARY["moving_edge"] is moving_edge
True
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules

from neuroflysim.errors import InvalidValueError

#: Under this name packages list what they add.
GROUP = "neuroflysim.protocols"


def _load(name: str) -> Callable:
    module = import_module(f"{__name__}.{name}")
    if not callable(getattr(module, name, None)):
        raise ImportError(
            f"{module.__file__} must hold a function {name}() that returns a Protocol, for each"
            " file of this folder is a protocol; add it or move the file."
        )
    return getattr(module, name)


class _Library(Mapping):
    """Functions that make protocols, by name: those of this folder and those of plug-ins."""

    def __init__(self, own: dict[str, Callable]):
        self._own = own
        self._added: dict[str, EntryPoint] | None = None

    def __getitem__(self, name: str) -> Callable:
        if name in self._own:
            return self._own[name]
        return _from_package(self._plug_ins()[name])

    def __iter__(self) -> Iterator[str]:
        yield from sorted({*self._own, *self._plug_ins()})

    def __len__(self) -> int:
        return len(self._own) + len(self._plug_ins())

    def __contains__(self, name) -> bool:  # without importing a plug-in
        return name in self._own or name in self._plug_ins()

    def __repr__(self) -> str:
        return f"<protocols: {', '.join(self)}>"

    def _plug_ins(self) -> dict[str, EntryPoint]:
        if self._added is None:
            added = {}
            for point in entry_points(group=GROUP):
                other = "the library of neuroflysim" if point.name in self._own else None
                if point.name in added:
                    other = f"the package {_package(added[point.name])}"
                if other is not None:
                    raise InvalidValueError(
                        f"the package {_package(point)} and {other} both have a protocol named"
                        f" {point.name!r}; uninstall the package, or rename its entry point in the"
                        f" group {GROUP}."
                    )
                added[point.name] = point
            self._added = added
        return self._added


def _from_package(point: EntryPoint) -> Callable:
    where = (
        f"the protocol {point.name!r} of the package {_package(point)} (entry point {point.value})"
    )
    try:
        make = point.load()
    except Exception as error:
        raise InvalidValueError(
            f"{where} cannot be loaded: {type(error).__name__}: {error}. Mend the package or"
            " uninstall it."
        ) from error
    if not callable(make):
        raise InvalidValueError(
            f"{where} is no function but {type(make).__name__}; it must be a function that returns"
            " a Protocol."
        )
    return make


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.module


def __getattr__(name: str):
    if not name.startswith("_") and name in LIBRARY:
        return LIBRARY[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_OWN = {module.name: _load(module.name) for module in iter_modules(__path__)}
globals().update(_OWN)

#: Every protocol by name: those of this folder, and those of other packages.
LIBRARY = _Library(_OWN)

__all__ = ["LIBRARY", *_OWN]
