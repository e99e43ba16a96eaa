"""Arrays of one's own: what `Recording.from_array` makes of them, and says of wrong ones."""

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, mV, second

import neuroflysim as nfs
from neuroflysim.recordings import align, average_trials

RNG = np.random.default_rng(0)
SWEEPS = RNG.normal(-60, 5, (4, 200))
CELLS = RNG.uniform(1, 2, (3, 900))


def test_a_trace_is_one_trial_at_its_rate():
    recording = nfs.Recording.from_array(SWEEPS[0], rate=1000 * Hz, unit="mV", cell_type="Mi1")
    assert recording.signal.to_numpy().tolist() == [SWEEPS[0].tolist()]
    assert (recording.units, recording.time_step) == ("mV", pytest.approx(1e-3))
    assert recording.signal["time"].to_numpy() == pytest.approx(np.arange(200) / 1000)
    assert recording.signal["cell_type"].to_numpy().tolist() == ["Mi1"]


def test_sweeps_with_one_onset_count_time_from_it_and_no_sample_is_changed():
    recording = nfs.Recording.from_array(
        SWEEPS, rate=1000 * Hz, unit="mV", cell_type="Mi1", onsets=50.4 * ms,
        conditions={"intensity": [0, 1, 0, 1]},
    )  # fmt: skip
    signal = recording.signal
    assert (signal.to_numpy() == SWEEPS).all()
    assert signal["time"].to_numpy() == pytest.approx(np.arange(200) / 1000 - 0.0504)
    mean = average_trials(recording)["mean"].sel(cell_type="Mi1")
    assert mean.to_numpy() == pytest.approx(np.stack([SWEEPS[::2].mean(0), SWEEPS[1::2].mean(0)]))
    cut = nfs.Recording.from_array(
        SWEEPS, rate=1000 * Hz, unit="mV", onsets=50 * ms, before=20 * ms, after=100 * ms
    )
    assert (cut.signal.to_numpy() == SWEEPS[:, 30:151]).all()


@pytest.mark.parametrize(
    "conditions",
    [
        {"angle": [0, 90], "speed": 20 * Hz},
        pd.DataFrame({"angle": [0, 90], "speed": [20.0, 20.0]}),
        [{"angle": 0, "speed": 20 * Hz}, {"angle": 90, "speed": 20 * Hz}],
    ],
    ids=["dict", "table", "list of dicts"],
)
def test_cells_are_cut_at_each_onset_and_know_what_was_shown(conditions):
    onsets = [5, 20] * second
    recording = nfs.Recording.from_array(
        CELLS, rate=30 * Hz, unit="dF/F", cell_type=["T4a", "T4b", "T4a"], onsets=onsets,
        before=1 * second, after=4 * second, conditions=conditions,
    )  # fmt: skip
    signal = recording.signal
    assert signal["cell_type"].to_numpy().tolist() == ["T4a", "T4b", "T4a"] * 2
    assert signal["sweep"].to_numpy().tolist() == [0, 1, 2] * 2
    assert signal["angle"].to_numpy().tolist() == [0, 0, 0, 90, 90, 90]
    assert signal["speed"].to_numpy().tolist() == [20] * 6
    # Frames of 1/30 s do not lie on decimal times; interpolation is wrong by its rounding alone.
    expected = np.concatenate([CELLS[:, 120:271], CELLS[:, 570:721]])
    assert signal.to_numpy() == pytest.approx(expected, abs=1e-6)
    whole = nfs.Recording.from_array(
        CELLS, rate=30 * Hz, unit="dF/F", cell_type=["T4a", "T4b", "T4a"]
    )
    same = align(whole, onsets, before=1 * second, after=4 * second, conditions=conditions)
    assert same.signal.identical(signal)


#: What is given beside a right trace, and words that the error must hold.
WRONG = {
    "no array": ({"values": "cell.mat"}, "values must be an array of real numbers"),
    "rows of two lengths": ({"values": [[1, 2], [1, 2, 3]]}, "join_recordings"),
    "a unit of Brian2": ({"values": [1, 2, 3] * mV}, r"from_array\(values/mV, unit='mV'"),
    "complex": ({"values": SWEEPS * 1j}, "real numbers"),
    "three dimensions": ({"values": np.ones((2, 3, 4))}, r"values.reshape\(-1, n_samples\)"),
    "one sample": ({"values": np.ones((2, 1))}, "two samples or more"),
    "time first": ({"values": SWEEPS.T}, r"200 rows of 4 samples.*values\.T turns it"),
    "a NaN": ({"values": [1, np.nan, 2]}, "trial 0: sample 1"),
    "masked": ({"values": np.ma.masked_less(SWEEPS, -60)}, "masked array"),
    "a plain rate": ({"rate": 30}, r"rate is 30, but must be.*rate=30\*Hz"),
    "a time step for a rate": ({"rate": 20 * ms}, r"rate.*of a time step, 1/\(20\*ms\)"),
    "a rate of 0": ({"rate": 0 * Hz}, "one number above 0"),
    "two rates": ({"rate": [30, 20] * Hz}, "one number above 0"),
    "no unit": ({"unit": None}, "unit='mV'"),
    "an empty unit": ({"unit": " "}, "unit='mV'"),
    "types too few": ({"cell_type": ["Mi1"] * 3}, "cell_type has 3 values, but there are 4 rows"),
    "a number for a type": ({"cell_type": 3}, "name of a cell type"),
    "plain onsets": ({"onsets": 0.05}, r"onsets must be.*500\*ms"),
    "onsets without a window": ({"onsets": [0.05, 0.1] * second}, "before is needed.*0.05 s apart"),
    "onsets without an end": (
        {"onsets": [0.05, 0.1] * second, "before": 20 * ms}, r"after is needed.*after=1\*second"
    ),
    "a window without onsets": ({"before": 20 * ms}, r"before is 20.*give onsets=500\*ms"),
    "an onset outside": ({"onsets": 5 * second}, "onsets is 5 s, but the rows reach from 0 to"),
    "conditions too few": ({"conditions": {"angle": [0, 90]}}, "2 values, but there are 4 rows"),
    "conditions of a number": ({"conditions": 3}, r"\[\{'angle': 0\}, \{'angle': 90\}\]"),
    "conditions of no dict": ({"conditions": []}, "empty list"),
    "conditions that differ": (
        {"conditions": [{"angle": 0}, {"angle": 1}, {"speed": 2}, {"angle": 0}]},
        r"conditions\[2\] does not say 'angle', but conditions\[0\] does",
    ),
    "a condition of two units": (
        {"conditions": [{"speed": 1 * Hz}, {"speed": 1 * second}] * 2}, "several units"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_argument_is_named_with_its_cure(case):
    given, words = WRONG[case]
    right = {"values": SWEEPS, "rate": 1000 * Hz, "unit": "mV"}
    with pytest.raises(nfs.NeuroFlySimError, match=words):
        nfs.Recording.from_array(**{**right, **given})


def test_more_rows_than_samples_are_meant_where_each_row_has_its_type():
    recording = nfs.Recording.from_array(
        SWEEPS[:, :3], rate=30 * Hz, unit="dF/F", cell_type=["T4a"] * 4
    )
    assert recording.signal.shape == (4, 3)


@pytest.mark.parametrize("name", ["cell.xyz", "a 'quoted' name.dat", "cell"])
def test_what_cannot_be_read_ends_in_three_lines_that_do_it(name, tmp_path):
    path = tmp_path / name
    np.savetxt(path, SWEEPS)
    with pytest.raises(nfs.InvalidValueError, match="there is no reader") as caught:
        nfs.load_recording(path)
    lines = str(caught.value).splitlines()[-3:]
    names = {"np": np, "nfs": nfs}
    exec("\n".join(lines), names)
    assert names["recording"].signal.to_numpy() == pytest.approx(SWEEPS)
    assert names["recording"].signal["cell_type"].to_numpy().tolist() == ["Mi1"] * 4
