"""Responses written as NWB are valid, and come back as a recording that the model explains."""

import json
from datetime import UTC, datetime

import numpy as np
import pynwb
import pytest
import xarray as xr
from brian2 import ms, second
from nwbinspector import Importance, inspect_nwbfile

import neuroflysim as nfs
from neuroflysim.recordings import align, compare_recording, load_nwb, load_nwb_intervals
from neuroflysim.responses import nwb

TYPES = ["L1", "Mi1", "T4a"]


@pytest.fixture(scope="module")
def responses(connectome, start):
    shown = nfs.simulate(
        nfs.protocols.flash(),
        connectome=connectome,
        parameters=start,
        extent=1,
        time_step=20 * ms,
        progress=False,
    )
    return nfs.Responses(shown.voltage.sel(cell_type=TYPES))


@pytest.fixture(scope="module")
def path(responses, tmp_path_factory):
    path = tmp_path_factory.mktemp("nwb") / "flashes.nwb"
    responses.save(
        path,
        session={
            "experimenter": ["Student, A."],
            "institution": "a university",
            "session_start_time": datetime(2026, 11, 1, 12, tzinfo=UTC),
            "subject": {
                "subject_id": "model",
                "description": "a simulation; no animal was recorded",
                "species": "Drosophila melanogaster",
                "sex": "U",
                "age": "P3D",
            },
        },
    )
    return path


@pytest.mark.compile
def test_the_file_is_valid_and_follows_the_best_practices(path):
    assert pynwb.validate(path=str(path)) == []
    found = list(inspect_nwbfile(nwbfile_path=str(path)))
    # Suggestions remain: the module is none of the usual ones, and of two conditions numbered 0
    # and 1 a table might say true and false.
    assert {message.check_function_name for message in found} <= {
        "check_processing_module_name", "check_column_binary_capability",
    }  # fmt: skip
    assert all(message.importance == Importance.BEST_PRACTICE_SUGGESTION for message in found)


@pytest.mark.compile
def test_a_model_compared_with_its_own_file_agrees_in_everything(path, responses):
    conditions = load_nwb_intervals(path)
    names = [f"{t}_condition_{k}_candidate_0" for t in TYPES for k in conditions["condition"]]
    recording = load_nwb(
        path,
        series=names,
        cell_type=np.repeat(TYPES, len(conditions)).tolist(),
        conditions={"intensity": conditions["intensity"].tolist() * len(TYPES)},
    )
    assert recording.units == "1"
    sweeps = recording.signal["clock_time"].to_numpy().reshape(len(TYPES), -1)
    onset = conditions["onset_time"].to_numpy() - sweeps[0]  # in each sweep
    assert onset == pytest.approx(onset[0])
    voltage = responses.voltage
    aligned = align(
        recording,
        onset[0] * second,
        before=float(-voltage["time"][0]) * second,
        after=float(voltage["time"][-1]) * second,
    )
    assert aligned.signal["time"].to_numpy() == pytest.approx(voltage["time"].to_numpy())
    expected = voltage[0].transpose("cell_type", "condition", "time").to_numpy()
    assert (aligned.signal.to_numpy() == expected.reshape(aligned.signal.shape)).all()
    table = compare_recording(responses, aligned)
    assert len(table) == len(names)
    for column, value in (
        ("correlation", 1), ("best_correlation", 1), ("gain", 1), ("explained_variance", 1),
        ("best_lag", 0), ("offset", 0),
    ):  # fmt: skip
        assert table[column].to_numpy() == pytest.approx(value, abs=1e-9)
    assert (table["time_to_peak_model"] == table["time_to_peak_recording"]).all()


@pytest.mark.compile
def test_the_onsets_of_all_conditions_cut_the_same_trials(path):
    conditions = load_nwb_intervals(path)
    names = [f"Mi1_condition_{k}_candidate_0" for k in conditions["condition"]]
    whole = load_nwb(path, series=names, cell_type="Mi1")
    onsets = conditions["onset_time"].to_numpy() * second
    aligned = align(
        whole, onsets, before=200 * ms, after=500 * ms, conditions=conditions[["intensity"]]
    )
    assert aligned.signal["channel"].to_numpy().tolist() == names
    assert aligned.signal["intensity"].to_numpy().tolist() == [0, 1]


@pytest.mark.compile
def test_the_session_its_conditions_and_what_is_known_of_the_simulation_are_told(path, responses):
    with pynwb.NWBHDF5IO(str(path), "r") as reader:
        file = reader.read()
        assert file.experimenter == ("Student, A.",)
        assert file.session_start_time == datetime(2026, 11, 1, 12, tzinfo=UTC)
        assert "simulated" in file.experiment_description
        notes = json.loads(file.notes)
        module = file.processing["simulation"]
        table = module["series"].to_dataframe()
        series = module["T4a_condition_1_candidate_0"]
        assert (series.unit, series.rate) == ("1", pytest.approx(50))
        starts = file.trials["start_time"][:]
        assert series.starting_time == pytest.approx(starts[1] + 0.02)
        assert "unit 1" in file.trials["intensity"].description
    assert notes["versions"] == responses.voltage.attrs["versions"]
    assert notes["connectome_sha256"] == responses.voltage.attrs["connectome_sha256"]
    (row,) = table[table["series"] == "T4a_condition_1_candidate_0"].to_dict("records")
    assert (row["cell_type"], row["condition"], row["candidate"]) == ("T4a", 1, 0)
    assert row["parameters_sha256"] == responses.voltage["parameters_sha256"].item()


def test_all_cells_are_columns_of_the_series_of_their_type(tmp_path):
    rng = np.random.default_rng(0)
    voltage = xr.DataArray(
        rng.normal(size=(2, 1, 5, 4)),
        dims=("candidate", "condition", "time", "neuron"),
        coords={
            "time": np.arange(1, 6) * 0.01,
            "perturbation": ("candidate", ["intact", "silence R1"]),
            "cell_type": ("neuron", ["R1/R2", "L1", "R1/R2", "L1"]),
            "u": ("neuron", [0, 0, 1, 1]),
            "v": ("neuron", [0, 0, -1, -1]),
            "pattern": ("condition", ["bar"]),
        },
    )
    nfs.Responses(voltage).save(tmp_path / "all.nwb")
    recording = load_nwb(tmp_path / "all.nwb", series="L1_condition_0_candidate_1")
    assert (recording.signal.to_numpy() == voltage[1, 0, :, [1, 3]].to_numpy().T).all()
    other = load_nwb(tmp_path / "all.nwb", series="R1-R2_condition_0_candidate_0")
    assert (other.signal.to_numpy() == voltage[0, 0, :, [0, 2]].to_numpy().T).all()
    with pynwb.NWBHDF5IO(str(tmp_path / "all.nwb"), "r") as reader:
        module = reader.read().processing["simulation"]
        neurons, series = module["neurons"].to_dataframe(), module["series"].to_dataframe()
    assert series[series["candidate"] == 1]["perturbation"].tolist() == ["silence R1"] * 2
    assert neurons[neurons["cell_type"] == "L1"][["u", "v"]].values.tolist() == [[0, 0], [1, -1]]
    assert load_nwb_intervals(tmp_path / "all.nwb")["pattern"].tolist() == ["bar"]


#: Name of the file, session, and words that the error must hold.
WRONG = {
    "field": ("a.nwb", {"experimentor": "me"}, "Did you mean 'experimenter'"),
    "no dict": ("a.nwb", "me", "must be a dict"),
    "type": ("a.nwb", {"institution": 4}, "not what NWB wants: .*institution"),
    "subject": ("a.nwb", {"subject": {"height": "3 mm"}}, "not what NWB wants: .*height"),
    "time zone": ("a.nwb", {"session_start_time": datetime(2026, 1, 1)}, "with its time zone"),
    "other format": ("a.nc", {"lab": "ours"}, "session is for .nwb"),
}


@pytest.mark.compile
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_session_is_refused_and_nothing_is_written(case, responses, tmp_path):
    name, session, words = WRONG[case]
    with pytest.raises(nfs.NeuroFlySimError, match=words):
        responses.save(tmp_path / name, session=session)
    assert not list(tmp_path.iterdir())


@pytest.mark.compile
def test_more_series_than_nwb_bears_are_refused(responses, tmp_path, monkeypatch):
    monkeypatch.setattr(nwb, "MOST_SERIES", 5)
    with pytest.raises(nfs.InvalidValueError, match="would hold 6 time series"):
        responses.save(tmp_path / "a.nwb")
