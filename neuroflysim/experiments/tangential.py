"""Models with tangential cells, for studies that recorded these."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from neuroflysim.connectome import Connectome
from neuroflysim.experiments.row_syntax import model_cell_types, parse_cell_types
from neuroflysim.experiments.study import Measurement, Study
from neuroflysim.parameters import Parameters, with_lobula_plate
from neuroflysim.parameters.lobula_plate_circuit import CELL_TYPES, SOURCES


def added_types(connectome: Connectome) -> tuple[str, ...]:
    """Return the cell types that a connectome lacks and the circuit lobula_plate would add.

    Parameters
    ----------
    connectome : Connectome

    Examples
    --------
    >>> from neuroflysim import load_connectome, lobula_plate
    >>> added_types(load_connectome()), added_types(lobula_plate())
    (('LPi2-1', 'HS', 'LPi3-4', 'VS'), ())
    """
    there = set(connectome.cell_types.index)
    return CELL_TYPES if there >= set(SOURCES) and not there & set(CELL_TYPES) else ()


def askable(studies: Sequence[Study], connectome: Connectome) -> list[Study]:
    """Return studies as models of a connectome are asked: not for HS and VS if it cannot have them.

    Only measures that stand beside a proxy are left out, which count in no score.

    Parameters
    ----------
    studies : sequence of Study
    connectome : Connectome
    """
    there = {*connectome.cell_types.index, *added_types(connectome)}
    return [_without_what_lacks(study, there) for study in studies]


def _without_what_lacks(study: Study, there: set[str]) -> Study:
    lacking = {
        row.measure: ", ".join(sorted(_types(row) - there))
        for row in study.measurements
        if study.beside(row) and _types(row) - there
    }
    if not lacking:
        return study
    reasons = {
        name: f"not asked: the models lack {types}, and their connectome is none that"
        " nfs.with_lobula_plate could add it to"
        for name, types in lacking.items()
    }
    kept = {name: one for name, one in study.measures.items() if name not in lacking}
    return evolve(study, measures=kept, not_replayed={**study.not_replayed, **reasons})


def _types(row: Measurement) -> set[str]:
    """Return the cell types that a row names."""
    return {name for side in parse_cell_types(row.cell_type, model_cell_types()) for name in side}


def with_cells_asked_for(
    studies: Sequence[Study], candidates: list[Parameters]
) -> list[Parameters]:
    """Return models to which the circuit is added, if rows of studies ask for its cells.

    Nothing of the circuit projects back, so what other cells say is the same to the last bit.

    Parameters
    ----------
    studies : sequence of Study
    candidates : list of Parameters
        Of one connectome.
    """
    added = set(added_types(candidates[0].connectome))
    asked = {
        name
        for study in studies
        for row in study.measurements
        if row.measure in study.measures
        for name in _types(row)
    }
    return [with_lobula_plate(each) for each in candidates] if added & asked else candidates
