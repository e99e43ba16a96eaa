"""Moving edges drawn as flyvis draws them, for numbers that can be compared one to one."""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, second

from neuroflysim.checks import bounded_numbers, positive_quantities, seconds
from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import Lattice
from neuroflysim.stimulus.protocol import Protocol

#: The canvas in pixels, its middle, and how many pixels there are from column to column.
CANVAS, MIDDLE, PITCH = 775, 387, 25
#: The canvas holds a lattice of this extent.
EXTENT = 15
#: Degrees from one position of the edge to the next, and the positions.
LED, POSITIONS = 2.25, np.arange(-10, 11)
GREY = 0.5


def flyvis_moving_edge(
    angle: npt.ArrayLike = range(0, 360, 30),
    intensity: npt.ArrayLike = (0, 1),
    speed: Quantity | Sequence[Quantity] = 110.2 / second,
    pre_time: Quantity = 1 * second,
    hold_time: Quantity = 1 * second,
) -> Protocol:
    """A straight edge jumps through 21 positions, drawn on the canvas of flyvis.

    On a background of luminance 0.5 the area behind an edge takes the luminance `intensity`. The
    edge jumps through positions 2.25 degrees apart, from -22.5 to 22.5 degrees, at a rate that
    gives the mean `speed`; the last position stays until the slowest edge has arrived, and for
    `hold_time` more.

    Positions are drawn on a canvas of 775 by 775 pixels, 25 from column to column. A column takes
    the mean over the pixels in its hexagon. The canvas stretches the lattice by 15 % from left to
    right, so that in the eye the edges at 30, 60, 120, ... degrees move up to 4 degrees off, and
    the background turns from 0.5 into 127/255 when an edge appears that is not at angle 0. Use
    `moving_edge` for edges that are true to the geometry of the eye.

    Parameters
    ----------
    angle : float or list, degrees
        Direction of motion on the canvas, counter-clockwise; 0 is to the right.
    intensity : float or list, 0 to 1
        Luminance behind the edge; 0 is an OFF edge, 1 an ON edge.
    speed : Quantity or list [degrees / s]
        For example 19*5.8*degree/second.
    pre_time, hold_time : Quantity [s]

    Returns
    -------
    Protocol
        For eyes of an extent up to 15.

    References
    ----------
    The moving edges of flyvis 1.2.0 (rendering on 721 hexagons of inradius 12.5 pixels; the
    pixels of a hexagon are chosen in half precision there, and so they are here). Lappalainen et
    al., Nature 634, 1132 (2024) show them at 2.4, 4.8, 9.7, 13, 19 and 25 columns of 5.8 degrees
    a second.

    Examples
    --------
    >>> from neuroflysim import degree
    >>> flyvis_moving_edge(angle=0, speed=[13 * 5.8, 19 * 5.8] * degree / second).n_conditions
    4
    """
    hold_time = seconds("hold_time", hold_time, allow_zero=True) * second
    speed = positive_quantities("speed", speed, 1 / second, "110.2*degree/second")
    return Protocol(
        name="flyvis_moving_edge",
        frames=_frames,
        parameters={
            "angle": bounded_numbers("angle", angle),
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
            "speed": speed,
            # Labels only: an edge has passed (stop - start) / speed after onset.
            "start": POSITIONS[0] * LED,
            "stop": (POSITIONS[-1] + 1) * LED,
        },
        pre_time=pre_time,
        stim_time=len(POSITIONS) * LED / np.min(speed) + hold_time,
        tail_time=0 * second,
        background=GREY,
        reference="Lappalainen et al., Nature 634, 1132 (2024); flyvis 1.2.0",
    )


def _frames(eye, times, background, *, angle, intensity, speed, start, stop) -> np.ndarray:
    """Return the luminance, shape (time, column)."""
    extent = eye.lattice.extent
    if extent is None or extent > EXTENT:
        raise InvalidValueError(
            f"the eye has {eye.lattice}, but the canvas of flyvis holds an open lattice of an"
            f" extent of at most {EXTENT}; show moving_edge instead."
        )
    drawn = drawn_positions(float(angle), float(intensity))[:, _central_columns(extent)]
    time_step = times[1] - times[0] if len(times) > 1 else np.inf
    # 1e-9: 0.42 s are 42 steps of 0.01 s, whatever their rounding.
    n_moving = int((stop - start) / speed / time_step + 1e-9)
    shown = np.full(len(times), len(POSITIONS) - 1)
    shown[:n_moving] = np.linspace(0, len(POSITIONS) - 1, n_moving).astype(int)[: len(times)]
    return drawn[shown]


@lru_cache(maxsize=64)
def drawn_positions(angle: float, intensity: float) -> np.ndarray:
    """Return the luminance of each column for each position of the edge.

    Parameters
    ----------
    angle : float
        In degrees.
    intensity : float

    Returns
    -------
    ndarray of float, shape (position, column)
        21 positions, 721 columns.

    Examples
    --------
    >>> drawn_positions(0.0, 1.0).shape
    (21, 721)
    """
    column, row, first, n_pixels = _pixels()
    left, part = _places_before_turning(column, row, angle)
    drawn = np.empty((len(POSITIONS), len(first)))
    for place, position in zip(drawn, POSITIONS, strict=True):
        line = _line(position, intensity)
        if angle % 360 == 0:
            pixels = line[left]
        else:
            # An image of bytes is turned: grey levels are cut off to whole ones, twice.
            line = np.trunc(255 * line)
            right = np.minimum(left + 1, len(line) - 1)
            pixels = np.trunc(line[left] + (line[right] - line[left]) * part) / 255
        place[:] = np.add.reduceat(pixels, first) / n_pixels
    drawn.flags.writeable = False
    return drawn


#: Pixels that continue the canvas on each side, so that it covers itself when it is turned.
_MARGIN = (int(np.hypot(CANVAS, CANVAS)) - CANVAS) // 2


def _line(position: int, intensity: float) -> np.ndarray:
    """Return one line of the canvas with its margins; all lines are alike before turning."""
    width = int(80 * LED / 5.8 * PITCH)
    center = int(CANVAS * (position * LED) / 180)
    start = int(center - width / 2)
    line = np.full(CANVAS, GREY)
    line[max(start, 0) : start + width + 1] = intensity
    return np.pad(line, _MARGIN, mode="edge")


def _places_before_turning(column, row, angle) -> tuple[np.ndarray, np.ndarray]:
    """Return where on the line a pixel of the turned canvas comes from.

    Returns
    -------
    left : ndarray of int
        The place to the left of it.
    part : ndarray of float
        How far it is from there to the next place.
    """
    turn, middle = math.radians(angle), CANVAS / 2 + _MARGIN
    # Rounded and added up as the imaging library does: right angles hit whole pixels, and grey
    # levels on the verge of the next one are cut off to the same side.
    cosine, sine = round(math.cos(turn), 15), round(math.sin(turn), 15)
    shift = (sine * middle - cosine * middle) + middle
    place = cosine * (column + 0.5 + _MARGIN) - sine * (row + 0.5 + _MARGIN) + shift - 0.5
    left = np.floor(place).astype(int)
    return left, place - left


@cache
def _pixels() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return column and row of the pixels in the hexagons, one hexagon after the other.

    And where in them each hexagon begins, and how many it has. flyvis asks in half precision on
    which side of each border a pixel lies; that moves borders by up to half a pixel.
    """
    half = np.float16
    u, v = Lattice(extent=EXTENT).columns.T
    centers = np.column_stack([PITCH * v, PITCH * (u + v / 2)]) + MIDDLE
    around = np.arange(-PITCH, PITCH + 1)
    near = np.floor(centers).astype(int)
    column = np.broadcast_to(near[:, None, None, 0] + around[:, None], (len(u), *[len(around)] * 2))
    row = np.broadcast_to(near[:, None, None, 1] + around, column.shape)
    inside = (column >= 0) & (column < CANVAS) & (row >= 0) & (row < CANVAS)
    x, y = column.astype(half), row.astype(half)
    center_x, center_y = centers.astype(half).T[:, :, None, None]
    corners = _corners()
    for (x1, y1), (x2, y2) in pairwise(corners):
        x1, y1, x2, y2 = x1 + center_x, y1 + center_y, x2 + center_x, y2 + center_y
        slope = (y2 - y1) / (x2 - x1)
        of_center = y1 + slope * (center_x - x1) - center_y
        of_pixel = y1 + slope * (x - x1) - y
        inside &= np.sign(of_center) == np.sign(of_pixel)
    n_pixels = inside.sum(axis=(1, 2))
    return column[inside], row[inside], np.cumsum(n_pixels) - n_pixels, n_pixels


def _corners() -> np.ndarray:
    """Return the corners of a hexagon around (0, 0), the first again at the end.

    Each is the one before turned by 60 degrees, and rounded to half precision.
    """
    half = np.float16
    sixth = half(np.pi) / half(3)
    cosine, sine = float(np.cos(sixth)), float(np.sin(sixth))
    corners = [(half(2 / np.sqrt(3) * PITCH / 2), half(0))]
    for _ in range(6):
        x, y = map(float, corners[-1])
        corners.append((half(cosine * x - sine * y), half(sine * x + cosine * y)))
    return np.array(corners)


@cache
def _central_columns(extent: int) -> np.ndarray:
    """Return which columns of the canvas a smaller lattice has."""
    return Lattice(extent=EXTENT).index(*Lattice(extent=extent).columns.T)
