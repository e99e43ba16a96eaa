"""Derivatives by what a run begins with."""

from __future__ import annotations

import numpy as np
import sympy
from brian2 import Quantity
from brian2.parsing.sympytools import sympy_to_str

from neuroflysim.dynamics import by_type_names, inside_name, names_of_initial
from neuroflysim.expressions import value_of
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.adjoint.derivative import derivative, parsed
from neuroflysim.simulation.engine_contract import Setup, type_parameters


def through_start(
    setup: Setup, candidates: list[Parameters], voltage: np.ndarray, by_state: dict[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return derivatives by voltages at the beginning, and by what is by cell type then.

    Other state variables begin where the dynamics says, which may depend on both.

    Parameters
    ----------
    setup : Setup
    candidates : list of Parameters
    voltage : ndarray, shape (candidate, neuron)
        At the beginning.
    by_state : dict of str to ndarray, shape (candidate, neuron)
        Derivatives by the state at the beginning, by the names in generated code.
    """
    dynamics, network = setup.dynamics, setup.network
    by_voltage, by_type = by_state["voltage"].copy(), {}
    inside, used = by_type_names(dynamics), names_of_initial(dynamics.initial)
    values = type_parameters(setup, candidates)
    constants = {n: float(c) for n, c in dynamics.constants.items() if not isinstance(c, dict)}
    known = {name: values[inside[name]][:, network.neuron_type] for name in inside if name in used}
    known = {"voltage": voltage, **constants, **known}
    for state, initial in dynamics.initial.items():
        if not isinstance(initial, str) or isinstance(initial, Quantity):
            continue
        after, begins = by_state[inside_name(dynamics, state)], parsed(initial)

        def pulled(name: str, after=after, begins=begins) -> np.ndarray | None:
            found = derivative(begins, sympy.Symbol(name, real=True))
            return None if found == 0 else after * value_of(sympy_to_str(found), known)

        through = pulled("voltage")
        by_voltage += 0 if through is None else through
        for name in set(inside) & used:
            found = pulled(name)
            if found is not None:
                by_type[inside[name]] = by_type.get(inside[name], 0) + of_types(setup, found)
    return by_voltage, by_type


def of_types(setup: Setup, by_neuron: np.ndarray) -> np.ndarray:
    """Return sums over the cells of each type, shape (candidate, cell_type).

    Parameters
    ----------
    setup : Setup
    by_neuron : ndarray, shape (candidate, neuron)
    """
    n_types = len(setup.network.cell_types)
    kind = setup.network.neuron_type
    return np.stack([np.bincount(kind, each, minlength=n_types) for each in by_neuron])
