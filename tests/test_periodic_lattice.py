"""Laws of the periodic lattice: nothing on it can tell one period of columns from another."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from brian2 import ms
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim import plotting
from neuroflysim.lattice import Lattice

ENGINES = ["lattice", "synapses"]
engines = pytest.mark.parametrize("engine", ENGINES)

#: Lawf1 and Lawf2 have one cell for every 3 x 2 columns.
PERIOD = (3, 2)


def simulate(stimulus, parameters, engine="synapses", size=6, **options):
    defaults = {
        "lattice": Lattice(size=size),
        "time_step": 20 * ms,
        "record": "all",
        "progress": False,
    }
    return nfs.simulate(
        stimulus,
        connectome=parameters.connectome,
        parameters=parameters,
        engine=engine,
        **{**defaults, **options},
    )


def simulate_each(stimuli, parameters, engine, size, **options):
    """Voltages of several stimuli of as many frames, one program for all of them."""
    lattice = Lattice(size=size)
    defaults = {"lattice": lattice, "time_step": 20 * ms, "record": "all", "engine": engine}
    with nfs.compile(
        stimuli[0], connectome=parameters.connectome, **{**defaults, **options}
    ) as program:
        return [program.run(parameters, one, progress=False).voltage for one in stimuli]


def noise(size, n_steps=20, seed=0):
    return np.random.default_rng(seed).uniform(size=(n_steps, *size))


def frames(movie):
    """A movie (time, u, v) as frames (time, column)."""
    return movie.reshape(len(movie), -1)


def on_torus(voltage, cell_type, size):
    """Voltages of one cell type as (time, u, v), NaN where it has no cell."""
    own = voltage[0, 0].isel(neuron=(voltage["cell_type"] == cell_type).to_numpy())
    torus = np.full((own.sizes["time"], *size), np.nan)
    torus[:, own["u"].to_numpy() + size[0] // 2, own["v"].to_numpy() + size[1] // 2] = own
    return torus


def classes(table):
    """Which column of a period each row of a table or of responses lies at."""
    return [np.mod(np.asarray(table[name]), k) for name, k in zip("uv", PERIOD, strict=True)]


# ---- geometry ----

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
coordinates = st.integers(-30, 30)


@given(sizes)
def test_the_columns_are_one_period_in_order_with_the_origin_among_them(size):
    lattice = Lattice(size=size)
    columns = [tuple(c) for c in lattice.columns.tolist()]
    assert len(columns) == lattice.n_columns == size[0] * size[1]
    assert columns == sorted(columns)
    assert len({(u % size[0], v % size[1]) for u, v in columns}) == len(columns)
    assert columns[int(lattice.index(0, 0))] == (0, 0)


@given(sizes, coordinates, coordinates)
def test_the_index_wraps(size, u, v):
    lattice = Lattice(size=size)
    at_u, at_v = lattice.columns[lattice.index(u, v)]
    assert ((at_u - u) % size[0], (at_v - v) % size[1]) == (0, 0)


@given(st.integers(0, 6), coordinates, coordinates)
def test_the_index_is_minus_one_outside_an_open_lattice(extent, u, v):
    columns = [tuple(c) for c in Lattice(extent=extent).columns.tolist()]
    expected = columns.index((u, v)) if (u, v) in columns else -1
    assert Lattice(extent=extent).index(u, v) == expected


def test_one_number_is_a_size_along_both_axes():
    assert Lattice(size=4) == Lattice(size=(4, 4)) == Lattice(size=[4, 4])
    assert len({Lattice(size=4), Lattice(size=(4, 4)), Lattice(extent=4)}) == 2
    assert nfs.Eye(Lattice(size=4)) == nfs.Eye(Lattice(size=(4, 4)))


# ---- wiring ----


@pytest.mark.parametrize("size", [(3, 2), (6, 6), (9, 14), (15, 14)])
def test_every_neuron_has_as_many_inputs_as_far_from_a_border(connectome, size):
    """The offsets reach 6 columns; so 15 columns around (0, 0) are far enough."""
    big = connectome.network(15)
    interior = big.neurons.assign(in_degree=big.in_degree, at_u=0, at_v=0)
    interior = interior[interior["u"].between(0, 2) & interior["v"].between(0, 1)]
    interior = interior.set_index(["cell_type", "u", "v"])["in_degree"]
    network = connectome.network(Lattice(size=size))
    neurons = network.neurons
    places = list(zip(neurons["cell_type"], *classes(neurons), strict=True))
    assert (network.in_degree == interior.loc[places].to_numpy()).all()


def two_types(strides, offsets):
    cell_types = pd.DataFrame(
        {"cell_type": ["A", "B"], "stride_u": [1, strides[0]], "stride_v": [1, strides[1]]}
    ).assign(photoreceptor=[True, False], output=True)
    pairs = [("A", "A"), ("A", "B"), ("B", "A"), ("B", "B")]
    connections = pd.DataFrame(pairs, columns=["source_type", "target_type"])
    connections = connections.assign(sign=1, sign_reference="")
    rows = [(*pair, *offset, 1.0, False) for pair in pairs for offset in offsets]
    columns = ["source_type", "target_type", "du", "dv", "synapse_count", "filled"]
    return nfs.Connectome(cell_types, connections, pd.DataFrame(rows, columns=columns))


shifts = st.lists(
    st.tuples(st.integers(-7, 7), st.integers(-7, 7)), min_size=1, max_size=4, unique=True
)
small = st.tuples(st.integers(1, 3), st.integers(1, 3))


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(small, small, shifts)
def test_each_offset_joins_every_source_to_the_cell_where_it_leads(strides, periods, offsets):
    """Counted pair by pair with plain modulo arithmetic; sizes smaller than offsets included."""
    connectome = two_types(strides, offsets)
    size = tuple(np.multiply(strides, periods).tolist())
    network = connectome.network(Lattice(size=size))
    names, u, v = (network.neurons[name] for name in ("cell_type", "u", "v"))
    cells = list(zip(names, u % size[0], v % size[1], strict=True))
    expected = Counter()
    for row in connectome.offsets.itertuples():
        for source in cells:
            target = (
                row.target_type,
                (source[1] + row.du) % size[0],
                (source[2] + row.dv) % size[1],
            )
            if source[0] == row.source_type and target in cells:
                expected[source, target] += 1
    pairs = zip(network.pair_source, network.pair_target, strict=True)
    assert Counter((cells[s], cells[t]) for s, t in pairs) == expected


def test_central_cells_lie_at_the_origin(connectome):
    network = connectome.network(Lattice(size=(6, 4)))
    central = network.neurons.iloc[network.central_neurons]
    assert tuple(central["cell_type"]) == network.cell_types
    assert (central[["u", "v"]] == 0).all(axis=None)


def test_a_network_is_built_once_for_each_lattice(connectome):
    assert connectome.network(Lattice(size=(6, 6))) is connectome.network(Lattice(size=6))
    assert connectome.network(Lattice(extent=2)) is connectome.network(2)


# ---- responses ----


@pytest.mark.compile
@engines
@pytest.mark.parametrize("method", ["euler", "exponential_euler"])
def test_a_uniform_stimulus_gives_exactly_uniform_activity(without_strides, engine, method):
    parameters = nfs.Parameters.initial(without_strides, extent=3, seed=2)
    uniform = np.broadcast_to(noise((1, 1)), (20, 5, 4))
    voltage = simulate(frames(uniform), parameters, engine, size=(5, 4), method=method).voltage
    for name in without_strides.cell_types.index:
        torus = on_torus(voltage, name, (5, 4))
        assert (torus == torus[:, :1, :1]).all()
    assert float(voltage.std("time").max()) > 0.05


@pytest.mark.compile
@engines
def test_a_uniform_stimulus_gives_the_same_activity_in_every_period(random_parameters, engine):
    uniform = np.broadcast_to(noise((1, 1)), (20, 6, 4))
    voltage = simulate(frames(uniform), random_parameters, engine, size=(6, 4)).voltage
    for name in random_parameters.connectome.cell_types.index:
        torus = on_torus(voltage, name, (6, 4))
        for shift in [(3, 0), (0, 2)]:
            assert np.array_equal(np.roll(torus, shift, (1, 2)), torus, equal_nan=True)


@pytest.mark.compile
@engines
@pytest.mark.parametrize("method", ["euler", "exponential_euler"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_shifted_stimulus_gives_exactly_the_shifted_response(
    random_parameters, engine, method, dtype
):
    """By multiples of the strides, bit for bit: each cell adds up its inputs in one order."""
    size, movie, shifts = (6, 8), noise((6, 8)), [(0, 0), (3, 0), (0, 2), (-3, 4)]
    stimuli = [frames(np.roll(movie, shift, (1, 2))) for shift in shifts]
    options = {"size": size, "method": method, "dtype": dtype}
    voltage, *others = simulate_each(stimuli, random_parameters, engine, **options)
    for shift, shifted in zip(shifts[1:], others, strict=True):
        for name in random_parameters.connectome.cell_types.index:
            expected = np.roll(on_torus(voltage, name, size), shift, (1, 2))
            assert np.array_equal(on_torus(shifted, name, size), expected, equal_nan=True)


@pytest.mark.compile
@engines
def test_without_strides_any_shift_of_the_stimulus_shifts_the_response(without_strides, engine):
    parameters = nfs.Parameters.initial(without_strides, extent=3, seed=2)
    size, movie = (5, 7), noise((5, 7))
    stimuli = [frames(movie), frames(np.roll(movie, (1, 3), (1, 2)))]
    voltage, shifted = simulate_each(stimuli, parameters, engine, size=size)
    for name in without_strides.cell_types.index:
        expected = np.roll(on_torus(voltage, name, size), (1, 3), (1, 2))
        assert (on_torus(shifted, name, size) == expected).all()


def rolled_run(parameters, movie, step=0.02):
    """Euler's method on arrays (u, v) of each cell type, inputs by np.roll."""
    connectome, size = parameters.connectome, movie.shape[1:]
    types = connectome.cell_types
    u, v = (np.arange(-(n // 2), n - n // 2) for n in size)
    lives = {
        name: (u[:, None] % row.stride_u == 0) & (v[None, :] % row.stride_v == 0)
        for name, row in types.iterrows()
    }
    voltage = {
        name: np.where(lives[name], parameters.resting_potential[name], 0.0) for name in types.index
    }
    pair = ["source_type", "target_type"]
    table = connectome.offsets.join(connectome.connections["sign"], on=pair)
    table = table.join(parameters.synapse_strength.rename("strength"), on=pair)
    table["weight"] = table["sign"] * table["synapse_count"] * table["strength"]
    offsets = list(table[[*pair, "du", "dv", "weight"]].itertuples(index=False, name=None))
    trace = []
    for frame in movie:
        total = {
            name: parameters.resting_potential[name] + types.loc[name, "photoreceptor"] * frame
            for name in types.index
        }
        for source, target, du, dv, weight in offsets:
            output = np.where(lives[source], np.maximum(voltage[source], 0), 0)
            total[target] = total[target] + weight * np.roll(output, (du, dv), (0, 1))
        voltage = {
            name: voltage[name]
            + step / max(parameters.time_constant[name], step) * (total[name] - voltage[name])
            for name in types.index
        }
        trace.append({name: np.where(lives[name], voltage[name], np.nan) for name in types.index})
    return trace


@pytest.mark.compile
@engines
@pytest.mark.parametrize("size", [(3, 2), (3, 8), (6, 6), (9, 4)])
def test_voltages_equal_those_of_rolled_arrays(random_parameters, engine, size):
    """Sizes 3 and 2 are smaller than the reach of the offsets, 6."""
    movie = noise(size, n_steps=15)
    voltage = simulate(frames(movie), random_parameters, engine, size=size, initial="rest").voltage
    trace = rolled_run(random_parameters, movie)
    for name in random_parameters.connectome.cell_types.index:
        expected = np.array([at_time[name] for at_time in trace])
        own = on_torus(voltage, name, size)
        assert (np.isnan(own) == np.isnan(expected)).all()
        assert np.nanmax(np.abs(own - expected)) < 1e-12


@pytest.mark.compile
@engines
def test_a_small_lattice_is_a_big_one_under_a_repeated_stimulus(random_parameters, engine):
    """To rounding: several offsets lead to one pair on the small one, summed in another order."""
    movie = noise((3, 2))
    small = simulate(frames(movie), random_parameters, engine, size=(3, 2)).voltage
    # An odd number of repeats leaves (0, 0) in the middle.
    repeated = frames(np.tile(movie, (1, 3, 3)))
    big = simulate(repeated, random_parameters, engine, size=(9, 6)).voltage
    for name in random_parameters.connectome.cell_types.index:
        expected = np.tile(on_torus(small, name, (3, 2)), (1, 3, 3))
        assert np.nanmax(np.abs(on_torus(big, name, (9, 6)) - expected)) < 1e-12


@pytest.mark.compile
@engines
@pytest.mark.parametrize("size", [(3, 2), (6, 6)])
def test_at_grey_the_network_rests_where_the_fixed_point_is(start, engine, size):
    """To rounding; an open lattice is off by the influence of its border."""
    grey = np.full((300, *size), 0.5)
    voltage = simulate(frames(grey), start, engine, size=size).voltage[0, 0]
    assert abs(voltage[-1] - voltage[-2]).max() < 1e-13
    places = list(zip(voltage["cell_type"].to_numpy(), *classes(voltage), strict=True))
    expected = nfs.rest_state_by_column(start).loc[places].to_numpy()
    assert abs(voltage[-1].to_numpy() - expected).max() < 1e-10


@pytest.mark.compile
@engines
def test_without_strides_a_single_column_rests_at_the_mean_field(without_strides, engine):
    start = nfs.Parameters.uniform(without_strides)
    voltage = simulate(np.full((300, 1), 0.5), start, engine, size=1).voltage[0, 0, -1]
    expected = nfs.rest_state(start)[voltage["cell_type"].to_numpy()].to_numpy()
    assert abs(voltage.to_numpy() - expected).max() < 1e-10


# ---- the public interface ----


@pytest.mark.compile
@engines
def test_a_protocol_and_its_frames_give_the_same_labelled_responses(start, engine, tmp_path):
    flash = nfs.protocols.flash(pre_time=40 * ms, stim_time=60 * ms, tail_time=0 * ms)
    own = simulate(flash, start, engine, size=(6, 4))
    luminance = flash.luminance(Lattice(size=(6, 4)), time_step=20 * ms)
    assert luminance.identical(
        flash.luminance(time_step=20 * ms, eye=nfs.Eye(Lattice(size=(6, 4))))
    )
    assert own.voltage.identical(simulate(luminance, start, engine, size=(6, 4)).voltage)
    assert own.voltage.attrs["boundary"] == "periodic"
    assert own.voltage.attrs["size"] == [6, 4]
    assert "extent" not in own.voltage.attrs
    central = simulate(flash, start, engine, size=(6, 4), record="central")
    assert (own.central().voltage == central.voltage).all()
    own.save(tmp_path / "flash.nc")
    assert nfs.load_responses(tmp_path / "flash.nc").voltage.attrs["size"].tolist() == [6, 4]


@pytest.mark.compile
def test_responses_of_an_open_lattice_say_its_extent(start):
    attributes = simulate(
        np.zeros((2, 7)), start, lattice=Lattice(extent=1), initial="rest"
    ).voltage.attrs
    assert (attributes["boundary"], attributes["extent"]) == ("open", 1)
    assert "size" not in attributes


@pytest.mark.compile
@engines
def test_a_program_takes_other_stimuli_of_the_same_size(start, engine):
    movie = frames(noise((3, 2), 5))
    options = {"lattice": Lattice(size=(3, 2)), "engine": engine, "record": "all"}
    with nfs.compile(movie, connectome=start.connectome, **options) as program:
        again = program.run(start, movie[::-1], progress=False).voltage
        with pytest.raises(nfs.InvalidValueError, match=r"size \(3, 2\) it must be \(time, 6\)"):
            program.run(start, movie[:, :5])
    assert (again == simulate(movie[::-1], start, engine, size=(3, 2)).voltage).all()


@pytest.mark.parametrize("size", [(6, 6), (3, 8)])
def test_eyes_look_where_the_columns_are(size):
    eye = nfs.Eye(Lattice(size=size))
    at_origin = eye.lattice.index(0, 0)
    assert (eye.x[at_origin], eye.y[at_origin]) == (0, 0)
    neighbour = eye.lattice.index(1, 0)
    assert eye.y[neighbour] == pytest.approx(-5.8)


@pytest.mark.compile
@engines
def test_pictures_of_a_periodic_lattice_have_its_columns(start, engine, tmp_path):
    flash = nfs.protocols.flash(pre_time=40 * ms, stim_time=40 * ms, tail_time=0 * ms)
    responses = simulate(flash, start, engine, size=(6, 4))
    luminance = flash.luminance(Lattice(size=(6, 4)), time_step=20 * ms)
    axes = plotting.plot_luminance(luminance[0, 0])
    (hexagons,) = (each for each in axes.collections if each.get_array() is not None)
    assert len(hexagons.get_paths()) == 24
    plotting.plot_traces(responses, ["L1", "Lawf1"])
    plotting.animate_activity(responses, luminance, ["L1", "Lawf1"], tmp_path / "flash.gif")
    plt.close("all")


CONNECTOME = nfs.load_connectome()
START = nfs.Parameters.uniform(CONNECTOME)
MOVIE = np.full((2, 36), 0.5)


def run(**options):
    return simulate(MOVIE, START, **options)


def torus(size):
    return CONNECTOME.network(Lattice(size=size))


WRONG_CALLS = {
    "an extent on a periodic lattice": (lambda: run(size=6, extent=3), "leave extent out"),
    "the usual extent on a periodic lattice": (lambda: run(size=6, extent=15), "leave extent out"),
    "three sizes": (lambda: run(size=(6, 6, 6)), "two of them"),
    "a size of text": (lambda: run(size="66"), "whole number"),
    "a size of bytes": (lambda: run(size=b"66"), "whole number"),
    "sizes by name": (lambda: run(size={6: "u", 4: "v"}), "whole number"),
    "a size with a unit": (lambda: run(size=6 * ms), "whole number"),
    "a size of half a column": (lambda: run(size=(6, 0.5)), "whole number"),
    "a size of nothing": (lambda: run(size=(6, 0)), "at least 1"),
    "a size that splits a stride": (lambda: torus((7, 5)), "Lawf1 has one cell for every 3 x 2"),
    "a size with neighbours that fit": (lambda: torus((7, 5)), "(6, 4) or (9, 6)."),
    "a size wrong along one axis": (lambda: torus((6, 5)), "(6, 4) or (6, 6)."),
    "a size below the strides": (lambda: torus((1, 1)), "work: (3, 2)."),
    "frames of another size": (lambda: run(size=(6, 4)), "size (6, 4) it must be (time, 24)"),
    "frames of a size turned round": (
        lambda: simulate(
            nfs.Protocol("grey", "luminance = 0.5 : 1", {}, stim_time=20 * ms).luminance(
                Lattice(size=(6, 12))
            ),
            START,
            size=(12, 6),
        ),
        "u differs",
    ),
    "a lattice of both": (lambda: Lattice(extent=3, size=6), "either"),
    "a lattice of neither": (lambda: Lattice(), "either"),
    "an eye and a periodic lattice": (
        lambda: nfs.protocols.flash().luminance(Lattice(size=6), eye=nfs.Eye(Lattice(size=6))),
        "lattice of its own",
    ),
    "an eye and an extent": (
        lambda: nfs.protocols.flash().luminance(extent=3, eye=nfs.Eye(3)),
        "lattice of its own",
    ),
    "an eye and the lattice that it would have": (
        lambda: nfs.protocols.flash().luminance(15, eye=nfs.Eye(3)),
        "lattice of its own",
    ),
}


@pytest.mark.parametrize("what", WRONG_CALLS)
def test_a_wrong_call_says_what_is_wrong(what):
    call, words = WRONG_CALLS[what]
    with pytest.raises(nfs.NeuroFlySimError) as caught:
        call()
    assert words in str(caught.value)
