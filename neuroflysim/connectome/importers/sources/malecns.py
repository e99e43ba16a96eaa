"""The male CNS (Berg et al. 2025): flat tables of all bodies and their connections, CC BY 4.0.

The right optic lobe was published before (Nern et al. 2025). Columns are those of the annotations,
assignedOlHex1 and assignedOlHex2. The table of connections does not tell neuropils; the one of
single synapses does, and is taken where it is there: without it CT1 cannot be divided.
"""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

import numpy as np
from attrs import evolve

from neuroflysim.connectome.importers.sources.contract import PublishedLobe, WantedFile
from neuroflysim.connectome.importers.sources.folder import found_file
from neuroflysim.connectome.importers.sources.tables import made_lobe, read_table, require_side
from neuroflysim.connectome.importers.sources.type_names import TypeNames
from neuroflysim.errors import InvalidValueError

#: Of rows in `type_names.csv`.
NAMES = "malecns"

PLACE = "https://male-cns.janelia.org/download (flat-connectome; no account is needed)"

LICENCE = "CC BY 4.0; cite Berg et al. (2025), and Nern et al. (2025) for the optic lobe"

#: Their transmitters, histamine among them, tell all signs.
SIGNS: dict[str, int] = {}

_NEURONS = WantedFile(
    "body-annotations-male-cns-*.feather", "types, sides and columns of all neurons", "14 MB"
)
_TRANSMITTERS = WantedFile("body-neurotransmitters-male-cns-*.feather", "transmitters", "43 MB")
_CONNECTIONS = WantedFile("connectome-weights-male-cns-*.feather", "synapses of pairs", "1.05 GB")
_SYNAPSES = WantedFile(
    "syn-partners-male-cns-*.feather", "single synapses with their neuropil", "6.8 GB"
)
FILES = (_NEURONS, _TRANSMITTERS, _CONNECTIONS, _SYNAPSES)

_WORDS = {
    "id": ("bodyId", "body"),
    "cell_type": ("type",),
    "side": ("somaSide",),
    "root_side": ("rootSide",),
    "transmitter": ("consensus_nt",),
    "p": ("assignedOlHex1",),
    "q": ("assignedOlHex2",),
    "pre": ("body_pre",),
    "post": ("body_post",),
    "synapses": ("weight",),
    "neuropil": ("primary_post",),
}

_SIDES = {"L": "left", "R": "right"}


def read(folder: Path, side: str, type_names: TypeNames) -> PublishedLobe:
    """Return the neurons of one optic lobe, and their synapses.

    Parameters
    ----------
    folder : Path
    side : {"left", "right"}
    type_names : TypeNames

    Returns
    -------
    PublishedLobe
        Its p and q are hex1 and hex2, where neighbours differ by (1, 0), (0, 1) or (1, 1).
    """
    single = any(fnmatch.fnmatchcase(path.name, _SYNAPSES.name) for path in folder.iterdir())
    wanted = _SYNAPSES if single else _CONNECTIONS
    paths = [found_file(folder, each, PLACE) for each in (_NEURONS, _TRANSMITTERS, wanted)]
    version = _one_version(paths)
    needed = ["id", "cell_type", "side", "p", "q"]
    table = read_table(paths[0], needed, _WORDS, ["root_side"])
    # Photoreceptors have no soma in the volume: their side is that of their root.
    if "root_side" in table:
        table["side"] = np.where(table["side"] == "", table["root_side"], table["side"])
    table["side"] = table["side"].map(_SIDES).fillna("")
    table = require_side(table[table["cell_type"] != ""], side, paths[0].name)
    said = read_table(paths[1], ["id", "transmitter"], _WORDS).set_index("id")["transmitter"]
    known = said.reindex(table["id"])
    if known.isna().all():
        raise InvalidValueError(
            f"{paths[1].name} knows none of the neurons of {paths[0].name}; download both anew."
        )
    neurons, where = (
        table.assign(transmitter=known.fillna("").to_numpy()),
        f"male CNS {version}, {side}",
    )
    left_out = []
    if not single and type_names.divided:
        left_out.append(
            f"{', '.join(type_names.divided)} left out: {paths[2].name} does not tell neuropils;"
            f" {_SYNAPSES.name} ({_SYNAPSES.size}) does"
        )
        neurons = neurons[~neurons["cell_type"].isin(type_names.divided)]
        type_names = evolve(type_names, by_neuropil={})
    lobe = made_lobe(where, neurons, type_names, paths, _WORDS, wanted.holds, single)
    lobe.told.extend(left_out)
    return lobe


def _one_version(paths: list[Path]) -> str:
    """Return the version that the names of all files tell."""
    found = [re.search(r"male-cns-(v[0-9.]+[0-9])", path.name) for path in paths]
    versions = ["" if match is None else match[1] for match in found]
    if len(set(versions)) > 1:
        listed = ", ".join(path.name for path in paths)
        raise InvalidValueError(f"{listed} are of different versions; download them of one.")
    return versions[0]
