"""What the generated code shows is what the protocol says: photoreceptors repeat it.

A cell without inputs whose time constant is the time step takes, by Euler's method, the value of
its light after each step.
"""

import pandas as pd
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs

pytestmark = pytest.mark.compile

EQUATIONS = {
    "a sine": (
        "luminance = 0.5 + 0.4*sin(2*pi*(x/wavelength - rate*t)) : 1",
        {"wavelength": [20, 40], "rate": [1, 3] * Hz},
    ),
    "logic": (
        """
        inside = x > 0 and not (y > 3 or y < -20) : boolean
        luminance = 0.2 + 0.5*int(inside)*int(t > 0.1*second) : 1
        """,
        {},
    ),
    "whole numbers": (
        """
        number = int(floor(t/(60*ms))) : integer
        luminance = 0.1 + 0.8*(number % 2) : 1
        """,
        {},
    ),
    "many functions": (
        """
        angle = arctan(abs(x)/(1 + abs(y))) : 1
        decay = exp(-t/tau) : 1
        luminance = clip(sqrt(angle)*decay + 0.1*sign(y), 0, 1)*level : 1
        """,
        {"tau": [30, 200] * ms, "level": [0.3, 1]},
    ),
    "other names of Brian2": (
        "luminance = level*ceil(t/(1*second) + 0.1)*int(threads > 1)/n : 1",
        {"level": 0.5, "threads": 2, "n": [1, 2]},
    ),
}


@pytest.fixture(scope="module")
def receptors():
    """One cell type that sees, and has one connection of strength zero."""
    connectome = nfs.Connectome(
        pd.DataFrame(
            {
                "cell_type": ["R"], "stride_u": 1, "stride_v": 1, "photoreceptor": True,
                "output": True,
            }
        ),
        pd.DataFrame(
            {"source_type": ["R"], "target_type": ["R"], "sign": [1], "sign_reference": [""]}
        ),
        pd.DataFrame(
            {
                "source_type": ["R"], "target_type": ["R"], "du": 0, "dv": 0, "synapse_count": 1.0,
                "filled": False,
            }
        ),
    )  # fmt: skip
    return connectome, nfs.Parameters.from_tables(
        connectome,
        time_constant={"R": 2 * ms},  # as long as a step: the voltage is what is seen
        resting_potential=0.0,
        synapse_strength={("R", "R"): 0.0},
    )


def protocol(name, **options):
    equations, parameters = EQUATIONS[name]
    defaults = {"pre_time": 50 * ms, "stim_time": 230 * ms, "tail_time": 50 * ms}
    return nfs.Protocol(
        name="shown", equations=equations, parameters=parameters, **{**defaults, **options}
    )


def require_shown(receptors, name, initial, engine, device):
    connectome, parameters = receptors
    shown = protocol(name, background=0.3)
    voltage = nfs.simulate(
        shown,
        connectome=connectome,
        parameters=[parameters] * 2,
        extent=3,
        initial=initial,
        record="all",
        engine=engine,
        device=device,
    ).voltage
    expected = shown.luminance(extent=3).to_numpy()
    assert voltage.shape == (2, *expected.shape)
    assert abs(voltage - expected).max() < 1e-14


@pytest.mark.parametrize("initial", ["rest", "grey"])
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
@pytest.mark.parametrize("name", EQUATIONS)
def test_receptors_repeat_the_protocol(receptors, name, engine, initial):
    require_shown(receptors, name, initial, engine, "runtime")


@pytest.mark.parametrize("name", ["logic", "many functions"])
def test_receptors_repeat_the_protocol_in_a_program(receptors, name):
    require_shown(receptors, name, "grey", "lattice", "cpp_standalone")


def test_edges_fall_on_the_same_columns_in_float32(receptors):
    """All directions, also those whose border runs along rows of columns."""
    connectome, parameters = receptors
    edges = nfs.protocols.moving_edge(angle=range(0, 360, 15), pre_time=40 * ms, tail_time=40 * ms)
    voltage = nfs.simulate(
        edges, connectome=connectome, parameters=parameters, record="all", dtype="float32"
    ).voltage
    # A column on the wrong side would be off by half the range.
    assert abs(voltage[0].to_numpy() - edges.luminance().to_numpy()).max() < 1e-6


@pytest.mark.parametrize("device", ["runtime", "cpp_standalone"])
def test_light_out_of_range_is_named_with_time_and_place(receptors, device):
    connectome, parameters = receptors
    bright = nfs.Protocol(
        name="bright",
        equations="luminance = level*t/second : 1",
        parameters={"level": [1, 3]},
        stim_time=0.5 * second,
        pre_time=0 * second,
    )
    with pytest.raises(nfs.InvalidValueError, match=r"bright.*luminance is 1\..*time.*'level': 3"):
        nfs.simulate(bright, connectome=connectome, parameters=parameters, extent=1, device=device)


def test_one_program_shows_other_parameters_other_equations_and_frames(receptors):
    connectome, parameters = receptors
    with nfs.compile(
        protocol("a sine"), connectome=connectome, extent=2, record="all", initial="rest"
    ) as program:
        for shown in (
            nfs.Protocol(
                name="slower",
                equations=EQUATIONS["a sine"][0],
                parameters={"wavelength": 30, "rate": 0.5 * Hz},
                pre_time=110 * ms,
                stim_time=170 * ms,
                tail_time=50 * ms,
                background=0.1,
            ),
            protocol("logic"),
            protocol("a sine").luminance(extent=2),
        ):
            expected = shown if not isinstance(shown, nfs.Protocol) else shown.luminance(extent=2)
            found = program.run(parameters, shown).voltage[0]
            assert abs(found.to_numpy() - expected.to_numpy()).max() < 1e-14
