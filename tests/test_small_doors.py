"""What one would type first works: choosing responses, one cell type to record, other shapes."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import Hz, ms, mV, second

import neuroflysim as nfs
from neuroflysim.errors import InvalidValueError, NeuroFlySimError


@pytest.fixture(scope="module")
def central():
    """Responses of two candidates, four conditions, three times and two cell types."""
    voltage = xr.DataArray(
        np.arange(48.0).reshape(2, 4, 3, 2),
        dims=("candidate", "condition", "time", "cell_type"),
        coords={
            "time": [0.0, 0.1, 0.2],
            "cell_type": ["T4a", "T5a"],
            "angle": ("condition", [0, 0, 90, 90]),
            "intensity": ("condition", [0, 1, 0, 1]),
            "parameters_sha256": ("candidate", ["a" * 64, "b" * 64]),
        },
    )
    return nfs.Responses(voltage, {"adaptation": -voltage})


def everywhere(central):
    """The same with two T4a and one T5a."""
    voltage = central.voltage.drop_vars("cell_type").isel(cell_type=[0, 1, 1])
    voltage = voltage.rename(cell_type="neuron")
    columns = {"u": ("neuron", [0, 1, 0]), "v": ("neuron", [0, 0, 0])}
    return nfs.Responses(
        voltage.assign_coords(cell_type=("neuron", ["T4a", "T4a", "T5a"]), **columns)
    )


def test_the_name_of_a_cell_type_gives_its_responses(central):
    xr.testing.assert_identical(central["T5a"], central.voltage.sel(cell_type="T5a"))
    of_neurons = everywhere(central)
    xr.testing.assert_identical(of_neurons["T4a"], of_neurons.voltage.isel(neuron=[0, 1]))
    with pytest.raises(
        InvalidValueError, match="no 'Mi1' in these responses, but 'voltage', 'adap"
    ):
        central["Mi1"]
    for responses in (central, of_neurons):
        with pytest.raises(InvalidValueError, match="Did you mean 'T4a'"):
            responses["t4a"]
    with pytest.raises(InvalidValueError, match=r"sel\(cell_type=\['T4a', 'T5a'\]\)"):
        central[["T4a", "T5a"]]


def test_labels_choose_all_that_is_held(central):
    found = central.sel(angle=90, cell_type="T5a", time=slice(0.1, None))
    expected = central.voltage.isel(condition=[2, 3], cell_type=[1], time=[1, 2])
    xr.testing.assert_identical(found.voltage, expected)
    xr.testing.assert_identical(found["adaptation"], -expected)
    both = central.sel(angle=[0, 90], intensity=1)
    assert both.voltage["angle"].to_numpy().tolist() == [0, 90]
    for plain, with_unit in (
        (slice(0, 0.1), slice(0 * ms, 100 * ms)), (0.16, 160 * ms), ([0.0, 0.2], [0, 200] * ms),
        (slice(None, 0.1), slice(None, 100 * ms)), ([0.0, 0.2], [0 * ms, 200 * ms]),
    ):  # fmt: skip
        of_plain = central.sel(time=plain).voltage
        xr.testing.assert_identical(central.sel(time=with_unit).voltage, of_plain)
    assert central.sel(time=0.16).voltage["time"].to_numpy().tolist() == [0.2]
    assert everywhere(central).sel(cell_type="T4a", u=1).voltage.sizes["neuron"] == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"angle": 45}, "angle is 45, but these responses have 0, 90"),
        ({"cell_type": "T4"}, r"have 'T4a', 'T5a'\. Did you mean 'T4a'"),
        ({"time": 3 * mV}, "time is 3. mV, but must be seconds"),
        ({"speed": 3}, "a label of these responses is 'speed'"),
        ({"time": slice(-100 * ms, 500)}, r"slice\(-100\. ms, 500\): some of it with a unit"),
        ({"time": [0.1, 200 * ms]}, "some of it with a unit and some without"),
        ({"time": slice("a", "b")}, "an end of the slice of time is 'a', but must be a number"),
        ({"time": "a"}, "time is 'a', but must be a number"),
        ({"time": slice(0, 0.2, 0.1)}, "a slice of labels has no step"),
        ({"cell_type": slice(0, 2)}, "slice of cell_type is 0, but must be a name"),
        ({"angle": 90 * ms}, "angle is 90. ms, but must be plain numbers"),
        ({"u": 2}, 'record="all"'),
        ({"columns": [(0, 0)]}, 'record="all"'),
    ],
)
def test_a_label_that_is_not_there_is_told(central, wrong, told):
    with pytest.raises(NeuroFlySimError, match=told):
        central.sel(**wrong)


def test_an_end_of_a_slice_that_is_zero_needs_no_unit(central):
    found = central.sel(time=slice(0, 100 * ms)).voltage
    xr.testing.assert_identical(found, central.voltage.isel(time=[0, 1]))


def test_labels_with_units_are_chosen_by_quantities(central):
    speed = xr.Variable("condition", [1.0, 1.0, 2.0, 2.0], {"units": "s^-1"})
    labelled = nfs.Responses(central.voltage.assign_coords(speed=speed))
    for wanted in (2, 2 * Hz, slice(1.5 * Hz, None)):
        assert labelled.sel(speed=wanted).voltage["angle"].to_numpy().tolist() == [90, 90]
    with pytest.raises(NeuroFlySimError, match=r"speed is 2\. s, but must be per second"):
        labelled.sel(speed=2 * second)


def of_hexagon():
    """Responses of two types in the seven columns of extent 1, each its own number."""
    u, v = nfs.Lattice(extent=1).columns.T
    labels = {"cell_type": ["T4a"] * 7 + ["T5a"] * 7, "u": [*u, *u], "v": [*v, *v]}
    return nfs.Responses(
        xr.DataArray(
            np.arange(42.0).reshape(1, 1, 3, 14),
            dims=("candidate", "condition", "time", "neuron"),
            coords={"time": [0.0, 0.1, 0.2]} | {k: ("neuron", x) for k, x in labels.items()},
        )
    )


def test_columns_are_chosen_by_pairs_and_u_and_v_one_after_the_other():
    everywhere = of_hexagon()
    pairs = everywhere.sel(cell_type="T4a", columns=[(0, 0), (1, -1)]).voltage
    chosen = sorted(zip(pairs["u"].to_numpy(), pairs["v"].to_numpy(), strict=True))
    assert chosen == [(0, 0), (1, -1)] and set(pairs["cell_type"].to_numpy()) == {"T4a"}
    for u, v, values in zip(pairs["u"], pairs["v"], pairs.transpose("neuron", ...), strict=True):
        of_one = everywhere.sel(cell_type="T4a", u=int(u), v=int(v)).voltage
        assert values.to_numpy().ravel().tolist() == of_one.to_numpy().ravel().tolist()
    assert everywhere.sel(cell_type="T4a", u=[0, 1], v=[0, -1]).voltage.sizes["neuron"] == 4
    with pytest.raises(
        InvalidValueError, match=r"no cell of these responses is at column \(1, 1\)"
    ):
        everywhere.sel(columns=(1, 1))


def test_one_cell_of_each_type_is_the_central_one_or_that_of_a_chosen_column():
    everywhere = of_hexagon()
    at_edge = everywhere.sel(u=1, v=-1)
    expected = at_edge.voltage.to_numpy()
    assert (at_edge.one_of_each_type()["T5a"].to_numpy() == expected[..., 1]).all()
    xr.testing.assert_identical(everywhere.one_of_each_type().voltage, everywhere.central().voltage)
    for none in (at_edge.central, everywhere.sel(u=1).one_of_each_type):
        with pytest.raises(
            InvalidValueError, match=r"no cell at column \(0, 0\), but cells at \(1"
        ):
            none()


def test_places_choose_all_that_is_held_and_dimensions_stay(central):
    found = central.isel(candidate=1, condition=[0, 3], time=slice(1, 2))
    expected = central.voltage.isel(candidate=[1], condition=[0, 3], time=[1])
    xr.testing.assert_identical(found.voltage, expected)
    xr.testing.assert_identical(found["adaptation"], -expected)
    with pytest.raises(InvalidValueError, match="a dimension of responses is 'angle'"):
        central.isel(angle=0)


def test_a_grid_is_made_of_responses_too(central):
    xr.testing.assert_identical(
        nfs.analysis.as_grid(central), nfs.analysis.as_grid(central.voltage)
    )


def test_a_table_has_the_checksums_once_and_no_number_is_lost(central, tmp_path):
    path = tmp_path / "responses.csv"
    central.save(path)
    first, second, head, *rows = path.read_text().splitlines()
    assert first == "# parameters_sha256 of candidate 0: " + "a" * 64
    assert second == "# parameters_sha256 of candidate 1: " + "b" * 64
    assert "sha256" not in head and not any("a" * 64 in row for row in rows)
    found = pd.read_csv(path, comment="#")
    expected = central.to_dataframe().drop(columns="parameters_sha256")
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.compile
def test_one_cell_type_is_recorded_and_the_connectome_is_that_of_the_parameters(start):
    how = {"parameters": start, "extent": 1, "time_step": 20 * ms, "initial": "rest"}
    flash = nfs.protocols.flash(stim_time=40 * ms, pre_time=20 * ms, tail_time=20 * ms)
    one = nfs.simulate(flash, record="T4a", **how)
    listed = nfs.simulate(flash, record=["T4a"], connectome=start.connectome, **how)
    xr.testing.assert_identical(one.voltage, listed.voltage)
    assert set(one.voltage["cell_type"].to_numpy()) == {"T4a"}
    with pytest.raises(InvalidValueError, match=r"a cell type or a list .* mean 'T4a' or"):
        nfs.simulate(flash, record="T4", **how)


@pytest.mark.compile
def test_frames_of_one_channel_are_frames(start):
    how = {"parameters": start, "extent": 1, "time_step": 20 * ms, "initial": "rest"}
    frames = np.random.default_rng(0).uniform(size=(2, 4, 7))
    plain, with_channel = (nfs.simulate(one, **how).voltage for one in (frames, frames[:, :, None]))
    xr.testing.assert_identical(plain, with_channel)


@pytest.mark.parametrize("shape", [(2, 5, 20, 30), (5, 20, 30)])
def test_pictures_are_sent_to_the_eye(start, shape):
    with pytest.raises(InvalidValueError, match=r"nfs.protocols.movie\(frames, frame_rate"):
        nfs.simulate(np.zeros(shape), parameters=start, extent=1)


def test_labels_that_pandas_keeps_in_arrays_of_arrow_can_be_picked_from(central):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    types = pd.array(["T4a", "T4a", "T5a"], dtype="string[pyarrow]")
    voltage = everywhere(central).voltage.assign_coords(cell_type=("neuron", types))
    picked = nfs.Responses(voltage).voltage[0, :, [0, 2], [1, 2]]
    assert picked["cell_type"].to_numpy().tolist() == ["T4a", "T5a"]


def test_a_time_that_was_not_recorded_is_no_other_one(central):
    assert central.sel(time=0.24).signal["time"].item() == 0.2  # the nearest sample
    for wanted in (0.5, -1, 400 * ms, float("nan")):
        with pytest.raises(InvalidValueError, match=r"these responses last from 0 s to 0\.2 s"):
            central.sel(time=wanted)
    for part in ({"time": slice(1, 2)}, {"angle": slice(100, 180)}):
        with pytest.raises(InvalidValueError, match="of these responses lies between"):
            central.sel(**part)
