"""Loading parameters, onto the connectome that they were made for and no other."""

from __future__ import annotations

from pathlib import Path

from neuroflysim.checks import one_of
from neuroflysim.connectome import Connectome, checked_connectome, load_connectome
from neuroflysim.connectome.tables import COLUMNS, OPTIONAL_COLUMNS
from neuroflysim.errors import InvalidValueError
from neuroflysim.parameters.formats import READERS
from neuroflysim.parameters.parameters import Parameters


def read_parameters(path: Path, connectome: Connectome | None = None) -> Parameters:
    """Read parameters from a file that `Parameters.save` wrote.

    Parameters
    ----------
    path : Path
    connectome : Connectome, optional
        What the parameters are for; the embedded connectome if not given.

    Raises
    ------
    InvalidValueError
        If the file is not readable, or was made for another connectome: says what differs.
    """
    suffix = one_of("the suffix of a parameter file", path.suffix, READERS)
    connectome = load_connectome() if connectome is None else checked_connectome(connectome)
    checksums, tables, declaration, seen = READERS[suffix](path)
    _require_same_connectome(path, checksums, tables, connectome)
    try:
        parameters = Parameters.from_tables(connectome, dynamics=declaration, **tables)
        return parameters.with_seen(seen)
    except InvalidValueError as error:
        raise InvalidValueError(f"{path}: {error}") from None


def _require_same_connectome(path, checksums: dict, tables: dict, connectome: Connectome) -> None:
    own = connectome.table_checksums
    for name in COLUMNS:
        if name not in checksums:
            raise InvalidValueError(
                f"{path}: lacks the sha256 of the {name} that it was made for, so nobody can tell"
                " whether it fits; take it over from the file that it was made from."
            )
    for name in checksums:
        one_of(f"{path}: a table of the connectome", name, [*COLUMNS, *OPTIONAL_COLUMNS])
    differing = [name for name in {**own, **checksums} if checksums.get(name) != own.get(name)]
    if not differing:
        return
    details = []
    for what, found, known in (
        ("cell types", set(tables["time_constant"]), set(connectome.cell_types.index)),
        ("connections", set(tables["synapse_strength"]), set(connectome.connections.index)),
    ):
        for text, names in (
            (f"{what} only in the file", found - known),
            (f"{what} only in the connectome", known - found),
        ):
            if names:
                listed = sorted(n if isinstance(n, str) else " -> ".join(n) for n in names)
                more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
                details.append(f"{text}: {', '.join(listed[:5])}{more}")
    for name in OPTIONAL_COLUMNS:
        if (name in own) != (name in checksums):
            whose = "connectome" if name in own else "file's"
            details.append(f"only the {whose} has the table {name}")
    if not details:
        details.append(
            "the names are the same, but the content of the table(s) "
            + ", ".join(differing)
            + " is not (strides, signs, order or synapse counts)"
        )
    raise InvalidValueError(
        f"{path} was made for another connectome; {'; '.join(details)}."
        " Load that connectome and pass it as connectome=..., or carry the values over by name"
        " with Parameters.from_tables."
    )
