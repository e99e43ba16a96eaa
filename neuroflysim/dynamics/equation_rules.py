"""What must be so of the equations of a cell, and of what a dynamics declares beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from brian2 import Equations, Quantity, get_dimensions, second
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import (
    DIFFERENTIAL_EQUATION,
    FLOAT,
    PARAMETER,
    EquationError,
    SingleEquation,
)
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim.dynamics.by_name import require_by_name
from neuroflysim.dynamics.constants_by_type import require_constant
from neuroflysim.dynamics.dependence import used_by
from neuroflysim.dynamics.given import (
    BY_TYPE,
    CURRENT,
    ELECTRICAL,
    GIVEN,
    NOT_FOR_CELLS,
    SYNAPTIC_INPUT,
)
from neuroflysim.dynamics.initial import require_initial
from neuroflysim.dynamics.modulators import require_modulators
from neuroflysim.dynamics.said_otherwise import (
    DELAY,
    STATEMENT,
    has_statement,
    instead_of,
    is_called,
)
from neuroflysim.dynamics.synaptic_sum import require_inputs
from neuroflysim.dynamics.type_parameters import require_declarations
from neuroflysim.dynamics.white_noise import NOISE_DIMENSION, noise_names, noise_trouble
from neuroflysim.errors import InvalidValueError
from neuroflysim.expressions import dimensions_of, require_small_powers
from neuroflysim.stimulus.names import names_in_equations

if TYPE_CHECKING:
    from neuroflysim.dynamics.dynamics import Dynamics


def require_sound(dynamics: Dynamics) -> None:
    """Raise unless cells can be made of a dynamics; says what is wrong, and how to mend it.

    Parameters
    ----------
    dynamics : Dynamics

    Raises
    ------
    InvalidValueError, InvalidTypeError
    """
    require_declarations(f"dynamics {dynamics.name}", dynamics.parameters)
    _require_constants(dynamics)
    require_inputs(f"dynamics {dynamics.name}", dynamics.inputs)
    require_modulators(f"dynamics {dynamics.name}", dynamics.modulators)
    try:
        require_small_powers(dynamics.equations)
        parsed = Equations(dynamics.equations)
    except (
        EquationError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
    ) as error:
        cure = f" {STATEMENT}" if has_statement(dynamics.equations) else ""
        raise _wrong(dynamics, f"the equations do not parse: {error}{cure}") from None
    _require_names(dynamics, parsed)
    if "voltage" not in parsed.diff_eq_names or "output" not in parsed.names:
        raise _wrong(dynamics, "the equations must define dvoltage/dt and output.")
    for name in ("voltage", "output"):
        if parsed[name].dim is not DIMENSIONLESS:
            raise _wrong(dynamics, f"{name} must be a plain number; declare it with ': 1'.")
    for equation in parsed.values():
        _require_kind(dynamics, equation)
    _require_sources(dynamics, parsed)
    _require_units(dynamics, parsed)
    trouble = noise_trouble(parsed)
    if trouble:
        raise _wrong(dynamics, f"{trouble}.")
    _require_initial(dynamics, parsed)


def _wrong(dynamics: Dynamics, what: str) -> InvalidValueError:
    return InvalidValueError(f"dynamics {dynamics.name}: {what}")


def _require_constants(dynamics: Dynamics) -> None:
    where = f"dynamics {dynamics.name}"
    require_by_name(where, "constants", "a constant", "numbers", dynamics.constants)
    for name, value in dynamics.constants.items():
        names_in_equations(where, [name])
        require_constant(f"{where}: the constant {name!r}", value)


def _require_initial(dynamics: Dynamics, parsed: Equations) -> None:
    states = {name: parsed[name].dim for name in parsed.diff_eq_names}
    known = {"voltage": DIMENSIONLESS, **BY_TYPE, **dynamics.own_dimensions}
    require_initial(f"dynamics {dynamics.name}", dynamics.initial, states, known)


def _require_kind(dynamics: Dynamics, equation: SingleEquation) -> None:
    """Raise unless an equation says how its variable is computed, and nothing else."""
    name = equation.varname
    if equation.type == PARAMETER:
        given = name in dynamics.constants or name in dynamics.parameters
        raise _wrong(dynamics,
            f"{name!r} is declared without a value, so that it would be 0; "
            + ("constants or parameters have it: leave out its line." if given else "give it in"
               " constants or parameters and leave out its line, or define it by an equation.")
        )  # fmt: skip
    cures = [cure for cure in map(instead_of, equation.flags) if cure]
    if cures:
        raise _wrong(dynamics, f"{name!r} is declared ({', '.join(equation.flags)}): {cures[0]}.")
    if equation.flags:
        raise _wrong(
            dynamics,
            f"{name!r} is declared ({', '.join(equation.flags)}), but flags of Brian2 mean"
            " nothing here: all is computed in every step; leave them out.",
        )


def _require_sources(dynamics: Dynamics, parsed: Equations) -> None:
    """Raise unless cells can pass on what the sums are taken of."""
    for name, each in dynamics.inputs.items():
        if each.of not in parsed.names or parsed[each.of].var_type is not FLOAT:
            found = ", ".join(sorted(parsed.names))
            raise _wrong(
                dynamics,
                f"the input {name!r} is a sum of {each.of!r}, which must be a variable of the"
                f" source that the equations define as a number; they define {found}.",
            )
    for source in dynamics.sources:
        at_once = {"luminance", CURRENT, ELECTRICAL, *dynamics.inputs, *noise_names(parsed)}
        momentary = sorted(used_by(source, parsed) & at_once)
        if momentary:
            raise _wrong(
                dynamics,
                f"{source} depends on {momentary[0]!r}, so that a signal would pass several"
                " cells in one step; let it depend on the voltage or another state variable.",
            )
    used = set(parsed.identifiers)
    unused = sorted(set(dynamics.inputs) - used - {SYNAPTIC_INPUT})
    if unused:
        raise _wrong(
            dynamics,
            f"the input {unused[0]!r} is declared, but no equation uses it; use it, or leave"
            " it out of inputs.",
        )


def _require_units(dynamics: Dynamics, parsed: Equations) -> None:
    known = {each.varname: each.dim for each in Equations(GIVEN).values()}
    known |= {each.varname: each.dim for each in parsed.values()}
    known |= {name: parsed[each.of].dim for name, each in dynamics.inputs.items()}
    known |= {CURRENT: DIMENSIONLESS, ELECTRICAL: DIMENSIONLESS}
    known |= dict.fromkeys(noise_names(parsed), NOISE_DIMENSION)
    known |= dynamics.own_dimensions
    known["dt"] = get_dimensions(second)
    for equation in parsed.values():
        wanted = equation.dim
        if equation.type == DIFFERENTIAL_EQUATION:
            wanted = get_dimensions(Quantity(1, dim=wanted) / second)
        try:
            found = dimensions_of(equation.expr.code, known)
        except InvalidValueError as error:
            raise _wrong(dynamics, f"the equation of {equation.varname!r}: {error}") from None
        if found is not wanted:
            raise _wrong(
                dynamics,
                f"the equation of {equation.varname!r} has the unit {found}, but must have"
                f" {wanted} as it is declared.",
            )


def _require_names(dynamics: Dynamics, parsed: Equations) -> None:
    defined = parsed.names | {
        *dynamics.constants,
        *dynamics.parameters,
        *dynamics.inputs,
        *dynamics.modulators,
    }
    names_in_equations(f"dynamics {dynamics.name}", defined)
    own = parsed.names | {*dynamics.constants, *dynamics.parameters, *dynamics.modulators}
    inputs = sorted(own & set(dynamics.inputs))
    if inputs:
        raise _wrong(
            dynamics,
            f"{inputs[0]!r} is the name of an input, and cannot be defined or be a constant,"
            " parameter or modulator, too; choose another name.",
        )
    twice = sorted(parsed.names & set(dynamics.constants))
    if twice and parsed[twice[0]].type != PARAMETER:
        raise _wrong(dynamics, f"{twice[0]!r} is defined by the equations and by constants, too.")
    elsewhere = {
        **dict.fromkeys(parsed.names, "the equations"),
        **dict.fromkeys(dynamics.constants, "constants"),
    }
    _require_use(dynamics, "parameter", dynamics.parameters, elsewhere, parsed)
    elsewhere |= dict.fromkeys(dynamics.parameters, "parameters")
    _require_use(dynamics, "modulator", dynamics.modulators, elsewhere, parsed)
    given = set(Equations(GIVEN).names) | {CURRENT, ELECTRICAL}
    brians = {"dt", "xi", *NOT_FOR_CELLS}
    taken = (given | {SYNAPTIC_INPUT} | brians) & own or (given | brians) & set(dynamics.inputs)
    if taken:
        raise _wrong(
            dynamics,
            f"{sorted(taken)[0]!r} is a name of the simulation's own; do not define it, and"
            " choose another name for a constant.",
        )
    known = set(DEFAULT_FUNCTIONS) | set(DEFAULT_CONSTANTS) | set(DEFAULT_UNITS)
    noise = {name for name in defined if name.startswith("xi_")}  # as Brian2 calls it
    if known & defined or noise:
        raise _wrong(
            dynamics,
            f"{sorted(known & defined | noise)[0]!r} is a function, constant, unit or noise of"
            " Brian2; choose another name.",
        )
    used = set(parsed.identifiers) | set(parsed.stochastic_variables)
    called = sorted(name for name in given | defined if is_called(name, dynamics.equations))
    if called:
        raise _wrong(dynamics, f"the equations use {called[0]}(...), as if it had a past: {DELAY}.")
    others = sorted(used - defined - given - {"dt", *NOT_FOR_CELLS})
    told = [(name, instead_of(name)) for name in others if instead_of(name)]
    if told:
        raise _wrong(dynamics, "the equations use {!r}: {}.".format(*told[0]))
    for name, why in NOT_FOR_CELLS.items():
        if name in used:
            raise _wrong(dynamics, f"the equations use {name!r}, but {why}.")
    known = (
        given | defined | {"dt"} | set(noise_names(parsed)) | set(DEFAULT_FUNCTIONS)
        | set(DEFAULT_CONSTANTS) | set(DEFAULT_UNITS) | {"and", "or", "not", "True", "False"}
    )  # fmt: skip
    unknown = sorted(used - known)
    if unknown:
        raise _wrong(
            dynamics,
            f"the equations use {unknown[0]!r}, which is neither defined by them nor a"
            " constant, parameter or modulator nor given by the simulation"
            f" ({', '.join(sorted(given | set(dynamics.inputs)))}); a sum over inputs is declared"
            " in inputs.",
        )


def _require_use(
    dynamics: Dynamics,
    kind: str,
    names: Iterable[str],
    elsewhere: Mapping[str, str],
    parsed: Equations,
) -> None:
    """Raise if a declared parameter or modulator is defined elsewhere, too, or nowhere used."""
    for name in names:
        if name in elsewhere:
            raise _wrong(
                dynamics,
                f"the {kind} {name!r} is defined by {elsewhere[name]}, too; leave one of them out.",
            )
        if name not in parsed.identifiers:
            raise _wrong(
                dynamics,
                f"the equations do not use the {kind} {name!r}, so that it would change nothing;"
                " use it or leave it out.",
            )
