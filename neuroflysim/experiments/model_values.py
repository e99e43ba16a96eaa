"""The model's values for what was measured in flies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from operator import attrgetter

import numpy as np
import xarray as xr

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import InvalidValueError, StudyError
from neuroflysim.experiments.answers import answer
from neuroflysim.experiments.pieces import Question
from neuroflysim.experiments.row_syntax import model_cell_types, parse_cell_types
from neuroflysim.experiments.study import Study
from neuroflysim.experiments.tangential import added_types
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.responses import Responses
from neuroflysim.simulation.program import RUNAWAY
from neuroflysim.workers import Workers, spread


def model_values(
    studies: list[Study],
    candidates: list[Parameters],
    *,
    lattice: Lattice = DEFAULT_LATTICE,
    progress: bool = True,
    watch: Callable | None = None,
    runaway: str = "raise",
    ask_settled: bool = True,
    workers: Workers | None = None,
    dynamics: Dynamics = GRADED,
) -> dict[str, np.ndarray]:
    """Return the model's values for all measurements of some studies.

    Parameters
    ----------
    studies : list of Study
    candidates : list of Parameters
    lattice, progress, watch
        See `compare`.
    runaway : {"raise", "nan"}
        What a candidate does whose activity runs away in an experiment: raise, or have NaN for all
        that is measured there, while the others keep their values. With the second, a network that
        swings at grey is no error either, but is told.
    ask_settled : bool
        Whether it is asked if networks settle at grey, and told if not; whoever asks elsewhere
        saves time without.
    workers : Workers, optional
        Who share the work; this process does it alone, if not given. The values are the same.
    dynamics : Dynamics
        For which the candidates are.

    Returns
    -------
    dict of str to ndarray, shape (candidate, measurement)
        By name of the study, in the units of the rows; NaN for what is not replayed.
    """
    checks.one_of("runaway", runaway, RUNAWAY)
    require_cell_types(studies, candidates[0].connectome)
    values = {
        study.key: np.full((len(candidates), len(study.measurements)), np.nan) for study in studies
    }
    problems: dict[str, list[str]] = {study.key: [] for study in studies}
    question = Question(
        studies, candidates, lattice, runaway, watch is not None, ask_settled, dynamics
    )
    pieces, seen = question.pieces, []
    shared = {"common": question, "progress": progress, "unit": "piece"}
    dealt = spread(answer, pieces, workers, made_of=attrgetter("group"), **shared)
    with closing(dealt) as answers:
        for piece, found in zip(pieces, answers, strict=True):
            for key, index, by_candidate in found.values:
                values[key][piece.first : piece.end, index] = by_candidate
            for key, told in found.problems:
                if told not in problems[key]:  # by other candidates
                    problems[key].append(told)
            if watch is not None and found.seen is not None:
                seen.append(found.seen)
                if piece.end == len(candidates):
                    luminance, _ = seen[0]
                    together = _together([responses for _, responses in seen])
                    watch(question.shown_alike[piece.group], luminance, together)
                    seen = []
    for key, found in problems.items():
        if found:
            raise StudyError(key, found)
    return values


def _together(parts: list[Responses]) -> Responses:
    """Return the responses of all candidates."""
    if len(parts) == 1:
        return parts[0]
    voltages = [part.voltage for part in parts]
    return Responses(xr.concat(voltages, dim="candidate", combine_attrs="override"))


def require_cell_types(studies: list[Study], connectome: Connectome) -> None:
    """Raise if measures ask for cell types that the models do not have.

    Parameters
    ----------
    studies : list of Study
    connectome : Connectome
    """
    known, there = model_cell_types(), set(connectome.cell_types.index)
    there |= set(added_types(connectome))
    missing = {}
    for study in studies:
        sides = [
            parse_cell_types(row.cell_type, known)
            for row in study.measurements
            if row.measure in study.measures
        ]
        asked = {name for row in sides for side in row for name in side}
        if asked - there:
            missing[study.key] = ", ".join(sorted(asked - there)[:4])
    if missing:
        told = "; ".join(f"{key}: {names}" for key, names in list(missing.items())[:4])
        raise InvalidValueError(
            f"the connectome of the models lacks cell types that {len(missing)} of"
            f" {len(studies)} studies were asked about ({told}); choose other studies."
        )
