"""Cells that stand once per eye: what they pool over, and what they give back."""

import pickle

import numpy as np
import pandas as pd
import pytest
from brian2 import ms
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs

STEP = 0.02
NEW = {"lower": 0.03, "upper": 0.05}
POOLS = (
    nfs.Pool("T4a", "lower", "int(y < 0)"),
    nfs.Pool("Lawf2", "upper", "2 + y/200", sign=1),
    nfs.Pool("lower", "upper", 3, sign=-1),
    nfs.Pool("upper", "lower", 1, sign=-1),
    nfs.Pool("upper", "upper", 1, sign=-1),
    nfs.Pool("upper", "Tm3", 1),
    nfs.Pool("upper", "Mi1", "exp(-(x/40)**2)*int(y > 0)", sign=-1),
    nfs.Pool("lower", "Lawf1", "exp(x/100)"),
)


def with_cells(start, pools=POOLS, strength=0.02):
    """The parameters of a connectome with more cells."""
    connectome = start.connectome.with_pools(pools)
    return start.extended(
        connectome,
        time_constant={name: NEW.get(name, 0.02) for name in connectome.single_types},
        resting_potential={name: 0.1 for name in connectome.single_types},
        synapse_strength={(pool.source_type, pool.target_type): strength for pool in pools},
    )


@pytest.fixture(scope="module")
def lower(start):
    return with_cells(start, [POOLS[0]])


def noise(extent, n_conditions=1, n_steps=6):
    shape = (n_conditions, n_steps, nfs.Lattice(extent=extent).n_columns)
    return np.random.default_rng(0).uniform(size=shape)


def voltages(frames, parameters, extent, **options):
    options = {"record": "all", "progress": False, "time_step": 20 * ms, **options}
    candidates = parameters if isinstance(parameters, list) else [parameters]
    own = {"connectome": candidates[0].connectome, "parameters": candidates}
    return nfs.simulate(frames, lattice=extent, **own, **options).voltage


def of(voltage, cell_type):
    return voltage.isel(neuron=voltage["cell_type"].to_numpy() == cell_type)


# ---- what they are -------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=10)
@given(
    st.sampled_from(["exp(-(x/40)**2)", "int(y < 0)", "1 + cos(x*pi/180)", "3", "abs(x)*int(y>x)"]),
    st.integers(0, 4),
    st.booleans(),
)
def test_the_weight_at_every_column_is_what_numpy_makes_of_the_equation(
    connectome, weight, extent, back
):
    eye = nfs.Eye(extent)
    expected = eval(
        weight,
        {"x": eye.x, "y": eye.y, "exp": np.exp, "cos": np.cos, "pi": np.pi, "abs": np.abs}
        | {"int": lambda value: np.asarray(value) * 1},
    )
    expected = np.broadcast_to(expected, len(eye.columns)).astype(float)
    pools = [nfs.Pool("T4a", "wide", weight)]
    pools += [nfs.Pool("wide", "Mi1", weight, sign=-1)] if back else []
    network = connectome.with_pools(pools).network(extent)
    added = network.pair_offset >= len(connectome.offsets)
    for pool in pools:
        kind = network.cell_types.index("T4a" if pool.source_type == "T4a" else "Mi1")
        end = network.pair_source if pool.source_type == "T4a" else network.pair_target
        own = added & (network.neuron_type[end] == kind)
        found = np.zeros(len(eye.columns))
        found[network.neuron_column[end[own]]] = network.signed_counts[network.pair_offset[own]]
        np.testing.assert_allclose(found, pool.sign * expected, rtol=1e-13)


def test_weights_by_column_are_those_of_the_table(connectome):
    types = connectome.cell_types.reset_index().assign(columnar=True)
    wide = types.iloc[[0]].assign(cell_type="wide", photoreceptor=False, columnar=False)
    pools = pd.DataFrame(
        {"source_type": "T4a", "target_type": "wide", "u": [1, 0, 9], "v": [0, 0, 0]}
    ).assign(weight=[2.5, 1, 7])
    connections = connectome.connections.reset_index()
    more = connections.iloc[[0]].assign(source_type="T4a", target_type="wide", sign=-1)
    network = nfs.Connectome(
        pd.concat([types, wide]), pd.concat([connections, more]), connectome.offsets, pools=pools
    ).network(2)
    added = network.pair_offset >= len(connectome.offsets)
    columns = network.columns[network.neuron_column[network.pair_source[added]]]
    assert columns.tolist() == [[0, 0], [1, 0]]  # (9, 0) lies outside
    assert network.signed_counts[network.pair_offset[added]].tolist() == [-1, -2.5]


def test_a_cell_that_stands_once_is_the_last_of_the_network_and_in_the_middle(lower):
    neurons = lower.connectome.network(3).neurons
    assert neurons.tail(1).iloc[0].tolist()[0] == "lower"
    assert neurons.query("cell_type == 'lower'")[["u", "v"]].to_numpy().tolist() == [[0, 0]]


def test_files_and_copies_hold_the_pools(lower, tmp_path):
    connectome = lower.connectome
    nfs.save_connectome(connectome, tmp_path)
    assert nfs.load_connectome(tmp_path) == connectome
    assert pickle.loads(pickle.dumps(connectome)) == connectome
    lower.save(tmp_path / "model.json")
    assert nfs.load_parameters(tmp_path / "model.json", connectome) == lower


def test_tables_without_such_cells_are_what_they_were(connectome, tmp_path):
    nfs.save_connectome(connectome, tmp_path)
    assert not (tmp_path / "pools.csv").exists()
    same = connectome.with_tables(cell_types=connectome.cell_types.assign(columnar=True))
    assert same.checksum == connectome.checksum


# ---- what they compute ---------------------------------------------------------------------------


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_a_pooling_cell_integrates_the_sum_over_the_recorded_sources(lower, engine):
    voltage = voltages(noise(4), lower, 4, engine=engine)[0, 0]
    sources, eye = of(voltage, "T4a"), nfs.Eye(4)
    assert (sources["u"].to_numpy() == eye.columns[:, 0]).all()
    drive = 0.02 * np.maximum(sources.to_numpy(), 0) @ (eye.y < 0)
    own = of(voltage, "lower").to_numpy()[:, 0]
    expected = own[:-1] + STEP / NEW["lower"] * (-own[:-1] + 0.1 + drive[:-1])
    np.testing.assert_allclose(own[1:], expected, rtol=1e-12)
    assert drive.min() > 0.01


@pytest.mark.compile
def test_the_inputs_of_cells_of_pools_are_told_and_move_their_voltages(start):
    """By hand over the recorded sources; and tau dV/dt + V - V_rest of a cell, by any engine."""
    model, step = with_cells(start), STEP
    voltage = voltages(noise(4), model, 4)
    shown, eye = nfs.Responses(voltage), nfs.Eye(4)
    voltage = voltage[0, 0]
    of_lower = nfs.analysis.input_currents(shown, model, "lower")[0, 0]
    t4a, upper = (np.maximum(of(voltage, name).to_numpy(), 0) for name in ("T4a", "upper"))
    np.testing.assert_allclose(of_lower.sel(source_type="T4a"), 0.02 * t4a @ (eye.y < 0))
    np.testing.assert_allclose(of_lower.sel(source_type="upper"), -0.02 * upper[:, 0])
    assert of_lower.sel(source_type="T4a").min() > 0.01 and upper.min() > 0.01
    for name in ("lower", "upper", "Tm3"):
        total = nfs.analysis.input_currents(shown, model, name).sum("source_type")[0, 0]
        cells = of(voltage, name)
        central = cells[:, ((cells["u"] == 0) & (cells["v"] == 0)).to_numpy()].to_numpy()[:, 0]
        tau, rest = model.time_constant[name], model.resting_potential[name]
        moved = (central[1:] - central[:-1]) * tau / step + central[:-1] - rest
        np.testing.assert_allclose(total[:-1], moved, atol=1e-9)
    of_tm3 = nfs.analysis.input_currents(shown, model, "Tm3")[0, 0].sel(source_type="upper")
    np.testing.assert_allclose(of_tm3, 0.02 * upper[:, 0])
    without = nfs.Responses(voltages(noise(4), model, 4, record=["T4a", "lower"]))
    with pytest.raises(nfs.InvalidValueError, match="lower gets input from upper, which was not"):
        nfs.analysis.input_currents(without, model, "lower")


@pytest.mark.compile
def test_a_cell_that_projects_back_gives_each_column_its_weight(start):
    """Mi1 with an input from a cell whose voltage is held: the current that it gets is known."""
    pools = [nfs.Pool("T4a", "wide", 0), nfs.Pool("wide", "Mi1", "1 + x/1000", sign=-1)]
    plain, more = (with_cells(start, pools, strength) for strength in (0.0, 0.5))
    held = [nfs.Clamp("wide", 2.0)]
    one, other = (
        voltages(noise(3, n_steps=2), each, 3, perturbations=held, initial="rest")
        for each in (plain, more)
    )
    difference = (of(other, "Mi1") - of(one, "Mi1"))[0, 0, 0]
    tau = start.time_constant["Mi1"]
    expected = -STEP / tau * 0.5 * 2.0 * (1 + nfs.Eye(3).x / 1000)
    np.testing.assert_allclose(difference, expected, atol=1e-12)


@pytest.mark.compile
@pytest.mark.parametrize("dynamics", [nfs.GRADED, nfs.CONDUCTANCE], ids=["graded", "conductance"])
@pytest.mark.parametrize("extent", [0, 1, 4])
def test_both_engines_agree(start, random_parameters, extent, dynamics):
    candidates = [with_cells(start), with_cells(random_parameters)]
    frames = noise(extent, 3)
    own, plain = (
        voltages(frames, candidates, extent, engine=engine, dynamics=dynamics)
        for engine in ("lattice", "synapses")
    )
    assert abs(own - plain).max() <= 1e-12
    assert own.sizes["neuron"] == start.connectome.network(extent).n_neurons + 2


@pytest.mark.compile
def test_float32_threads_and_other_devices_agree(start):
    model, frames = with_cells(start), noise(2, 3)
    run = voltages(frames, model, 2)
    assert (voltages(frames, model, 2, threads=2) == run).all()
    assert (voltages(frames, model, 2, device="cpp_standalone") == run).all()
    assert abs(voltages(frames, model, 2, dtype="float32") - run).max() <= 1e-5


@pytest.mark.compile
def test_a_cell_that_projects_nowhere_leaves_the_others_as_they_were_bit_for_bit(start, lower):
    frames = noise(4, 2)
    without, with_it = (voltages(frames, each, 4).to_numpy() for each in (start, lower))
    assert (with_it[..., :-1] == without).all()


@pytest.mark.compile
def test_perturbations_reach_their_connections(lower):
    """Twice the strength gives twice the distance from the resting potential; without T4a, none."""
    flies = [
        [],
        [nfs.Scale("T4a", "lower", 2)],
        [nfs.Cut("T4a", "lower")],
        [nfs.Silence("T4a")],
    ]
    voltage = of(voltages(noise(3), lower, 3, perturbations=flies), "lower") - 0.1
    intact, doubled, cut, silenced = voltage.to_numpy()[:, 0, :, 0]
    np.testing.assert_allclose(doubled, 2 * intact, rtol=1e-12)
    assert abs(intact).min() > 0.01
    assert abs(cut).max() < 1e-12
    assert abs(silenced).max() < 1e-12


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_connections_into_single_columns_are_cut(start, engine):
    back = with_cells(start, [POOLS[0], nfs.Pool("lower", "Mi1", "1 + x/1000", sign=-1)], 0.5)
    held, cut = nfs.Clamp("lower", 2.0), nfs.Cut("lower", "Mi1", columns=[(0, 0), (1, -1)])
    both = voltages(
        noise(2), back, 2, perturbations=[held, (held, cut)], initial="rest", engine=engine
    )
    intact, without = of(both, "Mi1").to_numpy()[:, 0, 0]
    place = [nfs.Lattice(extent=2).index(0, 0), nfs.Lattice(extent=2).index(1, -1)]
    expected = np.zeros(19)
    expected[place] = STEP / back.time_constant["Mi1"] * 0.5 * 2 * (1 + nfs.Eye(2).x[place] / 1000)
    np.testing.assert_allclose(without - intact, expected, atol=1e-12)


@pytest.mark.compile
def test_cells_that_stand_once_are_coupled_by_gap_junctions(start):
    """Both engines agree, and what couples two such cells moves their voltages together."""
    pools = [nfs.Pool("T4a", "lower", "int(y < 0)"), nfs.Pool("T4b", "upper", "int(y > 0)")]
    model = with_cells(start, pools)
    row = {"source_type": "lower", "target_type": "upper", "du": 0, "dv": 0, "conductance": 5.0}
    coupled = nfs.Parameters.from_vector(
        model.connectome.with_gap_junctions(pd.DataFrame([{**row, "reference": ""}])),
        model.to_vector(),
    )
    options = {"dynamics": nfs.COUPLED, "method": "exponential_euler"}
    apart, plain, own = (
        voltages(noise(3), each, 3, engine=engine, **options).isel(neuron=[-2, -1])
        for each, engine in ((model, "lattice"), (coupled, "synapses"), (coupled, "lattice"))
    )
    assert abs(own - plain).max() <= 1e-12
    distance = abs(own.diff("neuron")).mean(), abs(apart.diff("neuron")).mean()
    assert distance[0] < 0.5 * distance[1]
    with pytest.raises(nfs.ConnectomeError, match="once per eye"):
        model.connectome.with_gap_junctions(pd.DataFrame([{**row, "target_type": "T4a",
                                                           "reference": ""}]))  # fmt: skip


@pytest.mark.compile
def test_a_type_of_the_user_is_five_lines():
    connectome = nfs.load_connectome().with_pools([nfs.Pool("T4a", "lower", "int(y < 0)")])
    parameters = nfs.load_parameters("flow/000").extended(
        connectome,
        time_constant={"lower": 20 * ms},
        resting_potential={"lower": 0.0},
        synapse_strength={("T4a", "lower"): 0.01},
    )
    moving = nfs.protocols.moving_edge(angle=[0, 180], intensity=1)
    responses = nfs.simulate(
        moving, connectome=connectome, parameters=parameters, lattice=3, progress=False
    )
    peak = responses.voltage.sel(cell_type="lower").max("time").to_numpy().ravel()
    assert peak[1] > peak[0] > 0  # T4a prefers motion to the left


@pytest.mark.compile
def test_what_is_recorded_is_saved_and_exported(lower, tmp_path):
    responses = nfs.simulate(
        noise(1), connectome=lower.connectome, parameters=lower, lattice=1, progress=False
    )
    responses.save(tmp_path / "responses.nc")
    again = nfs.load_responses(tmp_path / "responses.nc").voltage
    assert again["cell_type"].to_numpy()[-1] == "lower"
    assert (again == responses.voltage).all()
    pytest.importorskip("pynwb")
    responses.save(tmp_path / "responses.nwb")


# ---- what is told --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "told"),
    [
        ("exp(", "cannot be understood"),
        ("exp(-z)", "'z'"),
        ("x*mV", "unit"),
        ("x + 1*ms", "cannot be understood"),
        ("rand()", "same each time"),
        ("x.real", "'real'"),
        ("1+" * 600 + "1", "longer than"),
    ],
)
def test_an_equation_that_means_nothing_is_told_where_it_is_written(weight, told):
    with pytest.raises(nfs.InvalidValueError, match=told):
        nfs.Pool("T4a", "lower", weight)


@pytest.mark.parametrize(
    ("weight", "column"),
    [
        ("1/abs(y)", r"inf at column \(-1, 2\)"),
        ("-1", "sign"),
        ("log(x)", "at column"),
        ("1/0", "nan"),
        ("x", r"\(-1, -1\), which looks to x = -5"),
    ],
)
def test_a_weight_that_is_no_count_names_the_column(connectome, weight, column):
    wide = connectome.with_pools([nfs.Pool("T4a", "lower", weight)])
    with pytest.raises(nfs.InvalidValueError, match=column):
        wide.network(2)


@pytest.mark.parametrize(
    ("pools", "told"),
    [
        ([nfs.Pool("T4A", "lower")], "T4A is no cell type"),
        ([nfs.Pool("T4a", "Mi1")], "with cells in columns"),
        ([nfs.Pool("T4a", "lower"), nfs.Pool("T4a", "lower")], "given twice"),
        ([nfs.Pool("T4a", "one"), nfs.Pool("one", "other", "x")], "write a number"),
        ([nfs.Pool("T4a", "a, b")], "without commas"),
    ],
)
def test_pools_that_do_not_fit_the_connectome_are_told(connectome, pools, told):
    with pytest.raises(nfs.ConnectomeError, match=told):
        connectome.with_pools(pools)


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("cell_types", {"photoreceptor": True}, "has no column, so photoreceptor cannot be True"),
        ("cell_types", {"stride_u": 2}, "stride_u means nothing"),
        ("cell_types", {"columnar": "perhaps"}, "write True or False"),
        ("pools", {"u": 1, "v": 0, "weight": -1}, "a finite number of 0 or more"),
        ("pools", {"u": 1}, "whole numbers u and v"),
        ("pools", {"source_type": "Lawf1", "u": 1, "v": 0, "weight": 1}, "no cell at column"),
        ("pools", {"source_type": "nobody"}, "is no cell type"),
        ("pools", {"source_type": "T4b"}, "has no sign"),
        ("pools", {"target_type": "Mi1"}, "with cells in columns"),
    ],
)
def test_tables_that_are_wrong_are_told_with_line_and_cure(lower, table, change, told):
    changed = getattr(lower.connectome, table).reset_index(drop=table == "pools").astype(object)
    for column, value in change.items():
        changed.loc[len(changed) - 1, column] = value
    with pytest.raises(nfs.ConnectomeError, match=told) as error:
        lower.connectome.with_tables(**{table: changed})
    assert "line" in str(error.value)


def test_what_has_no_meaning_for_such_cells_is_told(lower, start):
    connectome = lower.connectome
    for asked in (
        lambda: nfs.Parameters.uniform(connectome),
        lambda: nfs.Parameters.initial(connectome),
        lambda: nfs.rest_state(lower),
        lambda: nfs.rest_state_by_column(lower),
        lambda: lower.type_weights,
        lambda: connectome.network(nfs.Lattice(size=6)),
        lambda: nfs.plotting.plot_inputs(connectome, "lower"),
    ):
        with pytest.raises(nfs.InvalidValueError, match="once per eye"):
            asked()
    with pytest.raises(nfs.InvalidValueError, match="time_constant lacks lower"):
        start.extended(connectome)
    with pytest.raises(nfs.InvalidValueError, match="no lower"):
        lower.extended(start.connectome)
