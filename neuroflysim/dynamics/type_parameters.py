"""Parameters that a dynamics declares beside those of the published model, by cell type."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
from attrs import Converter, field, frozen
from brian2 import (
    Quantity,
    amp,
    farad,
    get_dimensions,
    have_same_dimensions,
    hertz,
    meter,
    ohm,
    second,
    siemens,
    volt,
)
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension

from neuroflysim.checks import finite_number, one_of
from neuroflysim.dynamics.by_name import require_by_name
from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: How the values of a parameter are spread out.
SCALES = ("linear", "log")

#: SI units that a parameter may have, as files write them; nothing stands for plain numbers.
UNITS = {
    "": Quantity(1.0),
    **{str(unit): unit for unit in (second, hertz, volt, amp, siemens, farad, ohm, meter)},
}

#: The dynamics of the published model.
PUBLISHED = "graded"

#: Names that are arguments of functions which take parameters by name.
NOT_FOR_PARAMETERS = {
    "cell_type", "columns", "connectome", "dynamics", "start", "stop", "synapse_strength", "cls",
    "self",
}  # fmt: skip


def _unit(value: Any) -> Any:
    if not isinstance(value, Quantity) and value != 1:
        raise InvalidTypeError(
            f"the unit of a TypeParameter is {value!r}, but must be a Brian2 unit, for example"
            " second, or 1."
        )
    unit_text(get_dimensions(value))
    return value


def _in_si(value: Any, parameter: TypeParameter, attribute: Any) -> float:
    return parameter.in_si(f"{attribute.name} of a TypeParameter", value)


def _by_type(value: Any, parameter: TypeParameter) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise InvalidTypeError(
            f"by_type of a TypeParameter is {value!r}, but must be a dict of values by cell type."
        )
    for name in value:
        if not isinstance(name, str):
            raise InvalidTypeError(
                f"by_type of a TypeParameter has a value for {name!r}, but must be by names of cell"
                " types."
            )
    return {
        name: parameter.in_si(f"the default of a TypeParameter for {name}", each)
        for name, each in value.items()
    }


def _quantity() -> Any:
    return field(converter=Converter(cast(Any, _in_si), takes_self=True, takes_field=True))


@frozen
class TypeParameter:
    """What a dynamics tells of a parameter by cell type: its unit, and which values it may have.

    Parameters
    ----------
    unit : Unit or 1
        Of Brian2: second, ms, volt, and so on; 1 for plain numbers.
    default : Quantity or float
        The value where none is given, and at the start of a fit.
    lowest, highest : Quantity or float
        No value may lie beyond.
    scale : {"linear", "log"}
        How a search moves the value: itself, or its logarithm, which must then be positive.
    by_type : mapping of str to Quantity or float
        Of some cell types, the values where none is given, in the place of `default`. A connectome
        need not have these types. Files have the values of all types, and tell of no defaults by
        type.

    Attributes
    ----------
    default, lowest, highest : float
        In SI units, as those of `by_type`.

    Examples
    --------
    >>> from brian2 import ms, second
    >>> time = TypeParameter(ms, 300*ms, 50*ms, 3*second, "log")
    >>> time.default, time.lowest, time.highest
    (0.3, 0.05, 3.0)
    >>> time.told(0.2)
    '200 ms'
    """

    unit: Any = field(converter=_unit, eq=get_dimensions)
    default: float = _quantity()
    lowest: float = _quantity()
    highest: float = _quantity()
    scale: str = "linear"
    by_type: Mapping[str, float] = field(
        factory=dict,
        converter=Converter(cast(Any, _by_type), takes_self=True),
        eq=False,
        kw_only=True,
    )

    def __attrs_post_init__(self):
        one_of("scale of a TypeParameter", self.scale, SCALES)
        if self.lowest >= self.highest:
            raise InvalidValueError(
                f"lowest of a TypeParameter is {self.told(self.lowest)}, but must be below highest,"
                f" which is {self.told(self.highest)}."
            )
        for who, value in {"": self.default, **self.by_type}.items():
            if not self.lowest <= value <= self.highest:
                of_type = f" for {who}" if who else ""
                raise InvalidValueError(
                    f"default of a TypeParameter{of_type} is {self.told(value)}, but must lie"
                    f" between lowest ({self.told(self.lowest)}) and highest"
                    f" ({self.told(self.highest)})."
                )
        if self.scale == "log" and self.lowest <= 0:
            raise InvalidValueError(
                f"lowest of a TypeParameter is {self.told(self.lowest)}, but must be above 0 on a"
                " logarithmic scale; raise it, or take scale='linear'."
            )

    @property
    def dimensions(self) -> Dimension:
        """Physical dimensions of the values."""
        return get_dimensions(self.unit)

    @property
    def width(self) -> float:
        """How far a search draws at first: a sixth of the way from lowest to highest.

        The standard deviation of the value, on a logarithmic scale that of its logarithm.
        """
        if self.scale == "log":
            return math.log(self.highest / self.lowest) / 6
        return (self.highest - self.lowest) / 6

    def defaults(self, types: Iterable[str]) -> np.ndarray:
        """Return the values where none are given, in SI units, in the order of the cell types.

        Parameters
        ----------
        types : iterable of str

        Examples
        --------
        >>> gain = TypeParameter(1, default=1, lowest=0, highest=5, by_type={"Mi4": 2})
        >>> gain.defaults(["Mi1", "Mi4"])
        array([1., 2.])
        """
        return np.array([self.by_type.get(each, self.default) for each in types])

    def in_si(self, what: str, value: Any) -> float:
        """Return one value of the parameter's unit as a number in SI units.

        Parameters
        ----------
        what : str
            What it is, for messages.
        value : Quantity or float

        Raises
        ------
        InvalidTypeError
            If its unit is another one, or missing.
        """
        if self.dimensions is DIMENSIONLESS:
            return finite_number(what, value)
        if not isinstance(value, Quantity) or not have_same_dimensions(value, self.unit):
            raise InvalidTypeError(
                f"{what} is {value!r}, but must have a unit, as {self.told(self._example)} has."
            )
        number: Any = float(value) if value.ndim == 0 else list(value)
        return finite_number(what, number)

    @property
    def _example(self) -> float:
        return getattr(self, "default", float(self.unit))

    def told(self, value: float) -> str:
        """Return a value in SI units as one writes it.

        Parameters
        ----------
        value : float
        """
        if self.dimensions is DIMENSIONLESS:
            return f"{value:g}"
        return f"{value / float(self.unit):g} {self.unit}"

    def to_dict(self) -> dict:
        """Return what a file says of the parameter; `from_dict` reads it."""
        return {
            "unit": unit_text(self.dimensions),
            "default": self.default,
            "lowest": self.lowest,
            "highest": self.highest,
            "scale": self.scale,
        }

    @classmethod
    def from_dict(cls, said: Mapping) -> TypeParameter:
        """Return a parameter from what a file says of it.

        Parameters
        ----------
        said : mapping
            As `to_dict` gives it; files of dynamics have by_type beside it.
        """
        unit = UNITS[one_of("unit", said["unit"], UNITS)]
        bounds = {name: said[name] * unit for name in ("default", "lowest", "highest")}
        by_type = {name: value * unit for name, value in said.get("by_type", {}).items()}
        return cls(
            1 if said["unit"] == "" else unit, **bounds, scale=said["scale"], by_type=by_type
        )


@frozen
class Declaration:
    """What parameters need to know of the dynamics for which they are.

    Attributes
    ----------
    dynamics : str
        Its name.
    parameters : dict of str to TypeParameter
        What it declares beside the parameters of the published model.
    """

    dynamics: str
    parameters: dict[str, TypeParameter] = field(factory=dict)

    def __str__(self) -> str:
        own = ", ".join(self.parameters) or "no parameters of its own"
        return f"{self.dynamics!r} ({own})"

    @property
    def is_published(self) -> bool:
        """Whether it is that of the published model, of which files and checksums say nothing."""
        return self.dynamics == PUBLISHED and not self.parameters

    @property
    def text(self) -> str:
        """All of it in one line, for checksums."""
        own = {name: one.to_dict() for name, one in self.parameters.items()}
        return json.dumps({"dynamics": self.dynamics, "parameters": own})

    def differences(self, other: Declaration) -> list[str]:
        """Return in words what parameters of the other cannot be for this one.

        Parameters
        ----------
        other : Declaration
        """
        own, others = self.parameters, other.parameters
        found = [f"they lack {name}" for name in own if name not in others]
        found += [f"it has no {name}" for name in others if name not in own]
        for name in own.keys() & others.keys():
            units = [unit_text(each[name].dimensions) or "1" for each in (others, own)]
            if units[0] != units[1]:
                found.append(f"their {name} has the unit {units[0]}, and its own {units[1]}")
        return found


def unit_text(dimensions: Dimension) -> str:
    """Return the SI unit of some dimensions as files write it; nothing for plain numbers.

    Parameters
    ----------
    dimensions : Dimension

    Examples
    --------
    >>> unit_text(get_dimensions(second)), unit_text(DIMENSIONLESS)
    ('s', '')
    """
    for text, unit in UNITS.items():
        if get_dimensions(unit) is dimensions:
            return text
    known = ", ".join(text for text in UNITS if text)
    raise InvalidValueError(
        f"the unit of a TypeParameter is {dimensions}, but must be 1 or a multiple of one of"
        f" {known}; write what else there is in the equations, as strength/second."
    )


def require_declarations(where: str, parameters: Any) -> None:
    """Raise unless the parameters of a dynamics are declared by name.

    Parameters
    ----------
    where : str
        The dynamics, for messages.
    parameters : mapping of str to TypeParameter
    """
    require_by_name(where, "parameters", "a parameter", "nfs.TypeParameter", parameters)
    for name, declared in parameters.items():
        if not isinstance(declared, TypeParameter):
            raise InvalidTypeError(
                f"{where}: the parameter {name!r} is {declared!r}, but must be declared by"
                " nfs.TypeParameter(unit, default, lowest, highest, scale)."
            )
        if name in NOT_FOR_PARAMETERS:
            raise InvalidValueError(
                f"{where}: {name!r} is an argument of functions that take parameters by name;"
                " choose another name."
            )
