"""What perturbations mean: laws, and a sparse matrix product that knows nothing of Brian2."""

import re

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.perturbations import Fly, flies_of

EXTENT = 2
N_STEPS = 30


@pytest.fixture(scope="module")
def network(connectome):
    return connectome.network(EXTENT)


@pytest.fixture(scope="module")
def frames(network):
    shape = (N_STEPS, network.lattice.n_columns)
    return np.random.default_rng(0).uniform(size=shape)


@pytest.fixture(scope="module")
def simulate(connectome, random_parameters, frames):
    def simulate(perturbations, parameters=random_parameters, stimulus=frames, **options):
        defaults = {"extent": EXTENT, "initial": "rest", "record": "all", "progress": False}
        defaults["time_step"] = 20 * ms
        return nfs.simulate(
            stimulus,
            connectome=connectome,
            parameters=parameters,
            perturbations=perturbations,
            **{**defaults, **options},
        )

    return simulate


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_silenced_clamped_and_activated_cells_follow_the_equations(
    simulate, random_parameters, scipy_run, network, frames, engine
):
    course = np.random.default_rng(1).normal(size=N_STEPS)
    fly = (
        nfs.Silence("Tm3", columns=[(0, 0), (1, 0)]),
        nfs.Clamp(["Mi1", "L2"], 0.7),
        nfs.Activate("Mi9", course),
        nfs.Activate("Mi9", -0.4, columns=(0, 0), start=100 * ms, stop=200 * ms),
        nfs.Activate("Tm9", 0.3),
    )
    cells = network.neurons
    kind, center = cells["cell_type"], (cells["u"] == 0) & (cells["v"] == 0)
    silenced = (kind == "Tm3") & (cells["u"].isin([0, 1])) & (cells["v"] == 0)
    held = np.where(kind.isin(["Mi1", "L2"]), 0.7, np.nan)
    current = np.outer(course, kind == "Mi9")
    current[5:10] -= 0.4 * ((kind == "Mi9") & center).to_numpy()
    current += 0.3 * (kind == "Tm9").to_numpy()
    expected = scipy_run(
        random_parameters, EXTENT, frames,
        transmission=(~silenced).to_numpy(float), held=held, current=current,
    )  # fmt: skip
    intact = scipy_run(random_parameters, EXTENT, frames)
    voltage = simulate([fly, None], engine=engine).voltage[:, 0].to_numpy()
    assert abs(voltage[0] - expected).max() < 1e-12
    assert abs(voltage[1] - intact).max() < 1e-12
    assert abs(expected - intact).max() > 0.1


@pytest.mark.compile
def test_a_current_of_zero_changes_nothing_bit_for_bit(simulate):
    intact = simulate(None).voltage
    zero = simulate([nfs.Activate("Mi1", 0.0), nfs.Activate("R1", np.zeros(N_STEPS), name="zeros")])
    assert (zero.voltage.to_numpy() == intact.to_numpy()).all()


@pytest.mark.compile
def test_an_intact_fly_is_the_same_beside_others_bit_for_bit(simulate):
    intact = simulate(None, initial="grey").voltage
    beside = simulate([nfs.Clamp("Mi1", 0.2), None], initial="grey").under(None)
    assert (beside.voltage.to_numpy() == intact.to_numpy()).all()


@pytest.mark.compile
def test_silencing_a_type_without_outputs_changes_nothing(simulate, connectome):
    sources = connectome.connections.index.get_level_values("source_type")
    silent = sorted(set(connectome.cell_types.index) - set(sources))
    assert silent
    intact = simulate(None).voltage.to_numpy()
    for columns in ("all", (0, 0)):
        flies = [nfs.Silence(name, columns=columns) for name in silent]
        assert (simulate(flies).voltage.to_numpy() == intact).all()


@pytest.mark.compile
@pytest.mark.parametrize("columns", ["all", [(0, 0), (1, -1)]])
def test_silencing_is_ablation_for_all_other_cells(simulate, columns):
    silence, ablate = nfs.Silence("Mi9", columns=columns), nfs.Ablate("Mi9", columns=columns)
    both = simulate([silence, ablate])
    silenced, ablated = both.under(silence).voltage, both.under(ablate).voltage
    u, v = silenced["u"].to_numpy(), silenced["v"].to_numpy()
    here = np.ones_like(u, bool) if columns == "all" else (u + v == 0) & ((u == 0) | (u == 1))
    gone = here & (silenced["cell_type"].to_numpy() == "Mi9")
    assert gone.any()
    assert np.isnan(ablated.to_numpy()[..., gone]).all()
    assert np.isfinite(silenced.to_numpy()).all()
    same = silenced.to_numpy()[..., ~gone] == ablated.to_numpy()[..., ~gone]
    assert same.all()


@pytest.mark.compile
def test_silencing_all_cells_of_a_type_is_silencing_each_of_its_columns(simulate, network):
    columns = [tuple(column) for column in network.columns.tolist()]
    everywhere, each = nfs.Silence("Mi9"), nfs.Silence("Mi9", columns=columns)
    both = simulate([everywhere, each])
    gap = both.under(everywhere).voltage.to_numpy() - both.under(each).voltage.to_numpy()
    assert abs(gap).max() < 1e-12


@pytest.mark.compile
def test_cutting_a_connection_is_setting_its_strength_to_zero(simulate, random_parameters):
    strength = random_parameters.synapse_strength
    strength["Mi9", "T4a"] = 0.0
    without = nfs.Parameters.from_tables(
        random_parameters.connectome,
        time_constant=random_parameters.time_constant,
        resting_potential=random_parameters.resting_potential,
        synapse_strength=strength,
    )
    cut = simulate(nfs.Cut("Mi9", "T4a")).voltage.to_numpy()
    assert (cut == simulate(None, parameters=without).voltage.to_numpy()).all()
    assert (cut == simulate(nfs.Scale("Mi9", "T4a", 0)).voltage.to_numpy()).all()
    assert (cut != simulate(None).voltage.to_numpy()).any()


@pytest.mark.compile
def test_other_time_constants_and_resting_potentials_are_those_of_other_parameters(
    simulate, random_parameters
):
    tau, rest = random_parameters.time_constant, random_parameters.resting_potential
    tau["Mi9"], rest["Mi4"] = 0.3, -0.2
    other = nfs.Parameters.from_tables(
        random_parameters.connectome,
        time_constant=tau,
        resting_potential=rest,
        synapse_strength=random_parameters.synapse_strength,
    )
    fly = (nfs.Change("Mi9", time_constant=300 * ms), nfs.Change("Mi4", resting_potential=-0.2))
    changed = simulate([fly]).voltage.to_numpy()
    assert (changed == simulate(None, parameters=other).voltage.to_numpy()).all()


@pytest.mark.compile
def test_one_perturbed_cell_reaches_its_targets_after_one_step_and_theirs_after_two(
    simulate, network
):
    fly = nfs.Activate("Mi1", 0.5, columns=(0, 0), start=0 * ms, stop=20 * ms)
    gap = np.diff(simulate([None, fly]).voltage.to_numpy(), axis=0)[0, 0]
    cells = network.neurons
    center = (cells["u"] == 0) & (cells["v"] == 0)
    reached = (center & (cells["cell_type"] == "Mi1")).to_numpy()
    for step in range(3):
        assert not gap[step, ~reached].any()
        assert gap[step, reached].any()
        reached = reached.copy()
        reached[network.pair_target[reached[network.pair_source]]] = True
    assert not reached.all()


@pytest.mark.compile
def test_a_clamped_voltage_is_held_from_the_start_and_through_the_grey_before(simulate):
    voltage = simulate(nfs.Clamp("Mi9", 0.3), initial="grey").voltage
    mi9 = voltage.to_numpy()[..., voltage["cell_type"].to_numpy() == "Mi9"]
    assert (mi9 == 0.3).all()


@pytest.mark.compile
def test_a_constant_current_has_settled_before_the_stimulus_and_a_pulse_charges_the_membrane(
    simulate, random_parameters
):
    grey = np.full((5, 19), 0.5)
    flies = [None, nfs.Activate("R1", 0.2), nfs.Activate("R1", 0.2, start=0 * ms)]
    voltage = simulate(flies, stimulus=grey, initial="grey").voltage
    r1 = voltage.to_numpy()[..., voltage["cell_type"].to_numpy() == "R1"][:, 0, :, 9]
    settled, charging = r1[1] - r1[0], r1[2] - r1[0]
    left = (1 - 0.02 / random_parameters.time_constant["R1"]) ** np.arange(1, 6)
    # What returns to a photoreceptor from its targets is hardly anything here.
    assert abs(settled - 0.2).max() < 1e-3
    assert abs(charging - 0.2 * (1 - left)).max() < 1e-3


@pytest.mark.compile
def test_flies_are_the_same_one_by_one_as_together_and_in_one_program(
    connectome, random_parameters, start, frames, simulate
):
    flies = [None, nfs.Silence("Mi9"), nfs.Clamp("Mi1", 0.4, columns=(0, 0)), nfs.Cut("L1", "Mi1")]
    both = [random_parameters, start]
    together = simulate(flies, parameters=both).voltage
    assert together["perturbation"].to_numpy().tolist() == 2 * [f.label for f in flies_of(flies)]
    assert together["parameters_sha256"].to_numpy().tolist() == [
        each.checksum for each in both for _ in flies
    ]
    options = {"connectome": connectome, "extent": EXTENT, "initial": "rest", "record": "all"}
    options["time_step"] = 20 * ms
    with nfs.compile(frames, **options) as program:
        for k, parameters in enumerate(both):
            for j, fly in enumerate(flies):
                alone = program.run(parameters, perturbations=fly, progress=False).voltage
                assert (alone.to_numpy()[0] == together.to_numpy()[len(flies) * k + j]).all()


@pytest.mark.compile
def test_currents_and_clamps_are_the_same_in_a_compiled_program(simulate):
    fly = (
        nfs.Clamp("Mi1", 0.4, columns=(0, 0)),
        nfs.Activate("Mi9", 0.3, start=60 * ms),
        nfs.Silence("Tm3", columns=(0, 0)),
    )
    runs = [
        simulate([fly, None], initial="grey", device=device).voltage.to_numpy()
        for device in ("runtime", "cpp_standalone")
    ]
    assert (runs[0] == runs[1]).all()


@pytest.mark.compile
def test_a_fly_may_have_a_name(simulate):
    named = Fly((nfs.Silence("L1"),), "blind")
    voltage = simulate([None, named]).voltage
    assert voltage["perturbation"].to_numpy().tolist() == ["intact", "blind"]
    unnamed = simulate([None, nfs.Silence("L1")]).voltage
    assert (voltage.to_numpy() == unnamed.to_numpy()).all()
    assert simulate(named).under(named).voltage.sizes["candidate"] == 1


def test_a_fly_knows_which_cells_pass_on_nothing():
    fly = Fly((nfs.Silence("T4a"), nfs.Ablate("L5", columns=[(1, 0)]), nfs.Clamp("Mi1", 0.0)))
    assert fly.silences("T4a") and fly.silences("T4a", column=(2, -1))
    assert fly.silences("L5", column=(1, 0)) and not fly.silences("L5")
    assert not fly.silences("Mi1") and not Fly().silences("T4a")


def test_labels_name_what_is_done():
    assert nfs.Silence(["T4a", "T5a"]).label == "silence T4a+T5a"
    assert nfs.Clamp("Mi9", 0.25, columns=[(k, 0) for k in range(5)]).label == (
        "clamp Mi9 at (0, 0) and (1, 0) and 3 more to 0.25"
    )
    assert nfs.Scale("Mi9", "T4a", 1.5).label == "scale Mi9 -> T4a by 1.5"
    assert nfs.Activate("L1", [0.0, 1.0], name="two pulses").label == "two pulses"


WRONG = [
    (lambda: nfs.Silence(3), "cell_type is 3, but must be the name of a cell type"),
    (lambda: nfs.Silence("Mi9", columns="some"), "columns is 'some', but must be one of 'all'"),
    (lambda: nfs.Silence("Mi9", columns=(0.5, 0)), "must be columns (u, v) of whole numbers"),
    (lambda: nfs.Clamp("Mi9", np.nan), "voltage is nan, but must be finite"),
    (lambda: nfs.Scale("Mi9", "T4a", -1), "factor is -1.0, but must be finite and at least 0"),
    (lambda: nfs.Change("Mi9"), "Change changes nothing"),
    (lambda: nfs.Change("Mi9", time_constant=0.1), "must be a duration with a unit"),
    (lambda: nfs.Activate("Mi9", [0.1], start=0 * ms), "one value for each frame, so start"),
    (lambda: nfs.Activate("Mi9", 1, start=2 * ms, stop=1 * ms), "must be before stop"),
    (lambda: nfs.Activate("Mi9", 1, start=0.1), "must be a time with its unit"),
    (lambda: flies_of("Mi9"), "must be a perturbation, for example"),
    (lambda: flies_of([]), "must be a perturbation, for example"),
    (lambda: flies_of([None, "Mi9"]), "holds 'Mi9' (str), but each fly must be"),
    (lambda: flies_of([None, None]), "names the fly 'intact' twice"),
]


@pytest.mark.parametrize(("make", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_makes_no_sense_is_refused(make, told):
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=re.escape(told)):
        make()


UNFIT = [
    (nfs.Silence("Mi99"), "'Mi99', but must be one of"),
    (nfs.Cut("T4a", "R1"), "the connectome has no such connection; R1 gets input from"),
    (nfs.Clamp("Mi9", 0, columns=(9, 9)), "Mi9 has no cell at column (9, 9)"),
    (nfs.Activate("Mi9", [0.0, 1.0]), "has 2 values, but the stimulus has 30 frames"),
    (nfs.Activate("Mi9", 1, start=700 * ms), "no frame begins in that time"),
    ((nfs.Clamp("Mi9", 0), nfs.Clamp("Mi9", 1)), "is held by 'clamp Mi9 to 1' whenever this acts"),
]


@pytest.mark.compile
@pytest.mark.parametrize(("fly", "told"), UNFIT, ids=[told for _, told in UNFIT])
def test_what_does_not_fit_the_network_or_the_stimulus_is_refused(simulate, fly, told):
    with pytest.raises(nfs.InvalidValueError, match=re.escape(told)):
        simulate([fly])


@pytest.mark.compile
def test_responses_of_intact_flies_have_no_perturbations(simulate):
    with pytest.raises(nfs.InvalidValueError, match="of intact flies only"):
        simulate(None).under(None)
