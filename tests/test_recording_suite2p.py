"""Folders as suite2p documents them: cells less their neuropil, and no pickle is run."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from brian2 import Hz, second
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.recordings import load_suite2p, recording_contents
from neuroflysim.recordings.suite2p_options import numbers_told

RNG = np.random.default_rng(0)
F = RNG.uniform(200, 900, (5, 300)).astype(np.float32)
NEUROPIL = RNG.uniform(50, 100, (5, 300)).astype(np.float32)
IS_CELL = np.array([[1, 0.93], [0, 0.2], [1, 0.71], [0, 0.4], [1, 0.99]])
CELLS = [0, 2, 4]
#: As suite2p keeps its options: a dictionary with numbers, texts, pictures and lists.
OPS = {
    "look_one_level_down": False, "fast_disk": [], "nplanes": 1, "nchannels": 1, "tau": 1.0,
    "fs": 15.5, "save_path": "/data/fly", "meanImg": RNG.normal(size=(8, 9)), "neucoeff": 0.7,
    "nframes": 300, "frames_per_file": np.array([300]), "xrange": [0, 9],
}  # fmt: skip


def write(folder, F=F, Fneu=NEUROPIL, iscell=IS_CELL, ops=OPS):
    """Write a folder by numpy, as suite2p's documentation says."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in (("F", F), ("Fneu", Fneu), ("iscell", iscell), ("ops", ops)):
        if values is not None:
            np.save(folder / f"{name}.npy", values, allow_pickle=True)
    return folder


def test_cells_are_read_less_seven_tenths_of_their_neuropil_and_the_record_tells_it(tmp_path):
    plane = write(tmp_path / "plane0")
    recording = nfs.load_recording(plane, cell_type="T4a")
    expected = (F.astype(float) - 0.7 * NEUROPIL.astype(float))[CELLS]
    assert recording.signal.to_numpy() == pytest.approx(expected, rel=1e-12)
    assert recording.signal.attrs["neuropil_factor"] == 0.7
    assert recording.units == "a.u."
    assert recording.time_step == pytest.approx(1 / 15.5)
    assert recording.signal["channel"].to_numpy().tolist() == ["roi 0", "roi 2", "roi 4"]
    assert set(recording.signal["file"].to_numpy()) == {"plane0"}
    same = nfs.load_recording(plane / "F.npy", rate=15.5 * Hz, unit="a.u.", cell_type="T4a")
    assert (same.signal.to_numpy() == F).all()  # one file of the folder is an array
    recording.save(tmp_path / "kept.nc")
    again = nfs.load_recording(tmp_path / "kept.nc")
    assert again.signal.attrs["neuropil_factor"] == 0.7


def test_the_factor_the_rate_and_the_cells_may_be_told(tmp_path):
    plane = write(tmp_path, ops={**OPS, "neucoeff": 0.5})
    assert load_suite2p(plane).signal.attrs["neuropil_factor"] == 0.5
    recording = load_suite2p(plane, neuropil_factor=0, rate=30 * Hz, cells=[3, 1])
    assert (recording.signal.to_numpy() == F[[3, 1]]).all()
    assert recording.time_step == pytest.approx(1 / 30)
    (plane / "ops.npy").unlink()
    (plane / "Fneu.npy").unlink()
    (plane / "iscell.npy").unlink()
    recording = load_suite2p(plane, neuropil_factor=0, rate=30 * Hz, cells="all")
    assert (recording.signal.to_numpy() == F).all()


def test_cells_are_cut_at_onsets_and_averaged(tmp_path):
    plane = write(tmp_path)
    recording = load_suite2p(
        plane, neuropil_factor=0, cell_type=["T4a", "T4b", "T4a"],
        onsets=[20, 40, 60] / (15.5 * Hz), before=5 / (15.5 * Hz), after=10 / (15.5 * Hz),
        conditions={"angle": [0, 90, 0]},
    )  # fmt: skip
    assert recording.signal.shape == (9, 16)
    assert recording.signal[0].to_numpy() == pytest.approx(F[0, 15:31], rel=1e-5)
    mean = nfs.recordings.average_trials(recording)["mean"].sel(cell_type="T4a").isel(condition=0)
    expected = np.mean([F[roi, at - 5 : at + 11] for roi in (0, 4) for at in (20, 60)], axis=0)
    assert mean.to_numpy() == pytest.approx(expected, rel=1e-5)


def test_the_command_lists_regions_and_which_are_cells(tmp_path):
    plane = write(tmp_path / "plane0")
    found = recording_contents(plane)
    assert found["channel"].tolist() == [f"roi {k}" for k in range(5)]
    assert found["holds"].str.startswith("cell").tolist() == [True, False, True, False, True]
    told = CliRunner().invoke(app, ["recording", str(plane)]).stdout
    assert "roi 2" in told
    assert "probability 0.71" in told


class Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


@pytest.mark.parametrize("protocol", range(6))
def test_numbers_are_found_in_a_pickle_that_is_not_run(protocol, tmp_path):
    marker = tmp_path / "marker"
    with open(tmp_path / "ops.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|O", "fortran_order": False, "shape": ()}
        )
        content = np.array({"run": Payload(marker), **OPS, "inner": {"tau": 2.0}}, dtype=object)
        pickle.dump(content, file, protocol)
    found = numbers_told(tmp_path / "ops.npy", ("fs", "neucoeff", "nframes", "tau", "meanImg"))
    assert found == {"fs": 15.5, "neucoeff": 0.7, "nframes": 300}  # tau stands there twice
    assert not marker.exists()
    plane = write(tmp_path / "plane", ops=None)
    (tmp_path / "ops.npy").rename(plane / "ops.npy")
    assert load_suite2p(plane).time_step == pytest.approx(1 / 15.5)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["F", "Fneu", "iscell"])
def test_an_array_of_objects_is_not_read(name, tmp_path):
    marker = tmp_path / "marker"
    objects = np.array([[Payload(marker)] * 2] * 2, dtype=object)
    plane = write(tmp_path, **{name: objects})
    with pytest.raises(nfs.InvalidValueError, match=f"{name}.npy is not read: .*a pickle"):
        load_suite2p(plane)
    assert not marker.exists()


#: What is written in place of a right folder, options, and words of the error.
WRONG = {
    "no F": ({"F": None}, {}, "holds no F.npy|not one that holds F.npy"),
    "no neuropil": ({"Fneu": None}, {}, "Fneu.npy: no such file"),
    "no cells told": ({"iscell": None}, {}, "cells='all'"),
    "none is a cell": ({"iscell": IS_CELL * [0, 1]}, {}, "calls none of 5 regions a cell"),
    "no rate": ({"ops": None}, {}, r"give rate=30\*Hz"),
    "a rate of an array": ({"ops": {"fs": np.array([3.0])}}, {}, r"give rate=30\*Hz"),
    "a rate of 0": ({"ops": {"fs": 0.0}}, {}, "0 frames in a second"),
    "neuropil of another run": ({"Fneu": NEUROPIL[:, 1:]}, {}, r"\(5, 299\), but F.npy \(5, 300\)"),
    "cells of another run": ({"iscell": IS_CELL[:3]}, {}, r"iscell.npy has the shape \(3, 2\)"),
    "cells of no truth": ({"iscell": IS_CELL + 0.5}, {}, "must have 0 or 1"),
    "frames of another run": ({"ops": {**OPS, "nframes": 9}}, {}, "tells of 9 frames, but F.npy"),
    "options of numbers": ({"ops": np.zeros(3)}, {}, "suite2p keeps its options"),
    "a trace alone": ({"F": F[0]}, {}, r"F.npy has the shape \(300,\)"),
    "a NaN": ({"F": np.where(F > 899, np.nan, F)}, {"cells": "all"}, "channel roi"),
    "a factor of 7": ({}, {"neuropil_factor": 7}, "neuropil_factor is 7"),
    "no such cell": ({}, {"cells": [5]}, "numbers from 0 to 4"),
    "cells of a word": ({}, {"cells": "some"}, "cells is 'some'"),
    "types too few": ({}, {"cell_type": ["T4a"]}, "1 values, but there are 3 rows"),
    "no window": ({}, {"onsets": [1, 2] * second}, "before is needed"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_files_that_do_not_fit_each_other_are_told(case, tmp_path):
    changed, options, words = WRONG[case]
    plane = write(tmp_path / "plane0", **changed)
    with pytest.raises(nfs.NeuroFlySimError, match=words):
        nfs.load_recording(plane, **options)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("name", ["F", "Fneu", "iscell", "ops"])
def test_a_file_that_was_cut_is_named(name, part, tmp_path):
    plane = write(tmp_path / "plane0")
    content = (plane / f"{name}.npy").read_bytes()
    (plane / f"{name}.npy").write_bytes(content[: int(part * len(content))])
    with pytest.raises(nfs.InvalidValueError, match=f"{name}.npy"):
        nfs.load_recording(plane)


def test_the_folder_above_names_the_planes_in_it(tmp_path):
    write(tmp_path / "suite2p" / "plane0")
    write(tmp_path / "suite2p" / "plane1")
    with pytest.raises(
        nfs.InvalidValueError, match=r"suite2p/plane0 and .*suite2p/plane1 would do"
    ):
        nfs.load_recording(tmp_path / "suite2p")
