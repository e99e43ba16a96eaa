"""Protocols are kept in files as they are: equations, values and units, to the bit."""

import json
import pickle

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.errors import InvalidValueError
from neuroflysim.protocols import LIBRARY

MADE = {name: LIBRARY[name]() for name in LIBRARY if name not in ("movie",)}  # a movie needs a file
OF_EQUATIONS = {name: one for name, one in MADE.items() if one.equations is not None}


@pytest.mark.parametrize("name", OF_EQUATIONS)
def test_a_protocol_of_the_library_is_read_as_it_was_written(name, tmp_path):
    written = OF_EQUATIONS[name]
    written.save(tmp_path / "one.json")
    found = nfs.load_protocol(tmp_path / "one.json")
    assert found.conditions.equals(written.conditions)
    assert (found.conditions.dtypes == written.conditions.dtypes).all()
    xr.testing.assert_identical(found.luminance(1, 20 * ms), written.luminance(1, 20 * ms))


def test_an_endless_bar_is_kept(tmp_path):
    bar = nfs.protocols.bar_flash(height=[np.inf, 20], position=0)
    bar.save(tmp_path / "bar.json")
    assert nfs.load_protocol(tmp_path / "bar.json").conditions.equals(bar.conditions)


def test_what_a_function_draws_is_kept_as_an_array(tmp_path):
    noise = nfs.protocols.white_noise(stim_time=100 * ms)
    with pytest.raises(InvalidValueError, match="to_netcdf"):
        noise.save(tmp_path / "noise.json")
    shown = noise.luminance(extent=1, time_step=20 * ms)
    shown.to_netcdf(tmp_path / "shown.nc")
    found = xr.load_dataarray(tmp_path / "shown.nc")
    np.testing.assert_array_equal(found, shown)


@pytest.mark.compile
def test_a_kept_array_is_shown_as_the_protocol(start, tmp_path):
    noise = nfs.protocols.white_noise(stim_time=100 * ms, pre_time=20 * ms, tail_time=20 * ms)
    noise.luminance(extent=1, time_step=20 * ms).to_netcdf(tmp_path / "shown.nc")
    how = {"parameters": start, "extent": 1, "time_step": 20 * ms, "initial": "rest"}
    kept, drawn = (
        nfs.simulate(one, **how).voltage
        for one in (xr.load_dataarray(tmp_path / "shown.nc"), noise)
    )
    np.testing.assert_array_equal(kept, drawn)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "neuroflysim board row 1"}, "its format is"),
        ({"equations": "luminance = 0.5 : 1"}, "no equation uses the parameter"),
        ({"parameters": [{"name": "a"}]}, "values"),
        ({"parameters": [{"name": "a", "values": [1], "unit": {"inch": 1}}]}, "base unit"),
        ({"parameters": [{"name": "a", "values": ["x"], "unit": {}}]}, "must be a number"),
        ({"parameters": 3}, "must be a list"),
        ({"stim_time": "long"}, "must be a number"),
        ({"stim_time": -1}, "stim_time"),
    ],
)
def test_a_file_with_something_wrong_is_told_where(tmp_path, change, told):
    path = tmp_path / "flash.json"
    nfs.protocols.flash().save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InvalidValueError, match=told) as caught:
        nfs.load_protocol(path)
    assert "flash.json" in str(caught.value)


@pytest.mark.parametrize("name", MADE)
def test_protocols_can_be_sent_to_another_process(name):
    sent = pickle.loads(pickle.dumps(MADE[name]))
    assert sent.conditions.equals(MADE[name].conditions)


@pytest.mark.parametrize("dynamics", [nfs.GRADED, nfs.CONDUCTANCE, nfs.NOISY, nfs.COUPLED])
def test_dynamics_can_be_sent_to_another_process(dynamics):
    assert pickle.loads(pickle.dumps(dynamics)) == dynamics
