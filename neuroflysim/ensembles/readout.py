"""From what an ensemble was fitted to read flow."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

#: Outputs are averaged over columns up to this distance before they are read, and this is the
#: standard deviation of the noise on them that the ridge reckons with, if nothing else is said.
POOLING, NOISE = 2, 0.02


def _as_names(names: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


@frozen(kw_only=True)
class Readout:
    """From what flow is read, and how.

    Examples
    --------
    >>> Readout(cell_types=["T4a", "T5a"], pooling=2)
    Readout(cell_types=('T4a', 'T5a'), pooling=2, noise=0.02)
    """

    cell_types: tuple[str, ...] | None = field(  #: None: all output types of the connectome
        default=None, converter=_as_names
    )
    pooling: int = POOLING  #: outputs are averaged over columns up to this distance, in columns
    noise: float = NOISE  #: standard deviation on each output, in units of voltage: the ridge
