"""What a fit has seen follows its parameters, wherever they go."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.ensembles import rounded, write_ensemble
from neuroflysim.ensembles.readout import Readout
from neuroflysim.errors import NeuroFlySimError
from neuroflysim.parameters.seen import (
    recording_entry,
    seen_cell_types,
    study_entry,
    told_seen,
)

ROWS = study_entry("maisak2013", "tuning_curve", "T4a")
CELL = recording_entry(np.arange(4.0), "Mi1")


@pytest.fixture(scope="module")
def fitted():
    return nfs.Parameters.uniform(nfs.load_connectome()).with_seen([ROWS, CELL])


def test_what_is_made_of_a_fitted_model_has_seen_what_it_has_seen(fitted, tmp_path):
    pools = fitted.connectome.with_pools([nfs.Pool("T4a", "lower", "int(y < 0)")])
    for suffix in (".json", ".csv"):
        fitted.save(tmp_path / f"a{suffix}")
    made = {
        "replace": fitted.replace(synapse_strength={("Mi1", "T4a"): 0.5}),
        "with_vector": fitted.with_vector(fitted.to_vector() * 1.1),
        "with_dynamics": fitted.with_dynamics("adapting", adaptation_strength={"Mi4": 0.5}),
        "extended": fitted.extended(
            pools,
            time_constant={"lower": 0.02},
            resting_potential={"lower": 0.0},
            synapse_strength={("T4a", "lower"): 0.01},
        ),
        "lobula plate": nfs.with_lobula_plate(fitted),
        "rounded": rounded(fitted),
        "pickle": pickle.loads(pickle.dumps(fitted)),
        "copy": copy.deepcopy(fitted),
        "json": nfs.load_parameters(tmp_path / "a.json"),
        "csv": nfs.load_parameters(tmp_path / "a.csv"),
        "twice": fitted.with_seen([ROWS]),
    }
    assert {name: one.seen for name, one in made.items()} == dict.fromkeys(made, (ROWS, CELL))
    assert made["json"] == made["csv"] == fitted
    more = fitted.with_seen([study_entry("behnia2014")])
    assert more.seen == (ROWS, CELL, "study:behnia2014/*/*")


def test_marks_leave_values_and_files_of_other_models_as_they_were(fitted, tmp_path):
    bare = nfs.Parameters.uniform(fitted.connectome)
    assert (bare.seen, bare.with_seen([]) is bare) == ((), True)
    assert fitted.checksum == bare.checksum
    assert fitted.values_checksum == bare.values_checksum == bare.sealed_checksum
    assert fitted.sealed_checksum != bare.sealed_checksum
    assert fitted != bare
    for suffix in (".json", ".csv"):
        bare.save(tmp_path / f"a{suffix}")
        assert "seen" not in (tmp_path / f"a{suffix}").read_text()
        assert nfs.load_parameters(tmp_path / f"a{suffix}").seen == ()


def test_it_is_told_by_repr_and_card(fitted):
    assert "fitted to rows of maisak2013; 1 recording" in repr(fitted)
    assert "rows of maisak2013; 1 recording" in fitted._repr_html_()


@pytest.mark.parametrize("forged", ["seen", "one entry", "another entry", "seen_sha256"])
@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_a_file_from_which_a_mark_was_taken_is_an_error(fitted, tmp_path, suffix, forged):
    path = tmp_path / f"a{suffix}"
    fitted.save(path)
    if suffix == ".json":
        content = json.loads(path.read_text())
        if forged == "one entry":
            del content["seen"][0]
        elif forged == "another entry":
            content["seen"][0] = study_entry("behnia2014")
        else:
            del content[forged]
        path.write_text(json.dumps(content))
    else:
        lines = path.read_text().splitlines(keepends=True)
        if forged == "another entry":
            lines = [line.replace("maisak2013", "behnia2014") for line in lines]
        else:
            gone = {
                "seen": "# seen ",
                "one entry": "# seen recording",
                "seen_sha256": "# seen_sha256",
            }[forged]
            lines = [line for line in lines if not line.startswith(gone)]
        path.write_text("".join(lines))
    with pytest.raises(NeuroFlySimError, match="has seen was changed"):
        nfs.load_parameters(path)


def test_an_ensemble_keeps_the_marks_and_finds_files_that_lost_them(fitted, tmp_path):
    bare = nfs.Parameters.uniform(fitted.connectome)
    table = pd.DataFrame({"stable": True, "failure": ""}, index=["000", "001"])
    folder = write_ensemble(
        tmp_path / "mine",
        {"000": bare, "001": fitted},
        table,
        start=bare,
        recipe=None,
        readout=Readout(),
    )
    ensemble = nfs.load_ensemble(folder)
    assert [one.seen for one in ensemble] == [(), (ROWS, CELL)]
    assert ensemble.seen == (ROWS, CELL)
    assert "fitted to rows of maisak2013" in repr(ensemble)
    assert ensemble[:1].seen == ()
    assert nfs.load_parameters(folder / "001").seen == (ROWS, CELL)
    content = json.loads((folder / "001.json").read_text())
    del content["seen"], content["seen_sha256"]
    (folder / "001.json").write_text(json.dumps(content))
    for load in (lambda: nfs.load_ensemble(folder), lambda: nfs.load_parameters(folder / "001")):
        with pytest.raises(NeuroFlySimError, match="does not fit the sha256"):
            load()


@pytest.mark.parametrize(
    "wrong", ["study:maisak2013", ["study:maisak2013"], ["recording:12:T4a"], [" "], [3]]
)
def test_an_entry_that_says_nothing_is_an_error(fitted, wrong):
    with pytest.raises(NeuroFlySimError, match="what a fit has seen is"):
        fitted.with_seen(wrong)


def test_what_was_held_out_of_recordings_is_kept_and_does_not_count_as_seen():
    entries = [
        recording_entry([1.0], "Mi1", "a.csv: fitted to 2 trials"),
        recording_entry([1.0], "Tm3", "a.csv: held out 2 trials", fitted=False),
        "what my function tells\nof responses",
    ]
    model = nfs.Parameters.uniform(nfs.load_connectome()).with_seen(entries)
    assert len(model.seen) == 3
    assert seen_cell_types(model.seen) == ["Mi1"]
    assert told_seen(model.seen) == "1 recording; what my function tells of responses"
