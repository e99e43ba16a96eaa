"""What a caller of the importer may choose, checked before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from attrs import field, frozen

from neuroflysim.checks import finite_number, one_of, truth_value, whole_number, words
from neuroflysim.connectome.importers.axes import Axes
from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: How axes are found, where no matrix is given.
WAYS = ("auto", "anatomy", "reference")


#: What averages go over.
MEANS = ("pairs", "targets")

_PLAIN = (
    "mean_over", "border", "place_by", "min_place", "max_spread", "min_pair", "min_offset",
    "min_connection", "min_cells", "unnamed", "autapses",
)  # fmt: skip


def type_names(name: str, values: Iterable[str] | None) -> list[str] | None:
    """Return a list of cell types that a caller gave, or None."""
    return None if values is None else words(name, values)


def _axes(value: Any) -> str | Axes:
    if isinstance(value, str):
        return one_of("axes", value, WAYS)
    return value if isinstance(value, Axes) else Axes(value)


def _neighbours(value: Any) -> tuple[int, int] | None:
    if isinstance(value, str) and value == "auto":
        return None
    if isinstance(value, tuple | list) and tuple(value) in ((1, 1), (1, -1)):
        return (1, 1) if tuple(value) == (1, 1) else (1, -1)
    raise InvalidValueError(
        f"neighbours is {value!r}, but must be 'auto', (1, 1) or (1, -1): the step in p, q that"
        " leads from a column to its neighbour, beside (1, 0) and (0, 1)."
    )


def _strides(value: Any) -> dict[str, tuple[int, int]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidTypeError(
            f"strides is {value!r}, but must be a mapping of cell types, as in {{'Lawf1': (3, 2)}}."
        )
    strides = {}
    for name, stride in value.items():
        if not isinstance(stride, tuple | list) or len(stride) != 2:
            raise InvalidValueError(
                f"strides has {stride!r} for {name!r}, but must have two whole numbers, along u and"
                " along v, as in (3, 2)."
            )
        along_u, along_v = (whole_number(f"strides of {name}", step, 1) for step in stride)
        strides[name] = along_u, along_v
    return strides


def _place_by(value: Any) -> str | None:
    return None if value is None else one_of("place_by", value, ("inputs", "outputs"))


@frozen(kw_only=True, eq=False)
class Options:
    """Choices of `connectome_from_neurons`; see there."""

    axes: str | Axes = field(converter=_axes)
    neighbours: tuple[int, int] | None = field(converter=_neighbours)
    strides: dict[str, tuple[int, int]] = field(converter=_strides)
    mean_over: str = field(converter=partial(one_of, "mean_over", allowed=MEANS))
    border: int = field(converter=partial(whole_number, "border"))
    place_by: str | None = field(converter=_place_by)
    min_place: int = field(converter=partial(whole_number, "min_place", minimum=1))
    max_spread: float = field(converter=partial(finite_number, "max_spread", minimum=0))
    min_pair: int = field(converter=partial(whole_number, "min_pair", minimum=1))
    min_offset: float = field(converter=partial(finite_number, "min_offset", minimum=0))
    min_connection: float = field(converter=partial(finite_number, "min_connection", minimum=0))
    min_cells: int = field(converter=partial(whole_number, "min_cells", minimum=1))
    unnamed: str = field(converter=partial(one_of, "unnamed", allowed=("count", "leave out")))
    autapses: bool = field(converter=partial(truth_value, "autapses"))

    def as_records(self) -> dict[str, Any]:
        """Return them for a file of JSON."""
        axes = self.axes if isinstance(self.axes, str) else self.axes.matrix.tolist()
        return {
            "axes": axes,
            "neighbours": self.neighbours or "auto",
            "strides": {name: list(stride) for name, stride in self.strides.items()},
            **{name: getattr(self, name) for name in _PLAIN},
        }
