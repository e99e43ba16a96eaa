"""Files of parameters: JSON and CSV."""

from __future__ import annotations

import numpy as np

import neuroflysim as nfs
from mutated import plain
from mutated.kinds.connectome import small
from mutated.kinds.kind import Kind
from mutated.plain import is_number, require

FORMAT = "neuroflysim parameters 1"


def model(seed: int) -> nfs.Parameters:
    """Return parameters of which no two are alike, in digits that every processor finds."""
    connectome = small()
    n_types, n = connectome.n_cell_types, connectome.n_connections
    rng = np.random.default_rng(seed)
    vector = [
        *rng.integers(5, 200, n_types) / 1000,
        *rng.integers(-500, 1500, n_types) / 1000,
        *rng.integers(0, 9999, n) / 1e5,
    ]
    return nfs.Parameters.from_vector(connectome, vector)


def _read(path):
    return tables_of(nfs.load_parameters(path, small()))


def tables_of(parameters: nfs.Parameters) -> dict:
    """Return what parameters say, by name."""
    return {
        "time_constant": parameters.time_constant.to_dict(),
        "resting_potential": parameters.resting_potential.to_dict(),
        "synapse_strength": {
            f"{source} {target}": value
            for (source, target), value in parameters.synapse_strength.to_dict().items()
        },
    }


def _checked(tables: dict, original) -> dict:
    for name, table in tables.items():
        require(table.keys() == original[name].keys(), f"{name}: other names")
        require(all(map(is_number, table.values())), f"{name}: no numbers")
    require(min(tables["time_constant"].values()) > 0, "a time constant of 0")
    require(min(tables["synapse_strength"].values()) >= 0, "a strength below 0")
    return {
        name: {key: float(tables[name][key]) for key in table} for name, table in original.items()
    }


def from_json(path, original) -> dict:
    """Return what a parameter file says."""
    document = plain.json_of(path)
    require(document.get("format") == FORMAT, "another format")
    require(isinstance(document.get("written_by", ""), str), "written_by is no text")
    checksums = document.get("connectome_sha256")
    require(isinstance(checksums, dict), "no checksums")
    own = small().table_checksums
    require(all(checksums.get(name) == value for name, value in own.items()), "other checksums")
    names = "time_constant_s", "resting_potential", "synapse_strength"
    require(all(isinstance(document.get(name), dict) for name in names), "no table")
    strengths = {}
    for target, inputs in document["synapse_strength"].items():
        require(isinstance(inputs, dict), "no inputs")
        strengths |= {f"{source} {target}": value for source, value in inputs.items()}
    tables = {
        "time_constant": document["time_constant_s"],
        "resting_potential": document["resting_potential"],
        "synapse_strength": strengths,
    }
    return _checked(tables, original)


def from_csv(path, original) -> dict:
    """Return what a parameter file says."""
    lines = plain.text_of(path).splitlines(keepends=True)
    said = [line.strip("# \r\n,").split() for line in lines if line.startswith("#")]
    require(FORMAT.split() in said, "no format")
    own = small().table_checksums
    for name, checksum in own.items():
        require(["connectome", name, "sha256", checksum] in said, f"no checksum of {name}")
    found = plain.columns_of("".join(line for line in lines if not line.startswith("#")))
    columns = "parameter", "cell_type", "source_type", "target_type", "value", "unit"
    require(set(columns) <= found.keys(), "a column is missing")
    tables = {name: {} for name in original}
    for row in zip(*(found[column] for column in columns), strict=True):
        parameter, cell_type, source, target, value, unit = row
        require(parameter in tables, f"{parameter!r} is no parameter")
        require((unit == "s") == (parameter == "time_constant"), "another unit")
        require(unit in ("", "s"), "another unit")
        of_pair = parameter == "synapse_strength"
        require(bool(cell_type) != of_pair and bool(source) == bool(target) == of_pair, "names")
        name = f"{source} {target}" if of_pair else cell_type
        require(name not in tables[parameter], f"{name} twice")
        tables[parameter][name] = plain.number(value)
    return _checked(tables, original)


def _kind(suffix: str, title: str, expected) -> Kind:
    name = f"model.{suffix}"
    return Kind(
        name=f"parameters-{suffix}",
        title=title,
        make=lambda folder: model(1).save(folder / name),
        forms={name: suffix},
        main=name,
        read=_read,
        expected=lambda folder, original, mutation: expected(folder / name, original),
    )


KINDS = [
    _kind("json", "parameters JSON", from_json),
    _kind("csv", "parameters CSV", from_csv),
]
