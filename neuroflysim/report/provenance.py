"""Where the numbers of a report come from: models, versions, settings."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from attrs import frozen

from neuroflysim._version import __version__
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters

_TOLD = ("brian2", "numpy", "xarray", "pandas", "matplotlib")


@frozen
class Model:
    """One candidate: how it is called, and the checksum of its parameters."""

    name: str
    checksum: str
    untrained: bool


@frozen
class Provenance:
    """What somebody needs to make the same report again."""

    models: list[Model]
    connectome: dict[str, str]
    lattice: Lattice
    command: str
    date: str
    versions: dict[str, str]
    dynamics: str


def provenance(
    candidates: Sequence[Parameters],
    names: Sequence[str],
    lattice: Lattice,
    command: str,
    dynamics: Dynamics = GRADED,
) -> Provenance:
    """Collect what a report tells of its origin.

    Parameters
    ----------
    candidates : sequence of Parameters
    names : sequence of str
        Of the candidates. The untrained start is named as such, whatever its file is called.
    lattice : Lattice
    command : str
        What was typed; empty if the report was made from Python.
    dynamics : Dynamics
        For which the candidates are.

    Returns
    -------
    Provenance
    """
    connectome = candidates[0].connectome
    starts = [Parameters.uniform(connectome), Parameters.uniform(connectome, dynamics=dynamics)]
    models = [
        Model(name, candidate.checksum, untrained=candidate in starts)
        for name, candidate in zip(names, candidates, strict=True)
    ]
    return Provenance(
        models=models,
        connectome=dict(connectome.table_checksums),
        lattice=lattice,
        command=command or "neuroflysim.report.studies.write_report, from Python",
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        versions={
            "neuroflysim": __version__,
            "Python": platform.python_version(),
            **{name: version(name) for name in _TOLD},
        },
        dynamics=dynamics.name,
    )
