"""Edges, gratings, flashes and photographs, among which the best is looked for."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from attrs import frozen
from brian2 import hertz, ms, second

from neuroflysim.flow import example_photographs
from neuroflysim.gradients.showing import Showing
from neuroflysim.lattice import Lattice
from neuroflysim.protocols import drifting_grating, flash, moving_edge, natural_image
from neuroflysim.simulation.grey import GREY
from neuroflysim.stimulus.protocol import Protocol


@frozen(eq=False)
class Movies:
    """Conditions of protocols, each as a movie."""

    deviation: np.ndarray  #: of luminance from grey, shape (movie, time, column)
    lengths: np.ndarray  #: how many frames each has, grey follows, shape (movie,)
    labels: pd.DataFrame  #: a row for each: stimulus, and the parameters that vary


def common_stimuli() -> dict[str, Protocol]:
    """Return protocols by name, each without grey before and after.

    Edges of both contrasts in twelve directions, gratings of two wavelengths and two frequencies in
    eight, flashes, and the six photographs in the box, moving in four directions.
    """
    bare = {"pre_time": 0 * second, "tail_time": 0 * second}
    photographs = {
        f"photograph {name}": natural_image(
            picture, speed=110 / second, still_time=0 * second, stim_time=500 * ms, **bare
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


def shown_movies(
    protocols: dict[str, Protocol] | None, lattice: Lattice, time_step: float
) -> Movies:
    """Return all conditions of protocols as movies of one length.

    Parameters
    ----------
    protocols : dict of str to Protocol, or None
        None: the common stimuli, which are drawn once.
    lattice : Lattice
    time_step : float
        In seconds.
    """
    if protocols is None:
        return _common_movies(lattice, time_step)
    return _movies(protocols, lattice, time_step)


@lru_cache(maxsize=2)
def _common_movies(lattice: Lattice, time_step: float) -> Movies:
    return _movies(common_stimuli(), lattice, time_step)


def _movies(protocols: dict[str, Protocol], lattice: Lattice, time_step: float) -> Movies:
    drawn = [one.luminance(lattice, time_step * second).to_numpy() for one in protocols.values()]
    longest = max(one.shape[1] for one in drawn)
    lengths = np.concatenate([np.full(len(one), one.shape[1]) for one in drawn])
    deviation = np.zeros((len(lengths), longest, lattice.n_columns), dtype=np.float32)
    deviation[:] = np.concatenate(
        [np.pad(one - GREY, ((0, 0), (0, longest - one.shape[1]), (0, 0))) for one in drawn]
    )
    tables = [one.conditions for one in protocols.values()]
    labels = [
        table[[name for name in table if table[name].nunique() > 1]].assign(stimulus=name)
        for name, table in zip(protocols, tables, strict=True)
    ]
    return Movies(deviation, lengths, pd.concat(labels, ignore_index=True))


def clips_that_drive(showing: Showing, cell_type: str, n_frames: int, movies: Movies) -> np.ndarray:
    """Cut out of each movie the clip at whose end a cell is most depolarised.

    Parameters
    ----------
    showing : Showing
    cell_type : str
    n_frames : int
        Of a clip; what is longer before the moment is cut off, what is shorter follows grey.
    movies : Movies

    Returns
    -------
    ndarray, shape (clip, time, column)
        Deviations of luminance from grey.
    """
    trace = showing.trace(movies.deviation, cell_type)
    after_the_end = np.arange(trace.shape[1]) >= movies.lengths[:, None]
    peaks = np.where(after_the_end, -np.inf, trace).argmax(axis=1)
    before = np.zeros((len(trace), n_frames - 1, showing.lattice.n_columns))
    padded = np.concatenate([before, movies.deviation], axis=1)
    return np.stack([padded[k, peak : peak + n_frames] for k, peak in enumerate(peaks)])
