"""Which reader is for which file, and what is no file at all."""

import os

import pytest

import neuroflysim as nfs
from neuroflysim.recordings import (
    load_csv,
    load_neo,
    load_nwb,
    load_nwb_intervals,
    recording_contents,
)
from neuroflysim.recordings.readers import READERS

TABLE = "time (s),v (mV)\n0,1\n1,2\n"


@pytest.mark.parametrize("name", ["cell.CSV", "cell.Csv", "two.dots.csv", "a b.csv", "\u00e9.csv"])
def test_the_suffix_says_how_a_file_is_read_in_capitals_or_not(name, tmp_path):
    (tmp_path / name).write_text(TABLE)
    assert nfs.load_recording(tmp_path / name).units == "mV"
    assert nfs.load_recording(str(tmp_path / name)).signal["file"].item() == name


@pytest.mark.parametrize("name", ["cell", "cell.", ".csv", "cell.xyz", "cell.csv.gz"])
def test_a_file_without_a_reader_says_which_there_are(name, tmp_path):
    (tmp_path / name).write_text(TABLE)
    for call in (nfs.load_recording, recording_contents):
        with pytest.raises(nfs.InvalidValueError, match=r"no reader for .*\.abf.*load_neo"):
            call(tmp_path / name)
    with pytest.raises(nfs.InvalidValueError, match=r"neo has no reader|cannot be read by neo"):
        load_neo(tmp_path / name)


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_folders_pipes_and_devices_are_no_recordings(suffix, tmp_path):
    (tmp_path / f"folder{suffix}").mkdir()
    os.mkfifo(tmp_path / f"pipe{suffix}")
    (tmp_path / f"device{suffix}").symlink_to("/dev/zero")
    (tmp_path / f"broken{suffix}").symlink_to(tmp_path / "nothing")
    for name, said in (
        (f"folder{suffix}", "is a folder"),
        (f"pipe{suffix}", "is a pipe"),
        (f"device{suffix}", "is a device"),
        (f"broken{suffix}", "no such file"),
        ("x" * 5000 + suffix, "cannot be read"),
        (f"zero\0byte{suffix}", "cannot be read"),
    ):
        for call in (nfs.load_recording, recording_contents, READERS[suffix].load):
            with pytest.raises(nfs.InvalidValueError, match=said):
                call(tmp_path / name)


@pytest.mark.parametrize("call", [nfs.load_recording, load_csv, load_neo, load_nwb,
                                  load_nwb_intervals, recording_contents])  # fmt: skip
@pytest.mark.parametrize("path", [None, 3, b"cell.csv", ["cell.csv"]])
def test_what_is_no_path_is_told(call, path):
    with pytest.raises(nfs.InvalidTypeError, match="a file name is needed"):
        call(path)


@pytest.mark.parametrize("suffix", sorted(READERS))
@pytest.mark.parametrize("content", [b"", b"\0" * 600, b"\x89HDF\r\n\x1a\n" + b"\xff" * 600,
                                     bytes(range(256)) * 8, b"ABF2" + b"\x01" * 9000])  # fmt: skip
def test_junk_is_refused_in_a_sentence_that_names_the_file(suffix, content, tmp_path):
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(content)
    for call in (nfs.load_recording, recording_contents):
        with pytest.raises(nfs.InvalidValueError, match=f"junk{suffix}") as caught:
            call(path)
        assert len(str(caught.value)) < 700
