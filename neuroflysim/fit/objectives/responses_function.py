"""Any function of responses as an objective: for people who try things."""

from __future__ import annotations

import hashlib
import inspect
import numbers
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import field, fields, frozen
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.contract import Candidates, Model, Scores
from neuroflysim.fit.objectives.search_stages import LOSS_OF_FAILURE, STAGES, checked_stages
from neuroflysim.fit.objectives.showing import (
    SMALL_EYE,
    Showing,
    candidates_at_once,
    eye_as_json,
    require_no_noise,
)
from neuroflysim.fit.objectives.shown_stimulus import ShownStimulus
from neuroflysim.fit.recipe import Stage
from neuroflysim.lattice import Lattice, chosen_lattice
from neuroflysim.responses import Responses
from neuroflysim.simulation.arguments import recorded_neurons
from neuroflysim.stimulus.canvas import name_of
from neuroflysim.stimulus.protocol import Protocol


def _as_list(record: Any) -> Any:
    """Return several names as a list, as JSON holds them, and anything else as it is."""
    return record if isinstance(record, str) or not np.iterable(record) else list(record)


@frozen(slots=False, eq=False)
class ResponsesObjective:
    """Make a function of responses small.

    Parameters
    ----------
    function : callable
        Takes `Responses` of one candidate and returns a number, the smaller the better; NaN says
        that the candidate failed. If `vectorised`, it takes those of several candidates and
        returns as many numbers, of each what it would be alone.
    stimulus : Protocol or array_like
        What is shown, as for `nfs.simulate`.
    lattice, time_step, record
        As for `nfs.simulate`; a small lattice is quick.
    vectorised : bool
    name : str
        Of what the function returns, in the learning curve: the score is its negative.
    stages : sequence of Stage
        The search.

    Notes
    -----
    What the function is told by in the record, and when a fit is resumed, is its name and its
    source, if there is one. What it uses beside, such as values of other variables, is not looked
    at: a fit that is resumed after that was changed goes on as another one. To other processes go
    functions of modules that can be imported there; others, such as a lambda, are for
    ``processes=1``.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> def quiet(responses):
    ...     return float(responses["Mi1"].std())
    >>> nfs.ResponsesObjective(quiet, nfs.protocols.flash(), lattice=2)
    <ResponsesObjective: quiet of responses to flash>
    """

    function: Callable[[Responses], Any]
    stimulus: Protocol | npt.ArrayLike
    lattice: Lattice = field(default=SMALL_EYE, converter=chosen_lattice, kw_only=True)
    record: str | list[str] = field(default="central", converter=_as_list, kw_only=True)
    time_step: Quantity = field(default=10 * ms, kw_only=True)
    vectorised: bool = field(default=False, kw_only=True)
    name: str = field(default="loss", kw_only=True)
    stages: tuple[Stage, ...] = field(default=STAGES, converter=checked_stages, kw_only=True)

    def __attrs_post_init__(self):
        if not callable(self.function):
            raise InvalidTypeError(
                f"function is {self.function!r}, but must be called with Responses and return a"
                " number, for example lambda responses: float(responses['Mi1'].std())."
            )
        checks.truth_value("vectorised", self.vectorised)
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise InvalidValueError(
                f"name is {self.name!r}, but must be one word of letters, digits and _."
            )
        _ = self._shown  # raises if it cannot be shown

    def __getstate__(self) -> dict:
        """Send what it was made of; what follows from that is made anew."""
        return {one.name: getattr(self, one.name) for one in fields(type(self))}

    @cached_property
    def _shown(self) -> dict:
        return ShownStimulus(self.stimulus, self.lattice, self.time_step).to_dict()

    def __repr__(self) -> str:
        short = getattr(self.function, "__name__", name_of(self.function))
        return f"<ResponsesObjective: {short} of responses to {self._shown['stimulus']}>"

    @property
    def score_name(self) -> str:
        """See `Objective`."""
        return f"negative_{self.name}"

    @property
    def at_once(self) -> int:
        """See `Objective`: as many as fill vectors."""
        return candidates_at_once(self._shown["n_conditions"])

    def to_dict(self) -> dict:
        """See `Objective`: of the function its name, and a checksum of its source."""
        return {
            "objective": "function of responses",
            "function": name_of(self.function),
            "source_sha256": _source_sha256(self.function),
            **self._shown,
            "lattice": eye_as_json(self.lattice),
            "record": self.record,
            "time_step": float(self.time_step),
            "vectorised": self.vectorised,
            "name": self.name,
        }

    def seen(self) -> list[str]:
        """See `Objective`: the function; whoever wrote it knows which data it has in it."""
        return [f"what the function {name_of(self.function)} tells of responses"]

    def shown(self, stage: Stage, seed: Sequence[int]) -> None:
        """See `Objective`: always the same."""

    def judged_on(self) -> list[Any]:
        """See `Objective`: nothing is held out."""
        return []

    def require_model(self, model: Model) -> None:
        """See `Objective`: it has the cell types that are recorded, and no noise."""
        require_no_noise(model)
        recorded_neurons(self.record, model.connectome.network(self.lattice))

    def scorer(self, model: Model, threads: int) -> ResponsesScorer:
        """See `Objective`."""
        return ResponsesScorer(self, model, threads)


class ResponsesScorer:
    """Scores candidates by a function of their responses; compiled once.

    Parameters
    ----------
    objective : ResponsesObjective
    model : Model
    threads : int
    """

    def __init__(self, objective: ResponsesObjective, model: Model, threads: int):
        self._function, self._vectorised = objective.function, objective.vectorised
        self._showing = Showing(
            objective.stimulus,
            model,
            lattice=objective.lattice,
            time_step=objective.time_step,
            n_candidates=objective.at_once,
            threads=threads,
            record=objective.record,
        )

    def scores(self, candidates: Candidates, shown: None) -> Scores:
        """See `Scorer`."""
        responses = self._showing.responses(candidates)
        voltage = responses.voltage.to_numpy().reshape(len(candidates.parameters), -1)
        there = np.flatnonzero(~np.isnan(voltage).all(axis=1))  # others ran away
        told = np.full(len(voltage), np.nan)
        if self._vectorised and len(there):
            told[there] = self._of_several(responses.isel(candidate=there))
        else:
            for k in there.tolist():
                told[k] = self._of_one(responses.isel(candidate=[k]), k)
        failed = ~np.isfinite(told)
        loss = np.where(failed, LOSS_OF_FAILURE, np.minimum(told, LOSS_OF_FAILURE))
        return Scores(loss=loss, score=np.where(failed, np.nan, -told))

    def _of_one(self, responses: Responses, candidate: int) -> float:
        value = self._called(responses, f"candidate {candidate} of those that were scored together")
        if isinstance(value, numbers.Real) or (np.ndim(value) == 0 and _is_number(value)):
            return float(value)
        raise InvalidTypeError(
            f"the function {name_of(self._function)} returned {str(value)[:60]!r}, of type"
            f" {type(value).__name__}, for candidate {candidate} of those that were scored"
            " together, but must return one number: float(...) makes one of what has one value;"
            " with vectorised=True it may return one for each candidate."
        )

    def _of_several(self, responses: Responses) -> np.ndarray:
        n = responses.signal.sizes["candidate"]
        values = np.asarray(self._called(responses, f"{n} candidates"))
        if values.shape != (n,) or not _is_number(values):
            raise InvalidTypeError(
                f"the function {name_of(self._function)} returned an array of shape {values.shape}"
                f" and {values.dtype} for {n} candidates, but as vectorised=True says it must"
                " return as many numbers, one for each."
            )
        return values.astype(float)

    def _called(self, responses: Responses, which: str) -> Any:
        try:
            return self._function(responses)
        except Exception as error:
            raise InvalidValueError(
                f"the function {name_of(self._function)} raised {type(error).__name__}: {error},"
                f" for {which}. Let it return nan for responses that it cannot judge, and try it on"
                " those of one model: function(nfs.simulate(stimulus, parameters=...))."
            ) from error

    def close(self) -> None:
        """Free the network."""
        self._showing.close()


def _is_number(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "biuf"


def _source_sha256(function: Callable) -> str | None:
    """Return a checksum of the source of a function; None if nobody knows it."""
    try:
        source = inspect.getsource(getattr(function, "func", function))
    except (OSError, TypeError):
        return None
    return hashlib.sha256(source.encode()).hexdigest()
