"""Any dynamics in compare, validate, predictions, the board and the check of stability."""

import json

import numpy as np
import pandas as pd
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.ensembles.readout import Readout
from neuroflysim.experiments.database import load_study
from neuroflysim.fit.stability import check_stability
from neuroflysim.flow.scoring import task_score
from neuroflysim.report.board_text import describe_board

pytestmark = pytest.mark.compile

QUIET = {"extent": 1, "progress": False}
SHOWN = {"time_step": 50 * ms, **QUIET}

#: The published equations beside a state variable that nobody asks.
IDLE = nfs.Dynamics(
    name="idle", equations=GRADED.equations + "dmemory/dt = (voltage - memory) / time_constant : 1"
)
LOUD = nfs.Dynamics(name="loud", equations=GRADED.equations.replace("+ syn", "+ 9*syn"))


def same_numbers(one: pd.DataFrame, other: pd.DataFrame, **tolerance):
    pd.testing.assert_frame_equal(
        one.select_dtypes("number"), other.select_dtypes("number"), check_exact=not tolerance,
        **tolerance,
    )  # fmt: skip


def test_compare_shows_the_stimuli_of_studies_to_these_equations(start):
    seen = {}
    for dynamics in (None, "graded", "conductance"):
        options = {} if dynamics is None else {"dynamics": dynamics}
        table = nfs.compare(
            start, "hardie1989", **QUIET, **options,
            watch=lambda asked, luminance, responses, of=dynamics: seen.update({of: responses}),
        )  # fmt: skip
        assert set(table["dynamics"]) == {dynamics or "graded"}
    assert seen[None].voltage.identical(seen["graded"].voltage)
    (name,) = {m.experiment for m in load_study("hardie1989").measures.values()}
    replayed = nfs.replay(
        "hardie1989", start, name, extent=1, dynamics="conductance", dtype="float32", progress=False
    )
    np.testing.assert_array_equal(
        seen["conductance"].voltage.astype("float32"), replayed.voltage.to_numpy()
    )
    assert not np.allclose(seen["conductance"].voltage, seen["graded"].voltage, atol=1e-3)


def test_a_state_variable_that_nobody_asks_changes_no_headline_number(start):
    """With it, grey is part of each stimulus; without, networks begin with the voltages of grey."""
    same = {"rtol": 1e-4, "atol": 1e-5}
    published, idle = nfs.validate(start, **SHOWN), nfs.validate(start, **SHOWN, dynamics=IDLE)
    same_numbers(idle, published, **same)
    assert (published.attrs["dynamics"], idle.attrs["dynamics"]) == ("graded", "idle")
    same_numbers(nfs.validate(start, **SHOWN, dynamics="graded"), published)
    clips = nfs.flow.layered_worlds(2, extent=3, seed=0)
    read = Readout(cell_types=["T4a", "T4b"])
    scores = [task_score(start, clips, read, dynamics=each) for each in (GRADED, IDLE)]
    same_numbers(scores[1], scores[0], **same)


def test_stability_is_asked_with_these_equations(start):
    small = {"lattice": nfs.Lattice(extent=1), "threads": 1}
    found = [check_stability(start, dynamics=each, **small) for each in ("graded", IDLE)]
    assert [each.stable for each in found] == [True, True]
    np.testing.assert_allclose(found[1].largest_voltage, found[0].largest_voltage, rtol=1e-4)
    loud = check_stability(start, dynamics=LOUD, **small)
    assert not loud.stable and loud.reason.startswith("it runs away at grey")


def test_the_board_tells_with_which_equations_its_models_were_asked(start, tmp_path):
    mine, own = tmp_path / "mine", tmp_path / "own"
    for folder in (mine, own):
        folder.mkdir()
    start.save(mine / "000.json")
    start.with_dynamics("adapting").save(own / "000.json")
    options = {"extent": 3, "studies": "hardie1989", "progress": False, "folder": tmp_path / "kept"}
    found = nfs.board([mine, own], dynamics="conductance", **options)
    assert list(found.table["dynamics"]) == ["conductance"] * 2
    assert found.table.loc["mine", "command"] == f"neuroflysim board {mine} --dynamics conductance"
    assert not found.table.loc["mine", "trouble"]
    assert "model 000 has parameters for the dynamics 'adapting'" in found.table["trouble"]["own"]
    assert "All models were asked with dynamics conductance." in describe_board(found)
    table = nfs.compare(start, "hardie1989", extent=3, progress=False, dynamics="conductance")
    score = nfs.scores(table)["score"].mean()
    np.testing.assert_allclose(found.table.loc["mine", "score"], score, atol=1e-4)
    kept = tmp_path / "kept" / "rows" / "mine.json"
    before = kept.read_bytes()
    again = nfs.board(mine, dynamics="conductance", **options)
    pd.testing.assert_frame_equal(again.table, found.table.loc[["mine"]], check_dtype=False)
    assert kept.read_bytes() == before  # it was not computed anew
    published = nfs.board(mine, **options)
    assert published.table.loc["mine", "dynamics"] == "graded" and kept.read_bytes() != before
    assert "dynamics" not in json.loads(kept.read_text())


def test_commands_take_the_name_of_a_dynamics(start, tmp_path, run_command):
    file = tmp_path / "table.csv"
    run_command("compare", "--studies", "hardie1989", "--extent", "1", "--processes", "1",
                "--dynamics", "adapting", "-o", file)  # fmt: skip
    assert set(pd.read_csv(file)["dynamics"]) == {"adapting"}


DOORS = {
    "compare": lambda models, **options: nfs.compare(models, "hardie1989", **options),
    "validate": nfs.validate,
    "predictions": lambda models, **options: nfs.predictions([models] * 2, **options),
    "replay": lambda models, **options: nfs.replay("hardie1989", models, **options),
}


@pytest.mark.parametrize("door", DOORS)
def test_parameters_for_other_equations_are_an_error_that_names_both(start, door):
    ask = DOORS[door]
    with pytest.raises(nfs.InvalidValueError, match=r"'adapting'.*used with 'graded'"):
        ask(start.with_dynamics("adapting"), **QUIET)
    with pytest.raises(nfs.InvalidValueError, match=r"with_dynamics\(dynamics\)"):
        ask(start, **QUIET, dynamics="adapting")
    with pytest.raises(nfs.InvalidValueError, match=r"'adaptng'.*Did you mean"):
        ask(start, **QUIET, dynamics="adaptng")
    with pytest.raises(nfs.InvalidTypeError, match="must be a Dynamics or the name"):
        ask(start, **QUIET, dynamics=nfs.Dynamics)
