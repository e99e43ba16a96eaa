"""Which numbers of `validate` and `predictions` models were fitted to."""

from __future__ import annotations

from collections.abc import Sequence

from neuroflysim.experiments.judging.fitted import fitted_cell_types
from neuroflysim.parameters.seen import ANY, seen_rows

#: By the beginning of a quantity's name: measures of the database that tell what it is judged by,
#: and the families of cell types that it is about; all, if none is named.
_JUDGED_BY = {
    "polarity_": (("polarity",), ()),
    "tuning_r_T4": (("tuning_curve",), ("T4",)),
    "tuning_r_T5": (("tuning_curve",), ("T5",)),
    "dsi_r": (("direction_selective",), ()),
    "direction_selective": (("direction_selective", "preferred_direction"), ("T4", "T5")),
    "dsi_median": (("direction_selective",), ("T4", "T5")),
    "dsi_T4": (("direction_selective",), ("T4",)),
    "dsi_T5": (("direction_selective",), ("T5",)),
    "preferred_direction_error": (("preferred_direction",), ("T4", "T5")),
}


def fitted_quantities(quantities: Sequence[str], seen: Sequence[str]) -> list[str]:
    """Return which headline numbers are judged by what a fit was shown.

    What is known of cell types is collected from many studies; so a quantity counts as fitted if
    rows of its measures were shown, of whichever study.

    Parameters
    ----------
    quantities : sequence of str
        Of `neuroflysim.validate`.
    seen : sequence of str
        Of `Parameters.seen`.

    Examples
    --------
    >>> shown = ["study:maisak2013/tuning_curve/T4a"]
    >>> fitted_quantities(["polarity_r", "tuning_r_T4", "tuning_r_T5", "task_r2"], shown)
    ['tuning_r_T4']
    """
    return [name for name in quantities if _is_fitted(name, seen)]


def _is_fitted(quantity: str, seen: Sequence[str]) -> bool:
    for beginning, (measures, families) in _JUDGED_BY.items():
        if not quantity.startswith(beginning):
            continue
        for rows in seen_rows(seen):
            types = fitted_cell_types([f"study:{rows.study}/{rows.measure}/{rows.cell_type}"])
            about = not families or any(name.startswith(families) for name in types)
            if rows.measure in (ANY, *measures) and about:
                return True
    return False
