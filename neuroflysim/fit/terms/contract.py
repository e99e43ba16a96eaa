"""What a term of the loss is given, and what it must offer."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from attrs import frozen

from neuroflysim.fit.contract import Candidates, Model


@frozen(eq=False)
class Seen:
    """What is known of the candidates of a generation when the network has run."""

    candidates: Candidates
    #: Sums over clips, columns and frames of the product of each two features: 1, the pooled
    #: outputs that are read, and the targets; shape (candidate, feature, feature).
    sums: np.ndarray
    own: np.ndarray  #: which features are outputs

    @property
    def mean_square(self) -> np.ndarray:
        """Mean square of each output, shape (candidate, output)."""
        return self.sums[:, self.own, self.own] / self.sums[:, :1, 0]

    @property
    def mean(self) -> np.ndarray:
        """Mean of each output, shape (candidate, output)."""
        return self.sums[:, 0, self.own] / self.sums[:, :1, 0]


class Term(Protocol):
    """Adds to the loss of candidates; made once for a fit, if its weight is not 0.

    What a candidate gets depends on no other candidate, and to the bit not on how many there are.
    """

    def __init__(self, model: Model, threads: int): ...

    def loss(self, seen: Seen) -> np.ndarray:
        """Return what is multiplied by the weight, shape (candidate,); NaN is a failure."""
        ...

    def close(self) -> None:
        """Free what the term holds."""


@frozen(eq=False)
class TermSlopes:
    """Derivatives of the loss of a term, of one candidate; 0 where it does not depend on that."""

    by_sums: np.ndarray | float = 0.0  #: shape (feature, feature)
    by_grey_voltage: np.ndarray | float = 0.0  #: shape (cell_type,)
    by_coordinate: np.ndarray | float = 0.0  #: of what the search varies, shape (coordinate,)
    by_parameter: np.ndarray | float = 0.0  #: in the order of `Parameters.to_vector`


class DifferentiableTerm(Term, Protocol):
    """A term whose loss has a derivative."""

    def slopes(self, seen: Seen) -> TermSlopes:
        """Return derivatives of the loss of one candidate, the only one that was seen."""
        ...
