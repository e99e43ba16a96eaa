"""Damage within a MATLAB file (v5) is told before SciPy reads it, which would end the process."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.io.matlab
from scipy import sparse
from scipy.io import loadmat, savemat

import neuroflysim as nfs
from neuroflysim.recordings import load_neo, recording_contents
from neuroflysim.recordings.mat_files import variables_of
from neuroflysim.recordings.mat_sound import require_sound

#: Files that MATLAB of many versions wrote, which SciPy is tested with.
OF_MATLAB = Path(scipy.io.matlab.__file__).parent / "tests" / "data"


def mat(variables, compressed=False):
    file = io.BytesIO()
    savemat(file, variables, do_compression=compressed)
    return file.getvalue()


def cell(*values):
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


FILES = {
    "numbers": {"a": np.arange(6.0), "z": np.array([1 + 2j, 3]), "i": np.int16([4, 5])},
    "structs": {
        "s": {"rate": 40.0, "n": {"m": "text"}},
        "t": np.array([(1.0, 2.0), (3.0, 4.0)], dtype=[("x", object), ("y", object)]),
    },
    "cells": {"c": cell("word", np.arange(3.0)), "w": "a fly", "p": sparse.csc_array(np.eye(2))},
}


@pytest.mark.skipif(not OF_MATLAB.is_dir(), reason="SciPy is installed without its tests")
def test_files_of_matlab_itself_are_sound_if_and_only_if_scipy_reads_them():
    disagree, n = [], 0
    for path in sorted(OF_MATLAB.glob("*.mat")):
        head = path.read_bytes()[:128]
        if not all(head[:4]) or head[124:126] == b"\0\2":
            continue  # version 4, version 7.3
        if path.name == "bad_miutf8_array_name.mat":
            continue  # letters of a name that SciPy refuses, and that do no harm
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = []
            for read in (loadmat, require_sound):
                try:
                    read(path)
                    told.append(True)
                except Exception:
                    told.append(False)
        n += told[0]
        if told[0] != told[1]:
            disagree.append(path.name)
    assert n > 80
    assert not disagree


def flags(kind, bits=0):
    return struct.pack("<3I", 6, 8, kind | bits << 8)


#: The file, what in it is replaced by what, and words of the error. SciPy ends the process on most.
DAMAGED = {
    "not complex": ("numbers", flags(6, 8), flags(6), "more than its class"),
    "complex": ("numbers", flags(6), flags(6, 8), "its imaginary part is not there"),
    "a matrix for numbers": ("numbers", struct.pack("<2I", 9, 48), struct.pack("<2I", 14, 48),
                             "real part is 48 bytes of kind 14"),
    "compressed for numbers": ("numbers", struct.pack("<2I", 9, 48), struct.pack("<2I", 15, 48),
                               "real part is 48 bytes of kind 15"),
    "too many numbers": ("numbers", struct.pack("<2i", 1, 6), struct.pack("<2i", 1, 7),
                         "48 bytes of kind 9, where its dimensions say 7"),
    "fewer than no numbers": ("numbers", struct.pack("<2i", 1, 6), struct.pack("<2i", 1, -6),
                              r"its dimensions are \(1, -6\)"),
    "numbers as cells": ("numbers", flags(6), flags(1), "stands in place of an array"),
    "no class": ("numbers", flags(6), flags(0), "its class is 0"),
    "more structs": ("structs", struct.pack("<2i", 1, 2), struct.pack("<2i", 1, 4),
                     "4 arrays, where its dimensions say 8"),
    "2**30 structs": ("structs", struct.pack("<2i", 1, 2), struct.pack("<2i", 1, 2**30),
                      "4 arrays, where its dimensions say"),
    "no length of names": ("structs", struct.pack("<2Hi", 5, 4, 5), struct.pack("<2Hi", 5, 4, 0),
                           "names of fields take"),
    "more cells": ("cells", struct.pack("<2i", 1, 2), struct.pack("<2i", 1, 3),
                   "2 arrays, where its dimensions say 3"),
    "a matrix for a text": ("cells", struct.pack("<2H", 16, 4), struct.pack("<2H", 14, 4),
                            "its text is of kind 14"),
    "a complex sparse one": ("cells", flags(5), flags(5, 8), "imaginary part"),
    "the order of bytes": ("cells", b"IM", b"IX", "does not end with IM or MI"),
}  # fmt: skip


def write_damaged(path, case):
    file, what, by, words = DAMAGED[case]
    content = mat(FILES[file])
    assert what in content
    path.write_bytes(content.replace(what, by, 1))
    return words


@pytest.mark.parametrize("case", DAMAGED)
def test_an_array_that_is_not_what_its_class_and_dimensions_say_is_told(case, tmp_path):
    words = write_damaged(tmp_path / "a.mat", case)
    with pytest.raises(nfs.InvalidValueError, match=rf"a\.mat.*{words}"):
        recording_contents(tmp_path / "a.mat")


def test_damage_is_told_before_neo_reads_a_matlab_file(tmp_path):
    pytest.importorskip("neo")
    words = write_damaged(tmp_path / "a.mat", "a matrix for numbers")
    with pytest.raises(nfs.InvalidValueError, match=rf"a\.mat.*{words}"):
        load_neo(tmp_path / "a.mat")


def test_texts_and_structs_without_data_take_no_room_that_nobody_has(tmp_path):
    path = tmp_path / "a.mat"
    head = mat({})[:128]
    for n in (10**6, 10**8):
        array = flags(4) + bytes(4) + struct.pack("<2I2i", 5, 8, 1, n)
        array += struct.pack("<2H4s", 1, 1, b"w") + struct.pack("<2I", 16, 0)
        path.write_bytes(head + struct.pack("<2I", 14, len(array)) + array)
        if n == 10**6:
            assert recording_contents(path)["holds"].tolist() == ["1 char"]
        else:
            with pytest.raises(nfs.InvalidValueError, match="100,000,000 elements, and none has"):
                recording_contents(path)


def test_arrays_within_arrays_without_end_are_told(tmp_path):
    value = np.array([[1.0]])
    for _ in range(60):
        value = cell(value)
    (tmp_path / "a.mat").write_bytes(mat({"c": value}))
    with pytest.raises(nfs.InvalidValueError, match="in more than 50 others"):
        recording_contents(tmp_path / "a.mat")


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("file", FILES)
def test_a_flipped_byte_is_told_or_leaves_what_can_be_read(file, compressed, tmp_path):
    path, whole = tmp_path / "a.mat", mat(FILES[file], compressed)
    told = 0
    for k in range(124, len(whole), 9):
        for value in (0, 14, 255, whole[k] ^ 8):
            damaged = bytearray(whole)
            damaged[k] = value
            path.write_bytes(damaged)
            try:
                variables_of(path)
            except nfs.NeuroFlySimError as error:
                assert "a.mat" in str(error)
                told += 1
    assert told > 30
