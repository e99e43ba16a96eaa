"""What a dynamics is: the Brian2 equations of one neuron, and the constants in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import field, fields, frozen
from brian2 import Equations, Quantity, get_dimensions, second
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import (
    DIFFERENTIAL_EQUATION,
    FLOAT,
    PARAMETER,
    SUBEXPRESSION,
    EquationError,
)
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_unit_for_display

from neuroflysim.dynamics.constants_by_type import (
    as_dicts,
    dimensions_of_constant,
    require_constant,
)
from neuroflysim.dynamics.initial import require_initial
from neuroflysim.dynamics.modulators import checked_modulators
from neuroflysim.dynamics.said_otherwise import (
    DELAY,
    STATEMENT,
    has_statement,
    instead_of,
    is_called,
    require_no_others,
)
from neuroflysim.dynamics.synaptic_sum import SynapticSum, checked_inputs
from neuroflysim.dynamics.type_parameters import (
    Declaration,
    TypeParameter,
    require_declarations,
)
from neuroflysim.dynamics.white_noise import NOISE_DIMENSION, noise_names, noise_trouble
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.expressions import dimensions_of
from neuroflysim.stimulus.names import names_in_equations

#: What the engine gives to every neuron, beside the sums over its inputs, for the equations to use.
GIVEN = """
    luminance : 1                            # of the neuron's column; 0 if no photoreceptor
    time_constant : second (constant)        # by cell type
    resting_potential : 1 (constant)         # by cell type
"""

#: Parameters of the published model that neurons have by cell type.
BY_TYPE = {"time_constant": get_dimensions(second), "resting_potential": DIMENSIONLESS}

#: The sum that a dynamics has if it declares no others, and to which an electrode adds its current.
SYNAPTIC_INPUT = "synaptic_input"

#: What equations may use to say themselves where the current of an electrode goes.
CURRENT = "injected_current"

#: The current through gap junctions: the sum of conductance * (voltage of the other - own voltage).
ELECTRICAL = "electrical_input"

ONLY_XI = (
    "a simulation gives the same voltages each time, whatever it is computed with; for noise write"
    " xi, Gaussian white noise with the unit second**-0.5, in a term like sigma*xi"
)

#: What Brian2 knows, and why the equations of a cell cannot use it here.
NOT_FOR_CELLS = {
    "t_in_timesteps": "the time of a program begins at different steps on different devices; let"
    " the stimulus or a state variable depend on time",
    "t": "the time of a program begins at different steps on different devices; let the stimulus or"
    " a state variable depend on time",
    "i": "numbers of neurons count candidates and conditions, too",
    "N": "the number of neurons counts candidates and conditions, too",
    "rand": ONLY_XI,
    "randn": ONLY_XI,
    "poisson": ONLY_XI,
}


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
        require_declarations(f"dynamics {self.name}", self.parameters)
        self._check_constants()
        checked_inputs(f"dynamics {self.name}", self.inputs)
        checked_modulators(f"dynamics {self.name}", self.modulators)
        try:
            parsed = Equations(self.equations)
        except (
            EquationError,
            SyntaxError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ) as error:
            cure = f" {STATEMENT}" if has_statement(self.equations) else ""
            raise self._wrong(f"the equations do not parse: {error}{cure}") from None
        self._check_names(parsed)
        if "voltage" not in parsed.diff_eq_names or "output" not in parsed.names:
            raise self._wrong("the equations must define dvoltage/dt and output.")
        for name in ("voltage", "output"):
            if parsed[name].dim is not DIMENSIONLESS:
                raise self._wrong(f"{name} must be a plain number; declare it with ': 1'.")
        for equation in parsed.values():
            self._check_kind(equation)
        self._check_sources(parsed)
        self._check_units(parsed)
        trouble = noise_trouble(parsed)
        if trouble:
            raise self._wrong(f"{trouble}.")
        self._check_initial(parsed)

    def _check_constants(self) -> None:
        if not isinstance(self.constants, Mapping):
            raise InvalidTypeError(
                f"dynamics {self.name}: constants must be a dict of numbers by name, but is"
                f" {type(self.constants).__name__}."
            )
        for name, value in self.constants.items():
            if not isinstance(name, str) or not name.isidentifier():
                raise InvalidTypeError(
                    f"dynamics {self.name}: {name!r} is no name of a constant; write one word."
                )
            names_in_equations(f"dynamics {self.name}", [name])
            require_constant(f"dynamics {self.name}: the constant {name!r}", value)

    def _check_initial(self, parsed: Equations) -> None:
        states = {name: parsed[name].dim for name in parsed.diff_eq_names}
        known = {"voltage": DIMENSIONLESS, **BY_TYPE, **self.own_dimensions}
        require_initial(f"dynamics {self.name}", self.initial, states, known)

    @property
    def own_dimensions(self) -> dict[str, Dimension]:
        """Physical dimensions of its constants, parameters and modulators."""
        declared = {name: each.dimensions for name, each in self.parameters.items()}
        constants = {name: dimensions_of_constant(each) for name, each in self.constants.items()}
        return declared | constants | dict.fromkeys(self.modulators, DIMENSIONLESS)

    def _check_kind(self, equation) -> None:
        """Raise unless an equation says how its variable is computed, and nothing else."""
        name = equation.varname
        if equation.type == PARAMETER:
            given = name in self.constants or name in self.parameters
            raise self._wrong(
                f"{name!r} is declared without a value, so that it would be 0; "
                + ("constants or parameters have it: leave out its line." if given else "give it in"
                   " constants or parameters and leave out its line, or define it by an equation.")
            )  # fmt: skip
        cures = [cure for cure in map(instead_of, equation.flags) if cure]
        if cures:
            raise self._wrong(f"{name!r} is declared ({', '.join(equation.flags)}): {cures[0]}.")
        if equation.flags:
            raise self._wrong(
                f"{name!r} is declared ({', '.join(equation.flags)}), but flags of Brian2 mean"
                " nothing here: all is computed in every step; leave them out."
            )

    def _check_sources(self, parsed: Equations) -> None:
        """Raise unless cells can pass on what the sums are taken of."""
        for name, each in self.inputs.items():
            if each.of not in parsed.names or parsed[each.of].var_type is not FLOAT:
                found = ", ".join(sorted(parsed.names))
                raise self._wrong(
                    f"the input {name!r} is a sum of {each.of!r}, which must be a variable of the"
                    f" source that the equations define as a number; they define {found}."
                )
        for source in self.sources:
            at_once = {"luminance", CURRENT, ELECTRICAL, *self.inputs, *noise_names(parsed)}
            momentary = sorted(_used_by(source, parsed) & at_once)
            if momentary:
                raise self._wrong(
                    f"{source} depends on {momentary[0]!r}, so that a signal would pass several"
                    " cells in one step; let it depend on the voltage or another state variable."
                )
        used = set(parsed.identifiers)
        unused = sorted(set(self.inputs) - used - {SYNAPTIC_INPUT})
        if unused:
            raise self._wrong(
                f"the input {unused[0]!r} is declared, but no equation uses it; use it, or leave"
                " it out of inputs."
            )

    def _check_units(self, parsed: Equations) -> None:
        known = {each.varname: each.dim for each in Equations(GIVEN).values()}
        known |= {each.varname: each.dim for each in parsed.values()}
        known |= {name: parsed[each.of].dim for name, each in self.inputs.items()}
        known |= {CURRENT: DIMENSIONLESS, ELECTRICAL: DIMENSIONLESS}
        known |= dict.fromkeys(noise_names(parsed), NOISE_DIMENSION)
        known |= self.own_dimensions
        known["dt"] = get_dimensions(second)
        for equation in parsed.values():
            wanted = equation.dim
            if equation.type == DIFFERENTIAL_EQUATION:
                wanted = get_dimensions(Quantity(1, dim=wanted) / second)
            try:
                found = dimensions_of(equation.expr.code, known)
            except InvalidValueError as error:
                raise self._wrong(f"the equation of {equation.varname!r}: {error}") from None
            if found is not wanted:
                raise self._wrong(
                    f"the equation of {equation.varname!r} has the unit {found}, but must have"
                    f" {wanted} as it is declared."
                )

    def _check_names(self, parsed: Equations) -> None:
        defined = parsed.names | {*self.constants, *self.parameters, *self.inputs, *self.modulators}
        names_in_equations(f"dynamics {self.name}", defined)
        own = parsed.names | {*self.constants, *self.parameters, *self.modulators}
        inputs = sorted(own & set(self.inputs))
        if inputs:
            raise self._wrong(
                f"{inputs[0]!r} is the name of an input, and cannot be defined or be a constant,"
                " parameter or modulator, too; choose another name."
            )
        twice = sorted(parsed.names & set(self.constants))
        if twice and parsed[twice[0]].type != PARAMETER:
            raise self._wrong(f"{twice[0]!r} is defined by the equations and by constants, too.")
        self._check_parameters(parsed)
        self._check_modulators(parsed)
        given = set(Equations(GIVEN).names) | {CURRENT, ELECTRICAL}
        brians = {"dt", "xi", *NOT_FOR_CELLS}
        taken = (given | {SYNAPTIC_INPUT} | brians) & own or (given | brians) & set(self.inputs)
        if taken:
            raise self._wrong(
                f"{sorted(taken)[0]!r} is a name of the simulation's own; do not define it, and"
                " choose another name for a constant."
            )
        known = set(DEFAULT_FUNCTIONS) | set(DEFAULT_CONSTANTS) | set(DEFAULT_UNITS)
        noise = {name for name in defined if name.startswith("xi_")}  # as Brian2 calls it
        if known & defined or noise:
            raise self._wrong(
                f"{sorted(known & defined | noise)[0]!r} is a function, constant, unit or noise of"
                " Brian2; choose another name."
            )
        used = set(parsed.identifiers) | set(parsed.stochastic_variables)
        called = sorted(name for name in given | defined if is_called(name, self.equations))
        if called:
            raise self._wrong(f"the equations use {called[0]}(...), as if it had a past: {DELAY}.")
        others = sorted(used - defined - given - {"dt", *NOT_FOR_CELLS})
        told = [(name, instead_of(name)) for name in others if instead_of(name)]
        if told:
            raise self._wrong("the equations use {!r}: {}.".format(*told[0]))
        for name, why in NOT_FOR_CELLS.items():
            if name in used:
                raise self._wrong(f"the equations use {name!r}, but {why}.")
        known = (
            given | defined | {"dt"} | set(noise_names(parsed)) | set(DEFAULT_FUNCTIONS)
            | set(DEFAULT_CONSTANTS) | set(DEFAULT_UNITS) | {"and", "or", "not", "True", "False"}
        )  # fmt: skip
        unknown = sorted(used - known)
        if unknown:
            raise self._wrong(
                f"the equations use {unknown[0]!r}, which is neither defined by them nor a"
                " constant, parameter or modulator nor given by the simulation"
                f" ({', '.join(sorted(given | set(self.inputs)))}); a sum over inputs is declared"
                " in inputs."
            )

    def _check_parameters(self, parsed: Equations) -> None:
        """Raise if a declared parameter is defined elsewhere, too, or nowhere used."""
        for name in self.parameters:
            other = "the equations" if name in parsed.names else "constants"
            if name in parsed.names | set(self.constants):
                raise self._wrong(
                    f"the parameter {name!r} is defined by {other}, too; leave one of them out."
                )
            if name not in parsed.identifiers:
                raise self._wrong(
                    f"the equations do not use the parameter {name!r}, so that it would change"
                    " nothing; use it or leave it out."
                )

    def _check_modulators(self, parsed: Equations) -> None:
        """Raise if a modulator is defined elsewhere, too, or nowhere used."""
        elsewhere = {
            **dict.fromkeys(parsed.names, "the equations"),
            **dict.fromkeys(self.constants, "constants"),
            **dict.fromkeys(self.parameters, "parameters"),
        }
        for name in self.modulators:
            if name in elsewhere:
                raise self._wrong(
                    f"the modulator {name!r} is defined by {elsewhere[name]}, too; leave one of"
                    " them out."
                )
            if name not in parsed.identifiers:
                raise self._wrong(
                    f"the equations do not use the modulator {name!r}, so that its level would"
                    " change nothing; use it or leave it out."
                )

    def _wrong(self, what: str) -> InvalidValueError:
        return InvalidValueError(f"dynamics {self.name}: {what}")

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
        return any(_used_by(source, parsed) & by_type for source in self.sources)

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
            and _leaves(name, parsed) <= states | fixed
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


def _leaves(name: str, parsed: Equations) -> set[str]:
    """Return what a subexpression is made of, with the contents of others in their place."""
    if name not in parsed.names or parsed[name].type != SUBEXPRESSION:
        return {name}
    return set().union(*(_leaves(other, parsed) for other in parsed[name].identifiers))


def _used_by(name: str, parsed: Equations) -> set[str]:
    """Return what a subexpression depends on, through other subexpressions."""
    if name not in parsed.names or parsed[name].type != SUBEXPRESSION:
        return {name}
    return {name}.union(*(_used_by(other, parsed) for other in parsed[name].identifiers))
