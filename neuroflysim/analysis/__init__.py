"""Numbers taken from responses: one idea a file."""

from neuroflysim.analysis.direction_selectivity import (
    as_grid,
    direction_selectivity_index,
    peak_response,
    preferred_direction,
)

__all__ = ["as_grid", "direction_selectivity_index", "peak_response", "preferred_direction"]
