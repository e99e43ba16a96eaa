"""Recordings of one's own: what candidates answer to a stimulus agrees with what cells did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import field as attribute
from attrs import fields, frozen
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.connectome import Connectome, checked_connectome, load_connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.files.netcdf_content import content_sha256
from neuroflysim.fit.contract import Model
from neuroflysim.fit.objectives.held_out import held_trials, lines_of, parts
from neuroflysim.fit.objectives.recorded_traces import RecordedTraces, recorded_traces
from neuroflysim.fit.objectives.recording_arguments import (
    listed,
    require_gain_and_offset,
    require_weights,
)
from neuroflysim.fit.objectives.recording_scorer import RecordingScorer
from neuroflysim.fit.objectives.search_stages import STAGES, checked_stages
from neuroflysim.fit.objectives.showing import (
    SMALL_EYE,
    candidates_at_once,
    eye_as_json,
    require_no_noise,
)
from neuroflysim.fit.objectives.shown_stimulus import ShownStimulus
from neuroflysim.fit.objectives.trace_agreement import SCORE_NAMES, Agreement
from neuroflysim.fit.recipe import Stage
from neuroflysim.lattice import Lattice, chosen_lattice
from neuroflysim.recordings import Recording
from neuroflysim.recordings.trials import cell_types_of
from neuroflysim.stimulus.protocol import Protocol


@frozen(slots=False, eq=False)
class RecordingObjective:
    r"""Answer a stimulus as recorded cells did.

    The mean over trials of a recording stands beside the voltage of the central cell of its type,
    as in `neuroflysim.recordings.compare_recording` without a lag: the mean over the exposure of
    each sample. With gain :math:`g` and offset :math:`o`, which are fitted by least squares in
    closed form or fixed, the explained variance of a cell type is

    .. math::

        1 - \frac{\sum (\bar y - g V - o)^2}{\sum (\bar y - \langle \bar y \rangle)^2}

    over samples of all of its conditions. A gain is never below 0: a model whose response is
    upside down explains nothing. The score is the weighted mean over cell types, and the loss
    1 - score, or for squared errors their mean.

    Parameters
    ----------
    recordings : Recording, path-like, or list of them
        Aligned to onsets, labelled with the cell type and with as many parameters of the stimulus
        as tell the conditions apart.
    stimulus : Protocol or array_like
        What was shown, as for `nfs.simulate`.
    measure : {"explained_variance", "correlation", "squared_error"}
        Correlations are over all samples that have a gain and an offset in common; squared errors
        are means over samples, in the unit of the recordings.
    gain, offset : {"cell_type", "recording", "condition"} or float
        What has a gain and an offset of its own, which are fitted; or a number for all. Of
        offsets there are as many as of gains, or more. Where gains are by condition, so are
        scores: the score is that of `compare_recording`, the mean over its rows.
    lattice : int or Lattice
        The eye that the stimulus is shown to; a small one is quick. A whole number is the radius
        in columns of one with borders; for what fills the field of view, one without, such as
        ``Lattice(size=(3, 2))``, is the quickest.
    time_step : Quantity [s]
        Of the model; no longer than that of the recordings.
    weights : {"equal", "noise_ceiling"} or mapping of str to float
        How much cell types count: each as much as others; each condition as much of its variance
        as trials have in common (see `neuroflysim.recordings.noise_ceiling`), fully with one
        trial; or numbers by cell type, 1 where there is none.
    held_out : mapping of str to value or list of values, optional
        What no generation is shown, and the result is judged on: trials with one of these values
        of each label. ``{"angle": [90, 270]}`` holds out conditions, and so does ``{"condition":
        [2]}`` by their number in the stimulus; ``{"trial": [0, 1]}`` the first two trials of each
        cell type and condition; ``{"cell_type": "Tm3"}`` all of Tm3.
    begin, end : Quantity [s], optional
        Samples that count, both included; negative before the onset. All if not given.
    exposure : Quantity [s], optional
        How long light is collected for a sample; see `compare_recording`.
    prior_weight : float
        Of the mean square of what the search varies, which is added to the loss. Not 0, it keeps
        parameters near the start that recordings do not tell.
    stages : sequence of Stage
        The search.
    connectome : Connectome, optional
        Whose cell types recordings may be of; the embedded one, if not given.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        Names what does not fit, and what would.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import Hz, second
    >>> recording = nfs.Recording.from_array(
    ...     np.sin(np.arange(120.0))[None], rate=40*Hz, unit="mV", cell_type="Mi1",
    ...     onsets=1*second, conditions={"intensity": 1})
    >>> objective = nfs.RecordingObjective(
    ...     recording, nfs.protocols.flash(intensity=1), lattice=nfs.Lattice(size=(3, 2)))
    >>> objective
    <RecordingObjective: explained_variance of Mi1 in 1 condition>
    """

    recordings: tuple[Recording, ...] = attribute(converter=listed)
    stimulus: Protocol | npt.ArrayLike
    measure: str = attribute(default="explained_variance", kw_only=True)
    gain: str | float = attribute(default="cell_type", kw_only=True)
    offset: str | float = attribute(default="cell_type", kw_only=True)
    lattice: Lattice = attribute(default=SMALL_EYE, converter=chosen_lattice, kw_only=True)
    time_step: Quantity = attribute(default=10 * ms, kw_only=True)
    weights: str | Mapping[str, float] = attribute(default="equal", kw_only=True)
    held_out: Mapping[str, Any] | None = attribute(default=None, kw_only=True)
    begin: Quantity | None = attribute(default=None, kw_only=True)
    end: Quantity | None = attribute(default=None, kw_only=True)
    exposure: Quantity | None = attribute(default=None, kw_only=True)
    prior_weight: float = attribute(default=0.0, kw_only=True)
    stages: tuple[Stage, ...] = attribute(default=STAGES, converter=checked_stages, kw_only=True)
    connectome: Connectome | None = attribute(default=None, kw_only=True, repr=False)

    def __attrs_post_init__(self):
        checks.one_of("measure", self.measure, SCORE_NAMES)
        checks.finite_number("prior_weight", self.prior_weight, 0)
        require_gain_and_offset(self.measure, self.gain, self.offset)
        units = sorted({recording.units for recording in self.recordings})
        if self.measure == "squared_error" and len(units) > 1:
            raise InvalidValueError(
                f"the recordings are in {' and '.join(units)}, whose squared errors cannot be"
                " added up; take measure='explained_variance', or one unit for all."
            )
        require_weights(self.weights, self._cell_types)
        names = list(_whole(self.connectome).cell_types.index)
        for one in self._cell_types:
            checks.one_of("the cell_type of the recording", one, names)
        # Raises if recordings and stimulus do not fit.
        _ = self._fitted, self._judged

    def __getstate__(self) -> dict:
        """Send what it was made of; what follows from that is made anew."""
        given = {one.name: getattr(self, one.name) for one in fields(type(self))}
        return {**given, "connectome": None}

    def __repr__(self) -> str:
        names, n = ", ".join(self._cell_types), len(self._fitted.conditions)
        held = ", others held out" if self._judged else ""
        plural = "" if n == 1 else "s"
        return f"<RecordingObjective: {self.measure} of {names} in {n} condition{plural}{held}>"

    @cached_property
    def _cell_types(self) -> list[str]:
        return sorted({name for one in self.recordings for name in cell_types_of(one).tolist()})

    @cached_property
    def _shown(self) -> ShownStimulus:
        return ShownStimulus(self.stimulus, self.lattice, self.time_step)

    @cached_property
    def _held(self) -> list[np.ndarray]:
        """Return which trials of each recording are held out."""
        labels = self._shown.labels(self._cell_types)
        return held_trials(self.recordings, labels, self.held_out)

    @cached_property
    def _fitted(self) -> RecordedTraces:
        return self._laid_out([~held for held in self._held])

    @cached_property
    def _judged(self) -> RecordedTraces | None:
        return self._laid_out(self._held) if any(held.any() for held in self._held) else None

    def _laid_out(self, trials: list[np.ndarray]) -> RecordedTraces:
        """Return chosen trials of each recording beside the voltages of a program."""
        return recorded_traces(
            parts(self.recordings, trials),
            self._shown.labels(self._cell_types),
            Agreement(self.measure, self.gain, self.offset),
            self.weights,
            begin=self.begin,
            end=self.end,
            exposure=self.exposure,
        )

    @property
    def score_name(self) -> str:
        """See `Objective`: the measure."""
        return SCORE_NAMES[self.measure]

    @property
    def at_once(self) -> int:
        """See `Objective`: as many as fill vectors."""
        return candidates_at_once(len(self._fitted.conditions))

    def to_dict(self) -> dict:
        """See `Objective`."""
        plain = ("measure", "gain", "offset", "prior_weight")
        times = ("time_step", "begin", "end", "exposure")
        weights = self.weights if isinstance(self.weights, str) else dict(self.weights)
        held_out = None
        if self.held_out is not None:
            held_out = {name: np.asarray(values).tolist() for name, values in self.held_out.items()}
        return {
            "objective": "recording",
            "recordings": [
                {
                    "cell_types": sorted(set(cell_types_of(one).tolist())),
                    "n_trials": one.signal.sizes["trial"],
                    "units": one.units,
                    "values_sha256": content_sha256(one.signal, "signal", None),
                }
                for one in self.recordings
            ],
            **self._shown.to_dict(),
            **{name: getattr(self, name) for name in plain},
            **{name: _seconds(getattr(self, name)) for name in times},
            "weights": weights,
            "lattice": eye_as_json(self.lattice),
            "held_out": held_out,
        }

    def seen(self) -> list[str]:
        """See `Objective`: a line for each recording and cell type, what is held out included."""
        return lines_of(self.recordings, self._held, self._shown.labels(self._cell_types))

    def shown(self, stage: Stage, seed: Sequence[int]) -> None:
        """See `Objective`: always the same."""

    def judged_on(self) -> list[RecordedTraces]:
        """See `Objective`: what is held out."""
        return [] if self._judged is None else [self._judged]

    def require_model(self, model: Model) -> None:
        """See `Objective`: it has the cell types that were recorded, and no noise."""
        require_no_noise(model)
        for name in self._cell_types:
            names = list(model.connectome.cell_types.index)
            checks.one_of("the cell_type of the recording", name, names)

    def scorer(self, model: Model, threads: int) -> RecordingScorer:
        """See `Objective`."""
        return RecordingScorer(
            self._fitted,
            self._shown,
            model,
            lattice=self.lattice,
            time_step=self.time_step,
            at_once=self.at_once,
            threads=threads,
            prior_weight=self.prior_weight,
        )


def _whole(connectome: Connectome | None) -> Connectome:
    return load_connectome() if connectome is None else checked_connectome(connectome)


def _seconds(time: Quantity | None) -> float | None:
    return None if time is None else float(time)
