"""Modulators: levels of the whole brain that the equations of all cells may use."""

import re

import numpy as np
import pandas as pd
import pytest
from brian2 import hertz, ms, second

import neuroflysim as nfs
from neuroflysim.dynamics import checked_dynamics
from neuroflysim.experiments.flies import written_flies
from neuroflysim.perturbations import flies_of
from neuroflysim.perturbations.fly import Fly

EXTENT, N_STEPS, STEP = 1, 24, 20 * ms

ENGINES = pytest.mark.parametrize("engine", ["lattice", "synapses"])

#: A level acts on all that a cell has: how fast it is, its input, a second state, its output.
MODULATED = nfs.Dynamics(
    name="modulated",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance + push*arousal + trace)
                  * (1 + speed*arousal) / time_constant : 1
    dtrace/dt = (kept*arousal - trace) / (100*ms) : 1
    output = voltage*int(voltage > 0)*(1 + gain*arousal + calm) : 1
    """,
    modulators={"arousal": 0.5, "calm": 0},
    parameters={
        "push": nfs.TypeParameter(1, default=0.1, lowest=-1, highest=1, by_type={"L2": -0.1}),
        "speed": nfs.TypeParameter(1, default=0.2, lowest=0, highest=5, by_type={"Mi1": 1}),
        "gain": nfs.TypeParameter(1, default=0.3, lowest=0, highest=5, by_type={"Tm3": 0.6}),
        "kept": nfs.TypeParameter(1, default=0.1, lowest=0, highest=5),
    },
    initial={"trace": "kept*arousal"},
)

ALL = {name: MODULATED.parameters[name] for name in ("push", "speed", "gain", "kept")}


@pytest.fixture(scope="module")
def frames(few_types):
    shape = (N_STEPS, few_types.network(EXTENT).lattice.n_columns)
    return np.random.default_rng(0).uniform(size=shape)


@pytest.fixture(scope="module")
def published(weak_parameters):
    """Slow enough that twice the speed is no step, and weak enough that nothing runs away."""
    return weak_parameters(0.06, 0.2)


@pytest.fixture(scope="module")
def simulate(few_types, published, frames):
    def simulate(perturbations, parameters=None, dynamics=MODULATED, **options):
        if parameters is None:
            parameters = published.with_dynamics(dynamics)
        defaults = {"extent": EXTENT, "initial": "rest", "record": "all", "progress": False}
        return nfs.simulate(
            frames, connectome=few_types, parameters=parameters, dynamics=dynamics,
            perturbations=perturbations, time_step=STEP, **{**defaults, **options},
        ).voltage.to_numpy()[:, 0]  # fmt: skip

    return simulate


@pytest.mark.compile
@ENGINES
def test_octopamine_at_0_is_the_published_model_and_at_1_one_of_half_the_time_constants(
    simulate, few_types, published, engine
):
    faster = ["Mi1", "Tm3", "Mi9", "Tm1", "Tm9"]
    by_hand = published.replace(
        time_constant=published.time_constant[faster] / 2,
        resting_potential={"L2": published.resting_potential["L2"] + 0.2},
    )
    sensitive = published.with_dynamics("octopamine", octopamine_excitation={"L2": 0.2})
    flies = [None, nfs.Modulate("octopamine", 1)]
    options = {"engine": engine, "initial": np.full(few_types.network(EXTENT).n_neurons, 0.3)}
    found = simulate(flies, sensitive, "octopamine", **options)
    expected = simulate(None, [published, by_hand], "graded", **options)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert abs(expected[1] - expected[0]).max() > 0.05


@pytest.mark.compile
def test_octopamine_makes_no_time_constant_shorter_than_the_step(simulate, published):
    short = published.replace(time_constant=dict.fromkeys(published.time_constant.index, 25 * ms))
    flies = [nfs.Modulate("octopamine", 4)]
    found = simulate(flies, short.with_dynamics("octopamine"), "octopamine")
    by_hand = short.replace(time_constant=dict.fromkeys(("Mi1", "Tm3", "Mi9", "Tm1", "Tm9"), STEP))
    expected = simulate(None, by_hand, "graded")
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.compile
@ENGINES
def test_a_constant_level_is_the_change_of_parameters_by_hand(simulate, published, engine):
    given = published.with_dynamics(MODULATED)
    changed = {name: 1.5 * given.by_type(name) for name in ALL}
    # At level 1 a product with the level is the parameter itself.
    by_hand = simulate(nfs.Modulate("arousal", 1), given.replace(**changed), engine=engine)
    found = simulate(nfs.Modulate("arousal", 1.5), given, engine=engine)
    np.testing.assert_allclose(found, by_hand, rtol=1e-12, atol=1e-12)
    usual = simulate(None, given, engine=engine)
    assert np.array_equal(usual, simulate(nfs.Modulate("arousal", 0.5), given, engine=engine))
    assert abs(usual - found).max() > 0.05


FLIES = [
    None,
    nfs.Modulate("arousal", 2),
    nfs.Modulate("arousal", 2, start=0 * ms),
    nfs.Modulate("arousal", 2, start=200 * ms),
    nfs.Modulate("arousal", 2, start=200 * ms, stop=300 * ms),
    Fly((nfs.Modulate("arousal", np.repeat([0.5, 2, 0.5], [10, 5, 9])),), "course"),
    (nfs.Modulate("calm", 1, start=100 * ms), nfs.Silence("Mi1", start=200 * ms, columns=(0, 0))),
    (nfs.Modulate("arousal", 1), nfs.Modulate("arousal", 0, start=100 * ms, stop=200 * ms)),
    nfs.Change("Tm3", gain=2, start=100 * ms),
    Fly((nfs.Modulate("arousal", np.linspace(0, 1, N_STEPS)),), "rising"),
]


@pytest.fixture(scope="module")
def of_flies(simulate):
    made = {}

    def of_flies(engine):
        if engine not in made:
            made[engine] = simulate(FLIES, engine=engine)
        return made[engine]

    return of_flies


@pytest.mark.compile
def test_both_engines_agree_on_levels_over_time(of_flies):
    lattice, synapses = of_flies("lattice"), of_flies("synapses")
    assert abs(lattice - synapses).max() < 1e-12 * abs(lattice).max()


@pytest.mark.compile
@ENGINES
def test_before_its_start_nothing_differs_and_then_it_does_bit_for_bit(of_flies, engine):
    usual, *others = of_flies(engine)
    first = [0, 0, 10, 10, 10, 5, 0, 5, 0]  # steps
    for own, begins in zip(others, first, strict=True):
        assert np.array_equal(own[:begins], usual[:begins])
        assert (own[begins] != usual[begins]).any() or begins == 5
        assert (own[begins + 1] != usual[begins + 1]).any()


@pytest.mark.compile
@ENGINES
def test_a_time_course_is_its_pieces_and_from_the_beginning_is_always_bit_for_bit(of_flies, engine):
    _, _, _, _, pulse, course, *_ = of_flies(engine)
    assert np.array_equal(pulse, course)
    assert abs(pulse[15:] - of_flies(engine)[0][15:])[-1].max() > 0


@pytest.mark.compile
def test_a_level_from_onset_on_lets_a_state_variable_begin_at_it(simulate):
    options = {"parameters": None, "initial": "rest"}
    always, from_onset = simulate([FLIES[1], FLIES[2]], **options)
    assert np.array_equal(always, from_onset)


@pytest.mark.compile
@ENGINES
def test_one_cell_follows_the_steps_of_its_low_pass(engine):
    pair = {"source_type": ["P"], "target_type": ["P"]}
    strides = {"stride_u": 1, "stride_v": 1}
    connectome = nfs.Connectome(
        pd.DataFrame({"cell_type": ["P"], **strides, "photoreceptor": True, "output": True}),
        pd.DataFrame({**pair, "sign": 1, "sign_reference": ""}),
        pd.DataFrame({**pair, "du": 9, "dv": 0, "synapse_count": 1.0, "filled": False}),
    )  # fmt: skip
    parameters = nfs.Parameters.from_tables(
        connectome, time_constant=100 * ms, resting_potential=0.3,
        synapse_strength={("P", "P"): 0}, dynamics="octopamine", octopamine_sensitivity=3,
    )  # fmt: skip
    voltage = nfs.simulate(
        np.ones((20, 1)), connectome=connectome, parameters=parameters, dynamics="octopamine",
        perturbations=nfs.Modulate("octopamine", 0.5, start=100 * ms), extent=0, initial="rest",
        time_step=10 * ms, engine=engine, progress=False,
    ).voltage.to_numpy().ravel()  # fmt: skip
    slow, fast = 1 - 10 / 100, 1 - 10 * 2.5 / 100  # of each step of Euler's method what is left
    left = np.cumprod([slow] * 10 + [fast] * 10)
    np.testing.assert_allclose(voltage, 1.3 - left, rtol=1e-13)


@pytest.mark.compile
def test_octopamine_moves_the_tuning_of_t5_to_higher_frequencies():
    fitted = nfs.load_parameters("flow/000")
    gratings = nfs.protocols.drifting_grating(
        angle=[0, 90, 180, 270], temporal_frequency=[1, 2, 4, 8] * hertz,
        pre_time=0.5 * second, stim_time=2 * second, tail_time=0 * second,
    )  # fmt: skip
    responses = nfs.simulate(
        gratings, connectome=fitted.connectome, parameters=fitted.with_dynamics("octopamine"),
        dynamics="octopamine", perturbations=[None, nfs.Modulate("octopamine", 1)], extent=2,
        time_step=10 * ms, progress=False,
    )  # fmt: skip
    best = nfs.analysis.tuning_optimum(responses, along="temporal_frequency")
    usual, active = best.sel(cell_type=["T5a", "T5b", "T5c", "T5d"]).mean("cell_type")
    assert active > 1.15 * usual


@pytest.mark.compile
def test_what_is_recorded_tells_the_levels(few_types, published, frames):
    responses = nfs.simulate(
        frames[:2], connectome=few_types, parameters=published.with_dynamics(MODULATED),
        dynamics=MODULATED, perturbations=[None, nfs.Modulate("arousal", 1, start=20 * ms)],
        extent=EXTENT, initial="rest", time_step=STEP, progress=False,
    )  # fmt: skip
    assert responses.voltage.attrs["dynamics_modulators"] == ["arousal: 0.5", "calm: 0"]
    assert list(responses.voltage["perturbation"].to_numpy()) == [
        "intact",
        "arousal at 1 from 20 ms",
    ]


def test_a_network_that_settles_at_another_level_is_another_one(few_types):
    network = few_types.network(EXTENT)
    found = {
        tuple(flies_of(fly)[0].effects(network, np.zeros(1)).before_stimulus()[-1])
        for fly in (
            None, nfs.Modulate("arousal", 1), nfs.Modulate("arousal", 2), nfs.Modulate("calm", 1)
        )
    }  # fmt: skip
    assert len(found) == 4


def test_the_types_of_the_sources_are_sensitive_and_others_are_not(start):
    octopamine = start.with_dynamics("octopamine")
    sensitivity = octopamine.by_type("octopamine_sensitivity")
    faster = {"Mi1", "Tm3", "Mi4", "Mi9", "Tm1", "Tm2", "Tm4", "Tm9"}
    assert set(sensitivity.index[sensitivity > 0]) == faster
    excitation = octopamine.by_type("octopamine_excitation")
    assert list(excitation.index[excitation > 0]) == ["Mi4"]
    uniform = nfs.Parameters.uniform(start.connectome, dynamics="octopamine")
    assert uniform.by_type("octopamine_sensitivity").equals(sensitivity)
    less = start.with_dynamics("octopamine", octopamine_sensitivity={"Mi1": 0.25})
    assert (less.by_type("octopamine_sensitivity") != sensitivity).sum() == 1


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_files_hold_values_that_were_defaults_of_single_types(start, tmp_path, suffix):
    octopamine = start.with_dynamics("octopamine")
    octopamine.save(tmp_path / f"active{suffix}")
    assert nfs.load_parameters(tmp_path / f"active{suffix}") == octopamine


def test_studies_write_a_level_as_they_write_a_silenced_type():
    _, fly = written_flies({"agonist": [{"modulate": ["octopamine", 1], "start": "100 ms"}]})
    assert fly.perturbations == (nfs.Modulate("octopamine", 1, start=100 * ms),)
    assert fly.done == "octopamine at 1 from 100 ms"


@pytest.mark.compile
def test_models_with_octopamine_are_asked_for_what_others_cannot_be_asked():
    fitted = nfs.load_parameters("flow/000")
    options = {"studies": "strother2018", "extent": 1, "progress": False}
    published = nfs.compare(fitted, **options).set_index("measure")
    octopamine = fitted.with_dynamics("octopamine")
    active = nfs.compare(octopamine, dynamics="octopamine", **options).set_index("measure")
    assert published["agreement"].isna().all() and (published["why_not"] != "").all()
    assert (
        "needs a dynamics with the modulator octopamine"
        in (published.loc["octopamine_raises_excitability", "why_not"])
    )
    line = active.loc["octopamine_raises_excitability"]
    assert (line["agreement"], line["why_not"]) == (1.0, "") and 0 < line["model"] < 0.2
    assert active["agreement"].notna().sum() == 1


def test_studies_with_an_agonist_ask_for_a_ratio_to_the_intact_fly():
    study = nfs.load_study("arenz2017")
    name = "temporal_tuning_shift_by_octopamine"
    assert name in study.not_replayed and name not in study.measures
    asked = study.asked_with({"octopamine"})
    assert asked.measures[name].against.by == "ratio" and name not in asked.not_replayed
    assert asked.experiments["gratings"].modulators == ["octopamine"]
    assert asked.asked_with(()) == study
    assert [row.value for row in study.measurements if row.measure == name] == ["higher"] * 2


def test_replaying_a_modulated_fly_with_the_published_model_tells_what_it_lacks(start):
    with pytest.raises(nfs.InvalidValueError, match="the dynamics 'graded' has no modulators"):
        nfs.replay("strother2018", start, "grey", extent=1)


def with_modulators(modulators, **options):
    return nfs.Dynamics(
        name="own",
        equations="""
        dvoltage/dt = (-voltage + resting_potential + synaptic_input + level) / time_constant : 1
        output = voltage*int(voltage > 0) : 1
        """,
        modulators=modulators,
        **options,
    )


WRONG = [
    (lambda: with_modulators(["level"]), "modulators must be a dict of levels by name"),
    (lambda: with_modulators({"my level": 0}), "'my level' is no name of a modulator"),
    (lambda: with_modulators({"level": np.nan}), "the level of the modulator 'level' is nan"),
    (lambda: with_modulators({"level": 1 * ms}), "the level of the modulator 'level'"),
    (lambda: with_modulators({"level": 0}, constants={"level": 1}), "is defined by constants, too"),
    (lambda: with_modulators({"voltage": 0}), "the modulator 'voltage' is defined by the equat"),
    (lambda: with_modulators({"level": 0, "other": 0}), "do not use the modulator 'other'"),
    (lambda: with_modulators({"resting_potential": 0}, constants={"level": 1}), "simulation's own"),
    (lambda: with_modulators({}), "uses? 'level', which is neither .* modulator nor given"),
    (lambda: nfs.Modulate("my level", 1), "name is 'my level', but must be the name of a modul"),
    (lambda: nfs.Modulate("level", "high"), "value"),
    (lambda: nfs.Modulate("level", np.inf), "value is inf"),
    (lambda: nfs.Modulate("level", [[1, 2]]), r"value has shape \(1, 2\), but must be a level"),
    (lambda: nfs.Modulate("level", [1, 2], start=1 * ms), "so start and stop say nothing"),
    (lambda: nfs.Modulate("level", 1, start=2 * ms, stop=1 * ms), "must be before stop"),
    (lambda: nfs.TypeParameter(1, 0, 0, 1, by_type={"Mi1": 2}), "for Mi1 is 2, but must lie"),
    (lambda: nfs.TypeParameter(1, 0, 0, 1, by_type=2), "by_type of a TypeParameter is 2"),
    (lambda: nfs.TypeParameter(1, 0, 0, 1, by_type={1: 0}), "must be by names of cell types"),
    (lambda: written_flies({"f": [{"modulate": ["octopamine", "high"]}]}), "value"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "told"), WRONG)
def test_what_cannot_be_is_told_where_it_is_written(make, told):
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=told):
        make()


UNFIT = [
    (
        nfs.Modulate("octopamine", 1),
        "modulated",
        "has the modulators arousal, calm, so 'octopamine' would change nothing; take a dynamics",
    ),
    (nfs.Modulate("octopamine", 1), "graded", "the dynamics 'graded' has no modulators"),
    (nfs.Modulate("arousal", [1, 2]), "modulated", "has 2 levels, but the stimulus has 24 frames"),
    (nfs.Modulate("arousal", 1, start=600 * ms), "modulated", "no frame begins in that time"),
]


@pytest.mark.parametrize(("fly", "name", "told"), UNFIT)
def test_a_level_that_does_not_fit_is_told_at_the_call(simulate, published, fly, name, told):
    dynamics = MODULATED if name == "modulated" else checked_dynamics(name)
    with pytest.raises(nfs.InvalidValueError, match=re.escape(told)):
        simulate(fly, published.with_dynamics(dynamics), dynamics)
