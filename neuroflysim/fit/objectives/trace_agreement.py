"""How well traces of candidates agree with recorded ones, with gain and offset in closed form.

Sums over samples are taken candidate by candidate, so that none depends on which others there are.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

#: What may be made large, and how it stands in the learning curve.
SCORE_NAMES = {
    "explained_variance": "explained_variance",
    "correlation": "correlation",
    "squared_error": "negative_squared_error",
}

#: A trace that changes by less than this part of itself does not change.
ROUNDING = 1e-12

#: What may have a gain or an offset of its own, the finest last.
SHARED_BY = ("recording", "cell_type", "condition")


@frozen(eq=False)
class Traces:
    """What was recorded, of one recording: a trace for each cell type and condition."""

    cell_type: np.ndarray  #: of each trace, as numbers
    mean: np.ndarray  #: over trials, shape (trace, time)
    weight: np.ndarray  #: how much each trace counts, shape (trace,)

    def groups(self, shared_by: str) -> list[np.ndarray]:
        """Return which traces share a gain or an offset, or are scored as one."""
        every = np.arange(len(self.mean))
        if shared_by == "condition":
            return list(every[:, None])
        if shared_by == "recording":
            return [every]
        return [every[self.cell_type == one] for one in np.unique(self.cell_type)]


@frozen
class Agreement:
    """What is told of traces: a measure, and what gain and offset are free or fixed.

    Parameters
    ----------
    measure : str
        One of `SCORE_NAMES`.
    gain, offset : str or float
        One of `SHARED_BY`, fitted; or a number.
    """

    measure: str
    gain: str | float
    offset: str | float

    def scored_as_one(self, traces: Traces) -> list[np.ndarray]:
        """Return the traces of each cell type; each alone, where gains are its own."""
        return traces.groups("condition" if self.gain == "condition" else "cell_type")

    def to_explain(self, traces: Traces) -> np.ndarray:
        """Return the power of recorded traces around their offset, shape (trace,)."""
        by = self.offset if isinstance(self.offset, str) else "cell_type"
        return _power(_centred(traces.mean[None], traces, by))[0]

    def of(self, model: np.ndarray, traces: Traces) -> np.ndarray:
        """Return the score of each group of traces that are scored as one, larger is better.

        Parameters
        ----------
        model : ndarray, shape (candidate, trace, time)
        traces : Traces

        Returns
        -------
        ndarray, shape (candidate, group)
            Of a model that does not change the correlation is 0; NaN where the model is NaN.
        """
        model = np.ascontiguousarray(model, dtype=np.float64)
        groups, weight = self.scored_as_one(traces), traces.weight
        if self.measure == "correlation":
            return self._correlation(model, traces)
        error = self._squared_error(model, traces) * weight
        if self.measure == "squared_error":
            n = model.shape[-1]
            return np.stack([-_sum(error, g) / (n * weight[g].sum()) for g in groups], axis=1)
        power = self.to_explain(traces) * weight
        return np.stack([1 - _sum(error, g) / power[g].sum() for g in groups], axis=1)

    def _squared_error(self, model: np.ndarray, traces: Traces) -> np.ndarray:
        """Return the sum of squares that gain and offset leave, shape (candidate, trace)."""
        if isinstance(self.offset, str):
            model = _centred(model, traces, self.offset)
            fly = _centred(traces.mean[None], traces, self.offset)
        else:
            fly = traces.mean[None] - self.offset
        if not isinstance(self.gain, str):
            return _power(fly - self.gain * model)
        product = (model * fly).sum(axis=-1) * traces.weight
        power = _power(model) * traces.weight
        gain = np.empty(power.shape)
        for group in traces.groups(self.gain):
            # A model whose response is upside down explains nothing. NaN stays NaN.
            gain[:, group] = np.maximum(_ratio(_sum(product, group), _sum(power, group)), 0)[
                :, None
            ]
        return _power(fly - gain[..., None] * model)

    def _correlation(self, model: np.ndarray, traces: Traces) -> np.ndarray:
        by = "condition" if self.gain == "condition" else "cell_type"
        model, fly = _centred(model, traces, by), _centred(traces.mean[None], traces, by)
        product = (model * fly).sum(axis=-1) * traces.weight
        ours, theirs = _power(model) * traces.weight, _power(fly) * traces.weight
        return np.stack(
            [
                _ratio(_sum(product, g), np.sqrt(_sum(ours, g) * _sum(theirs, g)))
                for g in self.scored_as_one(traces)
            ],
            axis=1,
        )


def _centred(values: np.ndarray, traces: Traces, shared_by: str) -> np.ndarray:
    """Return traces, shape (candidate, trace, time), around the mean of those that share it.

    What does not change but for rounding is 0.
    """
    mean, changed = values.mean(axis=-1) * traces.weight, np.empty(values.shape)
    for group in traces.groups(shared_by):
        own = values[:, group]
        around = own - (_sum(mean, group) / traces.weight[group].sum())[:, None, None]
        highest, lowest = own.max(axis=(1, 2)), own.min(axis=(1, 2))
        largest = np.maximum(np.abs(highest), np.abs(lowest))
        constant = highest - lowest <= ROUNDING * largest  # not where there is NaN
        changed[:, group] = np.where(constant[:, None, None], 0, around)
    return changed


def _power(values: np.ndarray) -> np.ndarray:
    return (values * values).sum(axis=-1)


def _sum(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the sum over traces of a group, one trace after the other, shape (candidate,)."""
    return np.ascontiguousarray(values[:, group]).cumsum(axis=1)[:, -1]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return quotients, 0 where there is nothing to be part of."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole == 0, 0.0, part / whole)
