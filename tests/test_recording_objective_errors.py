"""Recordings and stimuli that do not fit each other are told at the call, with the cure."""

import json
import pickle

import numpy as np
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings import resample

FLASH = nfs.protocols.flash(
    intensity=[0, 1], pre_time=200 * ms, stim_time=300 * ms, tail_time=200 * ms
)
LATTICE = nfs.Lattice(size=(3, 2))


def recorded(n_trials=2, rate=50, unit="mV", cell_type="Mi1", before=0.2, after=0.5, **changed):
    """Noise in two conditions, a sample each 20 ms."""
    n = round((before + after) * rate) + 1
    values = np.random.default_rng(0).standard_normal((2 * n_trials, n))
    options = {"onsets": before * second, "conditions": {"intensity": [0, 1] * n_trials}, **changed}
    return nfs.Recording.from_array(
        values, rate=rate * Hz, unit=unit, cell_type=cell_type, **options
    )


def objective(recordings, stimulus=FLASH, **options):
    return nfs.RecordingObjective(recordings, stimulus, **{"lattice": LATTICE, **options})


def with_a_gap():
    recording = recorded()
    recording.signal.to_numpy()[1, 3] = np.nan  # behind the checks of Recording
    return recording


CASES = {
    "no onsets": (lambda: objective(recorded(onsets=None)), "align"),
    "a cell type that is not there": (
        lambda: objective(recorded(cell_type="mi1")), "Did you mean 'Mi1'"),
    "no cell type": (lambda: objective(recorded(cell_type=None)), "cell_type='...'"),
    "conditions that were not shown": (
        lambda: objective(recorded(conditions={"intensity": [0, 0.5, 0, 0.5]})),
        "was not shown to the model"),
    "a label that the protocol has not": (
        lambda: objective(recorded(conditions={"angle": [0, 90, 0, 90]})), "labelled with 'angle'"),
    "labels that leave it open": (
        lambda: objective(recorded(conditions=None)), "2 conditions of the responses have that"),
    "held out: no such label": (
        lambda: objective(recorded(), held_out={"angle": 90}), "trials are told apart by"),
    "held out: no such value": (
        lambda: objective(recorded(), held_out={"intensity": 0.3}), "there are 0, 1"),
    "held out: no such trial": (
        lambda: objective(recorded(), held_out={"trial": [2]}), "there are 0, 1"),
    "held out: everything": (
        lambda: objective(recorded(), held_out={"intensity": [0, 1]}), "nothing is left to fit"),
    "held out: nothing at once": (
        lambda: objective([recorded(), recorded(cell_type="Tm3", n_trials=3)],
                          held_out={"cell_type": "Mi1", "trial": 2}), "no trial has all of that"),
    "held out: not by labels": (lambda: objective(recorded(), held_out=[1]), "{'angle': [90"),
    "a gap": (lambda: objective(with_a_gap()), "fill the gap"),
    "squared errors of two units": (
        lambda: objective([recorded(), recorded(unit="dF/F")], measure="squared_error"),
        "in dF/F and mV"),
    "a time without its unit": (lambda: objective(recorded(), begin=0.1), "begin"),
    "a step longer than that of the recording": (
        lambda: objective(recorded(rate=200)), "or resample(recording"),
    "no recording": (lambda: objective([]), "a list of one of them or more"),
    "an array": (lambda: objective(np.zeros((2, 30))), "nfs.load_recording reads one"),
    "a list with an array in it": (
        lambda: objective([recorded(), np.zeros(3)]), "Recording.from_array"),
    "recorded longer than shown": (
        lambda: objective(recorded(after=1.5)), "pre_time, stim_time and tail_time"),
    "recorded from earlier on": (lambda: objective(recorded(before=0.9)), "begin=... and end="),
    "a window without samples": (
        lambda: objective(recorded(), begin=490 * ms), "are needed at least"),
    "what does not change": (
        lambda: objective(nfs.Recording(0 * recorded().signal + 1)), "does not change"),
    "a gain of a correlation": (
        lambda: objective(recorded(), measure="correlation", gain=1.0), "knows neither"),
    "fewer offsets than gains": (
        lambda: objective(recorded(), gain="condition"), "take offset='condition'"),
    "no such measure": (lambda: objective(recorded(), measure="r2"), "'explained_variance'"),
    "a weight of nobody": (
        lambda: objective(recorded(), weights={"Tm3": 1}), "must be one of 'Mi1'"),
    "a weight of nothing": (lambda: objective(recorded(), weights={"Mi1": 0}), "above 0"),
    "trials with nothing in common": (
        lambda: objective(nfs.Recording(recorded().signal.copy(
            data=recorded().signal.to_numpy() * np.array([[1], [1], [-1], [-1]]))),
            weights="noise_ceiling"), "nothing counts"),
    "no search": (lambda: objective(recorded(), stages=[]), "nfs.Stage(evaluations="),
    "a name instead of a stimulus": (lambda: objective(recorded(), "flash"), "pass a protocol"),
    "frames of another eye": (
        lambda: objective(recorded(conditions=None), np.full((60, 5), 0.5)), "on a periodic"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_fit_is_told_at_the_call_with_the_cure(case):
    make, told = CASES[case]
    with pytest.raises((InvalidValueError, InvalidTypeError)) as error:
        make()
    assert told in str(error.value), error.value


def test_what_the_errors_advise_works():
    fast = recorded(rate=200)
    assert objective(resample(fast, 10 * ms)).at_once == 16
    assert objective(fast, time_step=5 * ms).to_dict()["time_step"] == 0.005
    assert objective(recorded(after=1.5), end=400 * ms).at_once == 16
    assert objective(recorded(), gain="condition", offset="condition").score_name


def test_an_objective_is_plain_json_and_tells_when_data_or_stimulus_are_others():
    made = objective(recorded(), held_out={"trial": 1}, weights={"Mi1": 2})
    told = made.to_dict()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["objective"] == "recording"
    again = pickle.loads(pickle.dumps(made))
    assert again.to_dict() == told
    assert again.seen() == made.seen()
    assert made.shown(None, [0]) is None
    changed = recorded()
    changed.signal.to_numpy()[0, 0] += 1e-9
    brighter = nfs.protocols.flash(
        intensity=[0, 1], background=0.4, pre_time=200 * ms, stim_time=300 * ms,
        tail_time=200 * ms,
    )  # fmt: skip
    others = [
        objective(changed, held_out={"trial": 1}, weights={"Mi1": 2}),
        objective(recorded(), brighter, held_out={"trial": 1}, weights={"Mi1": 2}),
        objective(recorded(), held_out={"trial": 0}, weights={"Mi1": 2}),
        objective(recorded(), held_out={"trial": 1}),
    ]
    assert all(one.to_dict() != told for one in others)


def test_files_are_read_and_named(tmp_path):
    recorded().save(tmp_path / "cell.nc")
    read = objective([tmp_path / "cell.nc", str(tmp_path / "cell.nc")])
    assert read.seen() and all(":Mi1 (cell.nc: " in line for line in read.seen())
