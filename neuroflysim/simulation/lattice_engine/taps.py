"""Which taps each segment adds up for each sum over inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from neuroflysim.simulation.engine_contract import Sum
from neuroflysim.simulation.lattice_engine.layout import Layout


@frozen(eq=False)
class Taps:
    """The taps of a `Layout`, by segment and then by sum.

    Attributes
    ----------
    first : ndarray of int32, shape (segment * sum + 1,)
        The taps of a segment and a sum are those from here up to the next entry.
    position : ndarray of int32, shape (tap,)
        Where the source of the segment's first neuron lies.
    weight : ndarray of int32, shape (tap,)
        Which of the weights: those of the first sum come first, in the order of its rows.
    """

    first: np.ndarray = field(repr=False)
    position: np.ndarray = field(repr=False)
    weight: np.ndarray = field(repr=False)


def taps_of(layout: Layout, sums: Sequence[Sum]) -> Taps:
    """Return the taps of the rows of the table of offsets that each sum goes over.

    Parameters
    ----------
    layout : Layout
    sums : sequence of Sum
    """
    segment = np.repeat(np.arange(layout.n_segments), np.diff(layout.segment_first_tap))
    group, position, weight, before = [], [], [], 0
    for number, one in enumerate(sums):
        at = np.minimum(np.searchsorted(one.rows, layout.tap_offset), max(len(one.rows) - 1, 0))
        inside = np.isin(layout.tap_offset, one.rows)
        group.append(segment[inside] * len(sums) + number)
        position.append(layout.tap_position[inside])
        weight.append(at[inside] + before)
        before += len(one.rows)
    by_group = np.argsort(np.concatenate(group), kind="stable")
    n_taps = np.bincount(np.concatenate(group), minlength=layout.n_segments * len(sums))
    return Taps(
        first=np.concatenate([[0], np.cumsum(n_taps)]).astype(np.int32),
        position=np.concatenate(position)[by_group].astype(np.int32),
        weight=np.concatenate(weight)[by_group].astype(np.int32),
    )
