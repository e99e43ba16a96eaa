"""Laws of moving pictures and movies, and how files of users are read."""

import sys

import numpy as np
import pytest
from brian2 import Hz, ms, second
from PIL import Image

import neuroflysim as nfs
from neuroflysim import Eye, degree
from neuroflysim.protocols import movie, natural_image

NO_PAUSE = {"pre_time": 0 * ms, "tail_time": 0 * ms}


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def moving(image=None, extent=4, **options):
    options = {"stim_time": 300 * ms, "still_time": 100 * ms, **NO_PAUSE, **options}
    return natural_image(image, **options).luminance(extent, 20 * ms).to_numpy()


def test_a_moving_picture_is_what_was_seen_elsewhere_before():
    """Up by one column in 200 ms, after it has stood still for 100 ms."""
    frames = moving(angle=90, speed=29 * degree / second)[0]
    u_v = Eye(4).columns.tolist()
    start, end = np.transpose(
        [(u_v.index([u, v]), u_v.index([u - 1, v])) for u, v in u_v if [u - 1, v] in u_v]
    )
    assert frames[:6] == pytest.approx(np.broadcast_to(frames[0], frames[:6].shape), abs=1e-6)
    assert frames[0].std() > 0.02
    later = moving(angle=90, speed=29 * degree / second, stim_time=320 * ms)[0][15]
    assert later[end] == pytest.approx(frames[0, start], abs=1e-6)


@pytest.mark.parametrize("angle", [0, 180])
def test_a_panorama_closes_after_a_turn(angle):
    image = pixels(20, 90)
    frames = moving(image, angle=angle, speed=1800 * degree / second, still_time=0 * ms,
                    field_of_view=360)[0]  # fmt: skip
    assert frames[10] == pytest.approx(frames[0], abs=1e-6)
    assert abs(frames[5] - frames[0]).max() > 0.05
    assert frames[5] == pytest.approx(moving(image, angle=angle + 180, still_time=0 * ms,
        speed=1800 * degree / second, field_of_view=360)[0, 5], abs=1e-6)  # fmt: skip


def test_a_moving_grating_as_picture_is_a_drifting_grating_seen_through_a_gaussian():
    x = (np.arange(720) - 359.5) / 4
    image = np.broadcast_to(0.5 + 0.4 * np.sin(2 * np.pi * x / 30), (400, 720))
    frames = moving(image, angle=30, speed=40 * degree / second)[0]  # it moves along x by cos 30
    moved = 40 * np.cos(np.pi / 6) * np.clip(0.02 * np.arange(15) - 0.1, 0, None)
    transfer = np.exp(-((np.pi * 5 / 30) ** 2) / (4 * np.log(2)))
    expected = 0.5 + 0.4 * transfer * np.sin(2 * np.pi * (Eye(4).x - moved[:, None]) / 30)
    assert frames == pytest.approx(expected, abs=3e-4)


def test_pictures_made_here_have_amplitudes_of_one_over_f_and_the_contrast_asked_for():
    noise = sys.modules["neuroflysim.protocols.natural_image"]._one_over_f(seed=1)
    assert noise.mean() == pytest.approx(0, abs=1e-12)
    assert noise.var() == pytest.approx(1)
    amplitude = abs(np.fft.fft2(noise))
    f = np.hypot(np.fft.fftfreq(180)[:, None], np.fft.fftfreq(180))
    product = (amplitude * f)[f > 0]
    assert product == pytest.approx(product.mean(), rel=1e-9)
    seen = moving(angle=0, speed=0 * degree / second, extent=15, seed=range(4))[:, 0]
    assert 0.05 < seen.std() < 0.15  # of 0.15 before the Gaussian
    assert (seen[0] != seen[1]).all()


def test_a_file_is_shown_as_its_pixels_are(tmp_path):
    image = pixels(30, 40)
    for name, saved in (("grey.png", image), ("wide.png", image.astype(np.uint16) * 257)):
        Image.fromarray(saved).save(tmp_path / name)
        seen = moving(tmp_path / name, angle=0)
        assert seen == pytest.approx(moving(image / 255, angle=0), abs=1e-12)
        assert (moving(saved, angle=0) == seen).all()
    colours = np.stack([image] * 3, axis=-1)
    Image.fromarray(colours).save(tmp_path / "colour.png")
    assert moving(str(tmp_path / "colour.png"), angle=0) == pytest.approx(seen, abs=1e-12)


@pytest.mark.parametrize("kernel", ["gaussian", "box", "flyvis_mean"])
def test_each_picture_of_a_movie_is_shown_for_its_time(kernel):
    pictures = pixels(6, 50, 50)
    size = {} if kernel == "flyvis_mean" else {"field_of_view": 40}
    protocol = movie(pictures, 25 * Hz, kernel=kernel, outside=0.2, **size)
    assert float(protocol.stim_time) == pytest.approx(0.24)
    luminance = protocol.luminance(1, 20 * ms)[0]
    expected = Eye(1).sample(pictures / 255, kernel=kernel, outside=0.2, **size)
    assert luminance[50:62].to_numpy() == pytest.approx(np.repeat(expected, 2, axis=0), abs=1e-14)
    assert (luminance[:50] == 0.5).all()
    assert (luminance[62:] == 0.5).all()


def test_the_movie_to_try_with_takes_another_rate_and_size():
    protocol = movie(frame_rate=60 * Hz, degrees_per_pixel=0.5)
    assert float(protocol.stim_time) == pytest.approx(0.5)
    shown = protocol.luminance(15, 20 * ms, dtype="float32")[0]
    crossed = (shown > 0.6).any("time").to_numpy()
    assert crossed.any()
    # The disc of 20 pixels stays within 5 degrees of the middle line, and the picture within 45.
    assert np.abs(shown["y"].to_numpy()[crossed]).max() < 9
    assert np.abs(shown["x"].to_numpy()[crossed]).max() < 50


def test_a_gif_is_shown_as_its_pictures_at_its_rate(tmp_path):
    pictures = pixels(5, 20, 30)
    first, *others = (Image.fromarray(picture) for picture in pictures)
    first.save(tmp_path / "m.gif", save_all=True, append_images=others, duration=40)
    protocol = movie(tmp_path / "m.gif", field_of_view=50)
    assert float(protocol.stim_time) == pytest.approx(0.2)
    own = movie(pictures, 25 * Hz, field_of_view=50)
    assert (protocol.luminance(2).to_numpy() == own.luminance(2).to_numpy()).all()
    first.save(tmp_path / "m.gif", save_all=True, append_images=others, duration=[40] * 4 + [80])
    with pytest.raises(nfs.InvalidValueError, match="frame_rate"):
        movie(tmp_path / "m.gif", field_of_view=50)
    assert float(movie(tmp_path / "m.gif", 10 * Hz, 50).stim_time) == pytest.approx(0.5)


def test_an_mp4_is_shown_as_its_pictures_at_its_rate(tmp_path):
    video = pytest.importorskip("imageio.v3", reason="the extra 'video' is not installed")
    pytest.importorskip("imageio_ffmpeg", reason="the extra 'video' is not installed")
    grey = np.linspace(0, 255, 10).astype(np.uint8)[:, None, None, None]
    pictures = np.broadcast_to(grey, (10, 64, 64, 3))
    video.imwrite(tmp_path / "m.mp4", pictures, plugin="FFMPEG", fps=20)
    shown = movie(tmp_path / "m.mp4", field_of_view=200)
    assert float(shown.stim_time) == pytest.approx(0.5)
    luminance = shown.luminance(1, 50 * ms)[0, 20:30, 3].to_numpy()
    assert luminance == pytest.approx(grey.ravel() / 255, abs=0.02)  # it is compressed


def test_a_video_without_its_extra_is_an_error_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio.v3", None)
    with pytest.raises(nfs.InvalidValueError, match=r"pip install 'neuroflysim\[video\]'"):
        movie(tmp_path / "m.mp4", field_of_view=50)


@pytest.mark.compile
def test_a_network_sees_a_movie(connectome, start):
    """Frames need no code of their own: a program that shows frames shows movies, too."""
    shown = movie(pixels(5, 10, 10), 50 * Hz, 40, pre_time=20 * ms, tail_time=0 * ms)
    voltage = nfs.simulate(
        shown, connectome=connectome, parameters=start, extent=1, time_step=20 * ms
    ).voltage
    assert voltage.attrs["stimulus"] == "movie"
    assert voltage.sizes["time"] == 6
    assert float(voltage.sel(cell_type="R1").std()) > 0


def test_a_repeated_picture_is_the_same_after_many_turns():
    """And takes no more memory: a slip in a unit of the speed must not fill it."""
    image = pixels(30, 40) / 255
    here, far = (
        Eye(3).sample(image, degrees_per_pixel=1, outside="repeat", center=center)
        for center in ((3, -7), (3 + 40 * 10**6, -7 - 30 * 10**6))
    )
    assert far == pytest.approx(here, abs=1e-6)


def test_damaged_files_are_refused_with_their_name(tmp_path):
    first, *others = (Image.fromarray(picture) for picture in pixels(5, 40, 40))
    first.save(tmp_path / "half.png")
    first.save(tmp_path / "half.gif", save_all=True, append_images=others, duration=40)
    for name in ("half.png", "half.gif"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(nfs.InvalidValueError, match=r"half\.png.*damaged"):
        natural_image(tmp_path / "half.png")
    with pytest.raises(nfs.InvalidValueError, match=r"half\.gif.*damaged"):
        movie(tmp_path / "half.gif", field_of_view=90)


def test_pictures_without_a_white_are_refused(tmp_path):
    Image.fromarray(pixels(4, 4).astype(np.int32) * 1000).save(tmp_path / "deep.tif")
    with pytest.raises(nfs.InvalidValueError, match="8 or 16 bits"):
        natural_image(tmp_path / "deep.tif")


WRONG = {
    "a file that is not there": (lambda: natural_image("none.png"), "none.png"),
    "a file that is no picture": (lambda: natural_image(__file__), "cannot be read as a picture"),
    "colours": (lambda: natural_image(pixels(4, 4, 3)), "mean of its colours"),
    "luminance up to 255": (lambda: natural_image(pixels(4, 4) * 1.0), "divide it by 255, if"),
    "luminance of 16 bits": (lambda: natural_image(pixels(4, 4) * 257.0), "white, 65535 for 16"),
    "luminance below black": (lambda: natural_image(pixels(4, 4) - 128.0), "shift and scale it"),
    "a picture with NaN": (lambda: natural_image([[0.1, np.nan]]), "finite"),
    "a kernel of flyvis for a picture that moves": (
        lambda: natural_image(kernel="flyvis_mean"),
        "'gaussian', 'box'",
    ),
    "too wide a picture": (lambda: natural_image(field_of_view=720), "field_of_view"),
    "a picture that stands still for a number": (lambda: natural_image(still_time=1), "unit"),
    "contrast in percent": (lambda: natural_image(contrast=30), "contrast"),
    "contrast on black": (lambda: natural_image(background=0), "background"),
    "a size in words": (lambda: movie(degrees_per_pixel="one"), "degrees_per_pixel"),
    "a movie of two sizes": (
        lambda: movie(field_of_view=90, degrees_per_pixel=1),
        "not both",
    ),
    "an array without rate": (
        lambda: movie(pixels(2, 3, 4), field_of_view=9),
        r"frame_rate=24\*Hz",
    ),
    "a rate without unit": (lambda: movie(pixels(2, 3, 4), 24, 9), r"24\*Hz"),
    "a rate in seconds": (lambda: movie(pixels(2, 3, 4), 1 * second, 9), r"24\*Hz"),
    "one picture as movie": (lambda: movie(pixels(3, 4), 24 * Hz, 9), "time, height, width"),
    "a movie of no size": (
        lambda: movie(pixels(2, 3, 4), 24 * Hz),
        "degrees_per_pixel or field_of_view",
    ),
    "a gif that is not there": (lambda: movie("none.gif"), "none.gif"),
}


@pytest.mark.parametrize("what", WRONG)
def test_pictures_that_cannot_be_shown_are_refused_with_the_cure(what):
    call, words = WRONG[what]
    with pytest.raises(nfs.NeuroFlySimError, match=words):
        call()
