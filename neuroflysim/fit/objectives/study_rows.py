"""Which rows of studies a fit is shown: chosen by study, measure and cell type."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from attrs import evolve

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError, NeuroFlySimError
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.judging.of_study import groups
from neuroflysim.experiments.row_syntax import members, model_cell_types, parse_cell_types
from neuroflysim.experiments.study import Measurement, Study, StudyOrName


def chosen_rows(
    studies: StudyOrName | Sequence[StudyOrName],
    measures: Sequence[str] | None = None,
    cell_types: Sequence[str] | None = None,
    secondary: bool = False,
    modulators: Collection[str] = (),
) -> list[Study]:
    """Return studies with those of their rows alone that are chosen.

    Parameters
    ----------
    studies : "all", str, path-like, Study or list of these
    measures, cell_types : sequence of str, optional
        All, if not given. Rows of one correlation or rank stay together: they are all chosen if one
        of them is.
    secondary : bool
        Whether rows are chosen, too, that are known only from others.
    modulators : collection of str
        Of the dynamics that is asked.

    Raises
    ------
    InvalidValueError
        If a name is not known, a study is left without a row, or rows cannot be asked: says why.
    """
    loaded = chosen_studies(studies, modulators)
    if not loaded:
        raise InvalidValueError("studies is an empty list; name one study or more.")
    _require_measures(loaded, measures)
    wanted = None if cell_types is None else _types_of("cell_types", cell_types)
    chosen = []
    for study in loaded:
        rows = _rows(study, measures, wanted, secondary)
        if rows:
            asked = {row.measure for row in rows}
            kept = {name: one for name, one in study.measures.items() if name in asked}
            chosen.append(evolve(study, measurements=tuple(rows), measures=kept))
        elif isinstance(studies, str) and studies == "all":
            continue
        else:
            raise InvalidValueError(f"no row of {study.key} is left: {_why_none(study, measures)}.")
    if not chosen:
        raise InvalidValueError("no row of the database is of these measures and cell types.")
    return chosen


def _rows(study: Study, measures, wanted: set[str] | None, secondary: bool) -> list[Measurement]:
    chosen: set[int] = set()
    for indices in groups(study).values():
        rows = [study.measurements[k] for k in indices]
        counts = study.counts(rows[0]) or (secondary and not study.beside(rows[0]))
        named = measures is None or rows[0].measure in measures
        if counts and named and (wanted is None or any(_types(row) & wanted for row in rows)):
            chosen.update(indices)
    return [study.measurements[k] for k in sorted(chosen)]


def _types(row: Measurement) -> set[str]:
    return {name for side in parse_cell_types(row.cell_type, model_cell_types()) for name in side}


def _types_of(name: str, given: Sequence[str]) -> set[str]:
    known = model_cell_types()
    try:
        return {one for word in _words(name, given) for one in members(word, known)}
    except NeuroFlySimError as error:
        raise InvalidValueError(f"{name}: {error}") from None


def _words(name: str, given: Sequence[str]) -> list[str]:
    words = [given] if isinstance(given, str) else given
    if not np.iterable(words) or not all(isinstance(word, str) for word in words):
        raise InvalidTypeError(f"{name} is {given!r}, but must be a name or a list of names.")
    if not words:
        raise InvalidValueError(f"{name} is an empty list; leave it out for all.")
    return list(words)


def _require_measures(studies: list[Study], measures: Sequence[str] | None) -> None:
    """Raise if a measure is not known, or none of the studies can ask it of a model."""
    for name in [] if measures is None else _words("measures", measures):
        if any(name in study.measures for study in studies):
            continue
        for study in studies:
            if name in study.modulated:
                raise InvalidValueError(
                    f"measure {name} of {study.key} {study.not_replayed[name]}; give"
                    " modulators=[...] with it, and fit a dynamics that has it."
                )
            if name in study.not_replayed:
                raise InvalidValueError(
                    f"measure {name} of {study.key} cannot be asked of a model:"
                    f" {study.not_replayed[name].rstrip('.')}. Choose other measures."
                )
        known = sorted({one for study in studies for one in study.measures})
        checks.one_of("a measure of these studies", name, known)


def _why_none(study: Study, measures: Sequence[str] | None) -> str:
    if not study.measures:
        reasons = "; ".join(f"{name}: {why}" for name, why in list(study.not_replayed.items())[:3])
        return f"nothing of it can be asked of a model ({reasons or 'it has no measurement'})"
    asked = [row for row in study.measurements if row.measure in study.measures]
    named = [row for row in asked if measures is None or row.measure in measures]
    if not named:
        return f"of these measures it has none; it has {', '.join(study.measures)}"
    if not any(row.strict for row in named):
        return "its rows are secondary, known only from others; give secondary=True for these"
    if not any(study.counts(row) for row in named):
        return "its rows stand beside a proxy and count in no score"
    types = sorted({row.cell_type for row in named if study.counts(row)})
    return f"of these cell types it has none; it has {', '.join(types)}"
