"""Models with tangential cells, for studies that recorded these."""

from __future__ import annotations

from collections.abc import Sequence

from neuroflysim.connectome import Connectome
from neuroflysim.experiments.row_syntax import model_cell_types, parse_cell_types
from neuroflysim.experiments.study import Study
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
    known = model_cell_types()
    asked = {
        name
        for study in studies
        for row in study.measurements
        if row.measure in study.measures
        for side in parse_cell_types(row.cell_type, known)
        for name in side
    }
    return [with_lobula_plate(each) for each in candidates] if added & asked else candidates
