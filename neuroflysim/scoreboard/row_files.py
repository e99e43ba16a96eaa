"""Judgements in files: one for each row, whole or not at all, so that no finished one is lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.files.sealed import require_unchanged, sealed
from neuroflysim.files.strict_json import entry as value_of
from neuroflysim.files.strict_json import of_kind, read_json, require_format
from neuroflysim.lattice import Lattice
from neuroflysim.parameters.seen import checked_seen
from neuroflysim.scoreboard.entry import Entry, Models
from neuroflysim.scoreboard.judging import Judgement
from neuroflysim.validation.summary import KEYS

FORMAT = "neuroflysim board row 2"


def identity_of(
    entry: Entry,
    models: Models,
    lattice: Lattice,
    dynamics: Dynamics = GRADED,
) -> str:
    """Return the checksum of all that the numbers of a row depend on, but studies and code.

    Parameters
    ----------
    entry : Entry
    models : Models
    lattice : Lattice
    dynamics : Dynamics
    """
    readout = models.readout
    asked = {
        "row": entry.name,
        **lattice.arguments,
        "models": {name: one.sealed_checksum for name, one in models.parameters.items()},
        "failed": dict(models.failed),
        "readout": [readout.cell_types, readout.pooling, readout.noise],
    }
    if dynamics != GRADED:
        asked["dynamics"] = repr(dynamics)
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def write(path: Path, judgement: Judgement) -> None:
    """Write a judgement.

    Parameters
    ----------
    path : Path
        Ends in .json; what is there is replaced.
    judgement : Judgement
    """
    models, agreements = judgement.models, judgement.agreements
    record = {
        "format": FORMAT,
        "row": judgement.row,
        "identity": judgement.identity,
        "made": dict(judgement.made),
        **({"later": judgement.later} if judgement.later else {}),
        "studies": dict(judgement.studies),
        "trouble": judgement.trouble,
        **({"seen": list(judgement.seen)} if judgement.seen else {}),
        **({} if judgement.dynamics == GRADED.name else {"dynamics": judgement.dynamics}),
        "models": {
            name: {
                "stable": bool(line["stable"]),
                "failure": line["failure"],
                "numbers": {key: _or_null(line[key]) for key in KEYS},
            }
            for name, line in models.iterrows()
        },
        "groups": [list(column) for column in agreements.columns],
        "agreements": {
            name: [_or_null(value) for value in line] for name, line in agreements.iterrows()
        },
    }
    # One line a model: a file that people can look into, and that versions can be compared of.
    text = json.dumps(sealed(record, {}), indent=1, ensure_ascii=False)
    with written_whole(path) as temporary:
        temporary.write_text(_numbers_on_one_line(text) + "\n", encoding="utf-8")


def _or_null(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def read(path: Path) -> Judgement:
    """Return a judgement that `write` wrote.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InvalidValueError
        If it was changed since, or is something else: says where.
    """
    record, where = read_json(path), str(path)
    require_format(record, FORMAT, where, "move the file away, and the row is computed again.")
    require_unchanged(path, record)
    models = value_of(record, "models", "a block of keys", where)
    table = pd.DataFrame(
        {
            name: {
                "stable": value_of(line, "stable", "true or false", f"{where}: {name}"),
                "failure": value_of(line, "failure", "text", f"{where}: {name}"),
                **value_of(line, "numbers", "a block of keys", f"{where}: {name}"),
            }
            for name, line in models.items()
        }
    ).T
    table = table.reindex(columns=["stable", "failure", *KEYS]).rename_axis("model")
    columns = pd.MultiIndex.from_tuples(
        [tuple(pair) for pair in value_of(record, "groups", "a list", where)],
        names=["study", "group"],
    )
    agreements = value_of(record, "agreements", "a block of keys", where)
    for name, line in agreements.items():
        if len(of_kind(line, "a list", f"{where}: agreements of {name}")) != len(columns):
            raise InvalidValueError(
                f"{path}: {name} has {len(line)} agreements for {len(columns)}."
            )
    return Judgement(
        row=value_of(record, "row", "text", where),
        models=table.astype({"stable": bool, "failure": str, **dict.fromkeys(KEYS, float)}),
        agreements=pd.DataFrame(
            np.array(list(agreements.values()), dtype=float).reshape(len(agreements), len(columns)),
            index=list(agreements),
            columns=columns,
        ),
        trouble=value_of(record, "trouble", "text", where),
        identity=value_of(record, "identity", "text", where),
        made=value_of(record, "made", "a block of keys", where),
        studies=value_of(record, "studies", "a block of keys", where),
        seen=checked_seen(value_of({"seen": [], **record}, "seen", "a list", where)),
        later=value_of({"later": {}, **record}, "later", "a block of keys", where),
        dynamics=value_of({"dynamics": GRADED.name, **record}, "dynamics", "text", where),
    )


def _numbers_on_one_line(text: str) -> str:
    """Put lists of numbers and names, which json writes over many lines, on one line each."""
    lines, within = [], False
    for line in text.split("\n"):
        if within:
            lines[-1] += line.strip() if line.strip().startswith("]") else f"{line.strip()} "
            within = not line.strip().startswith("]")
            if not within:
                lines[-1] = lines[-1].replace(" ]", "]")
            continue
        lines.append(line)
        within = line.rstrip().endswith("[") and '"groups"' not in line
    return "\n".join(lines)
