"""What the eye sees of pictures: laws of its kernels, and the BoxEye of flyvis."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim import Eye

KERNELS = ("gaussian", "box")


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("shape", [(1, 1), (7, 4), (2, 60, 61)])
def test_a_uniform_picture_in_a_surround_of_its_luminance_gives_that_luminance(kernel, shape):
    seen = Eye(3).sample(np.full(shape, 0.3), field_of_view=20, kernel=kernel, outside=0.3)
    assert seen.shape == (*shape[:-2], 37)
    assert seen == pytest.approx(np.full(seen.shape, 0.3), abs=1e-15)


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_a_column_sees_is_linear_in_the_picture(kernel):
    eye, (one, other) = Eye(2), noise(2, 30, 40)
    options = {"field_of_view": 36, "kernel": kernel}
    mixed = eye.sample(0.3 * one + 0.6 * other, outside=0.2, **options)
    parts = eye.sample(one, outside=0.4, **options), eye.sample(other, outside=0.8 / 6, **options)
    assert mixed == pytest.approx(0.3 * parts[0] + 0.6 * parts[1], abs=1e-14)
    movie = eye.sample(np.stack([one, other]), outside=0.4, **options)
    assert movie[0] == pytest.approx(parts[0], abs=1e-15)


@settings(deadline=None, max_examples=10)
@given(st.floats(8, 60), st.floats(2, 9), st.floats(0, 180))
def test_a_grating_is_attenuated_by_the_transfer_function_of_a_gaussian(
    wavelength, acceptance, angle
):
    """exp(-(pi FWHM f)^2 / (4 ln 2)): the Fourier transform of the normalised Gaussian."""
    eye, pixel, n_pixels = Eye(2, acceptance_angle=acceptance), 0.25, 320
    at = (np.arange(n_pixels) - (n_pixels - 1) / 2) * pixel
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))

    def phase(x, y):
        return 2 * np.pi * (x * cos + y * sin) / wavelength

    image = 0.5 + 0.5 * np.sin(phase(at, -at[:, None]))
    seen = eye.sample(image, degrees_per_pixel=pixel)
    transfer = np.exp(-((np.pi * acceptance / wavelength) ** 2) / (4 * np.log(2)))
    pixels = np.sinc(pixel * cos / wavelength) * np.sinc(pixel * sin / wavelength)
    expected = 0.5 + 0.5 * transfer * np.sin(phase(eye.x, eye.y))
    # A picture of square pixels has lost a little already, and is shown by steps of luminance.
    assert seen == pytest.approx(expected, abs=2e-4 + 0.5 * transfer * (1 - pixels))


def test_a_box_sees_the_mean_of_a_square_as_wide_as_a_column():
    """The transfer function of a box is a sinc."""
    eye, pixel = Eye(2), 5.8 / 29
    x = (np.arange(400) - 199.5) * pixel
    image = np.broadcast_to(np.sin(2 * np.pi * x / 25), (400, 400))
    expected = np.sinc(5.8 / 25) * np.sin(2 * np.pi * eye.x / 25)
    assert eye.sample(image, degrees_per_pixel=pixel, kernel="box") == pytest.approx(
        expected,
        abs=5e-4,  # the picture is shown by steps of luminance
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("step", "shift", "size"),
    [((-1, 0), (-4, 0), 5.8 / 4), ((-1, 2), (0, 6), np.sqrt(3) * 5.8 / 6)],  # up; to the right
)
def test_shifting_the_picture_by_a_column_shifts_what_is_seen(kernel, step, shift, size):
    eye, image = Eye(4), noise(80, 80)
    before = eye.sample(image, degrees_per_pixel=size, kernel=kernel)
    after = eye.sample(np.roll(image, shift, (0, 1)), degrees_per_pixel=size, kernel=kernel)
    u_v = eye.columns.tolist()
    pairs = [
        (u_v.index([u, v]), u_v.index([u + step[0], v + step[1]]))
        for u, v in u_v
        if [u + step[0], v + step[1]] in u_v
    ]
    start, end = np.transpose(pairs)
    assert len(pairs) > 40
    assert after[end] == pytest.approx(before[start], abs=1e-6)


def test_finer_pixels_of_the_same_picture_change_nothing():
    image = noise(12, 10)
    fine = np.kron(image, np.ones((5, 5)))
    coarse = Eye(3).sample(image, degrees_per_pixel=4)
    assert Eye(3).sample(fine, degrees_per_pixel=0.8) == pytest.approx(coarse, abs=1e-14)


def test_columns_far_from_a_small_picture_see_what_lies_around_it():
    seen = Eye(6).sample(np.ones((4, 4)), degrees_per_pixel=0.5, outside=0.2)
    far = np.hypot(Eye(6).x, Eye(6).y) > 20
    assert seen[far] == pytest.approx(0.2, abs=1e-12)
    # At the centre: the Gaussian over a square of 2 deg, by its error function.
    from math import erf, log, sqrt

    part = erf(2 * sqrt(log(2)) / 5) ** 2
    center = (Eye(6).columns == 0).all(axis=1)
    assert seen[center] == pytest.approx(0.2 + 0.8 * part, abs=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_picture_that_repeats_is_seen_as_one_laid_out_many_times(kernel):
    image = noise(9, 12)
    options = {"degrees_per_pixel": 2.5, "kernel": kernel}
    once = Eye(5).sample(image, outside="repeat", **options)
    assert once == pytest.approx(Eye(5).sample(np.tile(image, (7, 7)), **options), abs=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_picture_to_the_side_is_what_a_picture_moved_by_its_pixels_is(kernel):
    image = np.zeros((60, 60))
    image[20:40, 22:38] = noise(20, 16)
    options = {"degrees_per_pixel": 1, "kernel": kernel, "outside": 0}
    moved = Eye(3).sample(np.roll(image, (-5, 8), (0, 1)), **options)  # 5 rows up, 8 to the right
    assert Eye(3).sample(image, center=(8, 5), **options) == pytest.approx(moved, abs=1e-14)


@pytest.mark.parametrize("statistic", ["mean", "median"])
@pytest.mark.parametrize("picture", ["min", "big"])
def test_box_eye_sees_what_that_of_flyvis_sees(statistic, picture, reference):
    data = reference("boxeye_ext15.npz")
    expected = data[f"hexals_{picture}" if statistic == "mean" else f"hexals_median_{picture}"]
    seen = Eye(15).sample(data[f"image_{picture}"], kernel=f"flyvis_{statistic}")
    assert abs(seen - expected).max() < 1e-6  # float32 there


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_box_eye_is_the_statistic_of_the_pixels_around_each_centre(statistic):
    """Three pixels a column at extent 1: centres at 3 (u + v/2), 3 v, cut to whole pixels."""
    image = noise(2, 7, 9)
    seen = Eye(1, column_angle=6).sample(image, degrees_per_pixel=2, kernel=f"flyvis_{statistic}")
    assert Eye(1).columns.T.tolist() == [[-1, -1, 0, 0, 0, 1, 1], [0, 1, -1, 0, 1, -1, 0]]
    centers = [(0, 4), (2, 7), (2, 1), (3, 4), (4, 7), (4, 1), (6, 4)]  # row, column of pixels
    around = {"mean": "constant", "median": "reflect"}[statistic]
    padded = np.pad(image, [(0, 0), (1, 1), (1, 1)], mode=around)
    for column, (row, across) in enumerate(centers):
        window = np.sort(padded[:, row : row + 3, across : across + 3].reshape(2, 9))
        expected = window[:, 4] if statistic == "median" else window.sum(axis=1) / 9
        assert seen[:, column] == pytest.approx(expected, abs=1e-15)


WRONG = {
    "no size": (lambda: Eye(1).sample(noise(5, 5)), "degrees_per_pixel or field_of_view"),
    "two sizes": (
        lambda: Eye(1).sample(noise(5, 5), degrees_per_pixel=1, field_of_view=5),
        "not both",
    ),
    "a line": (lambda: Eye(1).sample(noise(5), degrees_per_pixel=1), r"\(height, width\)"),
    "nothing": (lambda: Eye(1).sample(noise(0, 5), degrees_per_pixel=1), r"\(0, 5\)"),
    "text": (lambda: Eye(1).sample("picture.png", degrees_per_pixel=1), "image must be an array"),
    "NaN": (lambda: Eye(1).sample([[np.nan]], degrees_per_pixel=1), r"nan at index \(0, 0\)"),
    "another kernel": (
        lambda: Eye(1).sample(noise(5, 5), degrees_per_pixel=1, kernel="gauss"),
        "Did you mean 'gaussian'",
    ),
    "pixels of no size": (lambda: Eye(1).sample(noise(5, 5), degrees_per_pixel=0), "degrees_per"),
    "no luminance around": (
        lambda: Eye(1).sample(noise(5, 5), degrees_per_pixel=1, outside=None),
        "outside",
    ),
    "a BoxEye of even pixels": (
        lambda: Eye(1).sample(noise(50, 50), degrees_per_pixel=5.8 / 4, kernel="flyvis_mean"),
        "odd whole number.*4 fit",
    ),
    "a BoxEye of too small a picture": (
        lambda: Eye(15).sample(noise(390, 400), kernel="flyvis_mean"),
        "391 x 391",
    ),
    "a centre of one number": (
        lambda: Eye(1).sample(noise(5, 5), degrees_per_pixel=1, center=3),
        r"two numbers \(x, y\)",
    ),
    "a BoxEye that looks aside": (
        lambda: Eye(1).sample(noise(50, 50), kernel="flyvis_mean", center=(1, 0)),
        "straight ahead",
    ),
    "another surround": (
        lambda: Eye(1).sample(noise(5, 5), degrees_per_pixel=1, outside="wrap"),
        "outside",
    ),
    "an uneven list as acceptance": (
        lambda: Eye(1, acceptance_angle=[[1, 2], [3]]),
        "acceptance_angle",
    ),
    "an eye of no acceptance": (lambda: Eye(1, acceptance_angle=0), "acceptance_angle"),
}


@pytest.mark.parametrize("what", WRONG)
def test_pictures_that_cannot_be_seen_are_refused_with_the_cure(what):
    call, words = WRONG[what]
    with pytest.raises(nfs.NeuroFlySimError) as caught:
        call()
    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)
