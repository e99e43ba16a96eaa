"""What is free in a fit: patterns, ties, bounds and scales, and what they make of coordinates."""

import json
import pickle
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
import pytest
from brian2 import ms, volt
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.dynamics import checked_dynamics
from neuroflysim.fit.at_grey import AtGrey
from neuroflysim.fit.coordinates import Coordinates
from neuroflysim.names import dynamics_names
from neuroflysim.parameters.named_values import label

TIMES, RESTING, STRENGTHS = "time_constant", "resting_potential", "synapse_strength"
BY_TYPE = (TIMES, RESTING, "adaptation_strength", "adaptation_time")
LOGARITHMIC = {TIMES, STRENGTHS, "adaptation_time"}


@pytest.fixture(scope="module")
def flow():
    return nfs.load_parameters("flow/000")


@pytest.fixture(scope="module")
def adapting(flow):
    """A model whose cells adapt, each type a little differently."""
    types, rng = flow.connectome.cell_types.index, np.random.default_rng(0)
    return flow.with_dynamics(
        "adapting",
        adaptation_strength=pd.Series(rng.uniform(0, 2, len(types)), types),
        adaptation_time=pd.Series(rng.uniform(0.1, 1, len(types)), types),
    )


def tables(parameters):
    """All values of a model by table and name."""
    series = [parameters.time_constant, parameters.resting_potential, parameters.synapse_strength]
    series += [parameters.by_type(name) for name in parameters.declaration.parameters]
    return {(one.name, label(name)): value for one in series for name, value in one.items()}


# --- the published default -----------------------------------------------------------------------


def test_the_coordinates_of_a_recipe_are_those_of_the_published_fits_to_rounding(connectome):
    """The formulas as they stand in docs/fitting.md, in the order of their operations."""
    voltage = np.linspace(0.1, 0.9, 65)
    grey = dict(zip(connectome.cell_types.index, voltage, strict=True))
    start = nfs.Parameters.uniform(connectome, grey_voltage=grey)
    coordinates = Coordinates(start, grey_voltage=voltage)
    assert (coordinates.n, coordinates.grey) == (735, "voltage")
    for size in (0, 0.3, 1, 6, 40):
        z = size * np.random.default_rng(0).standard_normal(735)
        found = coordinates.parameters(z)
        times = np.clip(0.05 * np.exp(0.5 * z[:65]), 0.02, 0.6)
        strengths = start.synapse_strength.to_numpy() * np.exp(0.6 * np.clip(z[130:], -8, 8))
        at_grey = voltage + 0.2 * z[65:130]
        np.testing.assert_allclose(found.time_constant, times, rtol=1e-14)
        np.testing.assert_allclose(found.synapse_strength, strengths, rtol=1e-14)
        assert (coordinates.voltage_at_grey(z) == at_grey).all()
        light = 0.5 * connectome.cell_types["photoreceptor"].to_numpy()
        resting = at_grey - found.type_weights.to_numpy() @ np.maximum(at_grey, 0) - light
        np.testing.assert_allclose(found.resting_potential, resting, rtol=1e-9, atol=1e-9)


def test_all_parameters_are_free_if_nothing_is_said(flow):
    for free in (None, "*", ["*"], nfs.Free("*")):
        coordinates = Coordinates(flow, free)
        names = [each.replace("voltage_at_grey", RESTING) for each in coordinates.names]
        assert tuple(names) == flow.names


# --- laws of whatever is free --------------------------------------------------------------------

TYPE_PATTERNS = st.sampled_from(["*", "T4?", "T5[ab]", "Mi*", "T4a", "Tm5?", "R?"])
PAIR_PATTERNS = st.sampled_from(["*", "Mi*->T4?", "*->T4a", "Mi9->*", "T4?->T4?", "L2->L2"])


@st.composite
def entries(draw):
    """Draw an entry, and how far its bounds lie from the values: as a factor, or an amount."""
    table = draw(st.sampled_from([*BY_TYPE, STRENGTHS]))
    name = draw(PAIR_PATTERNS if table == STRENGTHS else TYPE_PATTERNS)
    tied = draw(st.sampled_from([False, True, "subtypes"]))
    scale = draw(st.one_of(st.none(), st.floats(0.01, 3)))
    room = draw(st.one_of(st.none(), st.floats(1.01, 4)))
    return table, name, tied, scale, room


def means(entry, key):
    """Return whether an entry means a parameter, worked out name by name."""
    table, name = key
    if table != entry[0]:
        return False
    if " -> " not in name or entry[1] == "*":
        return entry[1] == "*" or fnmatchcase(name, entry[1])
    both = zip(name.split(" -> "), entry[1].split("->"), strict=True)
    return all(fnmatchcase(*pair) for pair in both)


def as_free(entry, values):
    table, name, tied, scale, room = entry
    own = [value for key, value in values.items() if means(entry, key)]
    bounds = {}
    if room is not None and table in LOGARITHMIC:
        bounds = {"lowest": min(own) / room, "highest": max(own) * room}
    elif room is not None:
        bounds = {"lowest": min(own) - room, "highest": max(own) + room}
    if table.startswith("adaptation") and bounds:
        declared = checked_dynamics("adapting").parameters[table]
        bounds["lowest"] = max(bounds["lowest"], declared.lowest)
        bounds["highest"] = min(bounds["highest"], declared.highest)
    return nfs.Free(f"{table}:{name}", tied=tied, scale=scale, **bounds)


def together(entry, key):
    """Return a word that those share which move together."""
    if entry[2] is True:
        return "all"
    name = key[1]
    if entry[2] == "subtypes":
        ends = name.split(" -> ")
        return tuple(end[:-1] + "?" if end[-1] in "abcd" else end for end in ends)
    return name


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(entries(), min_size=1, max_size=3), st.sampled_from([0.1, 1, 30]), st.integers(0, 99)
)
def test_what_is_free_moves_as_it_was_said_and_nothing_else_does(adapting, asked, size, seed):
    values = tables(adapting)
    owner = {key: max((k for k, each in enumerate(asked) if means(each, key)), default=None)
             for key in values}  # fmt: skip
    assume(set(owner.values()) - {None} == set(range(len(asked))))  # none is overridden wholly
    free = [as_free(each, values) for each in asked]
    coordinates = Coordinates(adapting, free, "adapting")
    n_groups = {(k, together(asked[k], key)) for key, k in owner.items() if k is not None}
    assert coordinates.n == len(coordinates.names) == len(set(coordinates.names)) == len(n_groups)

    middle = tables(coordinates.parameters(np.zeros(coordinates.n)))
    assert list(middle.values()) == pytest.approx(list(values.values()), rel=1e-9, abs=1e-9)

    z = size * np.random.default_rng(seed).standard_normal(coordinates.n)
    at = coordinates.parameters(z)
    moved = tables(at)
    by_voltage = coordinates.grey == "voltage"
    moves = {}
    for key, k in owner.items():
        if k is None:
            assert moved[key] == values[key] or (key[0] == RESTING and by_voltage)
            continue
        low, high = free[k].lowest, free[k].highest
        assert (low is None or moved[key] >= low) and (high is None or moved[key] <= high)
        if not (key[0] == RESTING and by_voltage):
            by = np.log(moved[key] / values[key]) if key[0] in LOGARITHMIC else (
                moved[key] - values[key])  # fmt: skip
            moves.setdefault((k, together(asked[k], key)), []).append(by)
    for each in moves.values():
        assert np.ptp(each) < 1e-9  # ratios stay, or differences

    inside = coordinates.within(z)
    assert coordinates.parameters(inside).to_vector() == pytest.approx(
        at.to_vector(), rel=1e-9, abs=1e-9
    )
    assert coordinates.z_of(at) == pytest.approx(inside, rel=1e-5, abs=1e-5)


def test_a_value_grows_with_its_coordinate_and_stays_at_its_bounds(flow):
    free = nfs.Free("time_constant:Mi4", lowest=10 * ms, highest="800 ms", scale=0.25)
    coordinates = Coordinates(flow.replace(time_constant={"Mi4": 40 * ms}), free)
    z = np.linspace(-60, 60, 241)
    found = [coordinates.parameters([one]).time_constant["Mi4"] for one in z]
    assert found == pytest.approx(np.clip(0.04 * np.exp(0.25 * z), 0.01, 0.8), rel=1e-12)
    assert (found[0], found[-1]) == (0.01, 0.8)
    assert coordinates.within([60]) == pytest.approx(np.log(20) / 0.25)


def test_tied_values_stop_together_where_the_first_of_them_meets_a_bound(flow):
    start = flow.replace(time_constant={"T4a": 50 * ms, "T4b": 200 * ms})
    free = nfs.Free("time_constant:T4[ab]", highest=400 * ms, tied=True)
    far = Coordinates(start, free).parameters([1e3]).time_constant
    assert (far["T4a"], far["T4b"]) == (pytest.approx(0.1), 0.4)


def test_subtypes_share_one_number_each_and_strengths_one_by_both_ends(flow):
    times = Coordinates(flow, nfs.Free("time_constant:*", tied="subtypes"))
    assert times.n == 65 - 3 - 3 - 2  # T4a to d, T5a to d, Tm5a to c
    assert "time_constant[T4a, T4b, T4c, T4d]" in times.names
    assert "time_constant[T2a]" in times.names and "time_constant[Tm5Y]" in times.names
    strengths = Coordinates(flow, nfs.Free("synapse_strength:Mi[19]->T4?", tied="subtypes"))
    assert strengths.names == tuple(
        f"synapse_strength[{', '.join(f'{source} -> T4{one}' for one in 'abcd')}]"
        for source in ("Mi1", "Mi9")
    )


def test_a_start_beyond_the_usual_bounds_of_time_constants_is_kept(flow):
    start = flow.replace(time_constant={"Mi1": 5 * ms, "Mi4": 2000 * ms})
    coordinates = Coordinates(start, "time_constant:Mi[14]")
    assert coordinates.parameters([0, 0]) == start
    assert list(coordinates.parameters([-99, 99]).time_constant[["Mi1", "Mi4"]]) == [0.005, 2.0]
    assert list(coordinates.parameters([99, -99]).time_constant[["Mi1", "Mi4"]]) == [0.6, 0.02]


def test_a_strength_of_zero_stays_where_others_move(flow):
    start = flow.replace(synapse_strength={("Mi1", "T4a"): 0.0})
    for free in ("synapse_strength:*->T4a", nfs.Free("synapse_strength:*->T4a", tied=True)):
        coordinates = Coordinates(start, free)
        moved = coordinates.parameters(np.full(coordinates.n, 2.0))
        assert moved.synapse_strength["Mi1", "T4a"] == 0
        assert moved.synapse_strength["Mi9", "T4a"] > start.synapse_strength["Mi9", "T4a"]
        assert coordinates.parameters(coordinates.z_of(moved)).to_vector() == pytest.approx(
            moved.to_vector(), rel=1e-9
        )


def test_later_entries_say_what_holds_for_what_they_mean(start):
    free = ["time_constant:*", nfs.Free("time_constant:T4a", scale=0.1, lowest=45 * ms)]
    moved = Coordinates(start, free).parameters(-np.ones(65)).time_constant
    assert moved["T4a"] == pytest.approx(0.05 * np.exp(-0.1))
    assert moved.drop("T4a").to_numpy() == pytest.approx(0.05 * np.exp(-0.5))


def test_a_prior_is_told_in_units_of_the_scale(flow):
    free = [
        nfs.Free("resting_potential:Mi1", scale=0.1, prior=0.4),
        nfs.Free("resting_potential:Mi4", prior=float("inf")),
        "time_constant:Mi1",
    ]
    assert list(Coordinates(flow, free).prior_weight) == [1, 0.0625, 0]


def test_names_of_parameters_are_patterns_too(flow):
    names = ("synapse_strength[Mi1 -> T4a]", "time_constant[CT1(Lo1)]")
    assert sorted(Coordinates(flow, names).names) == sorted(names)


def test_a_table_says_what_a_list_says(flow, tmp_path):
    listed = [
        nfs.Free("time_constant:T4?", lowest=5 * ms, highest="900 ms", tied="subtypes"),
        nfs.Free("synapse_strength:Mi9->T4a", scale=0.3, prior=0.1),
        nfs.Free("resting_potential:T5?", tied=True),
    ]
    frame = pd.DataFrame(
        {
            "name": ["time_constant:T4?", "synapse_strength:Mi9->T4a", "resting_potential:T5?"],
            "lowest": [0.005, np.nan, np.nan],
            "highest": [0.9, np.nan, np.nan],
            "scale": [np.nan, 0.3, np.nan],
            "prior": [None, 0.1, None],
            "tied": ["subtypes", None, True],
        }
    )
    file = tmp_path / "free.csv"
    file.write_text(
        "pattern,lowest,highest,scale,prior,tied\n"
        "time_constant:T4?,5 ms,900 ms,,,subtypes\n"
        "synapse_strength:Mi9->T4a,,,0.3,0.1,\n"
        "resting_potential:T5?,,,,,true\n"
    )
    wanted = Coordinates(flow, listed)
    z = np.random.default_rng(0).standard_normal(wanted.n)
    for table in (frame, file, str(file)):
        found = Coordinates(flow, table)
        assert found.names == wanted.names and found.to_dict() == wanted.to_dict()
        assert found.parameters(z) == wanted.parameters(z)


def test_what_is_free_is_told_as_json_and_goes_to_other_processes(adapting):
    free = [nfs.Free("time_constant:*", lowest=1 * ms, prior=float("inf")), "adaptation_*:Mi*"]
    coordinates = Coordinates(adapting, free, "adapting")
    told = coordinates.to_dict()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert [each["table"] for each in told["free"]] == [
        TIMES, "adaptation_strength", "adaptation_time"]  # fmt: skip
    assert (told["free"][0]["lowest"], told["free"][0]["highest"]) == (0.001, 0.6)
    z = np.random.default_rng(0).standard_normal(coordinates.n)
    sent = pickle.loads(pickle.dumps(coordinates))
    assert sent.parameters(z) == coordinates.parameters(z)


def test_parameters_of_a_dynamics_move_on_the_scale_that_it_declares(adapting):
    coordinates = Coordinates(adapting, "adaptation_*:Mi4", "adapting")
    before, after = adapting, coordinates.parameters([0.5, 0.5])
    moved = after.by_type("adaptation_strength") - before.by_type("adaptation_strength")
    assert moved["Mi4"] == pytest.approx(0.5 * 5 / 6)
    ratio = after.by_type("adaptation_time") / before.by_type("adaptation_time")
    assert ratio["Mi4"] == pytest.approx(60 ** (0.5 / 6))
    far = coordinates.parameters([1e6, -1e6])
    assert far.by_type("adaptation_strength")["Mi4"] == 5
    assert far.by_type("adaptation_time")["Mi4"] == 0.05


# --- voltage at grey -----------------------------------------------------------------------------


def needed(parameters, voltage):
    """Resting potentials that keep cells at a voltage at grey, by hand for each dynamics."""
    connectome, name = parameters.connectome, parameters.declaration.dynamics
    weights = parameters.type_weights.to_numpy()
    output = np.maximum(voltage, 0)
    light = 0.5 * connectome.cell_types["photoreceptor"].to_numpy()
    if name == "conductance":
        excitation = np.maximum(weights, 0) @ output * (1 - voltage / 10)
        inhibition = np.minimum(weights, 0) @ output * (1 - voltage / -5)
        return voltage - excitation - inhibition - light
    if name == "adapting":
        voltage = voltage * (1 + parameters.by_type("adaptation_strength").to_numpy())
    if name == "light_adapting":
        light = light / (2 * light + 1e-9)
    return voltage - weights @ output - light


@pytest.mark.parametrize("name", dynamics_names())
def test_voltages_at_grey_are_those_at_which_nothing_changes(adapting, name):
    start = adapting if name == "adapting" else nfs.load_parameters("flow/001").with_dynamics(name)
    coordinates = Coordinates(start, dynamics=name)
    assert coordinates.grey == "voltage" and coordinates.grey_is_known
    assert coordinates.n == len(start.to_vector())
    middle = coordinates.parameters(np.zeros(coordinates.n))
    assert middle.to_vector() == pytest.approx(start.to_vector(), rel=1e-9, abs=1e-9)
    z = 0.5 * np.random.default_rng(1).standard_normal(coordinates.n)
    found, voltage = coordinates.parameters(z), coordinates.voltage_at_grey(z)
    moved = voltage - coordinates.voltage_at_grey(np.zeros(coordinates.n))
    assert moved == pytest.approx(0.2 * z[65:130])
    assert found.resting_potential.to_numpy() == pytest.approx(needed(found, voltage), abs=1e-9)
    assert coordinates.z_of(found) == pytest.approx(coordinates.within(z), abs=1e-6)


@pytest.mark.parametrize(
    "free", ["resting_potential:T4?", nfs.Free("resting_potential:*", tied=True),
             nfs.Free("resting_potential:*", lowest=-50, highest=50)],
)  # fmt: skip
def test_resting_potentials_themselves_move_if_not_all_do_at_will(flow, free):
    coordinates = Coordinates(flow, free)
    assert coordinates.grey == coordinates.to_dict()["grey"] == "resting potential"
    assert coordinates.voltage_at_grey(np.zeros(coordinates.n)) is None
    found = coordinates.parameters(np.ones(coordinates.n)).resting_potential
    moved = found - flow.resting_potential
    assert moved[moved != 0].to_numpy() == pytest.approx(0.2)
    assert moved["T4a"] != 0


def test_the_voltage_at_grey_is_known_where_nothing_moves_on_which_it_depends(flow, adapting):
    fixed = Coordinates(flow, "time_constant:*")
    assert fixed.voltage_at_grey(np.ones(65)) == pytest.approx(nfs.rest_state(flow), abs=1e-8)
    assert Coordinates(adapting, "adaptation_time:*", "adapting").grey_is_known
    for free in ("adaptation_strength:*", "synapse_strength:Mi9->T4a"):
        coordinates = Coordinates(adapting, free, "adapting")
        assert not coordinates.grey_is_known
        assert coordinates.voltage_at_grey(np.zeros(coordinates.n)) is None


def own(voltage, output="voltage*int(voltage > 0)", more=""):
    return nfs.Dynamics(
        "own", f"dvoltage/dt = ({voltage}) / time_constant : 1\noutput = {output} : 1\n{more}"
    )


UNSOLVED = {
    "resting potential not linear": own(
        "-voltage + exp(resting_potential) + synaptic_input + luminance"
    ),
    "slow variable not linear": own(
        "-voltage + resting_potential + synaptic_input + luminance - slow",
        more="dslow/dt = (voltage - slow**2)/(1*second) : 1",
    ),
    "passes on what it gets": own(
        "-voltage + resting_potential + got + luminance",
        "got",
        more="dgot/dt = (synaptic_input - got)/(1*second) : 1",
    ),
    "no resting potential at some voltages": own(
        "-voltage + resting_potential*int(voltage > 0.2) + synaptic_input + luminance"
    ),
    "a function that sympy writes otherwise": own(
        "-voltage + resting_potential + synaptic_input + luminance + 0.01*sign(voltage)"
    ),
    "no resting potential": own("-voltage + synaptic_input + luminance"),
}  # fmt: skip


@pytest.mark.parametrize("why", UNSOLVED)
def test_a_dynamics_without_a_formula_moves_resting_potentials(few_types, why):
    start = nfs.Parameters.uniform(few_types)
    coordinates = Coordinates(start, dynamics=UNSOLVED[why])
    assert not AtGrey.is_solvable(few_types, UNSOLVED[why])
    assert coordinates.grey == "resting potential" and not coordinates.grey_is_known
    z = np.ones(coordinates.n)
    moved = coordinates.parameters(z).resting_potential - start.resting_potential
    assert moved.to_numpy() == pytest.approx(0.2)


def test_a_candidate_that_no_resting_potential_keeps_at_its_voltage_runs_away(few_types):
    dynamics = own("-sqrt(voltage) + resting_potential + synaptic_input + luminance")
    coordinates = Coordinates(
        nfs.Parameters.uniform(few_types, grey_voltage=0.5).replace(
            resting_potential=dict.fromkeys(few_types.cell_types.index, 0.0)
        ),
        "resting_potential:*",
        dynamics,
        np.full(few_types.n_cell_types, 0.25),
    )
    assert coordinates.grey == "voltage"
    found = coordinates.parameters(np.eye(few_types.n_cell_types)[0] * -2)  # a voltage below 0
    assert found.resting_potential.iloc[0] == 1e9 and (found.resting_potential[1:] < 10).all()


def test_a_dynamics_of_ones_own_is_solved_through_its_slow_variables(few_types):
    """A synapse of its own time, which passes on what has left it; outputs by an exponential."""
    dynamics = own(
        "-voltage + 2*resting_potential + got + luminance - 0.3*slow",
        "exp(voltage) + released",
        more="""
        dgot/dt = (synaptic_input - got)/(20*ms) : 1
        dslow/dt = (voltage + got - 2*slow)/(1*second) : 1
        dreleased/dt = (voltage**2 - released)/(1*second) : 1
        """,
    )
    start = nfs.Parameters.uniform(few_types).replace(resting_potential={"L1": -0.2})
    weights = start.type_weights.to_numpy()
    at_grey = AtGrey(few_types, dynamics)
    voltage = np.linspace(-0.4, 0.6, len(weights))
    got = weights @ (np.exp(voltage) + voltage**2)
    light = 0.5 * few_types.cell_types["photoreceptor"].to_numpy()
    wanted = (voltage - got - light + 0.15 * (voltage + got)) / 2
    assert at_grey.resting_potential(voltage, start.to_vector()) == pytest.approx(wanted)


def test_with_gap_junctions_resting_potentials_move_if_currents_go_through_them(few_types):
    junction = {"source_type": "L1", "target_type": "L2", "du": 0, "dv": 0, "conductance": 0.1}
    coupled = nfs.Connectome(
        few_types.cell_types.reset_index(),
        few_types.connections.reset_index(),
        few_types.offsets,
        pd.DataFrame([junction]).assign(reference=""),
    )
    for connectome, told in ((few_types, "voltage"), (coupled, "resting potential")):
        assert Coordinates(nfs.Parameters.uniform(connectome), dynamics="coupled").grey == told


def test_a_start_that_has_no_rest_moves_resting_potentials(few_types):
    start = nfs.Parameters.uniform(few_types, total_input=60.0)
    lifted = start.replace(resting_potential=start.resting_potential + 5)
    coordinates = Coordinates(lifted)
    assert coordinates.grey == "resting potential"


# --- errors --------------------------------------------------------------------------------------

WRONG = [
    (3, "free is int, but must be a pattern"),
    ([3], "entry 0 of free is int"),
    ([], "free is empty"),
    ("time_constant", "with a colon between.*'time_constant:\\*'"),
    ("time_constnt:*", "Did you mean 'time_constant'?"),
    ("adaptation_strength:*", "no parameter is called 'adaptation_strength'; there are 'time_con"),
    ("time_constant:TmY5", "no cell type is called 'TmY5'. Did you mean 'TmY5a'?"),
    ("time_constant:Mi1->T4a", "named by cell types, not by connections"),
    ("synapse_strength:T4a", "both ends of its connection, such as 'synapse_strength:\\*->T4a'"),
    ("synapse_strength:Mi1->t4a", "no cell type is called 't4a'. Did you mean 'T4a'?"),
    ("synapse_strength:T4a->R1", "no connection leads from 'T4a' to 'R1', which gets input of L2"),
    (["time_constant:T4a", "time_constant:*"], "'time_constant:T4a' has no effect: later entries"),
    (nfs.Free("time_constant:T4a", lowest=9.0, highest=10.0), "T4a is .* below lowest, which is 9"),
    (nfs.Free("resting_potential:*", highest=-99), "above highest, which is -99 .*start.replace"),
    (nfs.Free("time_constant:*", lowest=0), "lowest .* is 0, beyond .* greater than 0 s"),
    (nfs.Free("synapse_strength:*", lowest=-1), "the sign stands in the connectome"),
    (pd.DataFrame({"pattern": ["*"], "low": [1]}), "a column of free is 'low'.*'lowest'"),
    (pd.DataFrame({"lowest": [1]}), "must have one column 'pattern'"),
    (pd.DataFrame({"pattern": [None], "lowest": [1]}), "row 0 of free: has no pattern"),
    (pd.DataFrame({"pattern": ["*"], "scale": [-1]}), "row 0 of free: scale of .* greater than 0"),
]  # fmt: skip


@pytest.mark.parametrize(("free", "told"), WRONG)
def test_what_cannot_be_free_is_told_with_its_cure(start, free, told):
    with pytest.raises(nfs.NeuroFlySimError, match=told):
        Coordinates(start, free)


def test_bounds_and_units_that_cannot_be_are_told(start, adapting):
    beyond = nfs.Free("adaptation_strength:*", highest=9)
    with pytest.raises(nfs.InvalidValueError, match=r"highest .* is 9, beyond .* 0 to 5"):
        Coordinates(adapting, beyond, "adapting")
    with pytest.raises(nfs.InvalidTypeError, match=r"lowest .* must be a value of time_constant"):
        Coordinates(start, nfs.Free("time_constant:*", lowest=1 * volt))
    with pytest.raises(nfs.InvalidTypeError, match=r"scale .* plain number, for the logarithm"):
        Coordinates(start, nfs.Free("time_constant:*", scale=1 * ms))
    still = start.replace(synapse_strength={("Mi1", "T4a"): 0.0})
    with pytest.raises(nfs.InvalidValueError, match=r"Mi1 -> T4a is 0 at the start.*would stay 0"):
        Coordinates(still, "synapse_strength:Mi1->T4a")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"lowest": 3, "highest": 2}, "lowest .* is 3.* must be below highest, which is 2"),
        ({"lowest": 2, "highest": 2}, "must be below highest"),
        ({"lowest": 1 * ms, "highest": 2}, "give both one unit"),
        ({"lowest": float("nan")}, "lowest .* must be finite"),
        ({"highest": float("inf") * ms}, "highest .* must be one finite number"),
        ({"lowest": "20 mss"}, "lowest .* the units are ms"),
        ({"scale": 0}, "scale .* greater than 0"),
        ({"prior": -1}, "prior .* greater than 0"),
        ({"tied": "abcd"}, "tied .* must be True, False or 'subtypes'"),
    ],
)
def test_an_entry_that_makes_no_sense_is_told_when_it_is_made(said, told):
    with pytest.raises(nfs.NeuroFlySimError, match=told):
        nfs.Free("time_constant:*", **said)


@pytest.mark.parametrize("pattern", ["", "  ", None, 3])
def test_a_pattern_must_be_text(pattern):
    with pytest.raises(nfs.InvalidTypeError, match="the pattern of a Free is"):
        nfs.Free(pattern)


def test_the_start_and_what_is_sought_must_be_for_the_dynamics_and_connectome(start, few_types):
    with pytest.raises(nfs.InvalidTypeError, match="start is int, but must be Parameters"):
        Coordinates(3)
    with pytest.raises(nfs.InvalidValueError, match="with_dynamics"):
        Coordinates(start, dynamics="adapting")
    coordinates = Coordinates(start, "time_constant:*")
    with pytest.raises(nfs.InvalidValueError, match="another connectome"):
        coordinates.z_of(nfs.Parameters.uniform(few_types))
    with pytest.raises(nfs.InvalidValueError, match=r"synapse_strength\[Mi1 -> T4a\].* fixed"):
        coordinates.z_of(start.replace(synapse_strength={("Mi1", "T4a"): 9.0}))
    with pytest.raises(nfs.InvalidValueError, match="there are 65 coordinates"):
        coordinates.parameters(np.zeros(735))
