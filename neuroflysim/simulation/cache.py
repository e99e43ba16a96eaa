"""What a process keeps because it is likely to be asked for again, within a bound."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from attrs import frozen


@frozen
class _Entry:
    value: Any
    n_bytes: int
    owners: tuple[weakref.ref, ...]


class Kept:
    """Values by what they depend on: those that were asked for last, up to a number of bytes.

    Parameters
    ----------
    most_bytes : float

    Examples
    --------
    >>> kept = Kept(most_bytes=100)
    >>> kept.put("one", 1, 60)
    >>> kept.put("two", 2, 60)
    >>> kept.get("one"), kept.get("two")
    (None, 2)
    """

    def __init__(self, most_bytes: float):
        self._most = most_bytes
        self.clear()

    def clear(self) -> None:
        """Keep nothing."""
        self._found: OrderedDict[Hashable, _Entry] = OrderedDict()
        self.n_bytes = 0

    def get(self, key: Hashable, *owners: object) -> Any:
        """Return what is kept; None if nothing is.

        Parameters
        ----------
        key : hashable
            What the value depends on.
        *owners : object
            On which it depends, too: these very objects, which are not kept alive for it.
        """
        entry = self._found.get(self._whole(key, owners))
        if entry is None or any(r() is not o for r, o in zip(entry.owners, owners, strict=True)):
            return None
        self._found.move_to_end(self._whole(key, owners))
        return entry.value

    def put(self, key: Hashable, value: object, n_bytes: int, *owners: object) -> None:
        """Keep a value that takes so many bytes, in place of those that were asked for long ago."""
        whole = self._whole(key, owners)
        if whole in self._found:
            self.n_bytes -= self._found.pop(whole).n_bytes
        if n_bytes > self._most:
            return
        self._found[whole] = _Entry(value, n_bytes, tuple(map(weakref.ref, owners)))
        self.n_bytes += n_bytes
        while self.n_bytes > self._most:
            self.n_bytes -= self._found.popitem(last=False)[1].n_bytes

    @staticmethod
    def _whole(key: Hashable, owners: tuple) -> Hashable:
        return (key, *map(id, owners))
