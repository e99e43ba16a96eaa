"""Manipulations with a beginning and an end, and of connections in single columns."""

import re

import numpy as np
import pytest
import scipy.sparse
from brian2 import Quantity, ms, second
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.simulation.build_cache import BuildCache

pytestmark = pytest.mark.compile

EXTENT, N_STEPS, STEP = 2, 30, 20 * ms


@pytest.fixture(scope="module")
def frames(few_types):
    shape = (N_STEPS, few_types.network(EXTENT).lattice.n_columns)
    return np.random.default_rng(0).uniform(size=shape)


@pytest.fixture(scope="module")
def parameters(weak_parameters):
    """Weak enough that nothing runs away, whatever is done."""
    return weak_parameters(0.03, 0.1)


@pytest.fixture(scope="module")
def simulate(few_types, parameters, frames):
    def simulate(perturbations, stimulus=frames, **options):
        defaults = {"extent": EXTENT, "initial": "rest", "record": "all", "progress": False}
        return nfs.simulate(
            stimulus,
            connectome=few_types,
            parameters=parameters,
            perturbations=perturbations,
            time_step=STEP,
            **{**defaults, **options},
        )

    return simulate


def stepped(parameters, frames, at_step):
    """Voltages, shape (time, neuron): what is done in each step is given, and no Brian2 is asked.

    `at_step` takes a step and gives parameters, transmission, held voltages, and factors by pair.
    """
    connectome = parameters.connectome
    network, counts = connectome.network(EXTENT), connectome.offsets["synapse_count"].to_numpy()
    kind, pairs = network.neuron_type, (network.pair_target, network.pair_source)
    sees = connectome.cell_types["photoreceptor"].to_numpy()[kind]
    voltage, trace = parameters.resting_potential.to_numpy()[kind], []
    for step, frame in enumerate(frames):
        now, transmission, held, factor = at_step(step)
        strength = (now.synapse_strength * connectome.connections["sign"]).to_numpy()
        weight = strength[network.pair_connection] * counts[network.pair_offset] * factor
        matrix = scipy.sparse.csr_matrix((weight, pairs), (network.n_neurons,) * 2)
        voltage = np.where(np.isnan(held), voltage, held)
        drive = matrix @ (transmission * np.maximum(voltage, 0))
        drive += now.resting_potential.to_numpy()[kind] + sees * frame[network.neuron_column]
        share = 0.02 / np.maximum(now.time_constant.to_numpy()[kind], 0.02)
        voltage = np.where(np.isnan(held), voltage + share * (drive - voltage), held)
        trace.append(voltage)
    return np.array(trace)


@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_what_is_done_for_a_time_follows_the_equations(simulate, parameters, frames, engine):
    fly = (
        nfs.Clamp("Mi1", 0.2),
        nfs.Clamp("Mi1", 0.9, columns=[(0, 0), (1, 0)], start=100 * ms, stop=200 * ms),
        nfs.Silence("Tm3", columns=(0, 0), start=60 * ms, stop=300 * ms),
        nfs.Silence("L2", start=400 * ms),
        nfs.Scale("Mi9", "T4a", 3, stop=120 * ms),
        nfs.Change("Tm1", time_constant=200 * ms, resting_potential=0.9, start=140 * ms),
        nfs.Change("Tm1", resting_potential=0.4, start=240 * ms, stop=320 * ms),
        nfs.Cut(["Mi1", "Tm3"], "T4a", columns=[(0, 0), (1, -1)], start=80 * ms, stop=280 * ms),
        nfs.Scale("Mi9", "T4a", 0.5, columns=(0, 0)),
    )
    network = parameters.connectome.network(EXTENT)
    cells = network.neurons
    kind, u, v = cells["cell_type"], cells["u"], cells["v"]
    center = (u == 0) & (v == 0)
    source = kind.to_numpy()[network.pair_source]
    target, at = (values.to_numpy()[network.pair_target] for values in (kind, center))
    beside = ((u == 1) & (v == -1)).to_numpy()[network.pair_target]

    def at_step(step):
        strength, tau = parameters.synapse_strength, parameters.time_constant
        rest = parameters.resting_potential
        held = np.where(kind == "Mi1", 0.2, np.nan)
        transmission, factor = np.ones(len(cells)), np.ones(network.n_pairs)
        if 5 <= step < 10:
            held[(kind == "Mi1") & (v == 0) & u.isin([0, 1])] = 0.9
        if 3 <= step < 15:
            transmission[(kind == "Tm3") & center] = 0
        if step >= 20:
            transmission[kind == "L2"] = 0
        if step < 6:
            strength["Mi9", "T4a"] *= 3
        if step >= 7:
            tau["Tm1"], rest["Tm1"] = 0.2, 0.9
        if 12 <= step < 16:
            rest["Tm1"] = 0.4
        if 4 <= step < 14:
            factor[np.isin(source, ["Mi1", "Tm3"]) & (target == "T4a") & (at | beside)] = 0
        factor[(source == "Mi9") & (target == "T4a") & at] *= 0.5
        other = parameters.replace(
            synapse_strength=strength, time_constant=tau, resting_potential=rest
        )
        return other, transmission, held, factor

    expected = stepped(parameters, frames, at_step)
    voltage = simulate([None, fly], engine=engine).voltage[:, 0].to_numpy()
    assert abs(voltage[1] - expected).max() < 1e-12
    assert abs(voltage[1] - voltage[0]).max() > 0.05


KINDS = {
    "silence": lambda **when: nfs.Silence("L1", **when),
    "silence one cell": lambda **when: nfs.Silence("R1", columns=(0, 0), **when),
    "ablate": lambda **when: nfs.Ablate("Mi9", columns=[(0, 0), (0, 1)], **when),
    "clamp": lambda **when: nfs.Clamp("Mi1", 0.9, **when),
    "cut": lambda **when: nfs.Cut("L1", "Mi1", **when),
    "cut at one cell": lambda **when: nfs.Cut("L1", "Mi1", columns=[(0, 0)], **when),
    "scale": lambda **when: nfs.Scale("Tm3", "T4a", 2.5, **when),
    "time constant": lambda **when: nfs.Change("Mi1", time_constant=180 * ms, **when),
    "resting potential": lambda **when: nfs.Change("L2", resting_potential=0.9, **when),
    "activate": lambda **when: nfs.Activate("Mi1", 0.3, **when),
}
EVERY = pytest.mark.parametrize("kind", KINDS)


def same(one, other):
    return np.array_equal(one, other, equal_nan=True)


@pytest.fixture(scope="module")
def flies_of_all_kinds(simulate):
    """Responses of the intact fly and, of each kind: always, over the whole run, and for 200 ms."""

    def flies(engine):
        make = KINDS.values()
        listed = [fly for one in make for fly in (
            one(), one(start=0 * ms), one(stop=1 * second), one(start=200 * ms, stop=400 * ms),
        )]  # fmt: skip
        return simulate([None, *listed], engine=engine).voltage.to_numpy()[:, 0]

    return {engine: flies(engine) for engine in ("lattice", "synapses")}


@pytest.mark.parametrize("engine", ["lattice", "synapses"])
@EVERY
def test_over_the_whole_run_is_without_times_bit_for_bit(
    flies_of_all_kinds, simulate, kind, engine
):
    first = 1 + 4 * list(KINDS).index(kind)
    always, from_start, to_end = flies_of_all_kinds[engine][first : first + 3]
    assert same(from_start, always) and same(to_end, always)
    if engine == "lattice":  # where plain Brian2 sums up, other code is rounded in another order
        assert same(simulate(KINDS[kind]()).voltage.to_numpy()[0, 0], always)


@pytest.mark.parametrize("engine", ["lattice", "synapses"])
@EVERY
def test_before_its_start_nothing_differs_and_then_it_does(flies_of_all_kinds, kind, engine):
    flies, number = flies_of_all_kinds[engine], 4 + 4 * list(KINDS).index(kind)
    assert same(flies[number][:10], flies[0][:10])
    assert not same(flies[number][10], flies[0][10])


@EVERY
def test_the_effect_of_a_pulse_decays(flies_of_all_kinds, kind):
    flies, number = flies_of_all_kinds["lattice"], 4 + 4 * list(KINDS).index(kind)
    gap = abs(flies[number] - flies[0]).max(axis=-1, initial=0, where=~np.isnan(flies[number]))
    assert np.isfinite(flies[number][20:]).all()
    assert 0 < gap[-1] < 0.2 * gap.max()


def test_both_engines_agree_on_all_kinds(flies_of_all_kinds):
    own, plain = flies_of_all_kinds["lattice"], flies_of_all_kinds["synapses"]
    assert same(np.isnan(own), np.isnan(plain))
    assert np.nanmax(abs(own - plain)) <= 1e-12


def test_an_intact_fly_is_the_same_beside_timed_ones_bit_for_bit(simulate, flies_of_all_kinds):
    assert same(simulate(None).voltage.to_numpy()[0, 0], flies_of_all_kinds["lattice"][0])


def steps(most):
    return st.one_of(st.none(), st.integers(0, most).map(lambda step: step * STEP))


@st.composite
def perturbations(draw):
    """Anything that may be done to a fly of few cell types, at any times."""
    start, stop = draw(steps(N_STEPS - 2)), draw(steps(N_STEPS + 3))
    assume(start is None or stop is None or start < stop)
    assume(stop is None or stop > 0 * ms)
    when = {"start": start, "stop": stop}
    cell_type = draw(st.sampled_from(["R1", "L1", "Mi1", "Mi9", "T4a"]))
    columns = draw(st.sampled_from(["all", (0, 0), [(0, 1), (-1, 0)]]))
    number = draw(st.floats(0, 1))
    connection = draw(
        st.sampled_from([("L1", "Mi1"), ("Mi9", "T4a"), ("R1", "L2"), ("Tm1", "T5a")])
    )
    return draw(
        st.sampled_from(
            [
                nfs.Silence(cell_type, columns=columns, **when),
                nfs.Ablate(cell_type, columns=columns, **when),
                nfs.Clamp(cell_type, number, columns=columns, **when),
                nfs.Activate(cell_type, number, columns=columns, **when),
                nfs.Cut(*connection, columns=columns, **when),
                nfs.Scale(*connection, 2 * number, columns=columns, **when),
                nfs.Change(cell_type, time_constant=(30 + 100 * number) * ms, **when),
                nfs.Change(cell_type, resting_potential=number, **when),
            ]
        )
    )


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(perturbations(), min_size=1, max_size=4).map(tuple), max_size=3))
def test_any_manipulations_are_the_same_on_both_engines_and_begin_when_they_should(simulate, flies):
    named = [nfs.perturbations.Fly(fly, f"fly {k}") for k, fly in enumerate(flies)]
    try:
        own = simulate([None, *named]).voltage.to_numpy()[:, 0]
    except nfs.InvalidValueError as error:
        assume("whenever this acts" not in str(error))
        raise
    plain = simulate([None, *named], engine="synapses").voltage.to_numpy()[:, 0]
    assert same(np.isnan(own), np.isnan(plain))
    assert np.nanmax(abs(own - plain)) <= 1e-12
    for fly, voltage in zip(flies, own[1:], strict=True):
        begins = [0.0 if each.start is None else float(each.start / STEP) for each in fly]
        before = round(min(begins))
        assert same(voltage[:before], own[0][:before])


@pytest.mark.parametrize("begins", [0, 2, 5, 8])
def test_it_is_the_same_whether_conditions_share_a_beginning_or_not(simulate, frames, begins):
    """What conditions show alike is run once for all of them: here the first 5 frames."""
    shown = np.stack([frames, frames, frames])
    shown[1:, 5:] = 1 - shown[1:, 5:]
    shown[2, 6:] = 0.5
    when = {"start": begins * STEP, "stop": (begins + 10) * STEP}
    flies = [tuple(make(**when) for make in KINDS.values()), nfs.Clamp("Mi1", 0.3, stop=0 * ms)]
    together = simulate(flies, stimulus=shown, initial="grey").voltage.to_numpy()
    alone = [simulate(flies, stimulus=s, initial="grey").voltage.to_numpy()[:, 0] for s in shown]
    assert same(together, np.stack(alone, axis=1))


def test_what_stops_at_onset_holds_during_the_grey_only(simulate):
    grey = np.full((10, 19), 0.5)
    held = simulate(nfs.Clamp("Mi1", 0.9, stop=0 * ms), stimulus=grey, initial="grey").voltage
    mi1 = held.to_numpy()[..., held["cell_type"].to_numpy() == "Mi1"]
    free = simulate(None, stimulus=grey, initial="grey").voltage.to_numpy()
    free = free[..., held["cell_type"].to_numpy() == "Mi1"]
    gap = abs(mi1 - free)[0, 0]
    assert (gap[0] > 0.05).all() and (gap[-1] < 0.1 * gap[0]).all()


def test_a_clamp_is_stepped_by_another_one(simulate):
    voltage = simulate(
        [(nfs.Clamp("Mi9", 0.1), nfs.Clamp("Mi9", 0.7, start=100 * ms, stop=160 * ms))],
        initial="grey",
    ).voltage
    mi9 = voltage.to_numpy()[0, 0][:, voltage["cell_type"].to_numpy() == "Mi9"]
    expected = np.full(N_STEPS, 0.1)
    expected[5:8] = 0.7
    assert (mi9 == expected[:, None]).all()


def test_what_two_perturbations_do_adds_up_in_the_order_of_the_list(simulate, parameters):
    when = {"start": 100 * ms, "stop": 300 * ms}
    halves = nfs.Scale("Mi9", "T4a", 0.5), nfs.Scale("Mi9", "T4a", 0.5, **when)
    quarter = nfs.Scale("Mi9", "T4a", 0.5, stop=100 * ms), nfs.Scale("Mi9", "T4a", 0.25, **when)
    quarter = (*quarter, nfs.Scale("Mi9", "T4a", 0.5, start=300 * ms))
    both = simulate([halves, nfs.perturbations.Fly(quarter, "quarter")]).voltage.to_numpy()
    assert same(both[0], both[1])
    one, other = (nfs.Change("Mi1", resting_potential=value) for value in (0.1, 0.8))
    last = simulate([(one, other), other]).voltage.to_numpy()
    assert same(last[0], last[1])


def test_cutting_at_each_column_is_cutting_everywhere(simulate, few_types):
    cells = few_types.network(EXTENT).neurons
    columns = cells.loc[cells["cell_type"] == "Mi1", ["u", "v"]].to_numpy()
    flies = [
        nfs.Cut("L1", "Mi1", start=100 * ms),
        nfs.perturbations.Fly((nfs.Cut("L1", "Mi1", columns=columns, start=100 * ms),), "each"),
    ]
    everywhere, each = simulate(flies).voltage.to_numpy()
    assert abs(everywhere - each).max() <= 1e-12


def test_a_cut_at_one_column_reaches_this_cell_first_and_by_its_input(simulate, parameters):
    cut = nfs.Cut("Mi9", "T4a", columns=(0, 0), start=200 * ms)
    intact = simulate(None)
    voltage = intact.voltage
    gap = simulate(cut).voltage.to_numpy()[0, 0] - voltage.to_numpy()[0, 0]
    place = [voltage[name].to_numpy() for name in ("cell_type", "u", "v")]
    here = (place[0] == "T4a") & (place[1] == 0) & (place[2] == 0)
    assert not gap[10, ~here].any()
    lost = nfs.analysis.input_currents(intact, parameters, "T4a").sel(source_type="Mi9")
    share = 0.02 / parameters.time_constant["T4a"]
    assert gap[10, here] == pytest.approx(-share * lost.to_numpy()[0, 0, 9], abs=1e-12)


def test_the_inputs_of_a_cell_add_up_to_what_moves_its_voltage_while_something_is_done(
    simulate, parameters
):
    """tau dV/dt + V - V_rest of the central T4a, from one sample to the next."""
    when = {"start": 100 * ms, "stop": 300 * ms}
    flies = [
        nfs.Cut("Mi9", "T4a", columns=(0, 0), **when),
        (nfs.Silence("Mi1", columns=[(0, 0), (0, -1)], **when), nfs.Scale("Tm3", "T4a", 3)),
        (nfs.Ablate("Mi1", columns=(0, 0), **when), nfs.Silence("Mi9", start=300 * ms)),
        None,
    ]
    voltage = simulate(flies).voltage
    currents = nfs.analysis.input_currents(nfs.Responses(voltage), parameters, "T4a", flies)
    central = nfs.Responses(voltage).central().voltage.sel(cell_type="T4a").to_numpy()[:, 0]
    tau, rest = (getattr(parameters, x)["T4a"] for x in ("time_constant", "resting_potential"))
    moved = (central[:, 1:] - central[:, :-1]) * tau / 0.02 + central[:, :-1] - rest
    total = currents.sum("source_type").to_numpy()[:, 0, :-1]
    # The sample that ends the last step before a change tells of what acted in this step.
    steady = ~np.isin(np.arange(N_STEPS - 1), [4, 14])
    assert abs(total - moved)[:, steady].max() < 1e-12
    none = currents.isel(candidate=0).sel(source_type="Mi9").to_numpy()[0] == 0
    assert none[5:15].all() and not none[:5].any() and not none[15:].all()


def test_ablated_cells_have_no_voltage_while_they_are_not_there(simulate):
    voltage = simulate(nfs.Ablate("Mi9", start=100 * ms, stop=200 * ms)).voltage
    gone = np.isnan(voltage.to_numpy()[0, 0])
    mi9 = voltage["cell_type"].to_numpy() == "Mi9"
    assert gone[5:10, mi9].all()
    assert gone.sum() == 5 * mi9.sum()


def test_products_are_summed_of_what_timed_flies_put_out(simulate, few_types, parameters, frames):
    fly = nfs.Silence("Mi1", columns=[(0, 0), (0, 1)], start=100 * ms, stop=300 * ms)
    sums = nfs.SumsOfProducts(["Mi1", "T4a"])
    options = {"connectome": few_types, "extent": EXTENT, "time_step": STEP, "initial": "rest"}
    with nfs.compile(frames, reduction=sums, **options) as program:
        found = program.reduce(parameters, perturbations=[None, fly], progress=False)
    voltage = simulate([None, fly]).voltage
    output = voltage.clip(min=0).to_numpy()[:, 0]
    kind, u, v = (voltage[name].to_numpy() for name in ("cell_type", "u", "v"))
    silenced = (kind == "Mi1") & (u == 0) & ((v == 0) | (v == 1))
    output[1, 5:15, silenced] = 0
    expected = (output[..., kind == "Mi1"] * output[..., kind == "T4a"]).sum(axis=(1, 2))
    products = found.sel(feature="Mi1", other_feature="T4a").to_numpy()[:, 0]
    assert products == pytest.approx(expected, rel=1e-12)
    assert expected[0] != pytest.approx(expected[1], rel=1e-3)


ALL_AT_ONCE = (
    nfs.Clamp("Mi1", 0.4, columns=(0, 0), start=60 * ms, stop=300 * ms),
    nfs.Silence("Tm3", columns=(0, 1), stop=120 * ms),
    nfs.Change("L1", time_constant=90 * ms, start=100 * ms),
    nfs.Cut("L1", "Mi1", columns=[(0, 0), (1, 0)], start=40 * ms, stop=200 * ms),
    nfs.Silence("Mi9", start=80 * ms, stop=400 * ms),
    nfs.Activate("Mi9", 0.3, start=60 * ms),
)


@pytest.mark.parametrize("fly", [ALL_AT_ONCE, ALL_AT_ONCE[2:3]])
def test_a_compiled_program_does_the_same_bit_for_bit(simulate, fly):
    runs = [
        simulate([fly, None], initial="grey", device=device).voltage.to_numpy()
        for device in ("runtime", "cpp_standalone")
    ]
    assert same(runs[0], runs[1])


def test_a_compiled_program_of_plain_brian2_agrees(simulate):
    options = {"initial": "grey", "engine": "synapses", "device": "cpp_standalone"}
    plain = simulate([ALL_AT_ONCE, None], **options).voltage.to_numpy()
    assert abs(plain - simulate([ALL_AT_ONCE, None], initial="grey").voltage).max() <= 1e-12


@pytest.mark.parametrize("dynamics", ["conductance", "adapting"])
def test_other_dynamics_do_what_is_done_for_a_time_on_both_engines(
    few_types, parameters, frames, dynamics
):
    """Two sums over inputs, and parameters of its own by cell type."""
    model, fly = parameters.with_dynamics(dynamics), ALL_AT_ONCE
    if dynamics == "adapting":
        strong = nfs.Change("L1", adaptation_strength=2, start=100 * ms, stop=300 * ms)
        model, fly = model.replace(adaptation_strength={"L1": 0.3}), (*ALL_AT_ONCE, strong)
    own, plain = (
        nfs.simulate(
            np.stack([frames, frames[::-1]]), connectome=few_types, parameters=[model, model],
            perturbations=[None, fly], extent=EXTENT, time_step=STEP, record="all",
            dynamics=dynamics, engine=engine, progress=False,
        ).voltage.to_numpy()
        for engine in ("lattice", "synapses")
    )  # fmt: skip
    assert abs(own - plain).max() <= 1e-12
    assert same(own[0], own[2]) and same(own[1], own[3])
    assert abs(own[1] - own[0]).max() > 0.05


@pytest.mark.parametrize(
    ("method", "dtype", "bar"),
    [("exponential_euler", "float64", 1e-12), ("euler", "float32", 1e-5)],
)
def test_on_a_periodic_lattice_what_is_cut_comes_from_around_the_border(
    simulate, few_types, method, dtype, bar
):
    columns = [(-2, -2), (1, 1)]  # corners of the patch
    flies = [
        (*ALL_AT_ONCE[:3], nfs.Cut("Mi9", "T4a", columns=columns, start=40 * ms, stop=200 * ms)),
        nfs.Scale("Tm9", "T5a", 2, columns=columns),
    ]
    shown = np.random.default_rng(3).uniform(size=(3, 20, 16))
    options = {"extent": None, "lattice": nfs.Lattice(size=4), "method": method, "dtype": dtype}
    own, plain, intact = (
        simulate(perturbed, stimulus=shown, engine=engine, **options).voltage.to_numpy()
        for perturbed, engine in ((flies, "lattice"), (flies, "synapses"), (None, "lattice"))
    )
    assert abs(own - plain).max() <= bar
    assert (abs(own - intact).max(axis=(1, 2, 3)) > 1e-3).all()


def test_other_times_cells_and_numbers_compile_nothing(simulate, monkeypatch):
    def shifted(by):
        when = {"start": by, "stop": by + 100 * ms}
        return tuple(KINDS[kind](**when) for kind in KINDS)

    simulate([None, shifted(20 * ms), nfs.Silence("L1", stop=100 * ms)])
    monkeypatch.setattr(BuildCache, "_build", lambda *_, **__: pytest.fail("it compiles"))
    other = nfs.Cut("Mi9", "T4a", columns=[(0, 0), (0, 1), (1, 0)], stop=80 * ms)
    simulate([None, (*shifted(40 * ms), other), nfs.Clamp("T4a", 0.1, start=60 * ms)])


def test_one_program_runs_flies_that_need_more_and_less_room(
    simulate, few_types, parameters, frames
):
    flies = [
        nfs.Clamp("Mi1", 0.4, columns=(0, 0), start=100 * ms),
        nfs.Clamp("Mi1", 0.4, start=100 * ms, stop=200 * ms),
        nfs.Clamp("Mi9", 0.1, columns=[(0, 0), (0, 1)], start=60 * ms),
        None,
    ]
    expected = simulate(flies).voltage.to_numpy()
    options = {"connectome": few_types, "extent": EXTENT, "initial": "rest", "record": "all"}
    with nfs.compile(frames, time_step=STEP, **options) as program:
        for fly, voltage in zip(flies, expected, strict=True):
            found = program.run(parameters, perturbations=fly, progress=False).voltage
            assert same(found.to_numpy()[0], voltage)


def test_a_screen_takes_timed_flies(few_types, parameters, frames):
    flies = [nfs.Silence("L1", start=k * STEP, stop=(k + 5) * STEP) for k in (0, 5, 10)]
    table = nfs.screen(
        frames, parameters=parameters, perturbations=flies, extent=EXTENT, time_step=STEP,
        progress=False, initial="rest",
    )  # fmt: skip
    names = ["silence L1 from 0 ms to 100 ms", "silence L1 from 100 ms to 200 ms"]
    assert table["perturbation"].unique().tolist()[:2] == names
    assert (table.groupby("perturbation")["change"].max() != 0).all()


def test_labels_name_the_times():
    assert nfs.Silence("L1", start=100 * ms).label == "silence L1 from 100 ms"
    assert nfs.Clamp("L1", 0, stop=0.3 * second).label == "clamp L1 to 0 to 300 ms"
    assert nfs.Cut("Mi9", "T4a", columns=(0, 0), start=-20 * ms, stop=5 * ms).label == (
        "cut Mi9 -> T4a at (0, 0) from -20 ms to 5 ms"
    )


WRONG = [
    (lambda: nfs.Silence("Mi9", start=2 * ms, stop=1 * ms), "start is 2. ms, but must be before"),
    (lambda: nfs.Clamp("Mi9", 0, start=1 * ms, stop=1 * ms), "must be before stop"),
    (lambda: nfs.Cut("Mi9", "T4a", start=0.1), "start is 0.1, but must be a time with its unit"),
    (lambda: nfs.Scale("Mi9", "T4a", 2, stop="5 ms"), "stop is '5 ms', but must be a time with"),
    (lambda: nfs.Change("Mi9", resting_potential=0, stop=3 * ms / ms), "must be a time with its"),
    (lambda: nfs.Ablate("Mi9", start=[1, 2] * ms), "start has shape (2,), but must be one time"),
    (lambda: nfs.Silence("Mi9", start=np.nan * ms), "start is nan s, but must be finite; leave"),
    (lambda: nfs.Silence("Mi9", stop=np.inf * second), "stop is inf s, but must be finite; leave"),
    (lambda: nfs.Cut("Mi9", "T4a", columns="centre"), "columns is 'centre', but must be one of"),
    (lambda: nfs.Cut("Mi9", "T4a", columns=[(0, 0.5)]), "must be columns (u, v) of whole numbers"),
    (lambda: nfs.Cut("Mi9", "T4a", columns=[]), "must be columns (u, v) of whole numbers"),
]


@pytest.mark.parametrize(("make", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_makes_no_sense_is_refused(make, told):
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=re.escape(told)):
        make()


UNFIT = [
    (nfs.Silence("Mi9", start=600 * ms), "no frame begins in that time; the stimulus goes from 0"),
    (nfs.Change("Mi9", resting_potential=0, start=-9 * ms, stop=-5 * ms), "no frame begins in"),
    (nfs.Cut("Mi9", "T4a", start=101 * ms, stop=119 * ms), "no frame begins in that time"),
    (nfs.Clamp("Mi9", 0, stop=0 * ms), "never acts, for there is no grey before it"),
    (nfs.Cut("Mi9", "T4a", columns=(9, 9)), "T4a has no cell at column (9, 9)"),
    (nfs.Cut("T4a", "R1", columns=(0, 0)), "gets no input from T4a; nor does any other R1; name"),
    (
        (nfs.Clamp("Mi9", 0, start=40 * ms, stop=60 * ms), nfs.Clamp("Mi9", 1, columns=(0, 0))),
        "is held by 'clamp Mi9 at (0, 0) to 1' whenever this acts",
    ),
]


@pytest.mark.parametrize(("fly", "told"), UNFIT, ids=[told for _, told in UNFIT])
def test_what_does_not_fit_the_network_or_the_stimulus_is_refused(simulate, fly, told):
    with pytest.raises(nfs.InvalidValueError, match=re.escape(told)):
        simulate([fly])


def test_a_border_cell_without_such_input_is_told_and_one_that_has_it(connectome):
    fly = nfs.perturbations.Fly((nfs.Cut("L4", "R1", columns=[(0, 0), (0, 2)]),))
    told = r"R1 at column \(0, 2\) gets no input from L4; a near one that does is at \(0, 1\)"
    with pytest.raises(nfs.InvalidValueError, match=told):
        fly.effects(connectome.network(2), np.arange(N_STEPS) * 0.02)


def test_times_are_quantities_like_those_that_were_given():
    fly = nfs.Silence("Mi9", start=100 * ms, stop=0.2 * second)
    assert isinstance(fly.start, Quantity) and fly == nfs.Silence(
        "Mi9", start=0.1 * second, stop=200 * ms
    )
