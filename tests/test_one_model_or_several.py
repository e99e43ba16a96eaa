"""Every function that is handed parameters takes one model, a list, a tuple and an ensemble."""

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.flow import Readout
from neuroflysim.flow.scoring import task_score
from neuroflysim.report.studies import write_report
from neuroflysim.validation.measures import validation_measures

CONNECTOME = nfs.load_connectome()
BOX = nfs.load_ensemble("flow")
FIRST, SECOND = BOX.names[:2]
GREY = np.full((1, 2, 7), 0.5)

KINDS = {
    "one": BOX[FIRST],
    "a list": [BOX[FIRST], BOX[SECOND]],
    "a tuple": (BOX[FIRST], BOX[SECOND]),
    "an ensemble": BOX[:2],
    "a subset by name": BOX[[SECOND, FIRST]],
}


def n_of(responses):
    return responses.voltage.sizes["candidate"]


def simulate(models, tmp_path=None):
    return n_of(nfs.simulate(GREY, connectome=CONNECTOME, parameters=models, extent=1))


def program_run(models, tmp_path=None):
    with nfs.compile(GREY, connectome=CONNECTOME, extent=1, n_candidates=2) as program:
        return n_of(program.run(models))


def replay(models, tmp_path=None):
    return n_of(nfs.replay("hardie1989", models, extent=1, progress=False))


def compare(models, tmp_path=None):
    table = nfs.compare(models, "hardie1989", extent=1, progress=False)
    assert len(nfs.scores(table)) == 1
    return None


def screen(models, tmp_path=None):
    table = nfs.screen(
        GREY, parameters=models, perturbations=[nfs.Silence("Mi1")], extent=1, progress=False
    )
    return table["candidate"].nunique()


def measures(models, tmp_path=None):
    found = validation_measures(
        models, lattice=nfs.Lattice(extent=1), time_step=10 * ms, progress=False
    )
    return found.sizes["candidate"] - 1  # the untrained start stands last


def scored(models, tmp_path=None):
    clips = nfs.flow.layered_worlds(2, extent=3, seed=0)
    return len(task_score(models, clips, Readout(cell_types=["T4a", "T4b"]), progress=False))


def currents(models, tmp_path=None):
    responses = nfs.simulate(GREY, connectome=CONNECTOME, parameters=models, extent=1, record="all")
    return nfs.analysis.input_currents(responses, models, "L1").sizes["candidate"]


def report(models, tmp_path):
    path = tmp_path / "report.html"
    write_report(
        path,
        models,
        "hardie1989",
        lattice=nfs.Lattice(extent=1),
        with_headline=False,
        progress=False,
    )
    assert path.is_file()
    return None


def predictions(models, tmp_path=None):
    return int(nfs.predictions(models, extent=1, progress=False)["n_models"].max())


DOORS = {
    "simulate": simulate,
    "Program.run": program_run,
    "replay": replay,
    "compare": compare,
    "screen": screen,
    "validate": measures,
    "task_score": scored,
    "input_currents": currents,
    "report": report,
    "predictions": predictions,
}


@pytest.mark.compile
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_takes_one_model_and_several(door, kind, tmp_path):
    models = KINDS[kind]
    if door == "predictions" and kind == "one":
        with pytest.raises(nfs.InvalidValueError, match=r"1 model.*at least 2"):
            DOORS[door](models)
        return
    n = DOORS[door](models, tmp_path)
    assert n in (None, 1 if kind == "one" else 2)


WRONG = {
    "a vector": BOX[0].to_vector(),
    "a name": "flow/000",
    "a dict": {"000": BOX[0]},
    "nothing": None,
    "a number in a list": [BOX[0], 3],
    "another connectome beside it": [
        BOX[0],
        nfs.Parameters.uniform(
            nfs.Connectome(
                CONNECTOME.cell_types.reset_index(),
                CONNECTOME.connections.reset_index(),
                CONNECTOME.offsets.assign(synapse_count=1.0),
            )
        ),
    ],
}


@pytest.mark.compile
@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("door", [name for name in DOORS if name != "input_currents"])
def test_every_door_refuses_the_same_with_the_same_words(door, kind, tmp_path):
    with pytest.raises(nfs.NeuroFlySimError, match=r"of (parameters|ensemble)|an ensemble"):
        DOORS[door](WRONG[kind], tmp_path)


@pytest.mark.compile
def test_a_subset_of_an_ensemble_is_an_ensemble_of_what_was_asked_for():
    some = BOX[[SECOND, FIRST]]
    assert isinstance(some, nfs.Ensemble)
    assert some.names == [SECOND, FIRST] == list(some.table.index)
    assert some[SECOND] == BOX[SECOND] and some.start == BOX.start and some.readout == BOX.readout
    assert BOX[1:3].names == BOX.names[1:3] == BOX[np.array([1, 2])].names
    assert BOX[::-1].names == BOX.names[::-1] and len(BOX[:0]) == 0
    named = validation_measures(
        some, lattice=nfs.Lattice(extent=1), time_step=10 * ms, progress=False
    )
    assert named["candidate"].to_numpy()[:2].tolist() == [f"flow/{SECOND}", f"flow/{FIRST}"]


@pytest.mark.parametrize(
    "which", [99, -99, [99], [0, 0], True, 1.5, None, ["nope"], "nope", [None]]
)
def test_what_is_no_model_of_an_ensemble_is_told(which):
    with pytest.raises(nfs.NeuroFlySimError, match="flow"):
        BOX[which]
