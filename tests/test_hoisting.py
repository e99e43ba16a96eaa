"""What is taken out of a step does not change its value."""

import numpy as np
import pytest

from neuroflysim.simulation.lattice_engine.hoisting import PREFIX, hoisted

STEPS = [
    "v = v + dt*(x - v)/tau",
    "_v = 1.0*dt*(x + rest - v)/tau + v\nv = _v",
    "_BA = -x - rest\n_v = -_BA + (_BA + v)*exp(-dt/tau)\nv = _v",
    "v = v*exp(-dt/tau)**2 + x*int(v > tau)/gain/tau",
    "v = x + gain*v",
    "v = clip(v, 0, rest/tau)/(tau + rest) - -tau",
]


@pytest.mark.parametrize("code", STEPS)
def test_the_values_are_those_of_the_code_before(code):
    rng = np.random.default_rng(0)
    names = {name: rng.uniform(0.5, 2, 50) for name in ("v", "x", "tau", "rest")}
    names |= {"dt": 0.02, "gain": 3.0, "exp": np.exp, "clip": np.clip, "int": np.asarray}
    step, values = hoisted(code, {"tau", "rest"}, {"gain"})
    before, after = dict(names), dict(names)
    exec(code, before)
    for name, value in values.items():
        after[name] = eval(value, after)
    exec(step, after)
    assert after["v"] == pytest.approx(before["v"], rel=1e-14)
    assert all(name.startswith(PREFIX) and name in step for name in values)
    assert not set("vx") & {n for value in values.values() for n in value.split()}


def test_divisions_and_functions_by_cell_type_are_taken_out_once():
    step, values = hoisted("a = x/tau + y/tau\nb = a*exp(-dt/tau)", {"tau"}, set())
    assert "/" not in step and "exp" not in step
    assert len(values) == 2
