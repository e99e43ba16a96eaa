"""Our own netCDF files: what comes back is what was written, or the file is refused."""

import hashlib
import warnings

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.files import netcdf


def _voltage(**attributes) -> xr.DataArray:
    return xr.DataArray(
        np.random.default_rng(0).normal(size=(2, 2, 5, 3)),
        dims=("candidate", "condition", "time", "cell_type"),
        coords={
            "time": ("time", np.arange(1, 6) * 0.02, {"units": "s"}),
            "cell_type": ["Mi1", "T4a", "T5a"],
            "bright": ("condition", [True, False]),
            "image": ("condition", ["tree", "Ångström"]),
            "parameters_sha256": ("candidate", ["a" * 64, "b" * 64]),
        },
        attrs={"units": "1", "time_step": 0.02, "size": [2, 3], **attributes},
        name="voltage",
    )


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "responses.nc"
    nfs.Responses(_voltage()).save(path)
    return path


def test_what_was_written_comes_back(saved):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = nfs.load_responses(saved).voltage
    xr.testing.assert_identical(again, _voltage())


def test_other_programs_read_the_file_and_have_checksums_of_blocks(saved):
    with h5py.File(saved) as file:
        assert file["voltage"].fletcher32
        assert np.array_equal(file["voltage"][:], _voltage())
    with xr.open_dataset(saved, engine="h5netcdf") as dataset:
        xr.testing.assert_equal(dataset["voltage"].load(), _voltage())


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
_floats = st.floats(allow_nan=False, allow_infinity=False, width=64)
_whole = st.integers(-(2**31), 2**31)
_attribute = st.one_of(
    _text, _floats, _whole, st.lists(_floats | _whole, min_size=1, max_size=3),
    st.lists(_text, min_size=1, max_size=3),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(_floats, min_size=2, max_size=2),
    dtype=st.sampled_from(["float64", "float32", "int16", "uint8", ">f8"]),
    labels=st.one_of(
        *(st.lists(one, min_size=2, max_size=2) for one in (_text, _floats, _whole, st.booleans()))
    ),
    attribute=_attribute,
)
def test_whatever_is_kept_comes_back(tmp_path_factory, numbers, dtype, labels, attribute):
    path = tmp_path_factory.mktemp("kept") / "array.nc"
    with np.errstate(all="ignore"):
        values = np.array(numbers).astype(dtype)
    array = xr.DataArray(
        values, dims="trial", coords={"label": ("trial", labels)}, attrs={"remark": attribute}
    )
    netcdf.write(array, "signal", path)
    again = netcdf.read(path, "signal")
    assert np.array_equal(again, values, equal_nan=True)
    assert again["label"].to_numpy().tolist() == labels
    remark = np.asarray(again.attrs["remark"]).tolist()
    assert np.ravel(remark).tolist() == np.ravel(attribute).tolist()


@pytest.mark.parametrize(
    ("value", "again"),
    [
        (np.array(["a", "b"]), ["a", "b"]), (np.array(["a", "b"], object), ["a", "b"]),
        (np.str_("a"), "a"), ([], []), (np.float32(0.1), np.float32(0.1)), (np.uint8(3), 3),
        (np.array(2.5), 2.5), ([1, 2.5], [1, 2.5]), ([""], ""),
    ],
)  # fmt: skip
def test_attributes_of_numpy_come_back_as_they_were(tmp_path, value, again):
    path = tmp_path / "a.nc"
    nfs.Responses(_voltage(remark=value)).save(path)
    assert np.asarray(nfs.load_responses(path).voltage.attrs["remark"]).tolist() == again


def test_every_flipped_byte_and_every_cut_is_seen(saved):
    content = saved.read_bytes()
    rng = np.random.default_rng(1)
    seal = len(netcdf.SEAL) + 65
    for at in rng.integers(0, len(content) - seal, 150):
        changed = bytearray(content)
        changed[at] ^= 1 << int(rng.integers(8))
        saved.write_bytes(changed)
        with pytest.raises(nfs.InvalidValueError, match="damaged"):
            nfs.load_responses(saved)
        saved.write_bytes(content[:at])
        with pytest.raises(nfs.InvalidValueError, match=r"responses\.nc"):
            nfs.load_responses(saved)


def _edited(path, change):
    with h5py.File(path, "r+") as file:
        change(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["voltage"].__setitem__((0, 0, 0, 0), 1.0),
        lambda file: file["voltage"].__setitem__((0, 0, 0, 0), np.nan),
        lambda file: file["time"].__setitem__(slice(None), file["time"][:][::-1]),
        lambda file: file["cell_type"].__setitem__(0, "Tm3"),
        lambda file: file["bright"].__setitem__(0, 0),
        lambda file: file.__delitem__("parameters_sha256"),
        lambda file: file["voltage"].attrs.__setitem__("time_step", 0.01),
        lambda file: file["time"].attrs.__setitem__("units", "ms"),
        lambda file: file.attrs.__delitem__("content_sha256"),
        lambda file: file.attrs.__setitem__("content_sha256", "0" * 64),
        lambda file: file.attrs.__delitem__("written_by"),
    ],
)
def test_what_a_program_changed_is_refused(saved, change):
    _edited(saved, change)
    with pytest.raises(nfs.InvalidValueError, match=r"responses\.nc"):
        nfs.load_responses(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.assign_coords(time=v.time[::-1].to_numpy()),
        lambda v: v.assign_coords(time=["a", "b", "c", "d", "e"]),
        lambda v: v.assign_coords(time=[0.02, 0.04, np.inf, 0.08, 0.1]),
        lambda v: v.where(v["cell_type"] != "T4a"),
        lambda v: v.where(v["cell_type"] != "T4a", np.inf),
        lambda v: v.astype(str),
        lambda v: v.astype(complex),
        lambda v: v.astype(bool),
        lambda v: v.assign_coords(parameters_sha256=("candidate", [1.0, np.nan])),
        lambda v: v.assign_coords(parameters_sha256=("candidate", ["A" * 64, "b" * 64])),
        lambda v: v.assign_coords(cell_type=[1, 2, 3]),
        lambda v: v.transpose("condition", "candidate", "time", "cell_type"),
    ],
)
def test_responses_are_finite_numbers_at_growing_times_of_named_cells(tmp_path, change):
    wrong = change(_voltage())
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError)):
        nfs.Responses(wrong).save(tmp_path / "ours.nc")
    path = tmp_path / "foreign.nc"
    if wrong.dtype.kind != "c":
        wrong.to_dataset(name="voltage").to_netcdf(path, engine="h5netcdf")
        with (
            pytest.warns(nfs.UncheckedFileWarning),
            pytest.raises(nfs.InvalidValueError, match=r"foreign\.nc"),
        ):
            nfs.load_responses(path)


def test_what_others_wrote_is_read_and_said_to_be_unchecked(tmp_path):
    path = tmp_path / "foreign.nc"
    signal = xr.DataArray(
        [[1.0, 2.0]], dims=("trial", "time"), coords={"time": [0.0, 0.1]}, attrs={"units": "mV"}
    )
    packed = {"signal": {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -1}}
    signal.to_dataset(name="signal").to_netcdf(path, engine="h5netcdf", encoding=packed)
    with pytest.warns(nfs.UncheckedFileWarning, match=r"foreign\.nc has no checksum"):
        recording = nfs.load_recording(path)
    assert recording.signal.to_numpy().tolist() == [[1.0, 2.0]]
    recording.save(path)  # what rounded in the foreign file does not round in ours
    assert (nfs.load_recording(path).signal == signal).all()


def test_values_that_are_declared_and_not_there_take_no_memory(tmp_path):
    path = tmp_path / "huge.nc"
    for options in ({"chunks": (1, 1, 1000, 1000)}, {}, {"chunks": True, "compression": "gzip"}):
        with h5py.File(path, "w") as file:
            file.create_dataset("voltage", (1000, 1000, 1000, 1000), "f8", **options)
        with pytest.raises(nfs.InvalidValueError, match=r"huge\.nc"):
            nfs.load_responses(path)


def test_files_that_are_no_netcdf_are_told_in_one_sentence(tmp_path):
    path = tmp_path / "note.nc"
    for content in (b"", b"hello", b"\x89HDF\r\n\x1a\n" + bytes(500), b"CDF\x01" + bytes(99)):
        path.write_bytes(content)
        with pytest.raises(nfs.InvalidValueError, match=r"note\.nc") as error:
            nfs.load_responses(path)
        assert "\n" not in str(error.value)
    with pytest.raises(nfs.InvalidValueError, match="no such file"):
        nfs.load_responses(tmp_path / "none.nc")


def test_a_recording_is_no_response_and_the_other_way(tmp_path, saved):
    with pytest.raises(nfs.InvalidValueError, match="load_responses"):
        nfs.load_recording(saved)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("remark", True), ("remark", None), ("remark", {"dye": "Alexa"}), ("remark", 1j),
        ("remark", [1, "a"]), ("remark", [[1, 2], [3, 4]]), ("remark", [True]),
        ("remark", np.datetime64("2020-01-01")), ("remark", "a\0b"), ("remark", 2**70),
        ("remark", b"bytes"), ("scale_factor", 2.0), ("a/b", 1), ("dtype", "bool"),
        ("DIMENSION_LIST", 1), (3, 1),
    ],
)  # fmt: skip
def test_attributes_that_netcdf_would_lose_are_refused_before_anything_is_lost(
    tmp_path, name, value
):
    path = tmp_path / "old.nc"
    path.write_bytes(b"old")
    with pytest.raises(nfs.NeuroFlySimError, match=str(name)):
        nfs.Responses(_voltage(**{name: value}) if isinstance(name, str) else
                      _voltage().assign_attrs({name: value})).save(path)  # fmt: skip
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    "labels", [[None, "a"], [1, "a"], [1j, 2], np.array(["2020", "2021"], "M8[D]"), ["a\0", "b"]]
)
def test_labels_that_netcdf_would_change_are_refused(tmp_path, labels):
    labels = np.array(labels, object) if isinstance(labels, list) else labels
    voltage = _voltage().assign_coords(day=("condition", labels))
    with pytest.raises(nfs.NeuroFlySimError, match="day"):
        nfs.Responses(voltage).save(tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())


def test_the_seal_is_that_of_all_bytes_before_it(saved):
    content = saved.read_bytes()
    image, told = content.rsplit(netcdf.SEAL, 1)
    assert hashlib.sha256(image).hexdigest().encode() + b"\n" == told
