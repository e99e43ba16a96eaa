"""The examples of docs/own_recordings.md run, and find what the file was made of."""

import re
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms
from matplotlib import pyplot as plt
from scipy.io import savemat

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
    rng = np.random.default_rng(0)
    signal = REST + GAIN * np.concatenate(one * 6)
    signal += rng.normal(0, NOISE, len(signal))
    pulse = np.tile(5.0 * ((time >= 0) & (time < 0.01)), 12)
    write_abf(tmp_path / "cell.abf", np.stack([signal, pulse], -1)[None], RATE)
    np.save("sweeps.npy", signal.reshape(12, -1))
    # What a microscope shows: means over 100 ms, of which 50 ms lie on either side.
    fine = np.arange(-650, 1950).reshape(-1, 100) / RATE + 0.5 / RATE
    seen = [np.interp(fine, voltage["time"], trace).mean(1) for trace in voltage.to_numpy()]
    np.save("imaging.npy", np.stack([seen[1], seen[0]] * 2))
    write_imaging(rng.uniform(1, 2, (2, 300)))


def write_imaging(cells):
    """Two cells that were imaged, in each of the formats of the page."""
    np.save("cells.npy", cells)
    savemat("session.mat", {"session": {"dff": cells.T, "fs": 30.0}, "onsets": [2.0, 6.0]})
    lines = "".join(f"{k / 30},{value}\n" for k, value in enumerate(cells[0]))
    Path("cell.csv").write_text(f"Zeit,Vm\n{lines}")
    Path("long.csv").write_text(
        "time (s),sweep,cell_type,angle,F (a.u.)\n0,1,T4a,0,5\n0.1,1,T4a,0,6\n0,2,T4b,90,5\n"
        "0.1,2,T4b,90,7\n"
    )
    Path("suite2p/plane0").mkdir(parents=True)
    for name, values in (
        ("F", 100 * cells), ("Fneu", 10 * cells), ("iscell", np.ones((2, 2))),
        ("ops", {"fs": 30.0, "neucoeff": 0.7, "nframes": 300}),
    ):  # fmt: skip
        np.save(f"suite2p/plane0/{name}.npy", values, allow_pickle=True)


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
    of_frames = names["of_frames"]
    assert of_frames["intensity"].tolist() == [0, 1]
    # The model's 20 ms steps are taken for straight lines here and there.
    assert of_frames["correlation"].to_numpy() == pytest.approx(1, abs=1e-4)
    assert of_frames["exposure"].tolist() == pytest.approx([0.1, 0.1])
    assert names["voltage"].signal.shape == (12, 2600)
    assert names["change"].units == "dF/F"
    assert names["change"].signal.attrs["neuropil_factor"] == 0.7
    of_matlab = names["of_matlab"].signal
    cells = np.load("cells.npy")
    expected = np.concatenate([cells[:, 30:151], cells[:, 150:271]])
    assert of_matlab.to_numpy() == pytest.approx(expected, abs=1e-6)
    of_table = names["cut"].signal
    assert of_table.to_numpy() == pytest.approx(expected[::2], abs=1e-6)
    assert names["by_rows"].signal.to_numpy().tolist() == [[5, 6], [5, 7]]
    assert names["by_rows"].conditions["angle"].tolist() == [0, 90]
    told = set(re.findall(r"`(\w+)`", PAGE)) | {"time_to_peak_recording"}
    labels = {"candidate", "cell_type", "condition", "intensity", "units", "n_trials", "n_samples"}
    assert set(table.columns) - labels <= told
    model = names["model"].signal
    assert (model.to_numpy() == names["responses"].voltage.sel(cell_type="Mi1")[0]).all()
    plt.close("all")
