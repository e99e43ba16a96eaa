"""The examples of docs/own_recordings.md run, and find what the file was made of."""

import re
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms
from matplotlib import pyplot as plt

import neuroflysim as nfs

pytestmark = [pytest.mark.docs, pytest.mark.compile]

PAGE = (Path(__file__).parents[1] / "docs" / "own_recordings.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
GAIN, REST, NOISE, RATE = 20.0, -55.0, 1.0, 1000


@pytest.fixture
def file(write_abf, connectome, tmp_path, monkeypatch):
    """A continuous recording of a noisy Mi1 of the model: twelve flashes, and a pulse at each."""
    monkeypatch.chdir(tmp_path)
    voltage = nfs.simulate(
        nfs.protocols.flash(intensity=[0, 1], pre_time=1000 * ms, stim_time=1000 * ms),
        connectome=connectome,
        parameters=nfs.load_parameters("flow/000", connectome),
        extent=1,
        time_step=20 * ms,
        progress=False,
    ).voltage.sel(cell_type="Mi1")[0]
    time = np.arange(-600, 2000) / RATE
    one = [np.interp(time, voltage["time"], trace) for trace in voltage.to_numpy()]
    signal = REST + GAIN * np.concatenate(one * 6)
    signal += np.random.default_rng(0).normal(0, NOISE, len(signal))
    pulse = np.tile(5.0 * ((time >= 0) & (time < 0.01)), 12)
    write_abf(tmp_path / "cell.abf", np.stack([signal, pulse], -1)[None], RATE)


def test_the_examples_find_the_model_in_its_noisy_recording(file):
    names = {}
    for block in BLOCKS:
        exec(compile(block.replace("extent=15", "extent=1"), "own_recordings.md", "exec"), names)
    table = names["table"]
    assert table["intensity"].tolist() == [0, 1]
    assert table["n_trials"].tolist() == [6, 6]
    assert table["normalized_correlation"].to_numpy() == pytest.approx(1, abs=0.02)
    # Resampling averages over 20 ms, which takes a little off the fast transients of Mi1.
    assert (table["gain"] < GAIN).all()
    assert table["gain"].to_numpy() == pytest.approx(GAIN, rel=0.1)
    assert (table["best_lag"].abs() <= 0.02).all()
    assert Path("overlay.png").is_file()
    told = set(re.findall(r"`(\w+)`", PAGE)) | {"time_to_peak_recording"}
    labels = {"candidate", "cell_type", "condition", "intensity", "units", "n_trials", "n_samples"}
    assert set(table.columns) - labels <= told
    model = names["model"].signal
    assert (model.to_numpy() == names["responses"].voltage.sel(cell_type="Mi1")[0]).all()
    plt.close("all")
