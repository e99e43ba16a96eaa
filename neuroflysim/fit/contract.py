"""What a fit and what it makes as small as it can must offer each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from attrs import frozen

from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import Dynamics
from neuroflysim.parameters import Parameters

if TYPE_CHECKING:
    from neuroflysim.fit.recipe import Stage


@frozen(eq=False)
class Model:
    """Whose parameters are fitted."""

    connectome: Connectome
    dynamics: Dynamics
    grey_is_known: bool = True  #: whether candidates come with their voltages at grey


@frozen(eq=False)
class Candidates:
    """Some candidates of a generation."""

    z: np.ndarray  #: what the search varies, shape (candidate, coordinate)
    parameters: list[Parameters]
    #: By cell type, shape (candidate, cell_type); None where the coordinates do not tell it.
    grey_voltage: np.ndarray | None
    #: What the square of each coordinate counts in a prior, shape (coordinate,); 1 if None.
    prior_weight: np.ndarray | None = None

    @property
    def distance(self) -> np.ndarray:
        """How far each is from where the search began: mean square of z, shape (candidate,)."""
        weight = 1.0 if self.prior_weight is None else self.prior_weight
        return np.mean(weight * self.z**2, axis=1)


@frozen(eq=False)
class Scores:
    """How good candidates are."""

    loss: np.ndarray  #: what the search makes small, shape (candidate,)
    score: np.ndarray  #: what people look at, larger is better, shape (candidate,); NaN: it failed


@frozen(eq=False)
class Slopes:
    """Derivatives of the losses of candidates."""

    by_parameter: np.ndarray  #: in the order of `Parameters.to_vector`, (candidate, parameter)
    #: By voltages at grey, from which a run began, (candidate, cell_type); None: it rested first.
    by_grey_voltage: np.ndarray | None
    by_coordinate: np.ndarray  #: of what counts coordinates themselves, (candidate, coordinate)


class DifferentiableScorer(Protocol):
    """Scores candidates, and tells the derivatives of their losses."""

    def scores_and_slopes(self, candidates: Candidates, shown: Any) -> tuple[Scores, Slopes]:
        """Score candidates, as `Scorer.scores` does, within rounding.

        The slopes of a candidate that failed are NaN.
        """
        ...

    def close(self) -> None:
        """Free the network."""
        ...


@runtime_checkable
class Differentiable(Protocol):
    """What an objective offers beside the rest if its losses have derivatives."""

    def differentiable_scorer(self, model: Model, threads: int) -> DifferentiableScorer:
        """Compile, once in each process.

        Raises
        ------
        InvalidValueError
            If something in the loss has no derivative.
        """
        ...


class Scorer(Protocol):
    """Scores candidates: an objective that was compiled for a model, in one process."""

    def scores(self, candidates: Candidates, shown: Any) -> Scores:
        """Score candidates.

        Parameters
        ----------
        candidates : Candidates
            As many as there are; a network that was compiled for `at_once` runs several times.
        shown : object
            What `Objective.shown` returned for this generation.

        Returns
        -------
        Scores
            Of each candidate what it would be alone, to the bit, whatever the others are. Losses
            are finite: a candidate that runs away has a large one, and the score NaN.
        """
        ...

    def close(self) -> None:
        """Free the network."""
        ...


class Objective(Protocol):
    """What a fit makes as small as it can: a frozen value that can be sent to other processes.

    The same for all candidates of a generation; it may differ from one to the next.
    """

    @property
    def score_name(self) -> str:
        """What the score is called in the learning curve and the record, such as "r2"."""
        ...

    @property
    def at_once(self) -> int:
        """Candidates in one run of the network: pieces of a population are multiples of it."""
        ...

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The search, unless another one is asked for."""
        ...

    def to_dict(self) -> dict:
        """Return all that losses depend on, as JSON holds it; checksums stand for data."""
        ...

    def seen(self) -> list[str]:
        """Return what a fit will have seen of recordings, a line for each; empty of a task."""
        ...

    def shown(self, stage: Stage, seed: Sequence[int]) -> Any:
        """Return what a generation is shown; None if that is always the same.

        Parameters
        ----------
        stage : Stage
        seed : list of int
            Of `numpy.random.default_rng`; another one for each generation.
        """
        ...

    def judged_on(self) -> list[Any]:
        """Return what the result is judged on and no generation is shown; may be empty."""
        ...

    def require_model(self, model: Model) -> None:
        """Raise if a model cannot be asked: it lacks a cell type or the like.

        Called before a fit begins, and before there is a folder.

        Parameters
        ----------
        model : Model
        """
        ...

    def scorer(self, model: Model, threads: int) -> Scorer:
        """Compile, once in each process.

        Parameters
        ----------
        model : Model
        threads : int
        """
        ...
