"""Any equations give the same voltages in both engines, and what no engine can do is refused."""

import numpy as np
import pytest
from brian2 import ms, mV

import neuroflysim as nfs

STEP = """
dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance) / time_constant : 1
"""
OUTPUT = "output = voltage*int(voltage > 0) : 1"

#: Equations and constants, and a method: both are compiled with each engine, half a minute.
SETS = {
    # Together in one output, which no method looks at.
    "a threshold and a slope, a sigmoid, powers and remainders, and logic": (
        STEP
        + """
        bent = slope*clip(voltage - 0.1, 0, 5) : 1
        sigmoid = 1/(1 + exp(-4*(voltage - 0.5))) : 1
        folded = clip(voltage, 0, 2)**2 % 3 : 1
        high = voltage > 0.4 and not voltage > 0.9 : boolean
        output = (bent + sigmoid + folded + int(high)*voltage)/4 : 1
        """,
        {"slope": 0.8},
        "euler",
    ),
    "units, and an output that is a state": (
        """
        dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance - drop/scale)
                      / time_constant : 1
        ddrop/dt = (0.3*voltage*scale - drop) / slow : volt
        doutput/dt = (clip(voltage, 0, 5) - output) / time_constant : 1
        """,
        {"slow": 150 * ms, "scale": 10 * mV},
        "exponential_euler",
    ),
}


@pytest.mark.compile
@pytest.mark.parametrize("name", SETS)
def test_engines_give_the_same_voltages(connectome, start, name):
    equations, constants, method = SETS[name]
    dynamics = nfs.Dynamics(name="tried", equations=equations, constants=constants)
    frames = np.random.default_rng(0).uniform(size=(2, 20, 19))
    own, plain = (
        nfs.simulate(
            frames, connectome=connectome, parameters=start, extent=2, engine=engine,
            dynamics=dynamics, method=method, record="all", progress=False,
        ).voltage
        for engine in ("lattice", "synapses")
    )  # fmt: skip
    assert float(own.std()) > 0.01
    assert abs(own - plain).max() < 1e-12


@pytest.mark.parametrize(
    ("equations", "constants", "message"),
    [
        (STEP + "output = voltage + luminance : 1", {}, "output depends on 'luminance'"),
        (
            STEP + "sum = 0.1*synaptic_input : 1\noutput = voltage + sum : 1",
            {},
            "output depends on 'synaptic_input'",
        ),
        (
            STEP + OUTPUT + "\ndrive = luminance : 1 (constant over dt)",
            {},
            r"'drive' is declared \(constant over dt\)",
        ),
        (STEP.replace("luminance", "sin(t/second)") + OUTPUT, {}, "use 't', but"),
        (STEP.replace("luminance", "int(i == 5)") + OUTPUT, {}, "use 'i', but"),
        (STEP.replace("luminance", "1.0/N") + OUTPUT, {}, "use 'N', but"),
        (STEP.replace("luminance", "rand()") + OUTPUT, {}, "use 'rand', but"),
        (STEP.strip()[:-4] + " + xi*second**-0.5*voltage : 1\n" + OUTPUT, {}, "strength of xi"),
        (STEP + "output = long*voltage : 1", {"long": 1.0}, "'long' is a word of C"),
        (STEP + "output = _a*voltage : 1", {"_a": 1.0}, "'_a' begins with _"),
    ],
)
def test_what_no_engine_can_do_is_refused(equations, constants, message):
    with pytest.raises(nfs.InvalidValueError, match=message):
        nfs.Dynamics(name="wrong", equations=equations, constants=constants)
