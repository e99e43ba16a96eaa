"""The command `fit` cuts a recording of NWB into the trials that its table tells."""

from datetime import UTC, datetime

import numpy as np
import pynwb
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs
from neuroflysim.cli.recorded_trials import recorded_trials
from neuroflysim.errors import InvalidValueError

FLASH = nfs.protocols.flash(
    intensity=[0, 1], pre_time=200 * ms, stim_time=300 * ms, tail_time=200 * ms
)
ONSETS = [0.55, 1.35, 2.05]


def saved(path, rate=100.0, name="Mi1", onsets=ONSETS, stops=(1.0, 1.8, 2.5), **columns):
    """A file whose signal is the time on its clock, which begins at 0.25 s."""
    file = pynwb.NWBFile("a session", "id", datetime(2026, 1, 1, tzinfo=UTC))
    for column in columns:
        file.add_trial_column(column, "what was shown")
    for k, (onset, stop) in enumerate(zip(onsets, stops, strict=True)):
        own = {column: values[k] for column, values in columns.items()}
        file.add_trial(start_time=onset, stop_time=stop, **own)
    data = 0.25 + np.arange(round(2.5 * rate)) / rate
    file.add_acquisition(
        pynwb.TimeSeries(name=name, data=data, unit="mV", rate=rate, starting_time=0.25)
    )
    with pynwb.NWBHDF5IO(str(path), "w") as output:
        output.write(file)
    return str(path)


def test_trials_are_cut_at_their_onsets_and_labelled_as_the_table_tells(
    tmp_path, connectome, capsys
):
    path = saved(tmp_path / "cell.nwb", intensity=[1.0, 0.0, 1.0])
    found = recorded_trials(path, FLASH, None, connectome)
    signal = found.signal
    # The shortest time between trials is 0.25 s, more than is shown before; the shortest trial
    # lasts 0.45 s, less than is shown.
    assert signal["time"].to_numpy()[[0, -1]] == pytest.approx([-0.2, 0.45])
    expected = np.add.outer(ONSETS, signal["time"].to_numpy())
    np.testing.assert_allclose(signal.to_numpy(), expected, atol=1e-9)
    assert signal["intensity"].to_numpy().tolist() == [1, 0, 1]
    assert set(signal["cell_type"].to_numpy()) == {"Mi1"}
    assert "tells intensity." in capsys.readouterr().err
    objective = nfs.RecordingObjective(found, FLASH, lattice=nfs.Lattice(size=(3, 2)))
    assert repr(objective).endswith("of Mi1 in 2 conditions>")


def test_a_fast_recording_is_resampled_and_what_the_table_lacks_is_told(
    tmp_path, connectome, capsys
):
    path = saved(tmp_path / "cell.nwb", rate=1000.0, name="soma")
    found = recorded_trials(path, FLASH, "Tm3", connectome)
    assert found.time_step == pytest.approx(0.01)
    at_onset = found.signal.sel(time=0, method="nearest").to_numpy()
    np.testing.assert_allclose(at_onset, ONSETS, atol=1e-3)
    told = capsys.readouterr().err
    assert "nothing of the protocol, and not intensity (--set intensity=..." in told
    assert "a sample every 1 ms; it is resampled to 10 ms" in told


def test_what_cannot_be_cut_is_told(tmp_path, connectome):
    path = saved(tmp_path / "early.nwb", onsets=[0.1, 1.35, 2.05])
    with pytest.raises(InvalidValueError, match="its times must be those of the recording"):
        recorded_trials(path, FLASH, None, connectome)
    whole = nfs.Recording.from_array(np.zeros((1, 9)), rate=50 * Hz, unit="mV", cell_type="Mi1")
    whole.save(tmp_path / "whole.nc")
    with pytest.raises(InvalidValueError, match=r"only of NWB .*save"):
        recorded_trials(str(tmp_path / "whole.nc"), FLASH, None, connectome)


def test_trials_that_are_aligned_already_are_taken_as_they_are(tmp_path, connectome):
    trials = nfs.Recording.from_array(
        np.random.default_rng(0).standard_normal((2, 30)), rate=50 * Hz, unit="mV",
        cell_type="Mi1", onsets=0.2 * second, conditions={"intensity": [0, 1]},
    )  # fmt: skip
    trials.save(tmp_path / "trials.nc")
    found = recorded_trials(str(tmp_path / "trials.nc"), FLASH, None, connectome)
    assert found.signal.equals(trials.signal)
