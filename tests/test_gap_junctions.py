"""Gap junctions: currents between cells that are coupled electrically, and the table of them."""

import numpy as np
import pandas as pd
import pytest
from brian2 import ms
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs

#: A junction of L1 and L2, and of neighbouring Mi1, with conductances of ours.
ROWS = [("L1", "L2", 0, 0, 0.7), ("Mi1", "Mi1", 1, 0, 0.3), ("C3", "Tm3", -1, 2, 0.4)]


def table(rows=ROWS):
    columns = ["source_type", "target_type", "du", "dv", "conductance"]
    return pd.DataFrame(rows, columns=columns).assign(reference="ours")


def carried(parameters, connectome):
    return nfs.Parameters.from_vector(connectome, parameters.to_vector())


def two_cells(conductance, first=0.0, second=0.0):
    """Return a connectome of A and B in a column, coupled; and parameters with their rests."""
    types = pd.DataFrame(
        {"cell_type": ["A", "B"], "stride_u": 1, "stride_v": 1, "photoreceptor": [True, False],
         "output": False}
    )  # fmt: skip
    pair = {"source_type": ["A"], "target_type": ["B"]}
    connectome = nfs.Connectome(
        types,
        pd.DataFrame({**pair, "sign": 1, "sign_reference": ""}),
        pd.DataFrame({**pair, "du": 0, "dv": 0, "synapse_count": 1.0, "filled": False}),
        table([("B", "A", 0, 0, conductance)]),
    )
    parameters = nfs.Parameters.from_tables(
        connectome, time_constant=40 * ms, resting_potential={"A": first, "B": second},
        synapse_strength={("A", "B"): 0.0},
    )  # fmt: skip
    return connectome, parameters


def voltages(connectome, parameters, *, frames=None, extent=0, dynamics=nfs.COUPLED, **more):
    n_columns = nfs.Lattice(extent=extent).n_columns
    return nfs.simulate(
        np.zeros((100, n_columns)) if frames is None else frames, connectome=connectome,
        parameters=parameters, extent=extent, dynamics=dynamics,
        record="all", progress=False, **more,
    ).voltage  # fmt: skip


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_two_coupled_cells_relax_with_the_analytic_time_constant(engine):
    connectome, parameters = two_cells(1.5)
    step, beginning = 0.05 * ms, np.array([[1.0, 0.2]])
    found = voltages(
        connectome, parameters, engine=engine, initial=beginning, time_step=step,
        frames=np.zeros((1000, 1)),
    )[0, 0]  # fmt: skip
    time = found["time"].to_numpy()
    difference, total = found[:, 0] - found[:, 1], found[:, 0] + found[:, 1]
    np.testing.assert_allclose(difference, 0.8 * np.exp(-time * (1 + 2 * 1.5) / 0.04), atol=2e-3)
    np.testing.assert_allclose(total, 1.2 * np.exp(-time / 0.04), atol=2e-3)


@pytest.mark.compile
def test_steps_of_euler_relax_below_the_limit_of_two_cells_and_run_away_above_it():
    """Their difference relaxes with tau / (1 + 2g), and Euler's steps hold up to twice that."""
    connectome, parameters = two_cells(0.7)
    limit = 2 * 40 * ms / (1 + 2 * 0.7)
    how = {"initial": np.array([[1.0, 0.2]]), "frames": np.zeros((60, 1))}

    def difference(factor, method="euler"):
        found = voltages(connectome, parameters, time_step=factor * limit, method=method, **how)
        return abs(np.diff(found[0, 0])[[0, -1], 0])

    first, last = difference(0.95)
    assert last < 0.01 * first
    first, last = difference(1.05)
    assert last > 100 * first
    first, last = difference(1.05, "exponential_euler")
    assert last < 0.01 * first


@pytest.mark.compile
def test_a_step_too_long_for_gap_junctions_is_told_as_that_and_its_cures_are():
    connectome, parameters = two_cells(2.0)
    how = {"initial": np.array([[1.0, 0.2]]), "frames": np.zeros((600, 1)), "time_step": 36 * ms}
    with pytest.raises(nfs.RunawayActivityError, match=r"So do gap junctions .*exponential_euler"):
        voltages(connectome, parameters, **how)


@pytest.mark.compile
def test_what_one_cell_gains_the_other_loses():
    connectome, parameters = two_cells(2.0, first=0.9, second=0.1)
    alone = two_cells(0.0, first=0.9, second=0.1)
    beginning = np.array([[0.3, 0.8]])
    both, apart = (
        voltages(*each, initial=beginning, frames=np.zeros((1, 1)))[0, 0, 0].to_numpy()
        for each in ((connectome, parameters), alone)
    )
    gained = both - apart
    assert abs(gained[0]) > 0.01
    np.testing.assert_allclose(gained.sum(), 0, atol=1e-15)


@pytest.mark.compile
def test_no_current_flows_between_equal_voltages():
    connectome, parameters = two_cells(3.0, first=0.4, second=0.4)
    found = voltages(connectome, parameters, initial="rest")
    np.testing.assert_allclose(found, 0.4, atol=1e-14)


@pytest.mark.compile
def test_without_gap_junctions_or_conductance_it_is_the_published_model(connectome, start):
    frames = np.random.default_rng(0).uniform(size=(20, 19))
    published = voltages(connectome, start, frames=frames, extent=2, dynamics=nfs.GRADED)
    conduct_nothing = connectome.with_gap_junctions(table().assign(conductance=0.0))
    without, silent = (
        voltages(each, carried(start, each), frames=frames, extent=2).to_numpy()
        for each in (connectome, conduct_nothing)
    )
    np.testing.assert_array_equal(silent, without)
    # Of other equations a compiler may make other code.
    np.testing.assert_allclose(without, published.to_numpy(), rtol=0, atol=1e-13)


@pytest.mark.compile
@settings(deadline=None, max_examples=6)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["L1", "L2", "Mi1", "C3", "Lawf1", "T4a"]),
            st.sampled_from(["L3", "Tm3", "R1", "Lawf2"]),
            st.integers(-2, 2), st.integers(-2, 2), st.floats(0.01, 1.0),
        ),
        min_size=1, max_size=5, unique_by=lambda row: row[:4],
    ),
    method=st.sampled_from(["euler", "exponential_euler"]),
)  # fmt: skip
def test_both_engines_give_the_same_voltages_whatever_is_coupled(connectome, start, rows, method):
    coupled = connectome.with_gap_junctions(table(rows))
    frames = np.random.default_rng(1).uniform(size=(15, 19))
    flies = [None, nfs.Ablate("L3"), nfs.Silence("Tm3", columns=(0, 0))]
    own, plain = (
        voltages(coupled, carried(start, coupled), frames=frames, extent=2, engine=engine,
                 method=method, perturbations=flies)
        for engine in ("lattice", "synapses")
    )  # fmt: skip
    np.testing.assert_allclose(own, plain, rtol=0, atol=1e-12)


@pytest.mark.compile
def test_a_cell_at_the_border_has_fewer_partners_and_a_periodic_lattice_no_border(connectome):
    coupled = connectome.with_gap_junctions(table([("Mi1", "Mi1", 1, 0, 0.3)]))
    network = coupled.network(1)
    of_mi1 = network.neuron_type[network.electrical_target] == network.cell_types.index("Mi1")
    assert of_mi1.all()
    partners = np.bincount(network.neuron_column[network.electrical_target], minlength=7)
    u, v = network.columns.T
    inside = [
        sum((abs(a + d) <= 1) & (abs(a + d + b) <= 1) for d in (-1, 1))
        for a, b in zip(u, v, strict=True)
    ]
    assert partners.tolist() == inside
    endless = coupled.network(nfs.Lattice(size=6))
    counts = np.bincount(endless.electrical_target, minlength=endless.n_neurons)
    mi1 = endless.neuron_type == endless.cell_types.index("Mi1")
    assert set(counts[mi1]) == {2} and not counts[~mi1].any()


@pytest.mark.compile
def test_silenced_cells_keep_their_gap_junctions_and_ablated_ones_do_not():
    connectome, parameters = two_cells(1.0, first=0.8, second=0.0)
    flies = [None, nfs.Silence("A"), nfs.Silence("A", columns=(0, 0)), nfs.Ablate("A")]
    for engine in ("lattice", "synapses"):
        found = voltages(
            connectome, parameters, perturbations=flies, engine=engine, initial="rest",
            frames=np.zeros((400, 1)), time_step=5 * ms,
        )[:, 0, -1, 1]  # fmt: skip
        # B: -V + g (A - V) = 0, and A: -V + 0.8 + g (B - V) = 0
        coupled = 0.8 / 3
        np.testing.assert_allclose(found, [coupled, coupled, coupled, 0.0], atol=1e-9)


def test_a_dynamics_that_takes_no_current_through_gap_junctions_is_refused(connectome, start):
    coupled = connectome.with_gap_junctions(table())
    with pytest.raises(nfs.InvalidValueError, match=r"3 kinds of gap junctions.*dynamics=nfs\.COU"):
        voltages(coupled, carried(start, coupled), extent=1, dynamics=nfs.GRADED)


def test_the_fixed_point_of_the_published_equations_is_not_told_of_others(connectome, start):
    coupled = connectome.with_gap_junctions(table())
    with pytest.raises(nfs.InvalidValueError, match="gap junctions"):
        nfs.rest_state(carried(start, coupled))


def test_a_folder_holds_gap_junctions_and_parameters_know_them(connectome, start, tmp_path):
    coupled = connectome.with_gap_junctions(table())
    nfs.save_connectome(coupled, tmp_path / "coupled")
    again = nfs.load_connectome(tmp_path / "coupled")
    assert again == coupled and again != connectome
    pd.testing.assert_frame_equal(again.electrical, table())
    assert connectome.electrical.empty
    carried(start, coupled).save(tmp_path / "own.json")
    with pytest.raises(nfs.InvalidValueError, match="only the file's has the table electrical"):
        nfs.load_parameters(tmp_path / "own.json", connectome)
    start.save(tmp_path / "start.json")
    with pytest.raises(nfs.InvalidValueError, match="only the connectome has the table electrical"):
        nfs.load_parameters(tmp_path / "start.json", coupled)
    assert nfs.load_parameters(tmp_path / "own.json", coupled) == carried(start, coupled)
    with pytest.raises(nfs.InvalidValueError, match=r"electrical\.csv stands there already"):
        nfs.save_connectome(connectome, tmp_path / "coupled")


#: Rows of a table of gap junctions, and what the error says.
WRONG = {
    "of a cell with itself": ([("L1", "L1", 0, 0, 1.0)], "joins each cell with itself"),
    "twice": ([("L1", "L2", 0, 1, 1.0), ("L1", "L2", 0, 1, 2.0)], "stands already in line 2"),
    "in both directions": ([("L1", "L2", 0, 1, 1.0), ("L2", "L1", 0, -1, 1.0)], "one gap junction"),
    "of a type with itself, both ways": (
        [("L1", "L1", 1, 0, 1.0), ("L1", "L1", -1, 0, 1.0)], "one gap junction"),
    "of an unknown type": ([("L1", "L9", 0, 0, 1.0)], "'L9' is no cell type"),
    "negative": ([("L1", "L2", 0, 0, -1.0)], "a conductance from 0 to 1000"),
    "not a number": ([("L1", "L2", 0, 0, np.nan)], "write a finite number"),
    "infinite": ([("L1", "L2", 0, 0, np.inf)], "write a finite number"),
    "between columns": ([("L1", "L2", 0.5, 0, 1.0)], "write a whole number"),
    "nothing": ([], "the table is empty; give it a row, or leave out the table"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_gap_junctions_that_cannot_be_are_refused_with_line_and_cure(connectome, name):
    rows, message = WRONG[name]
    with pytest.raises(nfs.ConnectomeError, match=message):
        connectome.with_gap_junctions(table(rows))


def test_a_table_without_a_source_is_refused(connectome):
    with pytest.raises(nfs.ConnectomeError, match="no column 'reference'"):
        connectome.with_gap_junctions(table().drop(columns="reference"))


def test_cells_with_gap_junctions_are_ablated_from_the_beginning_or_not_at_all(connectome, start):
    coupled = connectome.with_gap_junctions(table())
    with pytest.raises(nfs.InvalidValueError, match="leave out start and stop"):
        voltages(
            coupled, carried(start, coupled), extent=1,
            perturbations=nfs.Ablate("L1", columns=(0, 0), start=20 * ms),
        )  # fmt: skip


@pytest.mark.compile
def test_the_variant_in_the_box_couples_l1_with_l2_as_its_table_says(connectome):
    coupled = nfs.load_connectome("gap_junctions")
    assert coupled.electrical["reference"].str.contains("ours").all()
    pairs = set(map(tuple, coupled.electrical[["source_type", "target_type"]].to_numpy()))
    assert ("L1", "L2") in pairs and len(pairs) == 16
    parameters = nfs.load_parameters("flow/000")
    flashes = nfs.protocols.flash(intensity=[0, 1], stim_time=200 * ms)
    options = {"extent": 1, "progress": False}
    apart = nfs.simulate(flashes, connectome=connectome, parameters=parameters, **options)
    joined = nfs.simulate(
        flashes, connectome=coupled, parameters=carried(parameters, coupled), dynamics="coupled",
        **options,
    )  # fmt: skip
    gap = [abs(one.voltage.sel(cell_type="L1") - one.voltage.sel(cell_type="L2"))
           for one in (apart, joined)]  # fmt: skip
    assert float(gap[1].mean()) < 0.9 * float(gap[0].mean())
