"""The task score of models on images that no fit saw, at the full eye with its border."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
import xarray as xr
from tqdm import tqdm

from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.ensembles.readout import Readout
from neuroflysim.errors import InvalidTypeError
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.eye_worlds import layered_worlds
from neuroflysim.flow.photograph_files import PictureFiles, example_photographs
from neuroflysim.flow.photograph_files import photographs as read_photographs
from neuroflysim.flow.pictures import translating_pictures
from neuroflysim.flow.scoring import task_score
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.progress import progress_bar
from neuroflysim.workers import Workers, spread

#: Seeds of the clips: far from those of fits, which are small and have four parts.
PICTURE_SEED, WORLD_SEED = 5, 77

#: Pairs of velocities for each photograph, and number of layered worlds; each in four directions.
SPEEDS_PER_PICTURE, N_WORLDS = 6, 12

#: Photographs and layered worlds, as they end the names of quantities.
KINDS = ("", "_worlds")

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
    lattice: Lattice = DEFAULT_LATTICE,
    photographs: PictureFiles | Mapping[str, np.ndarray] | None = None,
    progress: bool = True,
    workers: Workers | None = None,
    dynamics: Dynamics = GRADED,
) -> xr.Dataset:
    """Score models on photographs and on layered worlds.

    Parameters
    ----------
    models : sequence of Parameters
    readout : Readout
    lattice : Lattice
    photographs : path-like, list of path-like, or dict of ndarray, optional
        A folder of pictures, two or more; those in the box, if not given. They move with their
        natural contrast.
    progress : bool
    workers : Workers, optional
        Who share the work; this process does it alone, if not given. The numbers are the same.
    dynamics : Dynamics
        For which the models are; the readout is fitted to what cells do with these equations.

    Returns
    -------
    Dataset
        The variables of `TASK_QUANTITIES`, by candidate. NaN where activity runs away.
    """
    clips = TaskClips(list(models), readout, lattice, photographs, dynamics)
    bar = progress_bar(progress, total=len(clips.pieces), unit="model", delay=3, leave=False)
    with bar:
        return scores_of(clips, workers, bar)


class TaskClips:
    """What models are scored on, and which.

    Parameters
    ----------
    models : list of Parameters
    readout : Readout
    lattice : Lattice
    photographs, dynamics
        See `task_measures`.
    """

    def __init__(
        self,
        models: list[Parameters],
        readout: Readout,
        lattice: Lattice,
        photographs: PictureFiles | Mapping[str, np.ndarray] | None = None,
        dynamics: Dynamics = GRADED,
    ):
        self.models, self.readout, self.lattice = models, readout, lattice
        self.dynamics = dynamics
        self._pictures = None if photographs is None else _read(photographs)

    @cached_property
    def _own(self) -> Clips:
        return _moving(self._pictures or {}, self.lattice)

    def __getstate__(self) -> dict:
        """Send no clips: they are drawn anew."""
        return {name: value for name, value in vars(self).items() if name != "_own"}

    def of_kind(self, kind: str) -> Clips:
        """Return photographs (""), or layered worlds ("_worlds")."""
        if kind == "_worlds":
            return world_clips(self.lattice)
        return _boxed_photographs(self.lattice) if self._pictures is None else self._own

    @property
    def pieces(self) -> list[tuple[str, int]]:
        """All the work: each kind of clips for each model."""
        return [(kind, number) for kind in KINDS for number in range(len(self.models))]


def score_of_model(clips: TaskClips, piece: tuple[str, int]) -> dict[str, float]:
    """Return the numbers of a model for a kind of clips, wherever this is called.

    Parameters
    ----------
    clips : TaskClips
    piece : (str, int)
        One of ``clips.pieces``.

    Returns
    -------
    dict of str to float
        By the names of `TASK_QUANTITIES`.
    """
    kind, number = piece
    shown = clips.of_kind(kind)
    model, options = clips.models[number], {"progress": False, "dynamics": clips.dynamics}
    scores = task_score([model], shown, clips.readout, **options).iloc[0]
    return {
        f"task_r2{kind}": scores["r2"],
        f"task_error{kind}": scores["end_point_error"],
        f"task_error{kind}_blind": scores["end_point_error_blind"],
        f"task_contrast{kind}": np.median(shown.local_contrast()),
    }


def scores_of(clips: TaskClips, workers: Workers | None, bar: tqdm) -> xr.Dataset:
    """Score all models, as `task_measures` does.

    Parameters
    ----------
    clips : TaskClips
    workers : Workers, optional
    bar : tqdm
        Whose total counts ``clips.pieces``.
    """
    values = {name: np.full(len(clips.models), np.nan) for name in TASK_QUANTITIES}
    found = spread(score_of_model, clips.pieces, workers, common=clips, bar=bar)
    for (_, number), numbers in zip(clips.pieces, found, strict=True):
        for name, value in numbers.items():
            values[name][number] = value
    return xr.Dataset(
        {
            name: ("candidate", values[name], {"long_name": text})
            for name, text in TASK_QUANTITIES.items()
        }
    )


def photograph_clips(
    photographs: PictureFiles | Mapping[str, np.ndarray] | None = None,
    lattice: Lattice = DEFAULT_LATTICE,
) -> Clips:
    """Return photographs that move over the eye.

    Parameters
    ----------
    photographs, lattice
        See `task_measures`.

    Examples
    --------
    >>> photograph_clips(lattice=Lattice(extent=3))
    <144 clips of 6 scenes, 36 frames of 20 ms, on a lattice of extent 3>
    """
    if photographs is None:
        return _boxed_photographs(lattice)
    return _moving(_read(photographs), lattice)


def _read(photographs) -> Mapping:
    """Return pictures by name; what is one already stays."""
    if isinstance(photographs, Mapping):
        return photographs
    if not isinstance(photographs, str | os.PathLike | Sequence):
        raise InvalidTypeError(
            f"photographs is {photographs!r}, but must be a folder or a list of files."
        )
    return read_photographs(photographs)


def _moving(pictures: Mapping, lattice: Lattice) -> Clips:
    return translating_pictures(
        list(pictures.values()), seed=PICTURE_SEED, n_speeds=SPEEDS_PER_PICTURE, lattice=lattice
    )


@lru_cache(maxsize=1)
def _boxed_photographs(lattice: Lattice) -> Clips:
    return _moving(example_photographs(), lattice)


@lru_cache(maxsize=1)
def world_clips(lattice: Lattice = DEFAULT_LATTICE) -> Clips:
    """Return layered worlds.

    Parameters
    ----------
    lattice : Lattice
    """
    return layered_worlds(N_WORLDS, seed=WORLD_SEED, lattice=lattice)
