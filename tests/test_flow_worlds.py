"""Worlds before the full eye: the flow that is told is the motion of the image that is shown."""

from functools import partial

import numpy as np
import pytest
from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim.flow import layered_worlds, translating_pictures
from neuroflysim.flow.eye_worlds import Layer, render_layers
from neuroflysim.flow.panorama import Panorama
from neuroflysim.flow.self_motion import MOTIONS, ImageMotion
from neuroflysim.flow.surfaces import TEXTURES, draw_shape, draw_texture

EYE = nfs.Eye(6)
PLACE = EYE.x + 1j * EYE.y


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape)


def a_layer(seed=0, orientation=1.0, holes=False):
    picture = noise(90, 90, seed=seed)
    if not holes:
        return Layer(luminance=Panorama(picture, 2.0, 5.0), orientation=orientation)
    shape = draw_shape(90, 0.4, np.random.default_rng(seed))
    return Layer(
        luminance=Panorama(picture * shape, 2.0, 5.0),
        cover=Panorama(shape.astype(float), 2.0, 5.0),
        shape=shape,
        orientation=orientation,
    )


def a_motion(n_frames, n_layers, seed=0):
    real, imaginary = np.random.default_rng(seed).normal(size=(2, 2, 1, n_layers))
    drift, growth = real + 1j * imaginary
    every = np.ones((n_frames, 1))
    return ImageMotion(drift=60 * drift * every, growth=growth * every)


@pytest.mark.parametrize(
    ("pixel", "shape"), [(1, (200, 240)), (4, (50, 71)), (0.3, (600, 690)), (0.1, (600, 650))]
)
@pytest.mark.parametrize("center", [(0, 0), (13.3, -7.7)])
def test_a_panorama_shows_what_the_eye_samples_of_a_repeated_picture(pixel, shape, center):
    eye, block = nfs.Eye(10), int(np.ceil(2 / pixel))  # small pixels are alike in blocks
    picture = noise(*(-(-n // block) for n in shape))
    picture = picture.repeat(block, axis=0).repeat(block, axis=1)[: shape[0], : shape[1]]
    sampled = eye.sample(picture, degrees_per_pixel=pixel, outside="repeat", center=center)
    seen = Panorama(picture, pixel, eye.acceptance_angle).at(eye.x - center[0], eye.y - center[1])
    assert seen == pytest.approx(sampled, abs=5e-4)
    assert sampled.std() > 0.05


@pytest.mark.parametrize("way", ["drift", "roll", "expansion", "all"])
def test_luminance_carried_by_the_flow_predicts_the_next_frame(way):
    """dL/dt = -flow . grad L: the error falls with the square of the time step."""
    layer, motion = a_layer(), a_motion(2, 1)
    parts = {
        "drift": (motion.drift, 0 * motion.growth),
        "roll": (0 * motion.drift, 1j * motion.growth.imag),
        "expansion": (0 * motion.drift, motion.growth.real + 0j),
        "all": (motion.drift, motion.growth),
    }
    motion = ImageMotion(*parts[way])

    def change(time_step):
        luminance, flow = render_layers([layer], motion, EYE, time_step)
        return luminance[1] - luminance[0], flow[0]

    (first, flow), h = change(1e-3), 0.05
    slope_x = (layer.luminance.at(EYE.x + h, EYE.y) - layer.luminance.at(EYE.x - h, EYE.y)) / 2 / h
    slope_y = (layer.luminance.at(EYE.x, EYE.y + h) - layer.luminance.at(EYE.x, EYE.y - h)) / 2 / h
    predicted = -(flow.real * slope_x + flow.imag * slope_y)

    def error(measured, time_step):
        return np.abs(measured - predicted * time_step).max()

    assert np.abs(first).max() > 1e-4
    assert error(first, 1e-3) < 0.05 * np.abs(first).max()
    assert error(first, 1e-3) < 0.02 * error(change(1e-2)[0], 1e-2)  # 1/100, and higher orders


def test_a_column_sees_later_what_was_where_the_flow_brought_it_from():
    """Followed by small steps of the flow, backwards in time, through a change of velocity."""
    layer, motion = a_layer(), a_motion(21, 1)
    later = (np.arange(21) >= 10)[:, None]
    motion = ImageMotion(motion.drift * np.where(later, 1j, 1), motion.growth * (1 - 2 * later))
    luminance, _ = render_layers([layer], motion, EYE, 0.02)
    place, fine = PLACE.copy(), 100
    for frame in range(19, -1, -1):
        for _ in range(fine):
            middle = place - 0.5 * 0.02 / fine * motion.flow((frame, 0), place)
            place = place - 0.02 / fine * motion.flow((frame, 0), middle)
    assert luminance[20] == pytest.approx(layer.luminance.at(place.real, place.imag), abs=1e-5)


def test_rotating_the_world_and_rendering_is_rendering_and_rotating():
    turn = np.exp(1j * np.pi / 3)

    def clips(by):
        layers = [a_layer(0, by), a_layer(1, by, holes=True), a_layer(2, by, holes=True)]
        motion = a_motion(5, 3)
        seen, flow = render_layers(layers, ImageMotion(motion.drift * by, motion.growth), EYE, 0.02)
        return nfs.flow.Clips(
            luminance=np.clip(seen, 0, 1)[None],
            flow=np.stack([flow.real, flow.imag], axis=-1)[None],
            time_step=0.02,
            lattice=EYE.lattice,
            scene=[0],
        )

    turned, rotated = clips(turn), clips(1).rotated(1)
    assert np.abs(turned.luminance - rotated.luminance).max() < 1e-9
    assert np.abs(turned.flow - rotated.flow).max() < 1e-9
    assert np.abs(turned.luminance - clips(1).luminance).max() > 0.1


def test_a_column_has_the_flow_of_the_nearest_surface_that_it_looks_at():
    """Far: white, to the right. Near: a black square of 40 degrees, upwards."""
    at = np.arange(180) - 89.5
    square = (np.abs(at) < 20) & (np.abs(at[:, None]) < 20)
    layers = [
        Layer(luminance=Panorama(np.ones((180, 180)), 1.0, 5.0)),
        Layer(
            luminance=Panorama(np.zeros((180, 180)), 1.0, 5.0),
            cover=Panorama(square.astype(float), 1.0, 5.0),
            shape=square,
        ),
    ]
    motion = ImageMotion(np.full((11, 2), [50, 31j]), np.zeros((11, 2), dtype=complex))
    luminance, flow = render_layers(layers, motion, EYE, 0.1)
    for frame in range(11):
        inside = (np.abs(EYE.x) < 20) & (np.abs(EYE.y - 3.1 * frame) < 20)
        assert (flow[frame] == np.where(inside, 31j, 50)).all()
        from_edge = np.maximum(np.abs(EYE.x), np.abs(EYE.y - 3.1 * frame)) - 20
        clear = np.abs(from_edge) > 3  # a corner is a mixture
        assert (inside == (luminance[frame] < 0.5))[clear].all() and clear.sum() > 90


def test_worlds_come_from_the_seed_alone():
    few, many = (layered_worlds(n, seed=3, extent=3, directions=2, noise=0.02) for n in (1, 3))
    assert (many.luminance[:2] == few.luminance).all()
    assert (many.flow[:2] == few.flow).all()
    other = layered_worlds(1, seed=4, extent=3, directions=2)
    assert np.abs(other.luminance - few.luminance).max() > 0.1
    assert many.scene.tolist() == [0, 0, 1, 1, 2, 2]
    assert (many.luminance[0] != many.luminance[2]).any()


@pytest.mark.parametrize("motion", MOTIONS)
def test_each_way_of_moving_has_its_pattern_of_flow(motion):
    clips = layered_worlds(
        3, seed=1, extent=6, motions=(motion,), directions=1, change="none", n_layers=(1, 1)
    )
    flow = clips.flow[..., 0].astype(complex) + 1j * clips.flow[..., 1]
    if motion in ("forward", "roll"):
        away = np.abs(PLACE) > 1
        rate = flow[:, :, away] / PLACE[away]
        assert np.ptp(rate.real, axis=2).max() < 1e-5 and np.ptp(rate.imag, axis=2).max() < 1e-5
        gone = rate.imag if motion == "forward" else rate.real
        assert np.abs(gone).max() < 1e-5 < np.abs(rate).min()
    else:
        assert np.ptp(clips.flow, axis=2).max() == 0
        gone = {"yaw": flow.imag, "pitch": flow.real}.get(motion, np.zeros(1))
        assert np.abs(gone).max() == 0 < np.abs(flow).min()


def test_flow_is_as_fast_as_was_asked_for_and_nearer_layers_move_faster():
    speed = (30, 30) / second
    options = {"motions": ("translation",), "speed": speed, "extent": 15, "directions": 1}
    one = layered_worlds(4, seed=0, n_layers=(1, 1), **options)
    assert np.hypot(*np.moveaxis(one.flow, -1, 0)) == pytest.approx(30, rel=1e-5)
    three = layered_worlds(4, seed=0, n_layers=(3, 3), **options)
    for scene in range(4):
        speeds = np.unique(np.hypot(*three.flow[scene, 0].T).round(3))
        assert len(speeds) == 3
        assert np.sqrt(np.mean(speeds**2)) == pytest.approx(30, abs=0.01)
        assert (speeds[1:] / speeds[:-1] > 1.29).all() and (speeds[1:] / speeds[:-1] < 2.51).all()


@pytest.mark.parametrize("change", ["none", "step", "smooth"])
def test_velocity_changes_when_it_was_asked_to(change):
    clips = layered_worlds(
        2, seed=0, extent=2, change=change, motions="yaw", directions=1, n_layers=(1, 1)
    )
    moved = np.abs(np.diff(clips.flow[:, :, 0, 0], axis=1)) > 1e-4
    expected = {"none": [], "step": [17], "smooth": list(range(35))}[change]
    assert [np.flatnonzero(clip).tolist() for clip in moved] == [expected] * 2


def test_noise_has_the_deviation_that_was_asked_for():
    make = partial(translating_pictures, [np.full((20, 20), 0.5)], seed=0, extent=6)
    assert np.abs(make().luminance - 0.5).max() < 1e-6
    assert (make(noise=0.03).luminance - 0.5).std() == pytest.approx(0.03, rel=0.02)


@pytest.mark.parametrize("kind", TEXTURES)
def test_textures_have_mean_0_and_deviation_1_and_no_seam(kind):
    texture = draw_texture(kind, 160, np.random.default_rng(0))
    assert (texture.mean(), texture.std()) == pytest.approx((0, 1), abs=1e-12)
    for axis in (0, 1):  # across the seam luminance differs as much as elsewhere
        step = np.abs(texture - np.roll(texture, 1, axis=axis))
        across = np.moveaxis(step, axis, 0)[0]
        assert across.mean() < 2 * step.mean() + 0.05


def test_amplitudes_of_leaves_fall_with_frequency_as_in_natural_scenes():
    """Slopes from -0.8 to -1.5: Tolhurst et al., Ophthalmic Physiol. Opt. 12, 229 (1992)."""
    rng = np.random.default_rng(0)
    power = np.mean(
        [np.abs(np.fft.fft2(draw_texture("dead_leaves", 200, rng))) ** 2 for _ in range(6)], axis=0
    )
    frequency = np.hypot(np.fft.fftfreq(200)[:, None], np.fft.fftfreq(200))
    # from 40 degrees to what the eye still sees
    seen = (frequency > 1 / 40) & (frequency < 1 / 6)
    slope = np.polyfit(np.log(frequency[seen]), np.log(power[seen]) / 2, 1)[0]
    assert -1.5 < slope < -0.8


def test_shapes_cover_the_share_that_was_asked_for():
    shape = draw_shape(200, 0.3, np.random.default_rng(0))
    assert 0.3 <= shape.mean() < 0.45


def test_pictures_move_as_the_eye_samples_them_moved():
    """The mirrored picture, moved by the flow times the time, seen by Eye.sample."""
    picture = noise(40, 60)
    clips = translating_pictures([picture], seed=5, extent=6, n_speeds=1, directions=1)
    four = np.block([[picture, picture[:, ::-1]], [picture[::-1], picture[::-1, ::-1]]])
    moved = np.vstack([[0, 0], np.cumsum(clips.flow[0, :-1, 0] * 0.02, axis=0)])
    rng = np.random.default_rng([5, 0])
    rng.uniform(size=4)  # two speeds, two directions
    down, across = rng.uniform(size=2) * [240, 360]
    for frame in (0, 10, 25, 35):
        sampled = EYE.sample(
            four,
            degrees_per_pixel=3,
            outside="repeat",
            center=(moved[frame, 0] - across, moved[frame, 1] - down),
        )
        assert clips.luminance[0, frame] == pytest.approx(sampled, abs=1e-3)
        assert sampled.std() > 0.02


def test_directions_of_a_picture_are_balanced_and_its_speeds_within_bounds():
    clips = translating_pictures([noise(20, 30)] * 20, seed=0, extent=1, speed=(20, 100) / second)
    flow = clips.flow[:, :, 0].reshape(20, 2, 4, 36, 2)
    assert np.abs(flow.mean(axis=2)).max() < 1e-4
    speed = np.hypot(flow[..., 0], flow[..., 1])
    assert np.ptp(speed, axis=2).max() < 1e-4
    assert 20 <= speed.min() < 25 and 80 < speed.max() < 100.01
    halves = speed[:, :, 0, [0, 17, 18, 35]]
    assert (halves[..., 0] == halves[..., 1]).all() and (halves[..., 2] == halves[..., 3]).all()
    assert (halves[..., 1] != halves[..., 2]).all()
    # uniform in the logarithm: the median is the geometric mean
    assert np.median(np.log(speed)) == pytest.approx(np.log(20 * 100) / 2, abs=0.2)


def test_a_picture_gets_the_contrast_that_is_asked_for():
    """A grating of small contrast fills the eye many times over."""
    grating = 0.5 + 0.1 * np.sin(2 * np.pi * np.arange(180) / 20) * np.ones((180, 1))
    clips = translating_pictures([grating], seed=0, extent=15, contrast=0.3)
    seen = clips.luminance
    ratio = seen.std(axis=(1, 2)) / seen.mean(axis=(1, 2))
    assert ratio == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layered_worlds(0, seed=0), "n_scenes is 0, but must be at least 1"),
        (lambda: layered_worlds(1, seed=0, directions=5), "there are 4 at most"),
        (lambda: layered_worlds(1, seed=0, n_layers=(3, 2)), "the lowest and the highest"),
        (lambda: layered_worlds(1, seed=0, n_layers=(1, 9)), "n_layers is 9.0"),
        (lambda: layered_worlds(1, seed=0, motions=("jaw",)), "Did you mean 'yaw'"),
        (lambda: layered_worlds(1, seed=0, textures=()), "textures is empty"),
        (lambda: layered_worlds(1, seed=0, speed=(10, 200)), "with its unit"),
        (lambda: layered_worlds(1, seed=0, change="jump"), "change is 'jump'"),
        (lambda: layered_worlds(1, seed=0, time_step=20), "duration with a unit"),
        (lambda: translating_pictures("folder", seed=0), r"write\s+nfs.flow.photographs"),
        (lambda: translating_pictures([], seed=0), "pictures is empty"),
        (lambda: translating_pictures([noise(2, 2)], seed=0, scene=[0, 1]), "there are 1 pictures"),
        (lambda: translating_pictures([np.ones((9, 9))], seed=0, contrast=0.3), "uniform"),
        (
            lambda: translating_pictures([noise(2, 2)], seed=0, time_step=0 * ms),
            "greater than zero",
        ),
    ],
)
def test_what_makes_no_world_is_refused(call, message):
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        call()
