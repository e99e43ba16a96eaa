"""A damaged file of HDF5 is told, and keeps nobody for ever."""

import h5py
import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim.errors import InvalidValueError
from neuroflysim.files.hdf5_heaps import require_sound_heaps


def written(path, texts):
    with h5py.File(path, "w") as file:
        file["texts"] = np.array(texts, dtype=object)
        file["numbers"] = np.arange(1000.0)
    return path


@pytest.mark.parametrize("n", [1, 30, 2000])
def test_heaps_that_hdf5_wrote_are_sound(n, tmp_path):
    path = written(tmp_path / "texts.h5", ["x" * k for k in range(1, n + 1)])
    require_sound_heaps(path)
    with h5py.File(path, "r+") as file:  # leaves free space between
        file["texts"][: n // 2 + 1] = "another, longer text than before"
    require_sound_heaps(path)


def test_a_heap_whose_pieces_have_no_length_is_refused_before_hdf5_opens_it(tmp_path):
    path = written(tmp_path / "responses.nc", ["T4a", "T4b"])
    content = bytearray(path.read_bytes())
    first = content.index(b"GCOL") + 16
    content[first : first + 16] = bytes(16)
    path.write_bytes(content)
    for read in (nfs.load_responses, nfs.load_recording):
        with pytest.raises(InvalidValueError, match=r"responses\.nc is damaged"):
            read(path)
    path = path.rename(tmp_path / "cell.nwb")
    with pytest.raises(InvalidValueError, match=r"cell\.nwb is damaged"):
        nfs.load_recording(path)
