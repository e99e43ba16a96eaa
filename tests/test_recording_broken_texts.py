"""Bytes that are no UTF-8 in names and texts of files: told with their place, or shown as "?"."""

import os

import h5py
import numpy as np
import pandas as pd
import pytest
from brian2 import Hz

import neuroflysim as nfs
from neuroflysim.recordings import load_neo, recording_contents

#: What Python makes of a byte that is no UTF-8, in a name of a file, say.
BROKEN = "\udcff"
FEW = {"rate": 10 * Hz, "unit": "mV"}


def write_csv(path):
    with open(path, "w") as file:
        file.write("time (ms),first (mV)\n0,-60\n10,-58\n")


def write_numpy(path):
    np.save(path, np.arange(5.0))


@pytest.mark.parametrize(
    ("suffix", "write", "options"), [(".csv", write_csv, {}), (".npy", write_numpy, FEW)]
)
def test_a_file_with_a_broken_name_is_read_and_its_label_can_be_kept(
    suffix, write, options, tmp_path
):
    path = os.path.join(tmp_path, f"cell{BROKEN}{suffix}")
    try:
        write(path)
    except (OSError, UnicodeError):
        pytest.skip("this file system has no such names")
    recording = nfs.load_recording(path, cell_type="Mi1", **options)
    assert recording.signal["file"].item() == f"cell?{suffix}"
    assert f"cell?{suffix}" in recording.to_dataframe()["file"].tolist()
    recording.save(tmp_path / "again.nc")
    again = nfs.load_recording(tmp_path / "again.nc")
    assert again.signal.identical(recording.signal)
    assert len(recording_contents(path)) == 1


@pytest.mark.parametrize("options", [{"cell_type": BROKEN}, {"conditions": {"eye": f"a{BROKEN}"}}])
def test_a_broken_word_for_a_label_is_told_with_its_name(options):
    name = next(iter(options))
    with pytest.raises(nfs.InvalidValueError, match=rf"{name}.*udcff.*no text in UTF-8"):
        nfs.Recording.from_array(np.arange(5.0), **FEW, **options)


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_broken_text_in_a_table_is_told_with_its_line(suffix, tmp_path):
    table = b"time (ms),trial,eye,v (mV)\n0,1,left,1\n1,1,l\xfft,2\n"
    path = tmp_path / f"a{suffix}"
    path.write_bytes(table.replace(b",", b"\t") if suffix == ".tsv" else table)
    for read in (nfs.load_recording, recording_contents):
        with pytest.raises(nfs.InvalidValueError, match=rf"a\{suffix}, line 3: is not UTF-8"):
            read(path)


def test_a_broken_text_in_parquet_is_told_with_its_column(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    pd.DataFrame(
        {"time (s)": [0.0, 0.1], "trial": [1, 1], "eye": ["leftover"] * 2, "v (mV)": [1.0, 2.0]}
    ).to_parquet(path, compression=None)
    path.write_bytes(path.read_bytes().replace(b"leftover", b"left\xff\xffer"))
    for read in (nfs.load_recording, recording_contents):
        with pytest.raises(nfs.InvalidValueError, match=r"a\.parquet: the column 'eye' is damaged"):
            read(path)


def test_a_broken_name_in_a_matlab_file_is_told(tmp_path):
    path = tmp_path / "a.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset(b"b\xff", data=np.arange(4.0))
    with pytest.raises(nfs.InvalidValueError, match=r"a\.mat cannot be read"):
        recording_contents(path)


def test_a_broken_name_of_a_channel_is_shown_with_question_marks(tmp_path, monkeypatch):
    neo, quantities = pytest.importorskip("neo"), pytest.importorskip("quantities")
    path = tmp_path / "a.mat"
    segment = neo.Segment()
    segment.analogsignals.append(
        neo.AnalogSignal([[-60.0], [-59.0]], units="mV", sampling_rate=1 * quantities.kHz, name="V")
    )
    block = neo.Block()
    block.segments.append(segment)
    neo.NeoMatlabIO(str(path)).write_block(block)
    read_block = neo.NeoMatlabIO.read_block

    def broken(self, *args, **options):
        found = read_block(self, *args, **options)
        found.segments[0].analogsignals[0].name = f"V{BROKEN}"
        return found

    monkeypatch.setattr(neo.io.NeoMatlabIO, "read_block", broken)
    recording = load_neo(path, cell_type="Mi1")
    assert recording.to_dataframe()["channel"].tolist() == ["V?", "V?"]
    assert recording.time_step * 1000 == pytest.approx(1)


def test_a_broken_text_of_a_study_is_told_with_its_line(tmp_path):
    (tmp_path / "study.yaml").write_text('title: "a\\udcffb"\n')
    with pytest.raises(nfs.NeuroFlySimError, match=r"study.yaml, line 1.*Unicode"):
        nfs.load_study(tmp_path)
