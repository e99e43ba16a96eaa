"""The lattice looks the same after a turn by 60 degrees; a turned stimulus is a turned picture."""

import inspect

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.protocols import LIBRARY

#: What turns no whole picture, and why.
NOT_TURNED = {
    "flyvis_moving_edge": "drawn on flyvis' stretched canvas, as its docstring says",
    "natural_image": "the picture stays upright and only moves towards the angle",
    "random_dots": "dots lie by chance",
}
TURNED = [
    name
    for name in LIBRARY
    if "angle" in inspect.signature(LIBRARY[name]).parameters and name not in NOT_TURNED
]


def turned_columns(eye, turn: int) -> np.ndarray:
    """Where each column comes to lie, computed from positions."""
    place = (eye.x + 1j * eye.y) * np.exp(1j * np.deg2rad(turn))
    far = abs((eye.x + 1j * eye.y)[None] - place[:, None])
    assert far.min(axis=1).max() < 1e-9
    return far.argmin(axis=1)


def test_all_protocols_with_an_angle_are_asked():
    assert {"moving_bar", "moving_edge", "drifting_grating", "bar_flash"} <= set(TURNED)


@pytest.mark.parametrize(
    "angle", [30, *(pytest.param(angle, marks=pytest.mark.slow) for angle in (0, 45, 82.3, 90))]
)
@pytest.mark.parametrize("name", TURNED)
def test_a_stimulus_turned_by_60_degrees_is_the_picture_turned_to_the_bit(name, angle):
    eye = nfs.Eye(3)
    frames = {
        turn: LIBRARY[name](angle=[angle + turn]).luminance(3, 20 * ms).to_numpy()
        for turn in (0, 60, 120, 180, 240, 300, 360, -180)
    }
    for turn, shown in frames.items():
        assert np.array_equal(shown[..., turned_columns(eye, turn)], frames[0]), turn


@pytest.mark.parametrize("name", [*TURNED, *NOT_TURNED])
def test_a_whole_turn_changes_nothing(name):
    once, again = (
        LIBRARY[name](angle=[angle]).luminance(2, 20 * ms).to_numpy() for angle in (30, 390)
    )
    assert np.array_equal(once, again)
