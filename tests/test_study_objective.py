"""Fits to rows of studies: their score is that of `compare`."""

from __future__ import annotations

import pickle

import attrs
import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.judging.of_study import groups
from neuroflysim.experiments.study import Study
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.objectives import StudyObjective

pytestmark = pytest.mark.compile


def candidates_of(models) -> Candidates:
    return Candidates(np.zeros((len(models), 1)), list(models), None)


@pytest.fixture(scope="module")
def models():
    connectome = nfs.load_connectome()
    return [nfs.Parameters.uniform(connectome, total) for total in (1.0, 2.0, 3.0)]


@pytest.fixture(scope="module")
def scored(models):
    """Scores of three models in two studies, the second held out, on a small eye."""
    objective = StudyObjective(
        "behnia2014", held_out="ketkar2022", secondary=True, lattice=2, at_once=2
    )
    scorer = pickle.loads(pickle.dumps(objective)).scorer(
        Model(models[0].connectome, GRADED), threads=1
    )
    shown = [None, *objective.judged_on()]
    found = {key: scorer.scores(candidates_of(models), key) for key in shown}
    again = scorer.scores(candidates_of(models[::-1]), None)
    alone = scorer.scores(candidates_of(models[1:2]), None)
    scorer.close()
    return found, again, alone


def test_the_score_is_that_of_compare_for_the_same_rows(models, scored):
    for key, study in ((None, "behnia2014"), ("ketkar2022", "ketkar2022")):
        for model, score, loss in zip(
            models, scored[0][key].score, scored[0][key].loss, strict=True
        ):
            table = nfs.compare(model, study, lattice=2, progress=False)
            expected = nfs.scores(table)["score_all"].item()
            assert score == pytest.approx(expected, abs=1e-6)
            assert loss == 1 - score
    assert len(set(scored[0][None].score)) == len(models)


def test_each_candidate_has_the_score_that_it_has_alone(scored):
    found, again, alone = scored
    assert again.score.tolist() == found[None].score[::-1].tolist()
    assert alone.score[0] == found[None].score[1]


def test_a_candidate_that_runs_away_has_no_score(models):
    wild = models[0].replace(
        synapse_strength={pair: 100.0 for pair in models[0].synapse_strength.index}
    )
    objective = StudyObjective("ketkar2022", lattice=1, at_once=2)
    scorer = objective.scorer(Model(models[0].connectome, GRADED), threads=1)
    scores = scorer.scores(candidates_of([wild, models[0]]), None)
    scorer.close()
    assert np.isnan(scores.score).tolist() == [True, False]
    assert scores.loss[0] > 2 >= scores.loss[1]


def test_rows_are_chosen_by_measure_and_cell_type():
    objective = StudyObjective("maisak2013", measures=["tuning_curve"], cell_types="T4")
    assert objective.seen() == [f"study:maisak2013/tuning_curve/T4{x}" for x in "abcd"]
    everywhere = StudyObjective("all", cell_types=["Mi9"], measures="polarity")
    assert everywhere.seen()
    for entry in everywhere.seen():
        assert "/polarity/" in entry and "Mi9" in entry


def test_rows_of_one_rank_stay_together():
    studies = (nfs.load_study(key) for key in nfs.studies().index)
    study, members = next(
        (study, members)
        for study in studies
        for members in groups(study).values()
        if len(members) > 1 and study.counts(study.measurements[members[0]])
    )
    rows = [study.measurements[k] for k in members]
    one = StudyObjective(study, measures=[rows[0].measure], cell_types=[rows[0].cell_type])
    shown = {line for study in one.to_dict()["rows"].values() for line in study["rows"]}
    assert {row.row for row in rows} <= shown


def test_only_what_counts_is_shown_unless_more_is_asked_for():
    strict, more = (
        StudyObjective("behnia2014", secondary=each).to_dict()["rows"]["behnia2014"]["rows"]
        for each in (False, True)
    )
    table = nfs.load_study("behnia2014").table
    assert strict == table.index[table["support"] != "secondary"].tolist()
    assert more == table.index.tolist()


def test_a_copy_of_a_study_counts_as_the_study():
    copied = attrs.evolve(nfs.load_study("maisak2013"), key="mine")
    entries = StudyObjective(copied, measures=["tuning_curve"], cell_types="T4a").seen()
    assert entries == ["study:mine/tuning_curve/T4a", "study:maisak2013/tuning_curve/T4a"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"studies": "maisak2012"}, "maisak2013"),
        ({"studies": []}, "empty list"),
        ({"studies": "maisak2013", "measures": ["tuning_curves"]}, "tuning_curve"),
        ({"studies": "maisak2013", "measures": []}, "empty list"),
        ({"studies": "maisak2013", "cell_types": ["T6"]}, "cell_types"),
        ({"studies": "maisak2013", "cell_types": ["Mi1"]}, "of these cell types it has none"),
        ({"studies": "strother2018"}, "needs a dynamics with the modulator octopamine"),
        ({"studies": "eye_optics"}, "nothing of it can be asked"),
        ({"studies": "fisher2015tm9"}, "nothing of it can be asked"),
        ({"studies": "maisak2013", "held_out": "maisak2013"}, "held out"),
        ({"studies": "maisak2013", "held_out": "behnia"}, "behnia2014"),
        ({"studies": "maisak2013", "at_once": 0}, "at_once"),
    ],
)
def test_a_choice_that_cannot_be_fitted_to_is_an_error(arguments, told):
    with pytest.raises(NeuroFlySimError, match=told):
        StudyObjective(**arguments)


def test_a_measure_that_cannot_be_asked_says_why():
    with pytest.raises(NeuroFlySimError, match="needs a dynamics with the modulator octopamine"):
        StudyObjective("strother2018", measures=["octopamine_raises_excitability"])
    study: Study = nfs.load_study("gruntman2019")
    name = next(iter(study.not_replayed))
    with pytest.raises(NeuroFlySimError, match="cannot be asked of a model"):
        StudyObjective(study, measures=[name])


def test_a_modulator_that_the_dynamics_lacks_is_told_before_anything_is_shown(models):
    objective = StudyObjective("strother2018", modulators=["octopamine"])
    with pytest.raises(NeuroFlySimError, match="modulator octopamine, which the dynamics graded"):
        objective.require_model(Model(models[0].connectome, GRADED))
