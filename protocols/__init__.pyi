"""The names of this package, for editors and type checkers; see tests/write_stubs.py."""

from collections.abc import Callable, Mapping

from neuroflysim.protocols.apparent_motion_bars import apparent_motion_bars
from neuroflysim.protocols.apparent_motion_columns import apparent_motion_columns
from neuroflysim.protocols.bar_flash import bar_flash
from neuroflysim.protocols.chirp import chirp
from neuroflysim.protocols.column_flash import column_flash
from neuroflysim.protocols.contrast_steps import contrast_steps
from neuroflysim.protocols.counterphase_grating import counterphase_grating
from neuroflysim.protocols.drifting_grating import drifting_grating
from neuroflysim.protocols.flash import flash
from neuroflysim.protocols.flyvis_moving_edge import flyvis_moving_edge
from neuroflysim.protocols.looming import looming
from neuroflysim.protocols.movie import movie
from neuroflysim.protocols.moving_bar import moving_bar
from neuroflysim.protocols.moving_edge import moving_edge
from neuroflysim.protocols.natural_image import natural_image
from neuroflysim.protocols.random_dots import random_dots
from neuroflysim.protocols.ring_flash import ring_flash
from neuroflysim.protocols.white_noise import white_noise
from neuroflysim.stimulus.protocol import Protocol

GROUP: str
LIBRARY: Mapping[str, Callable[..., Protocol]]

__all__ = [
    "LIBRARY",
    "apparent_motion_bars",
    "apparent_motion_columns",
    "bar_flash",
    "chirp",
    "column_flash",
    "contrast_steps",
    "counterphase_grating",
    "drifting_grating",
    "flash",
    "flyvis_moving_edge",
    "looming",
    "movie",
    "moving_bar",
    "moving_edge",
    "natural_image",
    "random_dots",
    "ring_flash",
    "white_noise",
]
