"""What a notebook shows of a protocol: its times, its conditions, and a thumbnail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from brian2 import Quantity, second

from neuroflysim.lattice import Lattice
from neuroflysim.notebook import card, curves, figure, grey, hexagons, table
from neuroflysim.stimulus.canvas import Canvas, drawing_times, name_of
from neuroflysim.stimulus.eye import Eye

if TYPE_CHECKING:
    from neuroflysim.stimulus.protocol import Protocol

#: How much of the eye the thumbnail shows, at how many moments; and of how many conditions one is
#: chosen that shows anything, for the first may be the blank one.
SMALL, N_MOMENTS, MOST_TRIED = Lattice(extent=5), 4, 3

#: How long a frame of it lasts, and how many there are at most, in seconds.
_FRAME, _MOST_FRAMES = 0.02, 1000


def protocol_card(protocol: Protocol) -> str:
    """Return HTML. A protocol that cannot be drawn has a card that says why.

    Parameters
    ----------
    protocol : Protocol
    """
    facts = {
        "conditions": protocol.n_conditions,
        "before": f"{float(protocol.pre_time):g} s of luminance {protocol.background:g}",
        "stimulus": f"{float(protocol.stim_time):g} s",
        "after": f"{float(protocol.tail_time):g} s",
        "drawn by": "" if protocol.frames is None else name_of(protocol.frames),
        "reference": protocol.reference,
    }
    conditions = protocol.conditions
    listed = ""
    if len(conditions.columns):
        rows = conditions.head(8).itertuples(index=False, name=None)
        listed = table(list(conditions.columns), rows, len(conditions))
    try:
        thumbnail = _thumbnail(protocol)
    except Exception as error:  # a function of the user draws, which may do anything
        thumbnail = figure("", f"It cannot be drawn: {type(error).__name__}: {error}")
    return card(f"Protocol {protocol.name}", facts, [thumbnail, listed])


def _thumbnail(protocol: Protocol) -> str:
    """Return pictures of one condition at a few moments, and one column over time."""
    step = _step(protocol)
    condition, luminance = _first_that_shows(protocol, step)
    times = protocol.times(step)
    onset, n_frames, _ = protocol.phases(step)
    moments = onset + _moments(luminance[onset : onset + n_frames])
    u, v = SMALL.columns.T
    pictures = "".join(
        hexagons(u, v, grey(luminance[k]), f"luminance at {times[k] * 1000:.0f} ms", 66)
        for k in moments
    )
    center = int(SMALL.index(0, 0))
    changes = np.abs(luminance - protocol.background).sum(axis=0)
    column = center if changes[center] > 0 else int(changes.argmax())
    over_time = curves(
        times,
        [luminance[:, column]],
        "luminance of one column over time; the stimulus is shaded",
        "s",
        shaded=(0.0, float(protocol.stim_time)),
        height=36,
    )
    at = ", ".join(f"{times[k] * 1000:.0f}" for k in moments)
    u_v = tuple(SMALL.columns[column].tolist())
    caption = f"condition {condition} at {at} ms (luminance, black 0 to white 1); column {u_v}"
    return figure(f'<div style="display:flex;gap:2px">{pictures}</div>{over_time}', caption)


def _moments(frames: np.ndarray) -> np.ndarray:
    """Return which frames are drawn: evenly over time and over what changes, half and half."""
    changes = np.append(0, np.abs(np.diff(frames, axis=0)).sum(axis=1))
    passed = np.linspace(0, 1, len(frames)) + np.cumsum(changes) / (changes.sum() or 1)
    evenly = (np.arange(N_MOMENTS) + 0.5) / N_MOMENTS * passed[-1]
    return np.unique(np.searchsorted(passed, evenly).clip(max=len(frames) - 1))


def _step(protocol: Protocol) -> Quantity:
    """Return how long a frame lasts: less where the stimulus is short, more where it is long."""
    stim = float(protocol.stim_time)
    total = stim + float(protocol.pre_time) + float(protocol.tail_time)
    return min(max(min(_FRAME, stim / N_MOMENTS), total / _MOST_FRAMES), stim) * second


def _first_that_shows(protocol: Protocol, step: Quantity) -> tuple[int, np.ndarray]:
    """Return a condition that is seen, and its luminance, shape (time, column)."""
    times = protocol.times(step)
    onset, n_frames, _ = protocol.phases(step)
    drawn = drawing_times(times[onset : onset + n_frames], float(step))
    eye, background = Eye(SMALL), float(protocol.background)
    canvas = Canvas(protocol.name, eye, drawn, background)
    what = protocol.luminance_equations or protocol.frames
    assert what is not None  # a protocol has one of them
    # As "records", pandas before 3 gives nothing for conditions without a parameter.
    rows = list(protocol.conditions.head(MOST_TRIED).to_dict("index").values())
    luminance = np.empty((1, len(times), len(eye.x)))
    for condition, row in enumerate(rows):
        canvas.draw(what, [row], luminance, onset)
        if (luminance != background).any():
            return condition, luminance[0]
    return len(rows) - 1, luminance[0]
