"""What T4 and T5 would give tangential cells: the formula once more, in plain loops."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.analysis import tangential_input

TYPES = ["Mi1", "T4a", "T4b", "T4c", "T4d", "T5a", "T5d"]
DIRECTIONS = {"a": 180, "b": 0, "c": 90, "d": 270}
ANGLES, INTENSITIES = (0, 90, 180, 270), (0, 1)
TIMES = np.round(np.arange(1, 13) * 0.1 - 0.5, 12)  # the ends of steps
STIM_TIME = 0.5
FLIES = [None, nfs.Silence(["T4a", "T5a"]), nfs.Ablate("T4b"), nfs.Silence("T4c", columns=(1, 0))]


def responses(flies=(None,), types=TYPES, angles=ANGLES, attrs=None):
    conditions = [(angle, intensity) for angle in angles for intensity in INTENSITIES]
    shape = (len(flies), len(conditions), len(TIMES), len(types))
    voltage = xr.DataArray(
        np.random.default_rng(7).normal(size=shape),
        dims=("candidate", "condition", "time", "cell_type"),
        coords={
            "time": TIMES,
            "cell_type": types,
            "angle": ("condition", [angle for angle, _ in conditions]),
            "intensity": ("condition", [intensity for _, intensity in conditions]),
        },
        attrs={"stim_time": STIM_TIME, "time_step": 0.1, **(attrs or {})},
    )
    if flies != (None,):
        labels = [fly.label for fly in nfs.perturbations.flies_of(flies)]
        voltage = voltage.assign_coords(perturbation=("candidate", labels))
    return nfs.Responses(voltage)


def in_loops(voltage, name, intensity):
    """Mean output while the stimulus lasts, to the direction of the layer minus the opposite."""
    means = []
    for direction in (DIRECTIONS[name[2]], (DIRECTIONS[name[2]] + 180) % 360):
        outputs = []
        for time in TIMES:
            begin = time - 0.1
            if -1e-9 <= begin <= STIM_TIME + 1e-9:
                which = (voltage["angle"] == direction) & (voltage["intensity"] == intensity)
                value = voltage.isel(condition=which.to_numpy()).sel(time=time, cell_type=name)
                outputs.append(max(0.0, value.item()))
        means.append(sum(outputs) / len(outputs))
    return means[0] - means[1]


def test_it_is_the_output_to_the_direction_of_the_layer_minus_that_to_the_opposite_one():
    shown = responses()
    found = tangential_input(shown)
    assert found.dims == ("candidate", "cell_type", "intensity")
    assert found["cell_type"].to_numpy().tolist() == TYPES[1:]
    for name in TYPES[1:]:
        for intensity in INTENSITIES:
            ours = found.sel(cell_type=name, intensity=intensity).item()
            assert ours == pytest.approx(in_loops(shown.voltage, name, intensity), abs=1e-12)


def test_silenced_and_ablated_cells_give_nothing_and_all_others_what_they_give():
    shown = responses(FLIES)
    shown.voltage[2, :, :, TYPES.index("T4b")] = np.nan  # as simulate leaves an ablated cell
    found = tangential_input(shown, FLIES)
    assert found["perturbation"].to_numpy().tolist()[0] == "intact"
    silenced = {(1, "T4a"), (1, "T5a"), (2, "T4b")}  # T4c is silenced in another column only
    for number in range(len(FLIES)):
        for name in TYPES[1:]:
            ours = found.isel(candidate=number).sel(cell_type=name, intensity=1).item()
            if (number, name) in silenced:
                assert ours == 0
            else:
                voltage = shown.voltage.isel(candidate=[number])
                assert ours == pytest.approx(in_loops(voltage, name, 1), abs=1e-12)


def test_what_is_silenced_for_a_time_gives_nothing_in_the_steps_that_begin_in_it():
    flies = [nfs.Silence("T4a", start=100 * ms, stop=300 * ms), nfs.Ablate("T4a", stop=200 * ms)]
    shown, expected = responses(flies), responses(flies).voltage.sel(cell_type=["T4a"])
    begins = np.round(TIMES - 0.1, 6)
    gone = (begins >= 0.1) & (begins < 0.3), begins < 0.2
    shown.voltage[1, :, gone[1], TYPES.index("T4a")] = np.nan
    for number, fly in enumerate(flies):
        expected[number, :, gone[number]] = 0
        found = tangential_input(shown.under(fly), fly).sel(cell_type="T4a", intensity=1).item()
        alone = expected.isel(candidate=[number])
        assert found == pytest.approx(in_loops(alone, "T4a", 1), abs=1e-12)


def test_a_fly_without_a_response_has_no_value():
    shown = responses()
    shown.voltage[:] = np.nan
    assert np.isnan(tangential_input(shown)).all()


def test_what_cannot_be_told_is_refused_with_the_cure():
    with pytest.raises(nfs.InvalidValueError, match="subtract_rest: false"):
        tangential_input(nfs.analysis.recorded(responses()))
    with pytest.raises(nfs.InvalidValueError, match=r"T4a stands for motion .* 180 deg"):
        tangential_input(responses(angles=(90, 270)))
    with pytest.raises(nfs.InvalidValueError, match="180 deg was not shown, but the opposite"):
        tangential_input(responses(types=["T4b"], angles=(0, 90)))
    with pytest.raises(nfs.InvalidValueError, match="no subtype of T4 or T5"):
        tangential_input(responses(types=["Mi1", "T1"]))
    with pytest.raises(nfs.InvalidValueError, match=r"fly 'silence T4a.T5a'.*given to simulate"):
        tangential_input(responses(FLIES))
