"""What a protocol cannot show is refused when it is made, by the name of the argument."""

import inspect

import numpy as np
import pytest
from brian2 import Hz, ms, mV, second

import neuroflysim as nfs
from neuroflysim.protocols import (
    LIBRARY,
    apparent_motion_bars,
    apparent_motion_columns,
    bar_flash,
    chirp,
    column_flash,
    contrast_steps,
    counterphase_grating,
    drifting_grating,
    flash,
    flyvis_moving_edge,
    looming,
    moving_bar,
    moving_edge,
    random_dots,
    ring_flash,
    white_noise,
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: contrast_steps(contrast=1.2), "between -1 and 1"),
        (lambda: contrast_steps(contrast=0.5, background=0.8), "between -1 and 0.25"),
        (lambda: contrast_steps(contrast=0.5, background=0), "background"),
        (lambda: moving_bar(speed=28), r"28\*degree/second"),
        (lambda: moving_bar(speed=-28 / second), "greater than 0"),
        (lambda: moving_bar(start=1, stop=1), "smaller"),
        (lambda: moving_bar(width=-1), "width"),
        (lambda: moving_bar(height=3 * ms), "without a unit"),
        (lambda: moving_bar(height=[9, -1]), "height"),
        (lambda: drifting_grating(waveform="saw"), "'sine', 'square'"),
        (lambda: drifting_grating(contrast=0.5, background=0.8), "between 0 and 0.25"),
        (lambda: drifting_grating(temporal_frequency=1), r"1\*Hz"),
        (lambda: drifting_grating(wavelength=0), "wavelength"),
        (lambda: counterphase_grating(contrast=-1), "contrast"),
        (lambda: column_flash(columns=[(0, 0.5)]), "whole numbers"),
        (lambda: column_flash(columns=[]), "columns"),
        (lambda: column_flash(columns="centre"), "columns"),
        (lambda: column_flash(column_angle=0), "column_angle"),
        (lambda: ring_flash(ring=-1), ">= 0"),
        (lambda: ring_flash(ring=0.5), "whole number"),
        (lambda: ring_flash(center_u="a"), "center_u"),
        (lambda: bar_flash(position=[]), "position"),
        (lambda: bar_flash(position=[0 * ms]), "position"),
        (lambda: apparent_motion_bars(positions=(0, 1), delay=0 * ms), "shown on each other"),
        (lambda: apparent_motion_bars(positions=(0, 5, 10)), "positions"),
        (lambda: apparent_motion_bars(intensities=[1, 2, 3]), "intensities"),
        (lambda: apparent_motion_bars(delay=-1 * ms), "0 or more"),
        (lambda: apparent_motion_columns(columns=((0, 0), (0, 0)), delay=0 * ms), "itself"),
        (lambda: apparent_motion_columns(columns=(0, 0)), "two columns"),
        (lambda: chirp(last_frequency=8), r"8\*Hz"),
        (lambda: chirp(pause=-1 * second), "pause"),
        (lambda: looming(l_over_v=40), r"40\*ms"),
        (lambda: looming(start_size=90), "smaller"),
        (lambda: looming(stop_size=180), "stop_size"),
        (lambda: flash(intensity=2), "intensity"),
        (lambda: moving_edge(angle=np.inf), "angle"),
        (lambda: flash(radius=-1), "radius"),
        (lambda: flash(center_x=np.inf), "center_x"),
        (lambda: bar_flash(width=0), "width"),
        (lambda: apparent_motion_bars(intensities=(0, 2)), "between 0 and 1"),
        (lambda: drifting_grating(background=0), "above black"),
        (lambda: white_noise(background=0.8), "between 0 and 0.25"),
        (lambda: random_dots(intensity=1 * Hz), "without a unit"),
        (lambda: flyvis_moving_edge(hold_time=1), "hold_time"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(make, message):
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=message):
        make()


NONSENSE = {
    "text": "nonsense",
    "no value": [],
    "NaN": np.nan,
    "a voltage": 3 * mV,
    "an uneven list": [[1, 2], [3]],
    "a complex number": 1j,
    "an object": object(),
    "a number without end": 10**400,
}


@pytest.mark.parametrize("what", NONSENSE)
def test_no_argument_of_a_protocol_takes_nonsense(what):
    taken = []
    for name, make in LIBRARY.items():
        for argument in inspect.signature(make).parameters:
            try:
                make(**{argument: NONSENSE[what]})
            except nfs.NeuroFlySimError:
                continue
            taken.append(f"{name}({argument}=...)")
    assert not taken
