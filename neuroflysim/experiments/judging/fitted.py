"""Which rows of studies a model was fitted to: it cannot be judged by what it was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.judging.of_study import groups
from neuroflysim.experiments.row_syntax import model_cell_types, parse_cell_types
from neuroflysim.experiments.study import Study
from neuroflysim.parameters.seen import ANY, SeenRows, seen_cell_types, seen_rows


def fitted_rows(study: Study, seen: Sequence[str]) -> np.ndarray:
    """Return which measurements of a study a fit was shown, or the like of it.

    A row counts as fitted if a row of the same study and measure was shown that has a cell type in
    common with it, or one of the same family: T4a stands for T4b, T4c and T4d, too. The condition
    does not matter. A measure that stands beside another one repeats its finding, so that both are
    fitted, whatever the cell types. Rows of one correlation or rank are fitted together.

    Parameters
    ----------
    study : Study
    seen : sequence of str
        Of `Parameters.seen`. Recordings of one's own are of no study, unless the entries say so.

    Returns
    -------
    ndarray of bool, shape (measurement,)

    Examples
    --------
    >>> from neuroflysim import load_study
    >>> study = load_study("maisak2013")
    >>> fitted = fitted_rows(study, ["study:maisak2013/tuning_curve/T4a"])
    >>> sorted({row.cell_type for row, shown in zip(study.measurements, fitted) if shown})
    ['T4a', 'T4b', 'T4c', 'T4d']
    """
    shown = [rows for rows in seen_rows(seen) if rows.study == study.key]
    found = np.zeros(len(study.measurements), dtype=bool)
    if not shown:
        return found
    for k, row in enumerate(study.measurements):
        found[k] = any(_is_like(study, row.measure, row.cell_type, rows) for rows in shown)
    for members in groups(study).values():
        found[members] = found[members].any()
    return found


def fitted_groups(studies: Sequence[Study], seen: Sequence[str]) -> set[tuple[str, str]]:
    """Return which groups of rows that are judged together a fit was shown: (study, group).

    Parameters
    ----------
    studies : sequence of Study
    seen : sequence of str
    """
    if not seen_rows(seen):
        return set()
    return {
        (study.key, group)
        for study in studies
        for rows in [fitted_rows(study, seen)]
        for group, members in groups(study).items()
        if rows[members].any()
    }


def fitted_cell_types(seen: Sequence[str]) -> set[str]:
    """Return the cell types of which a fit has seen anything, with their families.

    Parameters
    ----------
    seen : sequence of str

    Examples
    --------
    >>> sorted(fitted_cell_types(["study:maisak2013/tuning_curve/T4a"]))
    ['T4a', 'T4b', 'T4c', 'T4d']
    """
    words = seen_cell_types(seen)
    families = {family for word in words for family in _families(word)}
    return {name for name in model_cell_types() if ANY in words or _family(name) in families}


def _is_like(study: Study, measure: str, cell_type: str, shown: SeenRows) -> bool:
    """Tell whether rows of a study that were shown tell what a row tells."""
    if shown.measure not in (ANY, measure):
        return _finding(study, measure) == _finding(study, shown.measure)
    return shown.cell_type == ANY or bool(_families(cell_type) & _families(shown.cell_type))


def _finding(study: Study, measure: str) -> str:
    asked = study.measures.get(measure)
    return measure if asked is None or not asked.beside else asked.beside


@lru_cache(maxsize=10_000)
def _families(cell_type: str) -> frozenset[str]:
    """Return the families of the cell types that a row names; the text, if it names none."""
    try:
        sides = parse_cell_types(cell_type, model_cell_types())
    except NeuroFlySimError:  # free text of a measure that is not replayed
        return frozenset([cell_type])
    return frozenset(_family(name) for side in sides for name in side)


def _family(cell_type: str) -> str:
    """Return the name of a cell type without the letter that tells subtypes of a family apart."""
    return re.sub(r"(?<=\d)[a-d]$", "", cell_type)
