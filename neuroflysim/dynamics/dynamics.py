"""What a dynamics is: the Brian2 equations of one neuron, and the constants in them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import field, fields, frozen
from brian2 import Equations, Quantity
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import (
    FLOAT,
)
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_unit_for_display

from neuroflysim.dynamics.constants_by_type import (
    as_dicts,
    dimensions_of_constant,
)
from neuroflysim.dynamics.dependence import leaves, used_by
from neuroflysim.dynamics.dynamics_files import read_arguments, write_arguments
from neuroflysim.dynamics.equation_rules import require_sound
from neuroflysim.dynamics.given import BY_TYPE, CURRENT, ELECTRICAL, SYNAPTIC_INPUT
from neuroflysim.dynamics.said_otherwise import (
    require_no_others,
)
from neuroflysim.dynamics.synaptic_sum import SynapticSum
from neuroflysim.dynamics.type_parameters import (
    Declaration,
    TypeParameter,
)
from neuroflysim.dynamics.white_noise import noise_names
from neuroflysim.errors import InvalidTypeError, InvalidValueError


@frozen
class Dynamics:
    """Brian2 equations of a model neuron.

    Parameters
    ----------
    name : str
    equations : str
        Brian2 equations. They define ``voltage`` by a differential equation, and ``output``, what
        a neuron passes on to its targets. They may use the inputs, luminance, time_constant and
        resting_potential, which the simulation gives to each neuron, parameters and constants, and
        the white noise ``xi``, as Brian2 means it (docs/noise.md). The
        current of an electrode (`Activate`) adds to synaptic_input; equations that have no such
        sum, or another place for it, use it as ``injected_current``. Through gap junctions cells
        get ``electrical_input``, the sum of conductance * (voltage of the other - own voltage).
    constants : mapping of str to number or Quantity, or to a dict or Series of them by cell type
        Values that hold for all neurons; or, in a table, one for each cell type.
    reference : str
        Where the equations come from.
    inputs : mapping of str to SynapticSum
        The sums over inputs that the simulation gives to each neuron, by their names in the
        equations. By default one, ``synaptic_input``: the output of all sources, with the sign.
    parameters : mapping of str to TypeParameter
        Parameters of its own that are free by cell type, beside those of the published model:
        `Parameters` have their values.
    initial : mapping of str to number, Quantity or str
        Where state variables other than the voltage begin; 0, if nothing is said. An expression
        may use the voltage at the beginning, what is given by cell type, parameters, constants and
        modulators.
    modulators : mapping of str to float
        Numbers of the whole brain that equations may use, such as ``{"octopamine": 0}``, with
        their levels where `Modulate` sets no other.

    Examples
    --------
    Neurons that adapt, each type as much as its parameter says:

    >>> from brian2 import ms
    >>> adapting = Dynamics(
    ...     name="adapting",
    ...     equations='''
    ...     dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance
    ...                    - adaptation) / time_constant : 1
    ...     dadaptation/dt = (strength*voltage - adaptation) / adaptation_time : 1
    ...     output = voltage*int(voltage > 0) : 1
    ...     ''',
    ...     constants={"adaptation_time": 300*ms},
    ...     parameters={"strength": TypeParameter(1, default=0.2, lowest=0, highest=5)},
    ...     initial={"adaptation": "strength*voltage"})
    >>> sorted(adapting.state_variables)
    ['adaptation', 'voltage']

    Neurons whose inhibition divides:

    >>> shunting = Dynamics(
    ...     name="shunting",
    ...     inputs={"excitation": SynapticSum(sign=1), "inhibition": SynapticSum(sign=-1)},
    ...     equations='''
    ...     dvoltage/dt = (-voltage + resting_potential + luminance
    ...                    + excitation/(1 - inhibition)) / time_constant : 1
    ...     output = voltage*int(voltage > 0) : 1
    ...     ''')
    """

    name: str
    equations: str
    constants: Mapping[str, Any] = field(factory=dict, converter=as_dicts)
    reference: str = ""
    inputs: Mapping[str, SynapticSum] = field(factory=lambda: {SYNAPTIC_INPUT: SynapticSum()})
    parameters: Mapping[str, TypeParameter] = field(factory=dict)
    initial: Mapping[str, float | Quantity | str] = field(factory=dict)
    modulators: Mapping[str, float] = field(factory=dict)

    def __init__(
        self,
        name: str,
        equations: str,
        constants: Mapping[str, Any] | None = None,
        reference: str = "",
        inputs: Mapping[str, SynapticSum] | None = None,
        parameters: Mapping[str, TypeParameter] | None = None,
        initial: Mapping[str, float | Quantity | str] | None = None,
        modulators: Mapping[str, float] | None = None,
        **of_brian2: Any,
    ):
        require_no_others("a Dynamics", of_brian2, [each.name for each in fields(Dynamics)])
        given = {
            "constants": constants,
            "inputs": inputs,
            "parameters": parameters,
            "initial": initial,
            "modulators": modulators,
        }
        given = {argument: value for argument, value in given.items() if value is not None}
        made = self.__attrs_init__  # pyright: ignore[reportAttributeAccessIssue]  (by attrs)
        made(name, equations, reference=reference, **given)

    def __attrs_post_init__(self):
        for argument in ("name", "equations", "reference"):
            if not isinstance(getattr(self, argument), str):
                kind = type(getattr(self, argument)).__name__
                raise InvalidTypeError(f"{argument} of a Dynamics must be text, but is {kind}.")
        _require_name(self.name)
        require_sound(self)

    @property
    def own_dimensions(self) -> dict[str, Dimension]:
        """Physical dimensions of its constants, parameters and modulators."""
        declared = {name: each.dimensions for name, each in self.parameters.items()}
        constants = {name: dimensions_of_constant(each) for name, each in self.constants.items()}
        return declared | constants | dict.fromkeys(self.modulators, DIMENSIONLESS)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the variables that cells pass on: the output, and others that sums are of."""
        return tuple(dict.fromkeys(["output", *(each.of for each in self.inputs.values())]))

    @property
    def passes_on_by_type(self) -> bool:
        """Whether what cells pass on depends on what they have by cell type, beside the voltage."""
        parsed = Equations(self.equations)
        tables = {name for name, value in self.constants.items() if isinstance(value, dict)}
        by_type = {*BY_TYPE, *self.parameters, *self.modulators, *tables}
        return any(used_by(source, parsed) & by_type for source in self.sources)

    @property
    def takes_current(self) -> bool:
        """Whether the equations say where the current of an electrode goes."""
        return SYNAPTIC_INPUT in self.inputs or CURRENT in Equations(self.equations).identifiers

    @property
    def takes_electrical_input(self) -> bool:
        """Whether the equations say where the current through gap junctions goes."""
        return ELECTRICAL in Equations(self.equations).identifiers

    @property
    def state_variables(self) -> set[str]:
        """Names of the variables that differential equations define."""
        return set(_state_variables(self.equations))

    @property
    def noises(self) -> tuple[str, ...]:
        """Names of the white noise in the equations, in the order in which they are numbered."""
        return _noises(self.equations)

    @property
    def defined(self) -> set[str]:
        """Names of the variables that the equations define."""
        return set(Equations(self.equations).names)

    @property
    def recordable(self) -> tuple[str, ...]:
        """Names of what can be recorded: state variables, and numbers that follow from them alone.

        Not what depends on inputs, light or parameters by cell type, too.
        """
        parsed = Equations(self.equations)
        states, own = self.state_variables, {**self.constants}
        fixed = {name for name, value in own.items() if not isinstance(value, dict)}
        fixed |= set(DEFAULT_FUNCTIONS) | set(DEFAULT_CONSTANTS) | set(DEFAULT_UNITS)
        found = [
            name
            for name in sorted(parsed.names - states)
            if parsed[name].var_type is FLOAT
            and leaves(name, parsed) <= states | fixed
            and not parsed[name].stochastic_variables
        ]
        others = sorted(states - {"voltage"})
        return ("voltage", *others, *found)

    def unit_text(self, name: str) -> str:
        """Return the SI unit of a variable, as labels have it; 1 for plain numbers.

        Parameters
        ----------
        name : str
            That the equations define.
        """
        return str(get_unit_for_display(Equations(self.equations)[name].dim))

    @property
    def declaration(self) -> Declaration:
        """What parameters need to know of it."""
        return Declaration(self.name, dict(self.parameters))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the equations, and all that is declared for them, to a file of JSON.

        Parameters
        ----------
        path : path-like
            Ends in .json; `load_dynamics` reads it. Numbers stand there in SI units.
        """
        write_arguments(path, {one.name: getattr(self, one.name) for one in fields(Dynamics)})


def load_dynamics(path: str | os.PathLike[str]) -> Dynamics:
    """Read a dynamics that `Dynamics.save` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Dynamics

    Raises
    ------
    InvalidValueError
        If the file holds no dynamics; says what is wrong in it, and where.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from neuroflysim.dynamics import CONDUCTANCE
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "conductance.json"
    >>> CONDUCTANCE.save(file)
    >>> load_dynamics(file) == CONDUCTANCE
    True
    """
    arguments = read_arguments(path)
    try:
        return Dynamics(**arguments)
    except (InvalidTypeError, InvalidValueError) as error:
        raise InvalidValueError(f"{path}: {error}") from None


@cache
def _state_variables(equations: str) -> frozenset[str]:
    """Parse once what every run asks for."""
    return frozenset(Equations(equations).diff_eq_names)


@cache
def _noises(equations: str) -> tuple[str, ...]:
    return noise_names(Equations(equations))


def _require_name(name: str) -> None:
    """Raise unless a name can stand in a line of a table."""
    if (
        not name.isprintable()
        or name != (" ".join(name.split()) or None)
        or set(name) & set(',;"#')
    ):
        raise InvalidValueError(
            f"name of a Dynamics is {name!r}, but must be printable words in one line, without"
            " commas, semicolons, quotation marks and #."
        )
