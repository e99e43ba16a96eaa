"""Edges, gratings, flashes and photographs, among which the best is looked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from brian2 import hertz, ms, second

from neuroflysim.flow import example_photographs
from neuroflysim.gradients.showing import Showing
from neuroflysim.protocols import drifting_grating, flash, moving_edge, natural_image
from neuroflysim.simulation.grey import GREY
from neuroflysim.stimulus.protocol import Protocol


def common_stimuli() -> dict[str, Protocol]:
    """Return protocols by name, each without grey before and after.

    Edges of both contrasts in twelve directions, gratings of two wavelengths and two frequencies in
    eight, flashes, and the six photographs in the box, moving in four directions.
    """
    bare = {"pre_time": 0 * second, "tail_time": 0 * second}
    photographs = {
        f"photograph {name}": natural_image(
            picture, speed=110 / second, still_time=0 * second, stim_time=1 * second, **bare
        )
        for name, picture in example_photographs().items()
    }
    return {
        "moving edge": moving_edge(**bare),
        "drifting grating": drifting_grating(
            angle=range(0, 360, 45),
            wavelength=[30, 60],
            temporal_frequency=[1, 4] * hertz,
            stim_time=1 * second,
            **bare,
        ),
        "flash": flash(stim_time=500 * ms, **bare),
        **photographs,
    }


def clips_that_drive(
    showing: Showing, cell_type: str, n_frames: int, protocols: dict[str, Protocol]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Cut out of each condition of protocols the clip at whose end a cell is most depolarised.

    Parameters
    ----------
    showing : Showing
    cell_type : str
    n_frames : int
        Of a clip; what is longer before the moment is cut off, what is shorter follows grey.
    protocols : dict of str to Protocol

    Returns
    -------
    clips : ndarray, shape (clip, time, column)
        Deviations of luminance from grey.
    labels : DataFrame
        A row for each clip: stimulus, and the parameters of the condition that vary.
    """
    clips, labels = [], []
    for name, protocol in protocols.items():
        luminance = protocol.luminance(showing.lattice, showing.time_step * second)
        shown = luminance.to_numpy() - GREY
        before = np.zeros((len(shown), n_frames, shown.shape[2]))
        padded = np.concatenate([before, shown], axis=1)
        trace = showing.trace(padded, cell_type)[:, n_frames:]
        for k, peak in enumerate(trace.argmax(axis=1)):
            clips.append(padded[k, peak + 1 : peak + 1 + n_frames])
        table = protocol.conditions
        varying = table[[each for each in table if table[each].nunique() > 1]]
        labels.append(varying.assign(stimulus=name))
    return np.array(clips), pd.concat(labels, ignore_index=True)
