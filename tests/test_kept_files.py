"""Files that earlier versions wrote are read by this one, and mean what they say.

tests/write_kept_files.py wrote them. What they say is read here by json, csv and h5py alone.
"""

import csv
import json
import shutil
from pathlib import Path
from runpy import run_path

import h5py
import numpy as np
import pytest
from brian2 import second, volt

import neuroflysim as nfs
from neuroflysim.dynamics import dynamics_files
from neuroflysim.ensembles import reading
from neuroflysim.files import netcdf
from neuroflysim.fit import record
from neuroflysim.parameters import formats
from neuroflysim.stimulus import protocol_files

HERE = Path(__file__).parent
KEPT = sorted((HERE / "data").glob("written_by_*"))
FORMATS = {
    formats.FORMAT: "parameters/model.json",
    reading.FORMAT: "ensemble/ensemble.json",
    record.FORMAT: "fit/fit.json",
    netcdf.FORMAT: "responses/responses.nc",
    dynamics_files.FORMAT: "dynamics/kept.json",
    protocol_files.FORMAT: "protocol/flash.json",
}

each_version = pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name)


@pytest.fixture
def small():
    """The connectome that all of a version's files are of."""
    return lambda kept: nfs.load_connectome(kept / "connectome")


def said(path):
    """What a file of parameters says, by json alone."""
    return json.loads(path.read_text())


def same_parameters(found, path):
    text = said(path)
    assert found.time_constant.to_dict() == text["time_constant_s"]
    assert found.resting_potential.to_dict() == text["resting_potential"]
    strengths = {
        (source, target): value
        for target, inputs in text["synapse_strength"].items()
        for source, value in inputs.items()
    }
    assert found.synapse_strength.to_dict() == strengths


def format_in(path):
    if path.suffix == ".nc":
        with h5py.File(path) as file:
            return file.attrs["format"]
    return said(path)["format"]


@each_version
def test_parameters_of_earlier_versions_are_read(kept, small):
    folder = kept / "parameters"
    found = nfs.load_parameters(folder / "model.json", small(kept))
    same_parameters(found, folder / "model.json")
    with (folder / "model.csv").open(newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    table = nfs.load_parameters(folder / "model.csv", small(kept))
    assert table == found
    assert [float(row["value"]) for row in rows] == table.to_vector().tolist()


@each_version
def test_ensembles_of_earlier_versions_are_read(kept, small):
    ensemble = nfs.load_ensemble(kept / "ensemble", small(kept))
    with (kept / "ensemble" / "models.csv").open(newline="") as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    assert ensemble.table.index.tolist() == list(rows)
    assert ensemble.table["r2"].tolist() == [float(row["r2"]) for row in rows.values()]
    assert ensemble.names == ["000", "002"]
    for name in ensemble.names:
        same_parameters(ensemble[name], kept / "ensemble" / f"{name}.json")
    same_parameters(ensemble.start, kept / "ensemble" / "start.json")


@each_version
def test_fits_of_earlier_versions_are_read_whatever_wrote_them(kept, small, monkeypatch):
    monkeypatch.setattr("neuroflysim.fit.identity.__version__", "99")
    fit = nfs.load_fit(kept / "fit", connectome=small(kept))
    assert fit.record == said(kept / "fit" / "fit.json")
    assert (fit.r2, fit.stable, fit.folder) == (0.25, True, kept / "fit")
    same_parameters(fit.parameters, kept / "fit" / "parameters.json")
    with (kept / "fit" / "learning_curve.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in rows[0]:
        assert fit.learning_curve[name].tolist() == [float(row[name]) for row in rows]


@each_version
def test_responses_and_recordings_of_earlier_versions_are_read(kept):
    voltage = nfs.load_responses(kept / "responses" / "responses.nc").voltage
    signal = nfs.load_recording(kept / "recording" / "cell.nc").signal
    for found, name, path in (
        (voltage, "voltage", "responses/responses.nc"),
        (signal, "signal", "recording/cell.nc"),
    ):
        with h5py.File(kept / path) as file:
            assert found.to_numpy().tobytes() == file[name][()].tobytes()
            assert found["time"].to_numpy().tobytes() == file["time"][()].tobytes()
            units = [text.decode() for text in file["cell_type"][()].ravel().tolist()]
            assert found["cell_type"].to_numpy().ravel().tolist() == units


@each_version
def test_dynamics_of_earlier_versions_are_read(kept):
    found, text = (read(kept / "dynamics" / "kept.json") for read in (nfs.load_dynamics, said))
    for name in ("name", "equations", "reference", "initial", "modulators"):
        assert getattr(found, name) == text[name]
    scale, shift = found.constants["scale"], found.constants["shift"]
    assert float(scale / volt) == text["constants"]["scale"]["value"]
    assert shift == text["constants"]["shift"]["values"]
    inputs = {
        name: {"sign": each.sign, "where": dict(each.where), "of": each.of}
        for name, each in found.inputs.items()
    }
    for each in text["inputs"].values():
        each["where"] = {column: tuple(values) for column, values in each["where"].items()}
    assert inputs == text["inputs"]
    assert text["parameters"].keys() == found.parameters.keys()
    for name, block in text["parameters"].items():
        for key in ("default", "lowest", "highest", "scale", "by_type"):
            assert getattr(found.parameters[name], key) == block[key]
    units = {name: each.unit for name, each in found.parameters.items()}
    assert units == {"strength": 1, "memory": second}


@each_version
def test_protocols_of_earlier_versions_are_read(kept):
    found, text = (read(kept / "protocol" / "flash.json") for read in (nfs.load_protocol, said))
    for name in ("name", "equations", "reference", "background"):
        assert getattr(found, name) == text[name]
    assert [float(getattr(found, name)) for name in protocol_files.TIMES] == [
        text[name] for name in protocol_files.TIMES
    ]
    (intensity,) = [each for each in text["parameters"] if each["name"] == "intensity"]
    assert found.conditions["intensity"].tolist() == intensity["values"] == [0, 1]


def test_each_format_that_is_written_has_a_file_that_is_kept():
    there = {format_in(kept / name) for kept in KEPT for name in FORMATS.values()}
    assert set(FORMATS) <= there, "run tests/write_kept_files.py for this version"


@pytest.mark.parametrize(("told", "name"), FORMATS.items())
def test_a_file_of_a_later_format_is_refused_by_that_word(told, name, tmp_path, small):
    kept, later = KEPT[-1], f"{told.rsplit(' ', 1)[0]} 99"
    folder = shutil.copytree(kept, tmp_path / "copy")
    path = folder / name
    if path.suffix == ".nc":
        with h5py.File(path, "r+") as file:
            file.attrs["format"] = later
    else:
        path.write_text(path.read_text().replace(told, later))
    load = {
        "parameters": lambda: nfs.load_parameters(path, small(kept)),
        "ensemble": lambda: nfs.load_ensemble(path.parent, small(kept)),
        "fit": lambda: nfs.load_fit(path.parent, connectome=small(kept)),
        "responses": lambda: nfs.load_responses(path),
        "dynamics": lambda: nfs.load_dynamics(path),
        "protocol": lambda: nfs.load_protocol(path),
    }[path.parent.name]
    with pytest.raises(nfs.InvalidValueError, match=f"its format is '{later}'"):
        load()


def test_a_fit_that_is_not_finished_is_no_fit_yet(tmp_path, small):
    folder = shutil.copytree(KEPT[-1] / "fit", tmp_path / "fit")
    (folder / "checkpoint").touch()
    with pytest.raises(nfs.InvalidValueError, match=r"no finished fit.*resume=True"):
        nfs.load_fit(folder, connectome=small(KEPT[-1]))


def test_the_script_still_writes_what_is_kept(tmp_path):
    assert KEPT[-1].name.removeprefix("written_by_") == nfs.__version__.partition(".dev")[0]
    run_path(str(HERE / "write_kept_files.py"))["write"](tmp_path / "new")
    names = [
        sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        for folder in (tmp_path / "new", KEPT[-1])
    ]
    assert names[0] == names[1]
    for path in names[0]:
        assert np.isclose(
            *((at / path).stat().st_size for at in (tmp_path / "new", KEPT[-1])), rtol=0.2
        )
