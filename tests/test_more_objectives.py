"""Sums of objectives, and functions of responses, as what a fit makes small."""

import pickle

import numpy as np
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.objectives.search_stages import LOSS_OF_FAILURE

LATTICE = nfs.Lattice(size=2)
FLASH = nfs.protocols.flash(
    intensity=[0, 0.25, 1], pre_time=200 * ms, stim_time=300 * ms, tail_time=200 * ms
)
STAGES = [nfs.Stage(evaluations=8, population=4, step_size=0.3)]


def spread(responses):
    return float(responses["Mi1"].std())


def spreads(responses):
    return responses["Mi1"].std(("condition", "time")).to_numpy()


def made(function, **options):
    return nfs.ResponsesObjective(
        function, FLASH, lattice=LATTICE, time_step=10 * ms, stages=STAGES, **options
    )


def recording_objective(cell_type, **options):
    values = np.cumsum(np.random.default_rng(len(cell_type)).standard_normal((3, 30)), axis=1)
    recording = nfs.Recording.from_array(
        values, rate=50 * Hz, unit="mV", cell_type=cell_type, onsets=0.16 * second,
        conditions={"intensity": [0, 0.25, 1]},
    )  # fmt: skip
    return nfs.RecordingObjective(recording, FLASH, lattice=LATTICE, stages=STAGES, **options)


@pytest.fixture(scope="module")
def models(few_types):
    start, rng = nfs.Parameters.uniform(few_types), np.random.default_rng(3)
    n = len(start.to_vector())
    vectors = start.to_vector() * np.exp(0.2 * rng.standard_normal((5, n)))
    return [nfs.Parameters.from_vector(few_types, one) for one in vectors]


def scored(objective, listed, shown="a generation"):
    scorer = objective.scorer(Model(listed[0].connectome, GRADED, grey_is_known=False), 1)
    shown = objective.shown(STAGES[0], [0, 0, 0, 0]) if shown == "a generation" else shown
    try:
        return scorer.scores(Candidates(np.zeros((len(listed), 1)), listed, None), shown)
    finally:
        scorer.close()


@pytest.mark.fit
def test_a_function_is_told_the_responses_that_simulate_returns(few_types, models):
    found = scored(made(spread), models)
    responses = nfs.simulate(
        FLASH, connectome=few_types, parameters=models, lattice=LATTICE, time_step=10 * ms,
        dtype="float32",
    )  # fmt: skip
    expected = [spread(responses.isel(candidate=[k])) for k in range(len(models))]
    assert found.loss.tolist() == expected
    assert found.score.tolist() == [-value for value in expected]
    vectorised = scored(made(spreads, vectorised=True), models)
    np.testing.assert_allclose(vectorised.loss, expected, rtol=1e-6)


@pytest.mark.fit
def test_nan_is_a_candidate_that_failed_and_one_that_runs_away_is_not_shown(few_types, models):
    wild = models[1].to_vector()
    wild[2 * few_types.n_cell_types :] *= 300
    wild = nfs.Parameters.from_vector(few_types, wild)
    shown = []

    def judged(responses):
        shown.append(responses.signal["parameters_sha256"].item())
        return np.nan if len(shown) == 2 else 1.0

    found = scored(made(judged), [models[0], wild, models[2], models[3]])
    assert shown == [models[k].checksum for k in (0, 2, 3)]
    assert found.loss.tolist() == [1, LOSS_OF_FAILURE, LOSS_OF_FAILURE, 1]
    assert np.isnan(found.score).tolist() == [False, True, True, False]


@pytest.mark.fit
@pytest.mark.parametrize(
    ("function", "vectorised", "told"),
    [
        (lambda responses: "none", False, "must return one number"),
        (lambda responses: [1, 2], False, "must return one number"),
        (lambda responses: None, False, "must return one number"),
        (lambda responses: responses["Mi99"], False, "for candidate 0"),
        (lambda responses: 1.0, True, "must return as many numbers"),
        (lambda responses: 1 / 0, True, "raised ZeroDivisionError"),
    ],
)
def test_a_function_that_tells_nothing_is_an_error_with_candidate_and_cure(
    models, function, vectorised, told
):
    with pytest.raises((InvalidTypeError, InvalidValueError)) as error:
        scored(made(function, vectorised=vectorised), models[:2])
    assert told in str(error.value)
    assert "test_more_objectives" in str(error.value)  # which function it was


def test_a_function_is_told_apart_by_its_name_and_source():
    told = made(spread).to_dict()
    assert told["function"].endswith("test_more_objectives.spread")
    assert told["source_sha256"] != made(spreads).to_dict()["source_sha256"]
    assert pickle.loads(pickle.dumps(made(spread))).to_dict() == told
    assert made(np.mean).to_dict() != told
    assert made(spread).seen() == [f"what the function {told['function']} tells of responses"]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: made("spread"), "must be called with Responses"),
        (lambda: made(spread, name="the loss"), "one word"),
        (lambda: made(spread, vectorised="yes"), "True or False"),
        (lambda: nfs.ResponsesObjective(spread, "flash"), "pass a protocol"),
        (lambda: nfs.WeightedSum({}), "how much each objective counts"),
        (lambda: nfs.WeightedSum([spread]), "how much each objective counts"),
        (lambda: nfs.WeightedSum({"flow": 1}), "no objective such as nfs.FlowTask"),
        (lambda: nfs.WeightedSum({nfs.FlowTask(): 0}), "must be above 0"),
        (lambda: nfs.WeightedSum({nfs.FlowTask(): "much"}), "weight"),
        (lambda: nfs.WeightedSum({nfs.FlowTask(): 1}, stages=[]), "nfs.Stage(evaluations="),
    ],
)
def test_what_is_no_objective_is_told_with_the_cure(make, told):
    with pytest.raises((InvalidTypeError, InvalidValueError)) as error:
        make()
    assert told in str(error.value)


@pytest.mark.fit
def test_a_sum_has_the_weighted_losses_and_the_mean_score(models):
    first, second_ = recording_objective("Mi1"), recording_objective("L1")
    both = nfs.WeightedSum({first: 0.5, second_: 1.5})
    found, parts = scored(both, models), [scored(one, models) for one in (first, second_)]
    np.testing.assert_allclose(found.loss, 0.5 * parts[0].loss + 1.5 * parts[1].loss, rtol=1e-12)
    np.testing.assert_allclose(
        found.score, 0.25 * parts[0].score + 0.75 * parts[1].score, rtol=1e-12
    )
    assert both.seen() == first.seen() + second_.seen()
    assert both.to_dict()["sum"][1] == {"weight": 1.5, **second_.to_dict()}
    assert both.stages == first.stages


@pytest.mark.fit
def test_a_sum_is_judged_by_what_its_parts_hold_out(models):
    held = recording_objective("Mi1", held_out={"intensity": 1})
    both = nfs.WeightedSum({held: 1, recording_objective("L1"): 3})
    (judged,) = both.judged_on()
    (own,) = held.judged_on()
    assert scored(both, models, judged).score.tobytes() == scored(
        held, models, own
    ).score.tobytes()  # fmt: skip
    assert nfs.WeightedSum({recording_objective("L1"): 1}).judged_on() == []


@pytest.mark.fit
def test_a_sum_of_one_is_fitted_as_that_one(few_types, judged_on_few_worlds):
    options = {"connectome": few_types, "processes": 1, "progress": False, "seed": 2}
    options |= {"free": ["time_constant:*"]}
    alone = nfs.fit(recording_objective("Mi1"), **options)
    summed = nfs.fit(nfs.WeightedSum({recording_objective("Mi1"): 1}), **options)
    assert alone.parameters == summed.parameters
    assert not alone.record["held_out"]
    assert "on what was fitted" in repr(alone)


@pytest.mark.fit
@pytest.mark.slow
def test_a_function_that_cannot_be_sent_is_told_before_the_fit_begins(few_types):
    with pytest.raises(InvalidValueError, match="processes=1"):
        nfs.fit(made(lambda responses: 1.0), connectome=few_types, processes=2, progress=False)


@pytest.mark.fit
def test_a_function_and_its_stimulus_are_short_for_the_objective(few_types, tmp_path):
    flash = nfs.protocols.flash(intensity=1)
    options = {
        "connectome": few_types, "free": "time_constant:Mi1", "evaluations": 8, "population": 4,
        "processes": 1, "threads": 1, "progress": False,
    }  # fmt: skip
    short = nfs.fit(brightest, 2, stimulus=flash, **options)
    whole = nfs.fit(nfs.ResponsesObjective(brightest, flash), 2, **options)
    assert short.parameters == whole.parameters
    with pytest.raises(InvalidValueError, match="all 4 candidates of generation 1 failed"):
        nfs.fit(lambda responses: np.nan, 2, tmp_path / "fit", stimulus=flash, **options)
    assert {file.name for file in (tmp_path / "fit").iterdir()} == {"checkpoint"}


def brightest(responses):
    return -float(responses["Mi1"].max())
