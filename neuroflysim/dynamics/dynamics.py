"""What a dynamics is: the Brian2 equations of one neuron, and the constants in them."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen
from brian2 import Equations, Quantity

from neuroflysim.errors import InvalidValueError

#: What the engine gives to every neuron, for the equations to use.
GIVEN = """
    synaptic_input : 1                       # sum of weight * output over all inputs
    luminance : 1                            # of the neuron's column; 0 if no photoreceptor
    time_constant : second (constant)        # by cell type
    resting_potential : 1 (constant)         # by cell type
"""


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
        parsed = Equations(self.equations)
        given = Equations(GIVEN).names & parsed.names
        if given:
            raise InvalidValueError(
                f"dynamics {self.name}: {sorted(given)[0]!r} is given to each neuron by the"
                " simulation; do not define it."
            )
        if "voltage" not in parsed.diff_eq_names or "output" not in parsed.names:
            raise InvalidValueError(
                f"dynamics {self.name}: the equations must define dvoltage/dt and output."
            )

    @property
    def state_variables(self) -> set[str]:
        """Names of the variables that differential equations define."""
        return set(Equations(self.equations).diff_eq_names)
