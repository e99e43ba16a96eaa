"""What a fit to recordings makes small, against what compare_recording tells and what is known."""

import numpy as np
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.objectives.recordings import RecordingObjective
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
