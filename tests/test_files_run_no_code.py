"""Nothing that a stranger's file says is run: not by one reader of the package."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from brian2 import hertz, ms

import neuroflysim as nfs
from neuroflysim.flow import movie_with_flow, photographs, read_flo
from neuroflysim.quantity_text import parse_quantity, parse_value
from neuroflysim.recordings import load_neo, load_nwb_intervals, recording_contents


class Payload:
    """Touches a file when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


def array_of_objects(marker, save, **names):
    file = io.BytesIO()
    content = np.array([Payload(marker)], dtype=object)
    if names:
        np.savez(file, allow_pickle=True, **dict.fromkeys(names, content))
    else:
        np.save(file, content, allow_pickle=True)
    return file.getvalue()


def python(marker):
    return f"__import__('pathlib').Path({str(marker)!r}).touch()"


#: What a file may hold that a careless reader would run.
CONTENTS = {
    **{
        f"pickle {protocol}": lambda marker, p=protocol: pickle.dumps(Payload(marker), p)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "array": lambda marker: array_of_objects(marker, np.save),
    "arrays": lambda marker: array_of_objects(marker, np.savez, voltage=None, data=None),
    "python": lambda marker: python(marker).encode(),
    "table": lambda marker: (
        f'time (s),v (mV)\n0,"{python(marker)}"\n"{python(marker)}",1\n'.encode()
    ),
    "yaml": lambda marker: f"a: !!python/object/apply:pathlib.Path.touch [{marker}]\n".encode(),
    "yaml call": lambda marker: (
        f'title: !!python/object/apply:os.system ["touch {marker}"]\n'.encode()
    ),
    "json": lambda marker: (
        f'{{"py/object/apply": "os.system", "version": "{python(marker)}"}}'.encode()
    ),
}


def movie(path):
    return nfs.protocols.movie(path, frame_rate=10 * hertz, degrees_per_pixel=1)


def with_flow(folder):
    return movie_with_flow(folder, folder, degrees_per_pixel=1, frame_rate=10 * hertz)


#: Each reader of files, and the suffixes that it is for.
READERS = {
    nfs.load_recording: [".csv", ".tsv", ".nc", ".nwb", ".abf", ".pkl", ".npy"],
    recording_contents: [".csv", ".nc", ".nwb", ".abf"],
    load_nwb_intervals: [".nwb"],
    load_neo: [".pkl", ".pickle", ".abf", ".mat", ".h5", ".npy"],
    nfs.load_responses: [".nc", ".npz", ".pkl"],
    nfs.load_dynamics: [".json"],
    nfs.load_protocol: [".json"],
    nfs.load_parameters: [".json", ".csv", ".npz", ".h5", ".pkl"],
    read_flo: [".flo"],
    nfs.protocols.natural_image: [".png", ".npy", ".tif"],
    movie: [".gif", ".npy", ".tif"],
}

#: Each reader of folders, and the files that it looks for.
FOLDERS = {
    nfs.load_connectome: ["cell_types.csv", "connections.csv", "offsets.csv", "provenance.json"],
    nfs.load_ensemble: ["ensemble.json", "models.csv", "000.json", "000.csv"],
    nfs.load_study: ["study.yaml", "measurements.csv"],
    photographs: ["a.png", "a.npy"],
    with_flow: ["a.png", "a.flo"],
}


@pytest.mark.parametrize("content", CONTENTS)
def test_no_reader_runs_what_a_file_holds(content, tmp_path):
    marker = tmp_path / "marker"
    written = CONTENTS[content](marker)
    for read, suffixes in READERS.items():
        for suffix in suffixes:
            path = tmp_path / f"file{suffix}"
            path.write_bytes(written)
            with pytest.raises(Exception):  # noqa: B017  which one, other tests ask
                read(path)
            assert not marker.exists(), (read.__name__, suffix)
    for read, names in FOLDERS.items():
        folder = tmp_path / read.__name__
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(written)
        with pytest.raises(Exception):  # noqa: B017
            read(folder)
        assert not marker.exists(), read.__name__


def test_the_payloads_would_run_where_they_are_run(tmp_path):
    for content in ("pickle 0", "pickle 5", "python"):
        marker = tmp_path / content
        written = CONTENTS[content](marker)
        exec(written) if content == "python" else pickle.loads(written)
        assert marker.exists()
    marker = tmp_path / "array"
    np.load(io.BytesIO(CONTENTS["array"](marker)), allow_pickle=True)
    assert marker.exists()


def test_equations_and_values_that_are_typed_are_no_programs(tmp_path):
    marker = tmp_path / "marker"
    code = python(marker)
    for make in (
        lambda: nfs.Dynamics(f"dv/dt = (-v + {code}) / (10*ms) : 1"),
        lambda: nfs.Dynamics(f"dv/dt = -v / tau : 1\ntau = {code} : second"),
        lambda: nfs.Protocol(f"luminance = {code} : 1", duration=100 * ms),
        lambda: nfs.Protocol(f"luminance = ().__class__.{code} : 1", duration=100 * ms),
        lambda: parse_quantity(code),
        lambda: parse_value(code),
        lambda: parse_value(f"({code}, 1)"),
    ):
        with pytest.raises(Exception):  # noqa: B017
            make()
        assert not marker.exists()
