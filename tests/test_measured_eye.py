"""An eye whose columns look where they were measured to look."""

import pickle

import numpy as np
import pandas as pd
import pytest
from brian2 import ms, second
from scipy.spatial.transform import Rotation

import neuroflysim as nfs
from neuroflysim.lattice import turned

REGULAR = nfs.Eye(4, 5.0)


def table_of(eye=REGULAR, directions=None):
    """Return the directions of an eye as a table."""
    made = pd.DataFrame(eye.directions if directions is None else directions, columns=[*"xyz"])
    return made.assign(u=eye.columns[:, 0], v=eye.columns[:, 1])


def measured(directions=None, eye=REGULAR, **options):
    return nfs.Eye.from_directions(table_of(eye, directions), **{"side": "left", **options})


PROTOCOLS = {
    "drifting grating": lambda: nfs.protocols.drifting_grating(stim_time=100 * ms),
    "moving edge": lambda: nfs.protocols.moving_edge(),
    "bar": lambda: nfs.protocols.bar_flash(),
    "picture": lambda: nfs.protocols.movie(
        np.random.default_rng(0).uniform(0, 1, (2, 30, 40)),
        field_of_view=60,
        frame_rate=10 / second,
    ),
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_directions_of_the_regular_lattice_give_the_frames_of_the_regular_eye(name):
    shown = PROTOCOLS[name]()
    own = shown.luminance(eye=measured(), time_step=10 * ms)
    regular = shown.luminance(eye=REGULAR, time_step=10 * ms)
    assert np.abs(own - regular).max() < 1e-7
    assert own.attrs["eye"] == "measured directions" and "eye" not in regular.attrs


def test_at_small_angles_a_sphere_is_a_plane():
    tiny = nfs.Eye(3, 0.2)
    # The plane that touches the sphere ahead: places are tangents, which is no map of ours.
    x, y = np.deg2rad(tiny.x), np.deg2rad(tiny.y)
    plane = np.stack([np.ones_like(x), -x, y], axis=1)
    eye = measured(plane / np.linalg.norm(plane, axis=1, keepdims=True), tiny)
    third_order = np.deg2rad(0.6) ** 2 / 3 * 0.6
    assert np.abs([eye.x - tiny.x, eye.y - tiny.y]).max() < 1.01 * third_order
    assert eye.column_angle == pytest.approx(0.2, rel=1e-4)


def test_a_turn_of_the_eye_about_where_it_looks_is_a_turn_of_the_stimulus():
    turn = Rotation.from_rotvec([25, 0, 0], degrees=True)
    eye = measured(turn.apply(REGULAR.directions))
    # Seen along the axis ahead, right is -y: the columns turn counter-clockwise by -25 degrees.
    grating = nfs.protocols.drifting_grating(angle=[40.0], stim_time=100 * ms)
    back = nfs.protocols.drifting_grating(angle=[65.0], stim_time=100 * ms)
    own, turned_back = grating.luminance(eye=eye), back.luminance(eye=REGULAR)
    assert np.abs(own.to_numpy() - turned_back.to_numpy()).max() < 1e-7


def test_turning_everything_changes_nothing():
    for seed in range(5):
        turn = Rotation.random(rng=np.random.default_rng(seed))
        directions = turn.apply(REGULAR.directions)
        eye = measured(directions, ahead=turn.apply([1, 0, 0]), up=turn.apply([0, 0, 1]))
        assert np.abs([eye.x - REGULAR.x, eye.y - REGULAR.y]).max() < 1e-8
        assert eye.column_angle == pytest.approx(measured().column_angle)


def test_the_other_eye_is_the_mirrored_one_and_sees_the_front_to_the_right():
    aside = Rotation.from_rotvec([0, 0, 70], degrees=True).apply(REGULAR.directions)
    left = nfs.Eye.from_directions(table_of(directions=aside))
    right = nfs.Eye.from_directions(table_of(directions=aside * [1, -1, 1]))
    assert (left.x == right.x).all() and (left.y == right.y).all()
    front = (right.directions @ [1, 0, 0]).argmax()
    assert right.x[front] == right.x.max()
    with pytest.raises(nfs.InvalidValueError, match="side='left'"):
        nfs.Eye.from_directions(table_of())


@pytest.mark.parametrize("sixths", range(6))
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("sheared", [False, True])
def test_however_columns_are_counted_the_lattice_is_found(sixths, mirrored, sheared):
    u, v = turned(*REGULAR.columns.T, sixths)
    p, q = (v, u) if mirrored else (u, v)
    rng = np.random.default_rng(sixths)
    rows = rng.permutation(len(u))
    noisy = REGULAR.directions + rng.normal(0, np.deg2rad(0.5), REGULAR.directions.shape)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    table = pd.DataFrame(noisy, columns=[*"xyz"]).assign(p=p + 7, q=(-q if sheared else q) - 3)
    eye = nfs.Eye.from_directions(table.iloc[rows], side="left", center=(7, -3))
    assert (eye.directions == noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).all()
    assert np.hypot(eye.x - REGULAR.x, eye.y - REGULAR.y).max() < 5  # one column


def test_a_smaller_lattice_takes_the_columns_around_the_center():
    eye = measured(extent=2, center=(1, 0))
    assert eye.lattice == nfs.Lattice(extent=2)
    there = REGULAR.lattice.index(*np.add(eye.columns, [1, 0]).T)
    assert (eye.directions == measured().directions[there]).all()
    assert eye.x[eye.lattice.index(0, 0)] == eye.y[eye.lattice.index(0, 0)] == 0
    holed = table_of().drop(index=int(REGULAR.lattice.index(0, 3)))
    assert nfs.Eye.from_directions(holed, side="left", center=(0, 0)).lattice.extent == 2
    with pytest.raises(nfs.InvalidValueError, match=r"lacks 1 of 61 .*\(0, 3\).*has all .* is 2"):
        nfs.Eye.from_directions(holed, 4, side="left", center=(0, 0))


def test_each_column_sees_a_picture_through_its_own_optics():
    image = np.random.default_rng(0).uniform(0, 1, (40, 50))
    widths = np.linspace(3, 9, len(REGULAR.x))
    table = table_of().assign(acceptance_angle=widths)
    eye = nfs.Eye.from_directions(table, side="left")
    assert (eye.acceptance_angle == widths).all()
    seen = eye.sample(image, field_of_view=60)
    for column in (0, 20, 60):
        alone = nfs.Eye(4, 5.0, acceptance_angle=widths[column]).sample(image, field_of_view=60)
        assert seen[column] == pytest.approx(alone[column], abs=1e-7)
    assert nfs.Eye(4, 5.0, acceptance_angle=widths).sample(image, field_of_view=60) == (
        pytest.approx(seen, abs=1e-7)
    )
    with pytest.raises(nfs.InvalidValueError, match="has 61 values, but the eye has 37"):
        nfs.Eye(3, acceptance_angle=widths)
    with pytest.raises(nfs.InvalidValueError, match="regular lattice"):
        eye.sample(image, field_of_view=60, kernel="flyvis_mean")


def test_an_eye_travels_and_is_compared_by_what_it_is():
    eye = measured()
    assert pickle.loads(pickle.dumps(eye)) == eye == measured()
    assert eye != REGULAR and eye != measured(up=[0, 1, 1])
    assert hash(eye) == hash(measured())


def changed(**values):
    """Return the table with other values in the third row, whose label is 12."""
    made = table_of().astype(object)
    made.index = range(10, 10 + len(made))
    for name, value in values.items():
        made.loc[12, name] = value
    return made


WRONG = {
    "no table": (REGULAR.directions, "DataFrame"),
    "no directions": (table_of().drop(columns=["y", "z"]), "no column 'y', 'z'"),
    "no columns": (table_of().drop(columns="u"), "no column 'p', 'q'"),
    "no rows": (table_of().iloc[:0], "no row"),
    "a column twice": (changed(u=-4, v=0), r"row 12: column \(u, v\) = \(-4, 0\).*row 10"),
    "too long": (changed(x=2.0), r"row 12: the length.*divide"),
    "text": (changed(y="0.5"), "row 12: y is '0.5'; write a finite"),
    "nothing": (changed(z=np.nan), "row 12: z is nan"),
    "half a column": (changed(v=0.5), "row 12: v is 0.5; write a whole"),
    "a wide angle": (changed().assign(acceptance_angle=200.0), "row 10: acceptance_angle"),
    "no lattice": (
        table_of(directions=np.random.default_rng(0).permutation(REGULAR.directions)).rename(
            columns={"u": "p", "v": "q"}
        ),
        "no hexagonal lattice",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_table_is_refused_with_the_row(what):
    table, message = WRONG[what]
    with pytest.raises(nfs.NeuroFlySimError, match=f"(?s){message}"):
        nfs.Eye.from_directions(table, side="left")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"side": "both"}, "'left', 'right'"),
        ({"ahead": [0, 0, 1.0]}, "give another up"),
        ({"ahead": [0, 0]}, "direction"),
        ({"center": (40, 0)}, "no such column"),
        ({"lattice": nfs.Lattice(size=(3, 2))}, "wrap around"),
        ({"lattice": 2, "extent": 2}, "two names"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(nfs.InvalidValueError, match=message):
        measured(**options)


def test_the_measured_eye_of_the_fly_has_its_front_to_the_right_and_its_rows_across(shared):
    file = shared / "connectomes" / "ucl_hex_right_20240701_tomale.csv.gz"
    if not file.is_file():
        pytest.skip("../shared/connectomes is not here")
    eye = nfs.Eye.from_directions(pd.read_csv(file, index_col=0))
    assert eye.lattice.extent == 13  # 547 of the 852 columns
    regular = nfs.Eye(13, eye.column_angle)
    assert np.corrcoef(eye.x, regular.x)[0, 1] > 0.99
    assert np.corrcoef(eye.y, regular.y)[0, 1] > 0.99
    # Zhao et al. (2025): ommatidia are about 4 to 6 degrees apart, closest at the equator.
    assert 4 < eye.column_angle < 6
    u, v = eye.columns.T
    below = eye.lattice.index(u + 1, v)
    apart = eye.y[below >= 0] - eye.y[below[below >= 0]]
    assert (apart > 0).all()  # one step along u looks further down, everywhere
    front = eye.directions[eye.x.argmax()]
    assert front[0] > 0.9 and (eye.directions[:, 1].mean() < 0)
