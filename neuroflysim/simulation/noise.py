"""The white noise of a run: who draws which numbers, and the Brian2 variables that say so.

A number depends on seed, cell, candidate, condition, trial and step, and on nothing else
(`neuroflysim.simulation.counter_noise`). These are data: another seed compiles nothing.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from attrs import frozen
from brian2 import Clock, Function, NeuronGroup
from brian2.groups.group import CodeRunner

from neuroflysim import checks
from neuroflysim.dynamics import Dynamics, noise_variable
from neuroflysim.dynamics.white_noise import NOISE_DIMENSION
from neuroflysim.errors import InvalidValueError
from neuroflysim.simulation.counter_noise import UNIT, counter_noise_code, deviate_of, seed_words
from neuroflysim.simulation.engine_contract import Setup

#: Of each lane.
BY_LANE = ("_noise_candidate", "_noise_condition", "_noise_trial")

#: All that a step needs to know beside its number.
DATA = (*BY_LANE, "_noise_seed_low", "_noise_seed_high", "_noise_begin", "_noise_scale")


@frozen
class Drawn:
    """Which numbers are drawn in a run.

    Attributes
    ----------
    seed : int
    candidate, condition, trial : ndarray of int, shape (lane,)
    begin : int
        Steps that were made before this run.
    silent : bool
        Whether all noise is 0.
    """

    seed: int
    candidate: np.ndarray
    condition: np.ndarray
    trial: np.ndarray
    begin: int = 0
    silent: bool = False


def add_noise_data(neurons: NeuronGroup, n_lanes: int, scalar: bool = False) -> None:
    """Give neurons the variables that say which numbers they draw.

    Parameters
    ----------
    neurons : NeuronGroup
    n_lanes : int
    scalar : bool
        Whether there is only one lane, so that its numbers are those of all neurons.
    """
    add = neurons.variables.add_array
    for name in BY_LANE:
        add(name, size=n_lanes, dtype=np.int32, scalar=scalar)
    for name in ("_noise_seed_low", "_noise_seed_high", "_noise_begin"):
        add(name, size=1, dtype=np.int32, scalar=True)
    add("_noise_scale", size=1, dtype=np.float64, scalar=True)


def noise_by_neuron(setup: Setup, neurons: NeuronGroup, clock: Clock) -> list:
    """Return what lets the neurons of one lane draw their noise at the beginning of each step.

    For engines without a kernel of their own.

    Parameters
    ----------
    setup : Setup
    neurons : NeuronGroup
    clock : Clock
    """
    names = [noise_variable(k) for k in range(len(setup.dynamics.noises))]
    if not names:
        return []
    add_noise_data(neurons, 1, scalar=True)
    for name in names:
        neurons.variables.add_array(
            name, size=len(neurons), dtype=setup.dtype, dimensions=NOISE_DIMENSION
        )
    code = "\n".join(DRAW.format(name=name, which=k) for k, name in enumerate(names))
    drawing = CodeRunner(
        neurons, "stateupdate", code=code, clock=clock, when="start", order=-1,
        name="neurons_noise", check_units=False,
    )  # fmt: skip
    neurons.namespace["counter_noise"] = _brian_function()
    return [drawing]


#: Draws a noise of all neurons, in plain Brian2.
DRAW = (
    "{name} = _noise_scale*counter_noise(i, t_in_timesteps + _noise_begin, _noise_trial, {which},"
    " _noise_seed_low, _noise_seed_high, _noise_candidate, _noise_condition)"
)

_ARGUMENTS = "cell, step, trial, which, seed_low, seed_high, candidate, condition"

_CPP = """
{qualifier} static inline double counter_noise(
    int64_t cell, int64_t step, int64_t trial, int64_t which, int64_t seed_low, int64_t seed_high,
    int64_t candidate, int64_t condition) {{
    return neuroflysim::deviate_of({arguments});
}}
"""

_CYTHON = """
cdef extern from *:
    \"\"\"
{code}
    \"\"\"
    double counter_noise(long long, long long, long long, long long, long long, long long,
                         long long, long long)
"""


@cache
def _brian_function() -> Function:
    """Return `counter_noise.deviate_of` as a function of Brian2, for each of its languages."""
    function = Function(
        deviate_of, arg_units=[1] * 8, return_unit=1, arg_types=["integer"] * 8, return_type="float"
    )
    add = function.implementations.add_implementation
    for target, qualifier in (("cpp", ""), ("cuda", "__host__ __device__")):
        code = counter_noise_code() + _CPP.format(qualifier=qualifier, arguments=_ARGUMENTS)
        add(target, {"support_code": code, "hashdefine_code": ""}, name="counter_noise")
        if target == "cpp":
            add("cython", _CYTHON.format(code=code), name="counter_noise")
    return function


def noise_values(setup: Setup, drawn: Drawn) -> dict[str, np.ndarray]:
    """Return the values of the variables of `add_noise_data`.

    Parameters
    ----------
    setup : Setup
    drawn : Drawn
    """
    low, high = (np.array([word]).view(np.int32) for word in seed_words(drawn.seed))
    scale = 0.0 if drawn.silent else UNIT / np.sqrt(setup.time_step)
    numbers = (drawn.candidate, drawn.condition, drawn.trial)
    return {
        **{name: np.asarray(n).astype(np.int32) for name, n in zip(BY_LANE, numbers, strict=True)},
        "_noise_seed_low": low,
        "_noise_seed_high": high,
        "_noise_begin": np.array([drawn.begin], np.int32),
        "_noise_scale": np.array([scale]),
    }


def checked_seed(seed: int) -> int:
    """Return a seed: a whole number that two words of 32 bits can hold."""
    if checks.whole_number("seed", seed, minimum=0) >= 1 << 64:
        raise InvalidValueError(f"seed is {seed}, but must be below 2**64.")
    return int(seed)


def checked_trials(trials: int | None, dynamics: Dynamics) -> int | None:
    """Return the number of trials, or None.

    Raises
    ------
    InvalidValueError
        If all trials would be the same.
    """
    if trials is None:
        return None
    if checks.whole_number("trials", trials, minimum=1) > 1 and not dynamics.noises:
        raise InvalidValueError(
            f"trials is {trials}, but the equations of dynamics {dynamics.name!r} have no noise, so"
            " that all trials would be the same: leave out trials, or add noise to the equations,"
            " a term like sigma*xi (docs/noise.md; dynamics='noisy' is the published model with"
            " it)."
        )
    return int(trials)


def require_method_for_noise(method: str, dynamics: Dynamics) -> None:
    """Raise if a method cannot integrate the noise of equations."""
    if dynamics.noises and method != "euler":
        raise InvalidValueError(
            f"method is {method!r}, but it holds what it integrates over a step, and the equations"
            f" of dynamics {dynamics.name!r} have noise ({dynamics.noises[0]}), which does not"
            " hold: use method='euler'."
        )
