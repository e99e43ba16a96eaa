"""The folder of a fit: finished, or stopped half way.

Its record and its checkpoint carry checksums of all that is there.
"""

from __future__ import annotations

import os
import shutil

import pandas as pd

import neuroflysim as nfs
from mutated.kinds.connectome import small
from mutated.kinds.kind import Kind
from mutated.kinds.parameters import model, tables_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit import folder as files
from neuroflysim.fit.checkpoint import Checkpoint
from neuroflysim.fit.identity import Identity
from neuroflysim.fit.problem import problem_of
from neuroflysim.fit.recipe import Recipe, Stage
from neuroflysim.fit.record import sealed_record
from neuroflysim.fit.search import Search

SEED = 3
RECIPE = Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(Stage(evaluations=12, population=4, step_size=0.3),),
)
CURVE = {
    "stage": [1, 1, 1],
    "generation": [1, 2, 3],
    "evaluations": [4, 8, 12],
    "r2_median": [0.125, 0.1875, 0.25],
    "r2_best": [0.25, 0.3125, 0.375],
    "loss_best": [0.75, 0.6875, 0.625],
    "step_size": [0.3, 0.29, 0.28],
    "failed": [0, 1, 0],
    "seconds": [0.5, 1.0, 1.5],
}


def identity() -> Identity:
    """Return that of the fit in the folder."""
    return Identity.of(problem_of(RECIPE, small()), RECIPE.stages, SEED)


class _FitsAnewError(Exception):
    """Nothing of a fit is in the folder, so that one would begin."""


def _finished(folder) -> None:
    found = identity()
    stability = {"stable": True, "reason": "", "unrest": 0.0, "largest_voltage": 1.5}
    record = {
        **{name: getattr(found, name) for name in ("recipe", "seed", "connectome", "versions")},
        "processors": ["a processor"],
        "command": "neuroflysim fit",
        "evaluations": 12,
        "r2": 0.25,
        "r2_repeats": [0.25, 0.25, 0.25, 0.25],
        "stability": stability,
        "seconds": 1.5,
        "core_seconds": 1.5,
        "parameters_sha256": model(5).checksum,
    }
    curve = pd.DataFrame(CURVE)
    files.write(folder, model(5), sealed_record(record, model(5), curve), curve)


def _read(path):
    from neuroflysim.fit import run

    def fits_anew(*_):
        raise _FitsAnewError

    was_there = os.path.lexists(path)
    kept, run._Run = run._Run, fits_anew
    try:
        fit = nfs.fit(
            RECIPE, SEED, path, connectome=small(), processes=1, resume=True, progress=False
        )
    except _FitsAnewError:
        if was_there:
            raise
        raise _not_begun(path) from None
    finally:
        run._Run = kept
    return {
        "parameters": tables_of(fit.parameters),
        "record": fit.record,
        "curve": fit.learning_curve,
    }


def _not_begun(path) -> InvalidValueError:
    """Return the error of a fit that may be resumed though nothing of it is there."""
    shutil.rmtree(path)
    return InvalidValueError(f"{path} is empty, so that a fit would begin")


def _half_way(folder) -> None:
    search = Search(RECIPE.stages, SEED, problem_of(RECIPE, small()).coordinates.n)
    Checkpoint(identity(), search.state, ["a processor"]).save(folder)


def _go_on(path):
    was_there = os.path.lexists(path)
    stored = files.checkpoint(files.prepared(path, True, identity()))
    if stored is None:
        raise _FitsAnewError if was_there else _not_begun(path)
    search = Search(RECIPE.stages, SEED, problem_of(RECIPE, small()).coordinates.n)
    files.go_on(search, stored, path)
    return {"rows": stored.rows, "seconds": stored.seconds, "state": dict(search.state)}


KINDS = [
    Kind(
        name="fit",
        title="fit folder",
        make=_finished,
        forms={"fit.json": "json", "parameters.json": "json", "learning_curve.csv": "csv"},
        main="",
        read=_read,
    ),
    Kind(
        name="checkpoint",
        title="fit folder",
        make=_half_way,
        forms={"checkpoint": "bytes"},
        main="",
        read=_go_on,
    ),
]
