"""Derivatives by candidate, from the sums that the lanes of a run have."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from neuroflysim.dynamics import by_type_names
from neuroflysim.simulation.adjoint.reverse_program import Derivatives
from neuroflysim.simulation.engine_contract import Setup


@frozen(eq=False)
class LaneDerivatives:
    """Derivatives of one run, each of shape (candidate, condition, ...).

    Attributes
    ----------
    by_row : ndarray, shape (candidate, condition, row)
        By the weights of all sums over inputs, one sum after the other.
    by_type : dict of str to ndarray, shape (candidate, condition, cell_type)
        By the names in generated code.
    by_state : dict of str to ndarray, shape (candidate, condition, neuron)
    """

    by_row: np.ndarray = field(repr=False)
    by_type: dict[str, np.ndarray] = field(repr=False)
    by_state: dict[str, np.ndarray] = field(repr=False)


def by_lane(found: Derivatives, setup: Setup) -> LaneDerivatives:
    """Return what the arrays of the engine say of each candidate and condition.

    Parameters
    ----------
    found : Derivatives
    setup : Setup
    """
    lanes, names = setup.lanes, list(by_type_names(setup.dynamics).values())
    n_rows = max(1, sum(len(one.rows) for one in setup.sums))
    n_types = len(setup.network.cell_types)
    pairs = (lanes.n_candidates, lanes.n_conditions)
    by_row = _of_lanes(found.by_weight, (n_rows,), setup)
    by_type = _of_lanes(found.by_type, (n_types, len(names)), setup)
    return LaneDerivatives(
        by_row=by_row.reshape(*pairs, n_rows),
        by_type={n: by_type[..., k].reshape(*pairs, n_types) for k, n in enumerate(names)},
        by_state={n: lanes.by_lane(v).reshape(*pairs, -1) for n, v in found.by_state.items()},
    )


def _of_lanes(flat: np.ndarray, shape: tuple[int, ...], setup: Setup) -> np.ndarray:
    """Return sums of shape (vector, part, ..., place in a stretch) as (used lane, ...).

    A stretch holds several columns where there are few lanes.
    """
    lanes = setup.lanes
    width = 64 // np.dtype(setup.dtype).itemsize
    n_items = int(np.prod(shape))
    by_part = flat.reshape(lanes.n_vectors, -1, n_items, width // lanes.width, lanes.width)
    by_vector = by_part.astype(float).sum(axis=(1, 3))
    return by_vector.swapaxes(1, 2).reshape(lanes.n_lanes, *shape)[: lanes.n_used]
