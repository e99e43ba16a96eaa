"""What a dynamics is: the Brian2 equations of one neuron, and the constants in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from attrs import field, frozen
from brian2 import Equations, Quantity
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import SUBEXPRESSION, EquationError
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim.checks import names_in_equations
from neuroflysim.errors import InvalidValueError

#: What the engine gives to every neuron, for the equations to use.
GIVEN = """
    synaptic_input : 1                       # sum of weight * output over all inputs
    luminance : 1                            # of the neuron's column; 0 if no photoreceptor
    time_constant : second (constant)        # by cell type
    resting_potential : 1 (constant)         # by cell type
"""

#: Names that the simulation uses beside those.
PRIVATE = {
    "bound", "runaway_time", "weight", "t", "dt", "t_in_timesteps", "i", "N",
    "transmission", "not_clamped", "clamp_voltage", "injected_current",
}  # fmt: skip


#: What Brian2 knows, and why the equations of a cell cannot use it here.
NOT_FOR_CELLS = {
    "t": "the time of a program begins at different steps on different devices; let the stimulus or"
    " a state variable depend on time",
    "i": "numbers of neurons count candidates and conditions, too",
    "N": "the number of neurons counts candidates and conditions, too",
    "xi": "a simulation gives the same voltages each time; add noise to the stimulus",
    "rand": "a simulation gives the same voltages each time; add noise to the stimulus",
    "randn": "a simulation gives the same voltages each time; add noise to the stimulus",
    "poisson": "a simulation gives the same voltages each time; add noise to the stimulus",
}


@frozen
class Dynamics:
    """Brian2 equations of a model neuron.

    Parameters
    ----------
    name : str
    equations : str
        Brian2 equations. They define ``voltage`` by a differential equation, and ``output``, what
        a neuron passes on to its targets. They may use synaptic_input, luminance, time_constant
        and resting_potential, which the simulation gives to each neuron, and the constants.
    constants : mapping of str to number or Quantity
        Values that hold for all neurons.
    reference : str
        Where the equations come from.

    Examples
    --------
    Neurons that adapt with a time constant of their own:

    >>> from brian2 import ms
    >>> adapting = Dynamics(
    ...     name="adapting",
    ...     equations='''
    ...     dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance
    ...                    - adaptation) / time_constant : 1
    ...     dadaptation/dt = (strength*voltage - adaptation) / adaptation_time : 1
    ...     output = voltage*int(voltage > 0) : 1
    ...     ''',
    ...     constants={"strength": 0.2, "adaptation_time": 300*ms})
    >>> sorted(adapting.state_variables)
    ['adaptation', 'voltage']
    """

    name: str
    equations: str
    constants: Mapping[str, float | Quantity] = field(factory=dict)
    reference: str = ""

    def __attrs_post_init__(self):
        try:
            parsed = Equations(self.equations)
        except (EquationError, SyntaxError, ValueError, TypeError) as error:
            raise self._wrong(f"the equations do not parse: {error}") from None
        self._check_names(parsed)
        if "voltage" not in parsed.diff_eq_names or "output" not in parsed.names:
            raise self._wrong("the equations must define dvoltage/dt and output.")
        for name in ("voltage", "output"):
            if parsed[name].dim is not DIMENSIONLESS:
                raise self._wrong(f"{name} must be a plain number; declare it with ': 1'.")
        for equation in parsed.values():
            if "constant over dt" in equation.flags:
                raise self._wrong(
                    f"{equation.varname!r} is declared constant over dt, but is computed in every"
                    " step anyway; leave the flag out."
                )
        momentary = sorted(_used_by("output", parsed) & {"luminance", "synaptic_input"})
        if momentary:
            raise self._wrong(
                f"output depends on {momentary[0]!r}, so that a signal would pass several cells in"
                " one step; let it depend on the voltage or another state variable."
            )

    def _check_names(self, parsed: Equations) -> None:
        defined = parsed.names | set(self.constants)
        names_in_equations(f"dynamics {self.name}", defined)
        taken = (set(Equations(GIVEN).names) | PRIVATE) & defined
        if taken:
            raise self._wrong(
                f"{sorted(taken)[0]!r} is a name of the simulation's own; do not define it, and"
                " choose another name for a constant."
            )
        used = set(parsed.identifiers) | set(parsed.stochastic_variables)
        for name, why in NOT_FOR_CELLS.items():
            if name in used:
                raise self._wrong(f"the equations use {name!r}, but {why}.")
        known = (
            set(Equations(GIVEN).names) | defined | {"dt"} | set(DEFAULT_FUNCTIONS)
            | set(DEFAULT_CONSTANTS) | set(DEFAULT_UNITS) | {"and", "or", "not", "True", "False"}
        )  # fmt: skip
        unknown = sorted(used - known)
        if unknown:
            raise self._wrong(
                f"the equations use {unknown[0]!r}, which is neither defined by them nor a constant"
                f" nor given by the simulation ({', '.join(sorted(Equations(GIVEN).names))})."
            )

    def _wrong(self, what: str) -> InvalidValueError:
        return InvalidValueError(f"dynamics {self.name}: {what}")

    @property
    def state_variables(self) -> set[str]:
        """Names of the variables that differential equations define."""
        return set(_state_variables(self.equations))


@cache
def _state_variables(equations: str) -> frozenset[str]:
    """Parse once what every run asks for."""
    return frozenset(Equations(equations).diff_eq_names)


def _used_by(name: str, parsed: Equations) -> set[str]:
    """Return what a subexpression depends on, through other subexpressions."""
    if name not in parsed.names or parsed[name].type != SUBEXPRESSION:
        return {name}
    return {name}.union(*(_used_by(other, parsed) for other in parsed[name].identifiers))
