"""Wrong calls: each is an error at the call that says what is wrong and what would do."""

import re

import numpy as np
import pandas as pd
import pytest
from brian2 import ms, mV, second
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.analysis import peak_response, preferred_direction
from neuroflysim.protocols import flash, moving_edge

CONNECTOME = nfs.load_connectome()
START = nfs.Parameters.uniform(CONNECTOME)
GREY = np.full((3, 7), 0.5)  # three frames at extent 1


def simulate(stimulus=GREY, **options):
    defaults = {"connectome": CONNECTOME, "parameters": START, "extent": 1, "progress": False}
    return nfs.simulate(stimulus, **{**defaults, **options})


def grey_with(value, where=(1, 2)):
    frames = GREY.copy()
    frames[where] = value
    return frames


def vector_with(index, value):
    vector = START.to_vector()
    vector[index] = value
    return vector


def other_parameters():
    offsets = CONNECTOME.offsets
    offsets["synapse_count"] += 1
    return nfs.Parameters.uniform(
        nfs.Connectome(
            CONNECTOME.cell_types.reset_index(), CONNECTOME.connections.reset_index(), offsets
        )
    )


def of_three_types():
    types = ["R1", "L1", "T4a"]
    both = CONNECTOME.connections.reset_index()
    offsets = CONNECTOME.offsets
    few = [t[t["source_type"].isin(types) & t["target_type"].isin(types)] for t in (both, offsets)]
    cells = CONNECTOME.cell_types.loc[types].reset_index()
    return nfs.Parameters.uniform(nfs.Connectome(cells, *few))


def protocol(equations="luminance = 0.5 : 1", parameters=None, **options):
    return nfs.Protocol(
        **{
            "name": "p",
            "equations": equations,
            "parameters": parameters or {},
            "stim_time": 1 * second,
            **options,
        }
    )


def tables_with(
    time_constant=START.time_constant,
    resting_potential=START.resting_potential,
    synapse_strength=START.synapse_strength,
):
    return nfs.Parameters.from_tables(
        CONNECTOME,
        time_constant=time_constant,
        resting_potential=resting_potential,
        synapse_strength=synapse_strength,
    )


# Each: what is done, and words that the error must hold.
WRONG_CALLS = {
    # simulate
    "stimulus is text": (lambda: simulate("moving_edge"), "pass a protocol"),
    "stimulus is None": (lambda: simulate(None), "stimulus must be an array"),
    "stimulus is a ragged list": (lambda: simulate([[0.5], [0.5, 0.5]]), "stimulus"),
    "stimulus has one dimension": (lambda: simulate(GREY[0]), r"\(time, 7\)"),
    "stimulus has four dimensions": (lambda: simulate(GREY[None, None]), r"\(7,\)|\(time, 7\)"),
    "stimulus of another extent": (lambda: simulate(GREY, extent=2), r"\(time, 19\)"),
    "stimulus without frames": (lambda: simulate(GREY[:0]), "nothing to show"),
    "stimulus without conditions": (lambda: simulate(np.zeros((0, 3, 7))), "nothing to show"),
    "stimulus with NaN": (lambda: simulate(grey_with(np.nan)), r"nan at index \(1, 2\)"),
    "stimulus with infinity": (lambda: simulate(grey_with(np.inf)), "finite"),
    "stimulus below black": (lambda: simulate(grey_with(-0.1)), r"-0\.1 at .*\(0, 1, 2\)"),
    "stimulus above white": (lambda: simulate(grey_with(255)), "255"),
    "stimulus of complex numbers": (lambda: simulate(GREY * 1j), "real numbers"),
    "stimulus in volts": (lambda: simulate(GREY * mV), "unit"),
    "connectome is a name": (lambda: simulate(connectome="flow"), "load_connectome"),
    "parameters are a vector": (lambda: simulate(parameters=START.to_vector()), "ndarray"),
    "no candidates": (lambda: simulate(parameters=[]), "empty"),
    "a candidate is a vector": (
        lambda: simulate(parameters=[START, START.to_vector()]),
        "candidate 1",
    ),
    "parameters of another connectome": (
        lambda: simulate(parameters=other_parameters()),
        r"another connectome .*, parameters\.extended\(connectome\)\.",
    ),
    "parameters of a connectome with less": (
        lambda: simulate(parameters=of_three_types()),
        r"\.extended\(connectome, \.\.\.\), with values for what is new",
    ),
    "parameters of a connectome with more": (
        lambda: simulate(connectome=of_three_types().connectome),
        r"make it with Parameters\.from_tables\(connectome, \.\.\.\)\.",
    ),
    "extent is negative": (lambda: simulate(extent=-1), "at least 0"),
    "extent is a fraction": (lambda: simulate(extent=1.5), "whole number"),
    "extent is text": (lambda: simulate(extent="15"), "whole number"),
    "extent is a truth value": (lambda: simulate(extent=True), "whole number"),
    "time step without unit": (lambda: simulate(time_step=0.02), r"20\*ms"),
    "time step in volts": (lambda: simulate(time_step=20 * mV), "duration"),
    "time step of zero": (lambda: simulate(time_step=0 * ms), "greater than zero"),
    "time step is negative": (lambda: simulate(time_step=-1 * ms), "greater than zero"),
    "time step is endless": (lambda: simulate(time_step=np.inf * second), "finite"),
    "several time steps": (lambda: simulate(time_step=[1, 2] * ms), "shape"),
    "method misspelt": (lambda: simulate(method="eulre"), "Did you mean 'euler'"),
    "method unknown": (lambda: simulate(method="rk4"), "exponential_euler"),
    "initial unknown": (lambda: simulate(initial="gray"), "'grey', 'rest'"),
    "initial of wrong length": (lambda: simulate(initial=np.zeros(65)), r"\(443,\)"),
    "initial with NaN": (lambda: simulate(initial=np.full(443, np.nan)), "finite"),
    "record unknown": (lambda: simulate(record="everything"), "'central', 'all'"),
    "record of an unknown type": (lambda: simulate(record=["T4a", "T9"]), "'T9'"),
    "record of a misspelt type": (lambda: simulate(record=["Mi01"]), "Did you mean"),
    "record nothing": (lambda: simulate(record=[]), "empty"),
    "record a type twice": (lambda: simulate(record=["T4a", "T4a"]), "twice"),
    "record is a number": (lambda: simulate(record=5), "list of cell types"),
    "record maps types to columns": (
        lambda: simulate(record={"T4a": [(2, -1)]}),
        r"record is .* columns, which are chosen afterwards: .*columns=\[\(0, 0\), \(2, -1\)\]",
    ),
    "record is a set": (lambda: simulate(record={"T4a"}), "a list of cell types"),
    "record pairs types with columns": (
        lambda: simulate(record=[("T4a", (2, -1))]),
        "record holds .* are chosen afterwards",
    ),
    "record of a stepper maps": (
        lambda: nfs.Stepper(START, extent=1, record={"T4a": [(2, -1)]}, progress=False),
        "are chosen afterwards",
    ),
    "record of a screen maps": (
        lambda: nfs.screen(
            GREY, parameters=START, extent=1, record={"T4a": [(2, -1)]}, progress=False
        ),
        "are chosen afterwards",
    ),
    "variables are a mapping": (lambda: simulate(variables={"output": 1}), "list of words"),
    "values of a protocol are a mapping": (lambda: flash(intensity={0: 1}), "list of numbers"),
    "values of a protocol are a set": (lambda: flash(intensity={0, 1}), "list of numbers"),
    "engine unknown": (lambda: simulate(engine="torch"), "'synapses'"),
    "device unknown": (lambda: simulate(device="gpu"), "'cpp_standalone'"),
    "dtype unknown": (lambda: simulate(dtype="float16"), "'float32'"),
    "dtype is another class": (lambda: simulate(dtype=np.int32), "'float32'"),
    "dynamics unknown": (lambda: simulate(dynamics="spiking"), "'adapting', 'conductance'"),
    "frames of another time step": (
        lambda: simulate(flash().luminance(1, 10 * ms), time_step=20 * ms),
        "0.02 s apart",
    ),
    "frames without columns": (
        lambda: simulate(flash().luminance(1).rename(column="pixel")),
        "needs time and column",
    ),
    "initial is None": (lambda: simulate(initial=None), "'grey', 'rest'"),
    "more than a second a step from grey": (lambda: simulate(time_step=2 * second), "shorter step"),
    "no candidates to compile for": (
        lambda: nfs.compile(GREY, connectome=CONNECTOME, n_candidates=0),
        "at least 1",
    ),
    "units in a list of frames": (lambda: simulate([[0.5 * mV] * 7]), "unit"),
    # dynamics
    "dynamics that do not parse": (lambda: nfs.Dynamics("d", "dvoltage/dt = ("), "parse"),
    "dynamics are a number": (lambda: nfs.Dynamics("d", 3), "must be text"),
    "dynamics with an unknown name": (
        lambda: nfs.Dynamics("d", "dvoltage/dt = -voltage/tau : 1\noutput = voltage : 1"),
        "'tau'",
    ),
    "dynamics in volts": (
        lambda: nfs.Dynamics(
            "d", "dvoltage/dt = -voltage/second : volt\noutput = voltage/volt : 1"
        ),
        "plain",
    ),
    "a constant with a name of ours": (
        lambda: nfs.Dynamics(
            "d", "dvoltage/dt = -voltage/second : 1\noutput = voltage : 1", {"luminance": 1}
        ),
        "'luminance'",
    ),
    "dynamics without voltage": (
        lambda: nfs.Dynamics("d", "dv/dt = -v/second : 1\noutput = v : 1"),
        "dvoltage/dt",
    ),
    "dynamics without output": (
        lambda: nfs.Dynamics("d", "dvoltage/dt = -voltage/time_constant : 1"),
        "output",
    ),
    "dynamics that define a given name": (
        lambda: nfs.Dynamics(
            "d", "dvoltage/dt = -voltage/second : 1\noutput = voltage : 1\nluminance = 1 : 1"
        ),
        "luminance",
    ),
    # parameters
    "vector too short": (lambda: nfs.Parameters.from_vector(CONNECTOME, np.ones(734)), "735"),
    "vector with NaN": (
        lambda: nfs.Parameters.from_vector(CONNECTOME, vector_with(70, np.nan)),
        "70",
    ),
    "vector of text": (lambda: nfs.Parameters.from_vector(CONNECTOME, ["a"] * 735), "real numbers"),
    "time constant of zero": (
        lambda: nfs.Parameters.from_vector(CONNECTOME, vector_with(0, 0)),
        "time_constant of R1",
    ),
    "strength below zero": (
        lambda: nfs.Parameters.from_vector(CONNECTOME, vector_with(130, -1)),
        "R1 -> L1",
    ),
    "parameters of no connectome": (lambda: nfs.Parameters.from_vector(None, [1]), "Connectome"),
    "time constants as plain number": (lambda: tables_with(time_constant=0.05), r"50\*ms"),
    "time constants in volts": (lambda: tables_with(time_constant=5 * mV), "duration"),
    "resting potentials as text": (lambda: tables_with(resting_potential="0.5"), "Series"),
    "resting potential missing": (
        lambda: tables_with(resting_potential={"T4a": 0.5}),
        "lacks R1.* and 59 more",
    ),
    "strengths as number": (
        lambda: tables_with(synapse_strength=0.1),
        r"\(source_type, target_type\)",
    ),
    "strength of an unknown pair": (
        lambda: tables_with(synapse_strength={**START.synapse_strength, ("T4a", "R1"): 1.0}),
        "unknown.*T4a",
    ),
    "seed is negative": (lambda: nfs.Parameters.initial(CONNECTOME, seed=-1), "seed"),
    "total input below zero": (
        lambda: nfs.Parameters.uniform(CONNECTOME, total_input=-1),
        "total_input",
    ),
    "suffix of a parameter file": (lambda: START.save("a.pickle"), "'.json', '.csv'"),
    "parameter file that is not there": (
        lambda: nfs.load_parameters("none.json"),
        "none.json: no such file",
    ),
    "parameter file is a number": (lambda: nfs.load_parameters(3), "name a file"),
    "unit in a table of resting potentials": (
        lambda: tables_with(resting_potential={**START.resting_potential, "R1": 5 * mV}),
        "unit",
    ),
    "time constants in volts by type": (
        lambda: tables_with(
            time_constant=pd.Series([5 * mV] * 65, START.time_constant.index, dtype=object)
        ),
        "duration",
    ),
    "a type given twice": (
        lambda: tables_with(
            resting_potential=pd.concat([START.resting_potential, START.resting_potential[:1]])
        ),
        "R1 twice",
    ),
    "replace an unknown type": (
        lambda: START.replace(time_constant={"T9": 5 * ms}),
        "has the unknown T9. Correct or remove",
    ),
    "uniform without connectome": (lambda: nfs.Parameters.uniform(None), "load_connectome"),
    "total input as text": (
        lambda: nfs.Parameters.uniform(CONNECTOME, total_input="2"),
        "plain number",
    ),
    # connectome
    "folder that is not there": (lambda: nfs.load_connectome("nowhere"), "nowhere: no such folder"),
    "folder is a number": (lambda: nfs.load_connectome(3), "folder"),
    "inputs of an unknown type": (lambda: CONNECTOME.inputs("T4"), "Did you mean 'T4a' or 'T4b'"),
    "network of half a column": (lambda: CONNECTOME.network(0.5), "whole number"),
    "save no connectome": (lambda: nfs.save_connectome(None, "x"), "Connectome"),
    # eye and protocols
    "columns of text": (lambda: nfs.Lattice(extent="3"), "whole number"),
    "eye without angle": (lambda: nfs.Eye(3, 0), "column_angle"),
    "protocol without luminance": (lambda: protocol("light = 1 : 1"), "do not define luminance"),
    "protocol of unknown name": (lambda: protocol("luminance = k*x : 1"), "'k'"),
    "protocol with a differential equation": (
        lambda: protocol("dluminance/dt = 1/second : 1"),
        "not of the form",
    ),
    "protocol that does not parse": (lambda: protocol("luminance = ("), "parse"),
    "protocol with luminance in seconds": (lambda: protocol("luminance = t : second"), "1|unit"),
    "protocol whose parameter is x": (lambda: protocol(parameters={"x": [1]}), "'x' cannot name"),
    "protocol whose parameter is a unit": (
        lambda: protocol("luminance = ms : 1", {"ms": [1]}),
        "'ms' cannot name",
    ),
    "protocol whose parameter labels results": (
        lambda: protocol("luminance = time : 1", {"time": [1]}),
        "'time' cannot name",
    ),
    "protocol whose equations define a parameter": (
        lambda: protocol("k = 0.3 : 1\nluminance = k : 1", {"k": [1]}),
        "define 'k'",
    ),
    "protocol with an unused parameter": (
        lambda: protocol(parameters={"wavelenght": [1]}),
        "no equation uses",
    ),
    "protocol with random numbers": (lambda: protocol("luminance = rand() : 1"), "frames"),
    "protocol with & for and": (
        lambda: protocol("luminance = int((x>0) & (y>0)) : 1"),
        "write and, or",
    ),
    "animation as avi": (lambda: flash().animate("a.avi"), "'.gif'"),
    "protocol with an empty list": (lambda: protocol(parameters={"k": []}), "list of one value"),
    "protocol with a parameter of text": (lambda: protocol(parameters={"k": ["a"]}), "k"),
    "protocol with a parameter of NaN": (lambda: protocol(parameters={"k": [np.nan]}), "k"),
    "protocol with mixed units": (
        lambda: protocol(parameters={"k": [1 * second, 1 * mV]}),
        "k is no list",
    ),
    "parameters of a protocol as list": (lambda: protocol(parameters=[1]), "dict"),
    "protocol of no duration": (lambda: protocol(stim_time=0 * second), "stim_time"),
    "protocol with a plain duration": (lambda: protocol(pre_time=1), "pre_time"),
    "protocol on a background of 2": (lambda: protocol(background=2), "background"),
    "protocol with a name of two words": (lambda: protocol(name="my edge"), "one word"),
    "protocol seen by no eye": (lambda: flash().luminance(eye="left"), "Eye"),
    "flash brighter than white": (lambda: flash(intensity=2).luminance(1), "between 0"),
    "edge without unit of speed": (lambda: moving_edge(speed=110), r"110\*degree/second"),
    "edge that stands": (lambda: moving_edge(speed=0 / second), "greater than 0"),
    "edge that stops before it starts": (lambda: moving_edge(start=5, stop=-5), "smaller"),
    "animation of a condition beyond": (lambda: flash().animate("a.gif", condition=9), "0 to 1"),
    "picture with no times": (lambda: flash().plot(n_times=0), "n_times"),
    # responses and analyses
    "responses of an array": (lambda: nfs.Responses(np.zeros(3)), "DataArray"),
    "responses without dimensions": (lambda: nfs.Responses(flash().luminance(0)), "dimensions"),
    "responses as Excel": (lambda: simulate().save("a.xlsx"), "'.nc', '.csv'"),
    "responses from a file that is not there": (lambda: nfs.load_responses("none.nc"), "none.nc"),
    "peak of an array": (lambda: peak_response(GREY), "Responses"),
    "peak to an unknown end": (lambda: peak_response(simulate(), end="edge"), "'passage'"),
    "peak to an end without unit": (lambda: peak_response(simulate(), end=1), "must be one of"),
    "passage of a flash": (lambda: peak_response(simulate(), end="passage"), "moving edge"),
    "direction without angles": (lambda: preferred_direction(peak_response(simulate())), "'angle'"),
    "rest state of a vector": (lambda: nfs.rest_state(START.to_vector()), "Parameters"),
    "a grid of numbers": (lambda: nfs.analysis.as_grid([1, 2]), "Responses, or a DataArray"),
    "subtract_rest is text": (
        lambda: nfs.analysis.recorded(simulate(), subtract_rest="yes"),
        "True or False",
    ),
    "relative is text": (
        lambda: nfs.analysis.summation(simulate(), relative="abc"),
        "True or False",
    ),
    "nonnegative is a number": (
        lambda: nfs.analysis.flash_response_index(simulate(nfs.protocols.flash()), nonnegative=1),
        "True or False",
    ),
    "screen of another connectome": (
        lambda: nfs.screen(
            GREY, parameters=START, connectome=other_parameters().connectome, extent=1
        ),
        "another connectome than the one given",
    ),
    "screen with an unknown option": (
        lambda: nfs.screen(GREY, parameters=START, extend=1),
        "Did you mean 'extent'",
    ),
    "replay with an unknown option": (
        lambda: nfs.replay("hardie1989", START, metod="euler"),
        "Did you mean 'method'",
    ),
    "compare models of three cell types": (
        lambda: nfs.compare(of_three_types(), "arenz2017", extent=1, progress=False),
        "lacks cell types .*arenz2017",
    ),
    "picture of responses as a table": (lambda: nfs.plotting.plot_screen(simulate()), "nfs.screen"),
    "inputs of no connectome": (lambda: nfs.plotting.plot_inputs(None, "T4a"), "Connectome"),
    "luminance of several frames": (
        lambda: nfs.plotting.plot_luminance(flash().luminance(1)),
        "one frame",
    ),
    "traces of no cell types": (
        lambda: nfs.plotting.plot_traces(simulate(), None),
        "list of words",
    ),
    "picture of no axes": (lambda: nfs.plotting.save_figure([], "a.png"), "axes must be"),
    "rest state in glare": (lambda: nfs.rest_state(START, luminance=2), "luminance"),
}


@pytest.mark.compile
@pytest.mark.parametrize("what", WRONG_CALLS)
def test_a_wrong_call_is_an_error_that_says_what_is_wrong(what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, words = WRONG_CALLS[what]
    with pytest.raises(nfs.NeuroFlySimError) as caught:
        call()
    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)
    assert isinstance(caught.value, ValueError | TypeError)
    assert not list(tmp_path.iterdir()), "something was written all the same"


def test_there_are_at_least_60_of_them():
    assert len(WRONG_CALLS) >= 60


NONSENSE = st.one_of(
    st.none(),
    st.text(max_size=4),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.lists(st.text(max_size=2), max_size=3),
    st.just(object()),
    st.just(5 * mV),
)


@pytest.mark.compile
@settings(deadline=None, max_examples=150)
@given(
    name=st.sampled_from(
        [
            "stimulus",
            "connectome",
            "parameters",
            "extent",
            "time_step",
            "method",
            "initial",
            "record",
            "engine",
            "device",
            "dtype",
            "dynamics",
        ]
    ),
    value=NONSENSE,
)
def test_nonsense_for_any_argument_of_simulate_is_our_error(name, value):
    assume(name != "connectome" or value is not None)  # None: that of the parameters
    with pytest.raises(nfs.NeuroFlySimError):
        simulate(**{name: value})


@settings(deadline=None, max_examples=150)
@given(
    name=st.sampled_from(
        ["angle", "intensity", "speed", "start", "stop", "pre_time", "tail_time", "background"]
    ),
    value=NONSENSE,
)
def test_nonsense_for_any_argument_of_a_protocol_is_our_error_or_a_stimulus(name, value):
    try:
        luminance = moving_edge(**{name: value}).luminance(1)
    except nfs.NeuroFlySimError:
        return
    assert ((luminance >= 0) & (luminance <= 1)).all()
