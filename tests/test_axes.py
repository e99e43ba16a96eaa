"""Where columns lie along an axis is exact as the lattice is: no border is ragged by rounding."""

import numpy as np
import pytest
from brian2 import ms, second
from hypothesis import given
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.lattice import Lattice, position, turned
from neuroflysim.stimulus.axes import direction, sine

EYE = nfs.Eye(15)
ANGLES = st.floats(-720, 720) | st.integers(-24, 24).map(lambda n: 30.0 * n)


def shown(equations, extent=15, **parameters):
    """The frame that equations show in each condition."""
    still = nfs.Protocol(
        name="still",
        equations=equations,
        parameters=parameters,
        stim_time=20 * ms,
        pre_time=0 * ms,
        tail_time=0 * ms,
    )
    return still.luminance(extent, 20 * ms).to_numpy()[:, 0]


@given(ANGLES)
def test_places_are_what_cosine_and_sine_say(angle):
    right, up = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    along, across = EYE.x * right + EYE.y * up, EYE.y * right - EYE.x * up
    np.testing.assert_allclose(EYE.along(angle), along, rtol=0, atol=1e-8, equal_nan=False)
    np.testing.assert_allclose(EYE.across(angle), across, rtol=0, atol=1e-8, equal_nan=False)
    assert direction(angle) == pytest.approx((right, up), abs=1e-12)


@pytest.mark.parametrize("angle", range(0, 361, 15))
def test_whole_angles_are_what_cosine_and_sine_say_to_rounding(angle):
    expected = EYE.x * np.cos(np.deg2rad(angle)) + EYE.y * np.sin(np.deg2rad(angle))
    assert EYE.along(angle) == pytest.approx(expected, abs=1e-12)


@given(ANGLES, st.integers(1, 5))
def test_an_axis_turned_by_60_degrees_gives_the_turned_column_the_same_bits(angle, sixths):
    where = EYE.lattice.index(*turned(*EYE.columns.T, sixths))
    for place in (EYE.along, EYE.across):
        assert np.array_equal(place(angle + 60 * sixths)[where], place(angle))


@given(ANGLES)
def test_a_mirrored_axis_gives_the_mirrored_column_the_same_bits(angle):
    u, v = EYE.columns.T
    where = EYE.lattice.index(-u - v, v)  # upside down
    assert np.array_equal(EYE.y[where], -EYE.y) and np.array_equal(EYE.x[where], EYE.x)
    assert np.array_equal(EYE.along(-angle)[where], EYE.along(angle))


@pytest.mark.parametrize("angle", range(0, 360, 30))
def test_columns_of_one_row_have_the_same_bits(angle):
    # From one row to the next it is half the distance of columns, or the height of a triangle.
    n_rows = 31 if angle % 60 == 0 else 61
    assert len(np.unique(EYE.along(angle))) == n_rows


def test_the_axes_at_0_and_90_degrees_are_x_and_y_to_the_bit():
    for place, right, up in ((EYE.along, 0, 90), (EYE.across, 270, 0)):
        assert np.array_equal(place(right), EYE.x)
        assert np.array_equal(place(up), EYE.y)


def test_many_angles_at_once_are_one_after_the_other():
    angles = np.array([[0, 45.5], [180, 17]])
    places = EYE.along(angles)
    assert places.shape == (2, 2, 721)
    assert np.array_equal(places[1, 1], EYE.along(17))


@pytest.mark.parametrize("sixths", range(-6, 7))
def test_columns_are_turned_in_whole_numbers(sixths):
    u, v = Lattice(extent=4).columns.T
    x, y = position(u, v)
    far = (x + 1j * y) * np.exp(1j * np.pi / 3 * sixths)
    found = np.array(position(*turned(u, v, sixths)))
    assert found == pytest.approx(np.array([far.real, far.imag]), abs=1e-12)


@pytest.mark.parametrize("degrees", range(-360, 400, 30))
def test_sines_of_multiples_of_30_degrees_are_exact(degrees):
    assert abs(sine(degrees)) in (0, 0.5, np.sqrt(3) / 2, 1)
    assert sine(degrees) == pytest.approx(np.sin(np.deg2rad(degrees)), abs=1e-12)


def test_equations_light_whole_rows_at_all_multiples_of_30_degrees():
    half = "luminance = int(along(angle) >= 0) : 1"
    lit = shown(half, angle=range(0, 360, 30)).sum(axis=1)
    assert lit.tolist() == [(721 + 31) / 2, (721 + 15) / 2] * 6
    # What there was before the words: 16 of the 31 columns of the middle row, by rounding.
    rounded = "luminance = int(x*cos(pi/180*angle) + y*sin(pi/180*angle) >= 0) : 1"
    assert shown(rounded, angle=[0, 180]).sum(axis=1).tolist() == [376, 361]


def test_an_angle_may_be_any_expression_of_parameters():
    one = "luminance = (1 + along(2*angle - offset)/100*int(across(30) > 0))/2 : 1"
    frame = shown(one, extent=3, angle=[10, 20], offset=[5])
    eye = nfs.Eye(3)
    for angle, found in zip((10, 20), frame, strict=True):
        expected = (1 + eye.along(2 * angle - 5) / 100 * (eye.across(30) > 0)) / 2
        assert found == pytest.approx(expected, abs=1e-15)


def test_equations_and_parameters_may_have_the_words_as_names():
    named = "across = along(angle) : 1\nluminance = int(across >= along) : 1"
    assert shown(named, extent=2, angle=0, along=0).sum() == 12


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("along()", "along takes one angle in degrees"),
        ("across(angle, 3)", "across takes one angle in degrees"),
        ("along(t/second)", "'t' is neither"),
        ("along(x)", "'x' is neither"),
        ("along(turned)", "'turned' is neither"),
        ("along(rand())", "'rand' is neither"),
        ("along(angle*ms)", "has the unit s"),
        ("along(angle) + t", "along\\(angle\\)' has unit 1"),
        ("along", "uses 'along', which is neither"),
    ],
)
def test_a_word_without_a_steady_angle_is_refused(text, told):
    with pytest.raises(nfs.errors.InvalidValueError, match=told):
        shown(f"turned = angle + 90 : 1\nluminance = 0*turned + {text} : 1", angle=3)


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_the_network_sees_the_frames_that_are_drawn(connectome, start, engine):
    bars = nfs.Protocol(
        name="bars",
        equations="""
        passed = int(along(angle) <= speed*t) : 1
        luminance = passed*int(abs(across(angle)) <= 5.8) : 1
        """,
        parameters={"angle": [0, 47, 180], "speed": [40, 100] / second},
        stim_time=100 * ms,
        pre_time=20 * ms,
        tail_time=20 * ms,
    )
    seen, drawn = (
        nfs.simulate(
            one, connectome=connectome, parameters=start, extent=2, time_step=20 * ms,
            initial="rest", record="all", engine=engine,
        ).voltage.to_numpy()
        for one in (bars, bars.luminance(2, 20 * ms))
    )  # fmt: skip
    assert np.array_equal(seen, drawn)
