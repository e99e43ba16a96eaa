"""What a dynamics is: the Brian2 equations of one neuron, and the constants in them."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen
from brian2 import Equations, Quantity
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import EquationError
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim.errors import InvalidValueError

#: What the engine gives to every neuron, for the equations to use.
GIVEN = """
    synaptic_input : 1                       # sum of weight * output over all inputs
    luminance : 1                            # of the neuron's column; 0 if no photoreceptor
    time_constant : second (constant)        # by cell type
    resting_potential : 1 (constant)         # by cell type
"""

#: Names that the simulation uses beside those.
PRIVATE = {"bound", "runaway_time", "weight", "t", "dt", "t_in_timesteps", "i", "N"}


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
            raise InvalidValueError(
                f"dynamics {self.name}: the equations do not parse: {error}"
            ) from None
        taken = (set(Equations(GIVEN).names) | PRIVATE) & (parsed.names | set(self.constants))
        if taken:
            raise InvalidValueError(
                f"dynamics {self.name}: {sorted(taken)[0]!r} is a name of the simulation's own;"
                " do not define it, and choose another name for a constant."
            )
        if "voltage" not in parsed.diff_eq_names or "output" not in parsed.names:
            raise InvalidValueError(
                f"dynamics {self.name}: the equations must define dvoltage/dt and output."
            )
        for name in ("voltage", "output"):
            if parsed[name].dim is not DIMENSIONLESS:
                raise InvalidValueError(
                    f"dynamics {self.name}: {name} must be a plain number; declare it with ': 1'."
                )
        known = (
            set(Equations(GIVEN).names) | parsed.names | set(self.constants)
            | {"t", "dt", "i", "N", "xi"} | set(DEFAULT_FUNCTIONS) | set(DEFAULT_CONSTANTS)
            | set(DEFAULT_UNITS) | {"and", "or", "not", "True", "False"}
        )  # fmt: skip
        unknown = sorted(set(parsed.identifiers) - known)
        if unknown:
            raise InvalidValueError(
                f"dynamics {self.name}: the equations use {unknown[0]!r}, which is neither defined"
                " by them nor a constant nor given by the simulation"
                f" ({', '.join(sorted(Equations(GIVEN).names))})."
            )

    @property
    def state_variables(self) -> set[str]:
        """Names of the variables that differential equations define."""
        return set(Equations(self.equations).diff_eq_names)
