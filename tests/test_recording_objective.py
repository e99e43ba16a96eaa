"""What a fit to recordings makes small, against what compare_recording tells and what is known."""

import numpy as np
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.objectives.recordings import RecordingObjective
from neuroflysim.fit.objectives.search_stages import LOSS_OF_FAILURE
from neuroflysim.fit.objectives.trace_agreement import Agreement, Traces
from neuroflysim.recordings import compare_recording

LATTICE = nfs.Lattice(size=2)
FLASH = nfs.protocols.flash(
    intensity=[0, 0.25, 1], pre_time=200 * ms, stim_time=300 * ms, tail_time=200 * ms
)
CELLS = ("Mi1", "L1", "Tm3")
RATE = 40 * Hz
TIMES = np.round(np.arange(-6, 16) / 40, 12)


def recorded(connectome, parameters, noise=0.0, n_trials=1, cell_types=CELLS, seed=0, **options):
    """What cells of a model would show in some trials: 3 times their voltage, less 60, in mV."""
    settings = {"lattice": LATTICE, "time_step": 5 * ms, "dtype": "float32", **options}
    responses = nfs.simulate(FLASH, connectome=connectome, parameters=parameters, **settings)
    chance = np.random.default_rng(seed)
    rows, names, intensities = [], [], []
    for name in cell_types:
        for condition, intensity in enumerate(FLASH.conditions["intensity"]):
            trace = responses.voltage.sel(cell_type=name)[0, condition].to_numpy()
            at = np.interp(TIMES, responses.voltage["time"].to_numpy(), trace)
            for _ in range(n_trials):
                rows.append(3 * at - 60 + noise * chance.standard_normal(len(at)))
                names.append(name)
                intensities.append(intensity)
    return nfs.Recording.from_array(
        np.array(rows), rate=RATE, unit="mV", cell_type=names, onsets=-TIMES[0] * second,
        conditions={"intensity": intensities},
    )  # fmt: skip


def candidates_of(listed):
    return Candidates(np.zeros((len(listed), 1)), listed, None)


@pytest.fixture(scope="module")
def models(few_types):
    """Models of the same connectome that differ in time constants and strengths."""
    start, rng = nfs.Parameters.uniform(few_types), np.random.default_rng(3)
    n = len(start.to_vector())
    vectors = start.to_vector() * np.exp(0.2 * rng.standard_normal((11, n)))
    return [nfs.Parameters.from_vector(few_types, one) for one in vectors]


@pytest.fixture(scope="module")
def recording(few_types, models):
    return recorded(few_types, models[0], noise=0.1, n_trials=3)


def scored(objective, connectome, listed, shown=None):
    scorer = objective.scorer(Model(connectome, GRADED, grey_is_known=False), 1)
    try:
        return scorer.scores(candidates_of(listed), shown)
    finally:
        scorer.close()


def made(recording, **options):
    options = {"lattice": LATTICE, "time_step": 5 * ms, **options}
    connectome = options.pop("connectome", None)
    return RecordingObjective(recording, FLASH, connectome=connectome, **options)


@pytest.mark.fit
@pytest.mark.parametrize(
    ("measure", "column"),
    [("correlation", "correlation"), ("explained_variance", "explained_variance")],
)
def test_the_score_is_what_compare_recording_tells_of_simulated_responses(
    few_types, models, recording, measure, column
):
    objective = made(recording, measure=measure, gain="condition", offset="condition")
    found = scored(objective, few_types, models)
    responses = nfs.simulate(
        objective.stimulus, connectome=few_types, parameters=models, lattice=LATTICE,
        time_step=5 * ms, dtype="float32",
    )  # fmt: skip
    table = compare_recording(responses, recording, max_lag=0 * ms)
    assert (table["gain"] > 0).all()
    expected = table.groupby("candidate")[column].mean()
    # Voltages of float32; luminance is drawn here and computed by the network there.
    np.testing.assert_allclose(found.score, expected, rtol=1e-4)
    np.testing.assert_allclose(found.loss, 1 - found.score)


@pytest.mark.fit
def test_each_candidate_is_scored_as_it_would_be_alone(few_types, models, recording):
    objective = made(recording, prior_weight=0.3, held_out={"intensity": 1})
    scorer = objective.scorer(Model(few_types, GRADED, grey_is_known=False), 1)
    for shown in (None, *objective.judged_on()):
        whole = scorer.scores(candidates_of(models), shown)
        alone = [scorer.scores(candidates_of([one]), shown) for one in models]
        assert whole.loss.tobytes() == np.concatenate([one.loss for one in alone]).tobytes()
        assert whole.score.tobytes() == np.concatenate([one.score for one in alone]).tobytes()
        half = scorer.scores(candidates_of(models[5:]), shown)
        assert half.loss.tobytes() == whole.loss[5:].tobytes()
    scorer.close()


@pytest.mark.fit
@pytest.mark.parametrize("extent", [None, 1])
def test_from_known_voltages_at_grey_candidates_answer_as_after_a_second_of_grey(
    few_types, models, recording, extent
):
    lattice = LATTICE if extent is None else nfs.Lattice(extent=extent)
    objective = made(recording, lattice=lattice)
    listed = models[:2]
    voltage = np.stack([nfs.rest_state(one).to_numpy() for one in listed])
    scorer = objective.scorer(Model(few_types, GRADED, grey_is_known=True), 1)
    known = scorer.scores(Candidates(np.zeros((2, 1)), listed, voltage), None)
    scorer.close()
    np.testing.assert_allclose(known.score, scored(objective, few_types, listed).score, rtol=1e-4)


@pytest.mark.fit
def test_a_candidate_that_runs_away_fails_and_the_others_are_scored(few_types, models, recording):
    wild = models[1].to_vector()
    wild[2 * few_types.n_cell_types :] *= 300
    wild = nfs.Parameters.from_vector(few_types, wild)
    found = scored(made(recording), few_types, [models[0], wild, models[2]])
    assert found.loss[1] == LOSS_OF_FAILURE
    assert np.isnan(found.score).tolist() == [False, True, False]
    assert found.loss[[0, 2]].tobytes() == scored(
        made(recording), few_types, [models[0], models[2]]
    ).loss.tobytes()  # fmt: skip


@pytest.mark.fit
def test_what_is_held_out_is_judged_and_changes_no_loss(few_types, models, recording):
    held = made(recording, held_out={"intensity": [1]})
    (judged,) = held.judged_on()
    intensity = recording.signal["intensity"].to_numpy()
    without = nfs.Recording(recording.signal.isel(trial=intensity != 1))
    alone = nfs.Recording(recording.signal.isel(trial=intensity == 1))
    # The same lanes, so the same bits, are not promised: programs differ in their conditions.
    np.testing.assert_allclose(
        scored(held, few_types, models[:3]).loss, scored(made(without), few_types, models[:3]).loss,
        rtol=1e-6,
    )  # fmt: skip
    np.testing.assert_allclose(
        scored(held, few_types, models[:3], judged).score,
        scored(made(alone), few_types, models[:3]).score, rtol=1e-6,
    )  # fmt: skip
    assert all("fitted to 6 trials of condition 0 1" in line for line in held.seen())
    assert all("held out 3 trials of condition 2" in line for line in held.seen())


@pytest.mark.compile
def test_conditions_trials_and_cell_types_are_held_out_by_what_they_are_told_by(recording):
    names = recording.signal["cell_type"].to_numpy()
    for held_out, n in [
        ({"intensity": [0, 1]}, 18), ({"condition": 1}, 9), ({"trial": [0]}, 9),
        ({"cell_type": "Tm3"}, 9), ({"cell_type": "Tm3", "trial": [0, 2]}, 6),
    ]:  # fmt: skip
        held = made(recording, held_out=held_out)
        lines = held.seen()
        told = sum(int(line.split("held out ")[1].split()[0]) for line in lines if "held" in line)
        assert told == n, held_out
        assert held.to_dict()["held_out"].keys() == held_out.keys()
    only_others = made(recording, held_out={"cell_type": "Tm3"}).judged_on()[0]
    assert {name for part in only_others.parts for name in part.cell_types} == {"Tm3"}
    assert set(names) == set(CELLS)


def by_hand(model, fly, gain, offset):
    """Explained variance with one gain and one offset, by numpy's least squares."""
    model, fly = model.ravel(), fly.ravel()
    columns = [model] * isinstance(gain, str) + [np.ones_like(model)] * isinstance(offset, str)
    left = fly - (0 if isinstance(gain, str) else gain * model)
    left = left - (0 if isinstance(offset, str) else offset)
    if columns:
        design = np.stack(columns, 1)
        left = left - design @ np.linalg.lstsq(design, left, rcond=None)[0]
    return (left**2).sum(), ((fly - fly.mean()) ** 2).sum()


@pytest.mark.parametrize("gain", ["cell_type", 1.7])
@pytest.mark.parametrize("offset", ["cell_type", -0.3])
def test_gain_and_offset_are_those_of_least_squares(gain, offset):
    rng = np.random.default_rng(0)
    fly = rng.standard_normal((4, 30)) + 0.5
    traces = Traces(np.array([0, 0, 1, 1]), fly, np.ones(4))
    model = 0.5 * fly + 0.3 * rng.standard_normal((5, 4, 30))
    explained = Agreement("explained_variance", gain, offset).of(model, traces)
    error = Agreement("squared_error", gain, offset).of(model, traces)
    for candidate in range(5):
        for group in range(2):
            own = slice(2 * group, 2 * group + 2)
            left, whole = by_hand(model[candidate, own], fly[own], gain, offset)
            assert explained[candidate, group] == pytest.approx(1 - left / whole)
            assert error[candidate, group] == pytest.approx(-left / 60)


def test_one_gain_for_a_recording_with_an_offset_for_each_condition_is_a_regression():
    rng = np.random.default_rng(1)
    fly, model = rng.standard_normal((3, 20)), rng.standard_normal((1, 3, 20))
    model += fly
    traces = Traces(np.array([0, 0, 1]), fly, np.ones(3))
    found = Agreement("squared_error", "recording", "condition").of(model, traces)[0]
    design = np.zeros((60, 4))
    design[:, 0] = model.ravel()
    for k in range(3):
        design[20 * k : 20 * k + 20, 1 + k] = 1
    left = fly.ravel() - design @ np.linalg.lstsq(design, fly.ravel(), rcond=None)[0]
    left = (left.reshape(3, 20) ** 2).sum(axis=1)
    assert found == pytest.approx([-left[:2].sum() / 40, -left[2] / 20])


def test_a_trace_counts_as_often_as_its_weight_says():
    rng = np.random.default_rng(2)
    fly, model = rng.standard_normal((2, 25)), rng.standard_normal((3, 2, 25))
    for measure in ("explained_variance", "correlation", "squared_error"):
        agreement = Agreement(measure, "cell_type", "cell_type")
        weighted = agreement.of(model, Traces(np.array([0, 0]), fly, np.array([3.0, 1.0])))
        several = Traces(np.zeros(4, int), fly[[0, 0, 0, 1]], np.ones(4))
        repeated = agreement.of(model[:, [0, 0, 0, 1]], several)
        np.testing.assert_allclose(weighted, repeated, rtol=1e-12)


def test_a_model_upside_down_and_one_that_does_not_change_explain_nothing():
    fly = np.sin(np.arange(40.0))[None]
    traces = Traces(np.array([0]), fly, np.ones(1))
    model = np.stack([-fly, np.full_like(fly, 0.1), fly])
    explained = Agreement("explained_variance", "cell_type", "cell_type").of(model, traces)
    assert explained[:, 0] == pytest.approx([0, 0, 1])
    correlation = Agreement("correlation", "cell_type", "cell_type").of(model, traces)
    assert correlation[:, 0] == pytest.approx([-1, 0, 1])


@pytest.mark.compile
def test_noisy_recordings_count_by_the_square_of_their_noise_ceiling(few_types, models):
    noisy = recorded(few_types, models[0], noise=1.5, n_trials=4, cell_types=["Mi1"])
    ceilings = nfs.recordings.noise_ceiling(noisy)["noise_ceiling"].to_numpy()
    (part,) = made(noisy, weights="noise_ceiling")._fitted.parts
    kept = ceilings[~np.isnan(ceilings)]
    assert part.traces.weight == pytest.approx(np.minimum(kept, 1) ** 2)
    (part,) = made(noisy)._fitted.parts
    assert part.traces.weight.tolist() == [1, 1, 1]
