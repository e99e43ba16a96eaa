"""From the files that projects publish to a connectome."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from neuroflysim.checks import one_of
from neuroflysim.connectome.connectome import Connectome
from neuroflysim.connectome.importers.from_neurons import connectome_from_neurons
from neuroflysim.connectome.importers.provenance import table_record
from neuroflysim.connectome.importers.sources import SIDES, SOURCES, PublishedLobe
from neuroflysim.connectome.importers.sources.folder import require_folder
from neuroflysim.connectome.importers.sources.type_names import type_names
from neuroflysim.errors import InvalidTypeError

#: What sees, whatever a project calls its photoreceptors; types that are not there are passed over.
_PHOTORECEPTORS = ("R1-R6", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8")


def import_connectome(
    source: str,
    folder: str | os.PathLike[str],
    side: str = "right",
    names: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Connectome:
    """Make a connectome of the files that a project publishes, averaged over one optic lobe.

    Nothing is downloaded: `docs/other_connectomes.md` says which files are needed, and where they
    are. Cells get the names of the embedded connectome by a table, ``type_names.csv``, in which
    each row has a source; types without a name are left out.

    Parameters
    ----------
    source : {"flywire", "malecns", "neuprint"}
    folder : path-like
        With the files, as they were downloaded.
    side : {"left", "right"}
        Of the animal, as the project has it.
    names : path-like, optional
        An edited copy of ``type_names.csv``.
    **options
        Of `connectome_from_neurons`: thresholds, ``mean_over``, ``border``, ``axes``, ``signs`` and
        others.

    Returns
    -------
    Connectome
        What was decided stands in its provenance, with the licence of the data.

    Raises
    ------
    FileError
        If a file is missing; says where it is downloaded.
    InvalidValueError
        If files are of different versions, cut, or other tables; names file, row and cure.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.import_connectome("flywire", "downloads")  # doctest: +SKIP
    >>> connectome.save("flywire")  # doctest: +SKIP
    """
    reader = SOURCES[one_of("source", source, tuple(SOURCES))]
    one_of("side", side, SIDES)
    given = sorted({"neurons", "synapses", "columns", "types", "source"} & set(options))
    if given:
        raise InvalidTypeError(f"{given[0]} cannot be given here: the files tell it.")
    folder = require_folder(Path(folder))
    known = type_names(reader.NAMES, names)
    lobe = reader.read(folder, side, known)
    there = set(lobe.neurons["cell_type"])
    seeing = [name for name in _PHOTORECEPTORS if name in there]
    options = {"photoreceptors": seeing or None, "signs": dict(reader.SIGNS), **options}
    said = {
        "name": source,
        "side": side,
        "licence": reader.LICENCE,
        "downloaded_from": reader.PLACE,
    }
    found = connectome_from_neurons(lobe.neurons, lobe.synapses(), source=said, **options)
    return _with_files(found, lobe)


def _with_files(connectome: Connectome, lobe: PublishedLobe) -> Connectome:
    """Return the connectome with its files, and what their reader decided before all else."""
    record = connectome.provenance
    record["tables"] = [table_record("file", path) for path in lobe.files]
    first = [{"what": "files", "decided": each, "why": "", "warning": False} for each in lobe.told]
    record["decisions"] = [*first, *record["decisions"]]
    record["made_by"] = record["made_by"].replace("connectome_from_neurons", "import_connectome")
    tables = connectome.cell_types.reset_index(), connectome.connections.reset_index()
    return Connectome(*tables, connectome.offsets, provenance=record)
