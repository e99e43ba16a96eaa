"""The task score of models on images that no fit saw, at the full eye with its border."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import xarray as xr

from neuroflysim.errors import InvalidTypeError
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.eye_worlds import layered_worlds
from neuroflysim.flow.photograph_files import example_photographs
from neuroflysim.flow.photograph_files import photographs as read_photographs
from neuroflysim.flow.pictures import translating_pictures
from neuroflysim.flow.readout import Readout
from neuroflysim.flow.scoring import task_score
from neuroflysim.parameters import Parameters

#: Seeds of the clips: far from those of fits, which are small and have four parts.
PICTURE_SEED, WORLD_SEED = 5, 77

#: Pairs of velocities for each photograph, and number of layered worlds; each in four directions.
SPEEDS_PER_PICTURE, N_WORLDS = 6, 12

#: What the numbers are called, and what they mean.
TASK_QUANTITIES = {
    "task_r2": "photographs that no fit saw: explained part of flow, on held-out ones",
    "task_error": "the same: end-point error of flow, deg/s",
    "task_error_blind": "end-point error of a readout that sees nothing, deg/s",
    "task_contrast": "median contrast that columns at the centre see in these clips",
    "task_r2_worlds": "layered worlds that no fit saw: explained part of flow, on held-out ones",
    "task_error_worlds": "the same: end-point error of flow, deg/s",
    "task_error_worlds_blind": "end-point error of a readout that sees nothing, deg/s",
    "task_contrast_worlds": "median contrast that columns at the centre see in these clips",
}


def task_measures(
    models: Sequence[Parameters],
    readout: Readout,
    *,
    extent: int = 15,
    photographs=None,
    progress: bool = True,
) -> xr.Dataset:
    """Score models on photographs and on layered worlds.

    Parameters
    ----------
    models : sequence of Parameters
    readout : Readout
    extent : int, columns
    photographs : path-like, list of path-like, or dict of ndarray, optional
        A folder of pictures, two or more; those in the box, if not given. They move with their
        natural contrast.
    progress : bool

    Returns
    -------
    Dataset
        The variables of `TASK_QUANTITIES`, by candidate. NaN where activity runs away.
    """
    values = {}
    sources = {"": photograph_clips(photographs, extent), "_worlds": world_clips(extent)}
    for kind, clips in sources.items():
        scores = task_score(models, clips, readout, progress=progress)
        contrast = np.full(len(models), np.median(clips.local_contrast()))
        values[f"task_r2{kind}"] = scores["r2"]
        values[f"task_error{kind}"] = scores["end_point_error"]
        values[f"task_error{kind}_blind"] = scores["end_point_error_blind"]
        values[f"task_contrast{kind}"] = contrast
    return xr.Dataset(
        {
            name: ("candidate", np.asarray(values[name]), {"long_name": text})
            for name, text in TASK_QUANTITIES.items()
        }
    )


def photograph_clips(photographs=None, extent: int = 15) -> Clips:
    """Return photographs that move over the eye.

    Parameters
    ----------
    photographs, extent
        See `task_measures`.

    Examples
    --------
    >>> photograph_clips(extent=3)
    <144 clips of 6 scenes, 36 frames of 20 ms, on a lattice of extent 3>
    """
    if photographs is None:
        return _boxed_photographs(extent)
    if not isinstance(photographs, Mapping):
        if not isinstance(photographs, str | os.PathLike | Sequence):
            raise InvalidTypeError(
                f"photographs is {photographs!r}, but must be a folder or a list of files."
            )
        photographs = read_photographs(photographs)
    return _moving(photographs, extent)


def _moving(pictures: Mapping, extent: int) -> Clips:
    return translating_pictures(
        list(pictures.values()), seed=PICTURE_SEED, n_speeds=SPEEDS_PER_PICTURE, extent=extent
    )


@lru_cache(maxsize=1)
def _boxed_photographs(extent: int) -> Clips:
    return _moving(example_photographs(), extent)


@lru_cache(maxsize=1)
def world_clips(extent: int = 15) -> Clips:
    """Return layered worlds.

    Parameters
    ----------
    extent : int, columns
    """
    return layered_worlds(N_WORLDS, seed=WORLD_SEED, extent=extent)
