"""Sums over inputs by name: over the connections that they name, of the variable that they name."""

import numpy as np
import pandas as pd
import pytest
from brian2 import ms, mV
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.dynamics import cell_sums

OUTPUT = "output = voltage*int(voltage > 0) : 1"
LEAK = "-voltage + resting_potential + luminance"


def graded_with(inputs, drive, more=""):
    """Return the published model with other sums."""
    equations = f"dvoltage/dt = ({LEAK} + {drive}) / time_constant : 1\n{OUTPUT}\n{more}"
    return nfs.Dynamics(name="tried", equations=equations, inputs=inputs)


def few_cells(connections, offsets=((0, 0),)):
    """Return a connectome of cells A (sees light), B and C, with one synapse for each offset."""
    names = ["A", "B", "C"]
    types = pd.DataFrame(
        {"cell_type": names, "stride_u": 1, "stride_v": 1, "photoreceptor": [True, False, False],
         "output": [False, False, True]}
    )  # fmt: skip
    table = pd.DataFrame(connections, columns=["source_type", "target_type", "sign"])
    table["sign_reference"] = ""
    pairs = table[["source_type", "target_type"]].merge(
        pd.DataFrame(offsets, columns=["du", "dv"]), how="cross"
    )
    return nfs.Connectome(types, table, pairs.assign(synapse_count=1.0, filled=False))


def voltages(connectome, parameters, dynamics, *, engine="lattice", extent=0, frames=None, **more):
    n_columns = nfs.Lattice(extent=extent).n_columns
    shown = np.full((40, n_columns), 0.5) if frames is None else frames
    return nfs.simulate(
        shown, connectome=connectome, parameters=parameters, extent=extent, engine=engine,
        dynamics=dynamics, record="all", progress=False, **more,
    ).voltage  # fmt: skip


@pytest.fixture(scope="module")
def seen():
    return np.random.default_rng(0).uniform(size=(2, 25, 19))


@pytest.mark.compile
def test_excitation_and_inhibition_add_up_to_the_published_model(connectome, start, seen):
    apart = graded_with(
        {"excitation": nfs.SynapticSum(sign=1), "inhibition": nfs.SynapticSum(sign=-1)},
        "excitation + inhibition",
    )
    one, both = (
        voltages(connectome, start, each, extent=2, frames=seen) for each in (nfs.GRADED, apart)
    )
    assert float(one.std()) > 0.01
    np.testing.assert_allclose(both, one, rtol=0, atol=1e-12)


@pytest.mark.compile
def test_two_cells_reach_the_analytic_steady_state_of_the_conductance_model():
    connectome = few_cells([("A", "C", 1), ("B", "C", -1)])
    start = nfs.Parameters.from_tables(
        connectome, time_constant=20 * ms,
        resting_potential={"A": 0.3, "B": 0.7, "C": 0.4},
        synapse_strength={("A", "C"): 2.0, ("B", "C"): 1.5},
    )  # fmt: skip
    found = voltages(connectome, start, nfs.CONDUCTANCE, time_step=2 * ms)[0, 0, -1].to_numpy()
    excitatory, inhibitory = (
        nfs.CONDUCTANCE.constants[f"{kind}_reversal"] for kind in ("excitatory", "inhibitory")
    )
    a, b = 0.3 + 0.5, 0.7
    drive = 0.4 + 2.0 * a - 1.5 * b
    expected = drive / (1 + 2.0 * a / excitatory - 1.5 * b / inhibitory)
    np.testing.assert_allclose(found, [a, b, expected], rtol=1e-6)


@pytest.mark.compile
def test_for_voltages_small_beside_the_reversal_potentials_conductances_are_the_published_model(
    connectome, start, seen
):
    far = nfs.Dynamics(
        name="far", inputs=nfs.CONDUCTANCE.inputs, equations=nfs.CONDUCTANCE.equations,
        constants={name: 1e6 * value for name, value in nfs.CONDUCTANCE.constants.items()},
    )  # fmt: skip
    one, other = (
        voltages(connectome, start, each, extent=2, frames=seen) for each in (nfs.GRADED, far)
    )
    near = voltages(connectome, start, nfs.CONDUCTANCE, extent=2, frames=seen)
    np.testing.assert_allclose(other, one, rtol=0, atol=1e-5)
    assert float(abs(near - one).max()) > 0.01


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_a_sum_over_no_connections_is_0(engine):
    connectome = few_cells([("A", "C", 1)])
    start = nfs.Parameters.from_tables(
        connectome, time_constant=20 * ms, resting_potential=0.1,
        synapse_strength={("A", "C"): 1.0},
    )  # fmt: skip
    only = graded_with({"inhibition": nfs.SynapticSum(sign=-1)}, "inhibition + 0.25")
    found = voltages(
        connectome, start, only, engine=engine, initial="rest", frames=np.zeros((200, 1))
    )
    np.testing.assert_allclose(found[0, 0, -1], 0.35, rtol=1e-3)


#: Dynamics with other sums, and in words what is new: each is compiled with each engine.
SUMS = {
    "of other variables beside the output, with a unit, over chosen connections": (
        {
            "fast": nfs.SynapticSum(where={"source_type": ["L1", "L2", "Mi1"]}),
            "slowed": nfs.SynapticSum(sign=-1, of="trace"),
            "field": nfs.SynapticSum(of="density", where={"target_type": ["T4a", "Mi1"]}),
        },
        "fast + 0.2*slowed + field/(20*mV/metre**2)",
        """
        dtrace/dt = (voltage - trace) / (100*ms) : 1
        density = voltage*10*mV/metre**2 : volt/metre**2
        """,
    ),
    "three of the same": (
        {
            "one": nfs.SynapticSum(),
            "two": nfs.SynapticSum(sign=1),
            "red": nfs.SynapticSum(sign=-1),
        },
        "one/3 + two/3 + red*clip(voltage, 0, 1)",
        "",
    ),
}


@pytest.mark.compile
@pytest.mark.parametrize("name", SUMS)
def test_engines_give_the_same_voltages(connectome, start, seen, name):
    inputs, drive, more = SUMS[name]
    dynamics = graded_with(inputs, drive, more)
    flies = [None, nfs.Silence("Mi1", columns=(0, 0))]
    own, plain = (
        voltages(connectome, start, dynamics, engine=engine, extent=2, frames=seen,
                 perturbations=flies)
        for engine in ("lattice", "synapses")
    )  # fmt: skip
    assert float(own.std()) > 0.01
    np.testing.assert_allclose(own, plain, rtol=0, atol=1e-12)


@pytest.mark.compile
def test_the_conductance_model_is_the_same_in_both_engines_on_a_periodic_lattice(connectome, start):
    frames = np.random.default_rng(1).uniform(size=(20, 36))
    own, plain = (
        nfs.simulate(
            frames, connectome=connectome, parameters=start, lattice=nfs.Lattice(size=6),
            engine=engine, dynamics=nfs.CONDUCTANCE, record="all", progress=False,
        ).voltage
        for engine in ("lattice", "synapses")
    )  # fmt: skip
    np.testing.assert_allclose(own, plain, rtol=0, atol=1e-12)


#: Sums by the word that a table of connections of one's own has for each.
KINDS = ("fast", "slow")


@pytest.mark.compile
@settings(deadline=None, max_examples=10)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=4, max_size=4),
    signs=st.lists(st.sampled_from([1, -1]), min_size=4, max_size=4),
    seed=st.integers(0, 99),
)
def test_sums_by_a_column_of_ones_own_add_up_to_the_sum_of_all(kinds, signs, seed):
    pairs = [("A", "B"), ("A", "C"), ("B", "C"), ("C", "B")]
    table = [(*pair, sign) for pair, sign in zip(pairs, signs, strict=True)]
    plain = few_cells(table, offsets=[(0, 0), (1, 0), (0, -1)])
    connectome = nfs.Connectome(
        plain.cell_types, plain.connections.assign(kind=kinds), plain.offsets
    )
    assert connectome.connections["kind"].tolist() == kinds
    there = sorted(set(kinds))
    apart = graded_with(
        {kind: nfs.SynapticSum(where={"kind": kind}) for kind in there}, " + ".join(there)
    )
    random = np.random.default_rng(seed)
    frames = random.uniform(size=(10, 7))
    vector = np.concatenate([np.full(3, 0.05), random.normal(size=3), random.uniform(0, 0.3, 4)])
    start = nfs.Parameters.from_vector(connectome, vector)
    both, one = (
        voltages(connectome, start, each, extent=1, frames=frames) for each in (apart, nfs.GRADED)
    )
    np.testing.assert_allclose(both, one, rtol=0, atol=1e-12)


@pytest.mark.compile
def test_the_current_of_an_electrode_goes_where_the_equations_say(seen):
    connectome = few_cells([("A", "C", 1)])
    start = nfs.Parameters.from_tables(
        connectome, time_constant=20 * ms, resting_potential=0.0,
        synapse_strength={("A", "C"): 1.0},
    )  # fmt: skip
    twice = graded_with({"excitation": nfs.SynapticSum(sign=1)}, "excitation + 2*injected_current")
    frames = np.zeros((400, 1))
    given = {"frames": frames, "initial": "rest", "perturbations": [None, nfs.Activate("C", 0.3)]}
    for engine in ("lattice", "synapses"):
        found = voltages(connectome, start, twice, engine=engine, **given)
        np.testing.assert_allclose(found[:, 0, -1, 2], [0.0, 0.6], atol=1e-3)


def test_a_current_without_a_place_in_the_equations_is_refused(connectome, start):
    without = graded_with({"excitation": nfs.SynapticSum(sign=1)}, "excitation")
    with pytest.raises(nfs.InvalidValueError, match="neither synaptic_input nor injected_current"):
        nfs.compile(
            np.zeros((3, 7)), connectome=connectome, extent=1, dynamics=without,
            perturbations=nfs.Activate("Mi1", 1.0),
        )  # fmt: skip


def test_what_sums_go_over_stands_in_the_record():
    inputs = {"excitation": nfs.SynapticSum(sign=1), "inhibition": nfs.SynapticSum(sign=-1)}
    assert list(cell_sums(graded_with(inputs, "excitation + inhibition"))) == [
        "excitation_of_cell",
        "inhibition_of_cell",
    ]


#: Arguments of a dynamics, and what the error says.
WRONG = {
    "a sum nobody declared": ({}, "excitation", "", "a sum over inputs is declared in inputs"),
    "a sum nobody uses": (
        {"excitation": nfs.SynapticSum(sign=1)}, "0", "", "declared, but no equation uses it"),
    "of a variable nobody defines": (
        {"drive": nfs.SynapticSum(of="calcium")}, "drive", "", "sum of 'calcium', which must be"),
    "of what is there at once": (
        {"synaptic_input": nfs.SynapticSum(), "twice": nfs.SynapticSum(of="relayed")},
        "twice", "relayed = synaptic_input : 1", "relayed depends on 'synaptic_input'"),
    "of a current": (
        {"synaptic_input": nfs.SynapticSum(), "twice": nfs.SynapticSum(of="relayed")},
        "twice", "relayed = voltage + injected_current : 1", "depends on 'injected_current'"),
    "of what is true or false": (
        {"drive": nfs.SynapticSum(of="high")}, "drive", "high = voltage > 1 : boolean",
        "define as a number"),
    "with the unit of its variable, forgotten": (
        {"drive": nfs.SynapticSum(of="size")}, "drive", "size = voltage*mV : volt", "unit"),
    "a name that is a variable, too": (
        {"drive": nfs.SynapticSum()}, "drive", "drive = voltage : 1", "name of an input"),
    "a name of the simulation's": (
        {"luminance": nfs.SynapticSum()}, "luminance", "", "name of the simulation's own"),
    "a name of Brian2's": ({"exp": nfs.SynapticSum()}, "exp", "", "function, constant"),
    "no word": ({"two words": nfs.SynapticSum()}, "0", "", "no name of an input"),
    "no sum": ({"drive": 1}, "drive", "", "must be a SynapticSum"),
    "no dict": ([nfs.SynapticSum()], "drive", "", "must be a dict"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_inputs_that_cannot_be_are_refused_with_a_cure(name):
    inputs, drive, more, message = WRONG[name]
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        graded_with(inputs, drive, more)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sign": 2}, r"sign of a SynapticSum is 2, but must be 1"),
        ({"sign": True}, "sign of a SynapticSum is True"),
        ({"sign": "excitatory"}, "sign of a SynapticSum is 'excitatory'"),
        ({"where": ["L1"]}, "must be a dict of columns"),
        ({"of": "two words"}, "name of a variable"),
        ({"of": 3}, "name of a variable"),
    ],
)
def test_a_sum_that_cannot_be_is_refused_with_a_cure(arguments, message):
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        nfs.SynapticSum(**arguments)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"transmitter": "GABA"}, "transmitter.*must be one of 'source_type', 'target_type'"),
        ({"source_type": "Mi11"}, "no connection has the source_type 'Mi11'; there are"),
        ({"source_type": ["Mi1", "Mi11"]}, "no connection has the source_type 'Mi11'"),
    ],
)
def test_a_sum_over_connections_that_are_not_there_is_refused_at_the_call(
    connectome, start, where, message
):
    lost = graded_with({"drive": nfs.SynapticSum(where=where)}, "drive")
    with pytest.raises(nfs.InvalidValueError, match=message):
        voltages(connectome, start, lost, extent=1)


def test_a_reversal_potential_with_a_unit_is_refused():
    with pytest.raises(nfs.InvalidValueError, match="unit"):
        nfs.Dynamics(
            name="tried", inputs=nfs.CONDUCTANCE.inputs, equations=nfs.CONDUCTANCE.equations,
            constants={**nfs.CONDUCTANCE.constants, "inhibitory_reversal": -70 * mV},
        )  # fmt: skip
