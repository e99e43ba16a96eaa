"""How well flow is read out of models that are shown clips, in the terms of a fit and of papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from brian2 import second

from neuroflysim import checks
from neuroflysim.connectome import Connectome, Network
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.ensembles.readout import Readout
from neuroflysim.errors import InvalidTypeError, InvalidValueError, RunawayActivityError
from neuroflysim.flow.clip_times import READ_FRAMES
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.readout import (
    compressed,
    error_weights,
    folds,
    held_out,
    output_types,
)
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.progress import progress_bar
from neuroflysim.simulation import Program, SumsOfProducts, compile
from neuroflysim.simulation.grey import grey_frames, lead_steps

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Clips that are shown at once: the voltages of all read cells are kept, 15 MB a clip.
CLIPS_AT_ONCE = 24

#: What a score consists of.
SCORES = {
    "r2": "explained part of the compressed flow's mean square, on held-out scenes",
    "rms_error": "root mean square length of the error of the compressed flow, at most 1",
    "end_point_error": "mean length of the error of flow, deg/s",
    "end_point_error_blind": "the same of a readout that sees nothing, deg/s",
    "clip_error": "root mean square length of the error of flow in a clip, mean over clips, deg/s",
    "clip_error_blind": "the same of a readout that sees nothing, deg/s",
    "end_point_error_compressed": "mean length of the error of the compressed flow, at most 1",
    "end_point_error_compressed_blind": "the same of a readout that sees nothing",
}


def task_score(
    parameters: Parameters | Sequence[Parameters],
    clips: Clips,
    readout: Readout | None = None,
    *,
    read_frames: Sequence[int] = READ_FRAMES,
    n_folds: int = 2,
    threads: int | None = None,
    progress: bool = True,
    dynamics: Dynamics | str = GRADED,
) -> pd.DataFrame:
    """Show clips to models and score the flow that is read out of them on held-out scenes.

    The network rests at grey for a second before each clip. A linear readout that all columns share
    is fitted to some scenes and judged on the others, and the other way round.

    Parameters
    ----------
    parameters : Parameters or sequence of Parameters
    clips : Clips
        With a lattice that is open or periodic; of two scenes or more.
    readout : Readout, optional
        All output types, if not given.
    read_frames : sequence of int
        Frames at whose end flow is read. The default is for clips of 36 frames whose velocity
        changes in the middle.
    n_folds : int
    threads : int, optional
    progress : bool
        Show a progress bar when it takes more than a few seconds.
    dynamics : Dynamics or str
        Equations of the neurons, as in `simulate`. The readout is fitted to what they say of the
        clips, whatever they are: to rectified voltages.

    Returns
    -------
    DataFrame
        One row a model, in their order; columns `SCORES`. NaN where activity runs away.

    Notes
    -----
    r2 and rms_error are those of a fit: of the compressed flow (`neuroflysim.flow.readout`). The
    end-point error is what papers on optic flow report: how far off flow is, on average, by a
    readout that is fitted to the flow itself with least squares. Lappalainen et al. (2024) train
    with flyvis' ``l2norm``, the root of the squares summed over all frames, columns and components
    of a clip, mean over clips. clip_error is this divided by the root of the number of frames and
    columns, which makes it comparable between lattices and deg/s. A readout that sees nothing says
    the mean flow of the other scenes: about 0, if directions are balanced.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> clips = nfs.flow.layered_worlds(2, extent=3, seed=0)
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> scores = task_score(start, clips, Readout(cell_types=["T4a", "T4b"]))
    >>> bool((scores["end_point_error_blind"] > 20).all())
    True
    """
    dynamics = checked_dynamics(dynamics)
    models = checked_candidates(parameters, at_least=0, dynamics=dynamics)
    if not isinstance(clips, Clips):
        raise InvalidTypeError(f"clips must be Clips, but is {type(clips).__name__}.")
    frames = checks.whole_numbers("read_frames", read_frames).astype(int)
    if frames.max() >= clips.n_frames:
        raise InvalidValueError(
            f"read_frames goes up to {frames.max()}, but a clip has {clips.n_frames} frames,"
            " counted from 0."
        )
    fold = folds(clips.scene, n_folds)
    if not models:
        return pd.DataFrame(columns=list(SCORES), dtype=float)
    readout = Readout() if readout is None else readout
    with _Viewer(models[0].connectome, clips, readout, frames, threads, dynamics) as viewer:
        bar = progress_bar(progress, models, unit="model", delay=3, leave=False)
        rows = [_scores(viewer.features(model), clips.scene, fold, readout.noise) for model in bar]
    return pd.DataFrame(rows, columns=list(SCORES))


def _scores(features: np.ndarray | None, scene, fold, noise: float) -> dict[str, float]:
    """Return the scores of one model.

    Parameters
    ----------
    features : ndarray, shape (clip, sample, feature)
        1, outputs, compressed flow, flow. None if it has run away.
    """
    if features is None:
        return dict.fromkeys(SCORES, np.nan)
    n_features = features.shape[-1]
    products = np.stack([one.T @ one for one in features])
    read = np.arange(n_features - 5)
    fitted = held_out(
        products[None, :, :-2, :-2], scene, read, noise=noise, n_folds=len(np.unique(fold))
    )
    scores = {"r2": fitted.r2[0], "rms_error": fitted.rms_error[0]}
    nothing = np.array([], dtype=int)
    for kind, first in (("_compressed", n_features - 4), ("", n_features - 2)):
        for who, outputs in (("", 1 + read), ("_blind", nothing)):
            length = _error_lengths(features, products, fold, outputs, first + np.arange(2), noise)
            scores[f"end_point_error{kind}{who}"] = length.mean()
            scores[f"clip_error{kind}{who}"] = np.sqrt((length**2).mean(axis=1)).mean()
    return scores


def _error_lengths(features, products, fold, outputs, targets, noise: float) -> np.ndarray:
    """Return how long the error of each sample is when its scene was held out: (clip, sample)."""
    lengths = np.empty(features.shape[:2])
    for number in np.unique(fold):
        own = fold == number
        weights = error_weights(products[~own].sum(axis=0)[None], outputs, targets, noise)[0]
        lengths[own] = np.linalg.norm(features[own] @ weights, axis=-1)
    return lengths


class _Viewer:
    """Shows clips to models, settled at grey, and takes what a readout can see of them."""

    def __init__(
        self,
        connectome: Connectome,
        clips: Clips,
        readout: Readout,
        frames,
        threads,
        dynamics: Dynamics,
    ):
        self._clips, self._frames = clips, frames
        names = readout.cell_types or output_types(connectome)
        network = connectome.network(clips.lattice)
        sums = SumsOfProducts(names, pooling=readout.pooling)
        self._centers = sums.centers(network)
        sites = sums.sites(network)
        self._n_near = sites.shape[1]
        self._sum_near = _sums_over_columns(sites, network.lattice.n_columns)
        self._order = _columns_first(network, names)
        options = {
            "connectome": connectome,
            "dtype": "float32",
            "time_step": clips.time_step * second,
            "threads": threads,
            "lattice": clips.lattice,
            "dynamics": dynamics,
        }
        self._at_grey, first = None, clips.luminance[:CLIPS_AT_ONCE]
        # Voltages say where clips begin, unless there are other state variables.
        begins = "rest" if dynamics.state_variables == {"voltage"} else "grey"
        if begins == "rest":
            grey = grey_frames(lead_steps(clips.time_step), clips.lattice)
            self._at_grey = compile(grey, record="all", initial="rest", **options)
        self._program = compile(first, record=list(names), initial=begins, **options)

    def __enter__(self) -> _Viewer:
        return self

    def __exit__(self, *_) -> None:
        for program in (self._at_grey, self._program):
            if program is not None:
                program.close()

    def features(self, model: Parameters) -> np.ndarray | None:
        """Return 1, pooled outputs, compressed flow and flow: shape (clip, sample, feature).

        None if the activity runs away.
        """
        try:
            rest = None if self._at_grey is None else _voltage(self._at_grey, model)[0, -1]
            outputs = np.concatenate(list(self._outputs(model, rest)))
        except RunawayActivityError:
            return None
        flow = self._clips.flow[:, self._frames][:, :, self._centers]
        parts = (np.ones((*outputs.shape[:3], 1)), outputs, compressed(flow), flow)
        features = np.concatenate(parts, axis=-1, dtype=np.float64)
        return features.reshape(len(features), -1, features.shape[-1])

    def _outputs(self, model: Parameters, rest: np.ndarray | None) -> Iterator[np.ndarray]:
        """Yield pooled outputs of some clips after the others, (clip, frame, site, cell_type)."""
        for begin in range(0, len(self._clips), CLIPS_AT_ONCE):
            shown = self._clips.luminance[begin : begin + CLIPS_AT_ONCE]
            voltage = _voltage(self._program, model, stimulus=shown, initial=rest)
            seen = np.maximum(voltage[:, self._frames], 0).astype(np.float64)
            columns = seen[:, :, self._order].transpose(2, 0, 1, 3)
            pooled = self._sum_near @ columns.reshape(len(columns), -1)
            yield pooled.reshape(-1, *columns.shape[1:]).transpose(1, 2, 0, 3) / self._n_near


def _voltage(program: Program, model: Parameters, **shown) -> np.ndarray:
    return program.run(model, progress=False, **shown).voltage.to_numpy()[0]


def _sums_over_columns(sites: np.ndarray, n_columns: int) -> csr_array:
    """Return a matrix that sums over the columns of each site, in their order: (site, column)."""
    from scipy.sparse import csr_array  # adds filters of warnings: not on import

    rows = np.arange(0, sites.size + 1, sites.shape[1])
    return csr_array((np.ones(sites.size), sites.ravel(), rows), shape=(len(sites), n_columns))


def _columns_first(network: Network, names: tuple[str, ...]) -> np.ndarray:
    """Return where the cell of each column and type is among the recorded ones."""
    place = np.empty((network.lattice.n_columns, len(names)), dtype=int)
    begin = 0
    for number, name in enumerate(names):
        of_type = network.neuron_type == network.cell_types.index(name)
        column = network.neuron_column[of_type]
        place[column, number] = begin + np.arange(len(column))
        begin += len(column)
    return place
