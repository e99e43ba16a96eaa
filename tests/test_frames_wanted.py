"""Conditions are simulated as long as somebody looks at them; what is looked at stays the same."""

import attrs
import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.experiments import pieces
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.model_values import model_values

EDGES = nfs.protocols.moving_edge(
    angle=[0, 90], intensity=1, speed=[20, 80] * nfs.degree / (1000 * ms), start=-12, stop=12,
    pre_time=100 * ms, tail_time=0 * ms,
)  # fmt: skip

#: Experiments whose measures do not look at all that is shown.
STUDIES = ["lappalainen2024", "gruntman2019", "behnia2014", "joesch2010"]


@pytest.fixture(scope="module")
def models(connectome):
    return [nfs.Parameters.uniform(connectome, total_input) for total_input in (1.0, 2.0)]


@pytest.mark.compile
def test_values_of_studies_are_the_same_to_the_bit_if_all_is_shown_to_the_end(models, monkeypatch):
    chosen = chosen_studies(STUDIES)
    found = model_values(chosen, models, lattice=nfs.Lattice(extent=1), progress=False)
    question = pieces.Question(chosen, models, nfs.Lattice(extent=1))
    groups = range(len(question.shown_alike))
    wanted = [question.frames_wanted(group) for group in groups]
    assert any(
        frames.min() < question.luminance(group).sizes["time"]
        for group, frames in zip(groups, wanted, strict=True)
    )
    monkeypatch.setattr(pieces.Question, "frames_wanted", lambda *_: None)
    whole = model_values(chosen, models, lattice=nfs.Lattice(extent=1), progress=False)
    assert found.keys() == whole.keys()
    for key in whole:
        assert found[key].tobytes() == whole[key].tobytes(), key


def test_an_edge_is_wanted_until_it_has_passed(models):
    question = pieces.Question(chosen_studies(["lappalainen2024"]), models, nfs.Lattice(extent=1))
    (group,) = (
        k for k, users in enumerate(question.shown_alike) if users[0][1].name == "moving_edges"
    )
    shown = question.luminance(group)
    step = 0.01
    passage = (24.75 + 22.5) / shown["speed"].to_numpy()
    onset = -shown["time"].to_numpy()[0]
    # Steps count that begin up to the passage, that at its time too.
    expected = np.floor((onset + passage) / step + 1e-6) + 1
    np.testing.assert_array_equal(
        question.frames_wanted(group), np.minimum(expected, shown.sizes["time"])
    )


@pytest.mark.compile
def test_an_end_that_cannot_be_is_told_of_its_measure(models):
    study = nfs.load_study("behnia2014")
    name, measure = next(iter(study.measures.items()))
    wrong = attrs.evolve(measure, arguments={"end": "passage"})  # a flash passes nowhere
    asked = attrs.evolve(study, measures={**study.measures, name: wrong})
    with pytest.raises(nfs.StudyError, match=f"measure {name}: .*'passage'"):
        model_values([asked], models[:1], lattice=nfs.Lattice(extent=1), progress=False)


@pytest.mark.compile
@pytest.mark.parametrize(
    ("engine", "device"),
    [("lattice", "runtime"), ("synapses", "runtime"), ("lattice", "cpp_standalone")],
)
def test_frames_that_are_wanted_have_the_voltages_that_they_have_among_all(
    models, connectome, engine, device
):
    options = {"connectome": connectome, "extent": 1, "time_step": 10 * ms}
    with nfs.compile(EDGES, engine=engine, device=device, n_candidates=2, **options) as program:
        whole = program.run(models, progress=False).voltage
        until = np.array([whole.sizes["time"], 40, 25, 130])
        some = program.run(models, progress=False, until=until).voltage
    assert some.sizes == whole.sizes
    for condition, n_frames in enumerate(until):
        kept, all_of_it = some[:, condition], whole[:, condition]
        assert (
            kept[:, :n_frames].to_numpy().tobytes() == all_of_it[:, :n_frames].to_numpy().tobytes()
        )
        assert np.isnan(kept[:, n_frames:]).all()


@pytest.mark.compile
def test_frames_that_conditions_share_are_always_wanted(models, connectome):
    options = {"connectome": connectome, "extent": 1, "time_step": 10 * ms}
    with nfs.compile(EDGES, **options) as program:
        found = program.run(models[0], progress=False, until=[1, 1, 1, 1]).voltage
    assert np.isfinite(found[:, :, :11]).all() and np.isnan(found[:, :, 11:]).all()


@pytest.mark.compile
@pytest.mark.parametrize("until", [[3, 3], [0, 5, 5, 5], [5, 5, 5, 10_000], 7, [1.5] * 4, "all"])
def test_numbers_of_frames_that_make_no_sense_are_refused(models, connectome, until):
    options = {"connectome": connectome, "extent": 1, "time_step": 10 * ms}
    with (
        nfs.compile(EDGES, **options) as program,
        pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match="until"),
    ):
        program.run(models[0], until=until)
