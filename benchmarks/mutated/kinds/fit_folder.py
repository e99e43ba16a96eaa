"""The folder of a fit: finished, as a recipe for another, and stopped half way."""

from __future__ import annotations

import shutil

import pandas as pd

import neuroflysim as nfs
from mutated import plain
from mutated.kinds.connectome import small
from mutated.kinds.kind import Kind
from mutated.kinds.parameters import model, tables_of
from mutated.kinds.recipe import is_whole
from mutated.plain import is_number, require
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit import folder as files
from neuroflysim.fit.checkpoint import Identity
from neuroflysim.fit.recipe import Recipe, Stage

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


class _FitsAnewError(Exception):
    """Nothing of a fit is in the folder, so that one would begin."""


def _make(folder) -> None:
    identity = Identity.of(RECIPE, SEED, small())
    stability = {"stable": True, "reason": ""}
    record = {
        **{name: getattr(identity, name) for name in ("recipe", "seed", "connectome", "versions")},
        "command": "neuroflysim fit",
        "evaluations": 12,
        "r2": 0.25,
        "r2_repeats": [0.25, 0.25, 0.25, 0.25],
        "stability": stability,
        "seconds": 1.5,
        "core_seconds": 1.5,
        "parameters_sha256": model(5).checksum,
    }
    files.write(folder, model(5), record, pd.DataFrame(CURVE))


def _read(path):
    from neuroflysim.fit import run

    def fits_anew(*_):
        raise _FitsAnewError

    was_there = path.exists()
    kept, run._Run = run._Run, fits_anew
    try:
        fit = nfs.fit(
            RECIPE, SEED, path, connectome=small(), processes=1, resume=True, progress=False
        )
    except _FitsAnewError:
        if was_there:
            raise
        shutil.rmtree(path)  # A fit may be resumed that has not begun.
        raise InvalidValueError(f"{path} is empty, so that a fit would begin") from None
    finally:
        run._Run = kept
    return {
        "parameters": tables_of(fit.parameters),
        "record": fit.record,
        "curve": fit.learning_curve,
    }


def _free(place: tuple) -> bool:
    # A model that runs away has no R2, and there is nothing to tell of one that is stable.
    return place[0] in ("r2", "r2_repeats") or place[:1] == ("stability",)


_NAMES = (
    "recipe", "seed", "connectome", "versions", "command", "evaluations", "r2", "r2_repeats",
    "stability", "seconds", "core_seconds", "parameters_sha256",
)  # fmt: skip


def _expected(folder, original, mutation):
    record = plain.json_of(folder / "fit.json")
    require(set(_NAMES) <= record.keys(), "a key is missing")
    for name in ("recipe", "seed", "connectome", "versions", "parameters_sha256"):
        require(record[name] == original["record"][name], f"another {name}")
        require(type(record[name]) is type(original["record"][name]), name)
    require(isinstance(record["command"], str), "command")
    require(is_whole(record["evaluations"]) and record["evaluations"] > 0, "evaluations")
    for r2 in (record["r2"], *_list(record["r2_repeats"])):
        require(r2 is None or (is_number(r2) and r2 <= 1), "r2")
    require(isinstance(record["stability"], dict), "stability")
    require(isinstance(record["stability"].get("stable"), bool), "stable")
    for name in ("seconds", "core_seconds"):
        require(is_number(record[name]) and record[name] >= 0, name)
    found = plain.columns_of(plain.text_of(folder / "learning_curve.csv"))
    require(CURVE.keys() <= found.keys(), "a column is missing")
    curve = {
        name: [plain.number(text) if text else float("nan") for text in column]
        for name, column in found.items()
    }
    return {"parameters": original["parameters"], "record": record, "curve": curve}


def _list(value):
    require(isinstance(value, list), "no list")
    return value


KINDS = [
    Kind(
        name="fit",
        title="fit folder",
        make=_make,
        forms={"fit.json": "json", "parameters.json": "json", "learning_curve.csv": "csv"},
        main="",
        read=_read,
        expected=_expected,
        free=_free,
    )
]
