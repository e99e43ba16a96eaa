"""Where the columns of an eye look: on the sphere around the fly, and in the visual field."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from neuroflysim.errors import InvalidTypeError
from neuroflysim.plotting.panels import Panels, panels
from neuroflysim.stimulus.eye import Eye

#: Circles of the sphere and of the visual field, in degrees.
_RINGS = (30, 60, 90)

#: Of the fly, as the axes of directions have them.
_LANDMARKS = {"front": (1, 0, 0), "left": (0, 1, 0), "up": (0, 0, 1), "back": (-1, 0, 0),
              "right": (0, -1, 0), "down": (0, 0, -1)}  # fmt: skip


def plot_eye(eye: Eye, axes: Panels | None = None) -> np.ndarray:
    """Draw where the columns of an eye look.

    Parameters
    ----------
    eye : Eye
    axes : array of two Axes, optional

    Returns
    -------
    ndarray of Axes
        Left, the sphere of directions with the fly in its middle, from a point far out in the
        direction of the mean column; what looks to the far side is pale. Right, the visual field
        in which stimuli are drawn, with circles at 30, 60 and 90 degrees. Colours tell how far
        each column looks from its nearest neighbour.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> axes = plot_eye(nfs.Eye(3))
    >>> axes[0, 1].get_xlabel()
    'x (deg)'
    """
    if not isinstance(eye, Eye):
        raise InvalidTypeError(f"eye must be a neuroflysim Eye, but is {type(eye).__name__}.")
    drawn = panels(2, 4.6, 4.2, axes)
    sphere, field = drawn.flat[:2]
    spacing = _spacing(eye)
    dots = _draw_sphere(sphere, eye, spacing)
    _draw_field(field, eye, spacing)
    bar = sphere.figure.colorbar(dots, ax=[sphere, field], shrink=0.7)
    bar.set_label("nearest neighbour (deg)", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    return drawn


def _spacing(eye: Eye) -> np.ndarray:
    """Return the angle from each column to its nearest neighbour in degrees."""
    cosine = eye.directions @ eye.directions.T
    np.fill_diagonal(cosine, -1)
    return np.degrees(np.arccos(np.clip(cosine.max(axis=1), -1, 1)))


def _draw_sphere(ax: Axes, eye: Eye, spacing: np.ndarray):
    mean = eye.directions.mean(axis=0)
    outward = mean / np.linalg.norm(mean) if np.linalg.norm(mean) > 1e-6 else np.array([1.0, 0, 0])
    # Seen from outside, with the z axis up (or the x axis, if z points at who looks).
    upright = np.array([0.0, 0, 1] if abs(outward[2]) < 0.9 else [1.0, 0, 0])
    right = np.cross(upright, outward)
    right /= np.linalg.norm(right)
    up = np.cross(outward, right)
    turn = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(turn), np.sin(turn), color="0.5", lw=1)
    for line in _grid():
        front = line @ outward > 0
        x, y = np.where(front, line @ right, np.nan), np.where(front, line @ up, np.nan)
        ax.plot(x, y, color="0.85", lw=0.6, zorder=0)
    near = eye.directions @ outward > 0
    limits = {"vmin": spacing.min(), "vmax": spacing.max()}
    x, y = eye.directions @ right, eye.directions @ up
    ax.scatter(x[~near], y[~near], 7, "0.8", zorder=1)
    dots = ax.scatter(x[near], y[near], 9, spacing[near], cmap="viridis", zorder=2, **limits)
    for name, direction in _LANDMARKS.items():
        if np.dot(direction, outward) > 0.05:
            ax.annotate(name, (float(right @ direction), float(up @ direction)), fontsize=8)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return dots


def _grid() -> list[np.ndarray]:
    """Return circles of longitude and latitude, every 30 degrees, as directions."""
    along = np.deg2rad(np.linspace(-180, 180, 181))
    lines = []
    for degrees in range(-150, 181, 30):
        fixed, free = np.deg2rad(degrees), along[45:136]
        lines.append(
            np.stack(
                [np.cos(free) * np.cos(fixed), np.cos(free) * np.sin(fixed), np.sin(free)], axis=1
            )
        )
    for degrees in range(-60, 61, 30):
        height = np.deg2rad(degrees)
        ring = np.full_like(along, np.sin(height))
        lines.append(
            np.stack([np.cos(height) * np.cos(along), np.cos(height) * np.sin(along), ring], axis=1)
        )
    return lines


def _draw_field(ax: Axes, eye: Eye, spacing: np.ndarray) -> None:
    turn = np.linspace(0, 2 * np.pi, 200)
    for ring in _RINGS:
        ax.plot(ring * np.cos(turn), ring * np.sin(turn), color="0.85", lw=0.6, zorder=0)
    ax.scatter(eye.x, eye.y, 9, spacing, cmap="viridis")
    center = eye.lattice.index(0, 0)
    ax.plot(eye.x[center], eye.y[center], "k+", ms=8)
    reach = 1.08 * max(np.abs(eye.x).max(), np.abs(eye.y).max(), 1.0)
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    ax.set_xlabel("x (deg)")
    ax.set_ylabel("y (deg)")
