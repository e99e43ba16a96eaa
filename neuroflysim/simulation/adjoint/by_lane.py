"""Derivatives by candidate, from the sums that the lanes of a run have."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from neuroflysim.dynamics import by_type_names
from neuroflysim.simulation.adjoint.reverse_program import Derivatives
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.lattice_engine.adjoint import n_parts
from neuroflysim.simulation.lattice_engine.layout import VECTOR_BYTES


@frozen(eq=False)
class LaneDerivatives:
    """Derivatives of one run, each of shape (candidate, condition, ...).

    Attributes
    ----------
    by_strength : ndarray, shape (candidate, condition, strength)
        See `Strengths`.
    by_type : dict of str to ndarray, shape (candidate, condition, cell_type)
        By the names in generated code.
    by_state : dict of str to ndarray, shape (candidate, condition, neuron)
    """

    by_strength: np.ndarray = field(repr=False)
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
    n_types = len(setup.network.cell_types)
    pairs = (lanes.n_candidates, lanes.n_conditions)
    by_strength = _of_lanes(found.by_strength, (), setup)
    by_type = _of_lanes(found.by_type, (n_types,), setup)
    return LaneDerivatives(
        by_strength=by_strength.reshape(*pairs, -1),
        by_type={n: by_type[..., k].reshape(*pairs, n_types) for k, n in enumerate(names)},
        by_state={n: lanes.by_lane(v).reshape(*pairs, -1) for n, v in found.by_state.items()},
    )


def _of_lanes(flat: np.ndarray, shape: tuple[int, ...], setup: Setup) -> np.ndarray:
    """Return sums of shape (vector, part, item, place in a stretch) as (used lane, ...).

    A stretch holds several columns where there are few lanes.
    """
    lanes = setup.lanes
    width = VECTOR_BYTES // np.dtype(setup.dtype).itemsize
    by_part = flat.reshape(lanes.n_vectors, n_parts(setup), -1, width // lanes.width, lanes.width)
    by_vector = by_part.astype(float).sum(axis=(1, 3))
    return by_vector.swapaxes(1, 2).reshape(lanes.n_lanes, *shape, -1)[: lanes.n_used]
