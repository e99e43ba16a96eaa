"""FlyWire: tables of the whole brain of a female, version 783 (Dorkenwald et al. 2024).

Cell types and columns of the optic lobes are those of Matsliah et al. (2024). Transmitters were
predicted by Eckstein et al. (2024), synapses found by Buhmann et al. (2021) or anew at Princeton.
"""

from __future__ import annotations

from pathlib import Path

from neuroflysim.connectome.importers.sources.contract import PublishedLobe, WantedFile
from neuroflysim.connectome.importers.sources.folder import found_file, one_of
from neuroflysim.connectome.importers.sources.tables import (
    made_lobe,
    read_table,
    require_agreement,
    require_side,
)
from neuroflysim.connectome.importers.sources.type_names import TypeNames

#: Of rows in `type_names.csv`.
NAMES = "flywire"

PLACE = "https://codex.flywire.ai/api/download (FAFB, version 783; an account is needed)"

LICENCE = (
    "FlyWire asks who uses its data to cite Dorkenwald et al. (2024), Schlegel et al. (2024) and"
    " Matsliah et al. (2024); Codex states CC BY-NC 4.0 for its tables"
)

#: Transmitters were predicted among six, and histamine, which photoreceptors have (Hardie 1989), is
#: none of them.
SIGNS = {"R1-R6": -1, "R7": -1, "R8": -1}

_TYPES = WantedFile("visual_neuron_types.csv.gz", "cell types of the optic lobes")
_COLUMNS = WantedFile("column_assignment.csv.gz", "columns of 31 cell types")
_NEURONS = WantedFile("neurons.csv.gz", "transmitters of all neurons")
#: Any of these: with all synapses that were found, or only those of pairs with five or more.
_CONNECTIONS = (
    WantedFile("connections_princeton_no_threshold.csv.gz", "synapses of pairs"),
    WantedFile("connections_princeton.csv.gz", "synapses of pairs, five or more"),
    WantedFile("connections_no_threshold.csv.gz", "synapses of pairs"),
    WantedFile("connections.csv.gz", "synapses of pairs, five or more"),
    WantedFile("proofread_connections_783.feather", "synapses of pairs (Zenodo)", "852 MB"),
)
FILES = (_TYPES, _COLUMNS, _NEURONS, *_CONNECTIONS)

_WORDS = {
    "id": ("root_id",),
    "cell_type": ("type",),
    "side": ("side", "hemisphere"),
    "transmitter": ("nt_type",),
    "p": ("p",),
    "q": ("q",),
    "pre": ("pre_root_id", "pre_pt_root_id"),
    "post": ("post_root_id", "post_pt_root_id"),
    "synapses": ("syn_count",),
    "neuropil": ("neuropil",),
}


def read(folder: Path, side: str, type_names: TypeNames) -> PublishedLobe:
    """Return the neurons of one optic lobe, and their synapses.

    Parameters
    ----------
    folder : Path
    side : {"left", "right"}
        By the side of the brain, as Codex has it.
    type_names : TypeNames

    Returns
    -------
    PublishedLobe
        Its p and q are those of Codex, where neighbours differ by (1, 0), (0, 1) or (1, 1).
    """
    files = [found_file(folder, each, PLACE) for each in (_TYPES, _COLUMNS, _NEURONS)]
    wanted, path = one_of(folder, _CONNECTIONS, PLACE)
    types = read_table(files[0], ["id", "cell_type", "side"], _WORDS)
    columns = read_table(files[1], ["id", "cell_type", "side", "p", "q"], _WORDS)
    transmitters = read_table(files[2], ["id", "transmitter"], _WORDS)
    require_agreement(columns, _COLUMNS.name, types, _TYPES.name)
    types = require_side(types, side, _TYPES.name)
    columns = columns[columns["side"] == side].set_index("id")
    known = transmitters.set_index("id")["transmitter"].reindex(types["id"]).fillna("")
    at = columns[["p", "q"]].reindex(types["id"])
    neurons = types.assign(transmitter=known.to_numpy(), p=at["p"].to_numpy(), q=at["q"].to_numpy())
    files, where = [*files, path], f"FlyWire, {side}"
    return made_lobe(where, neurons, type_names, files, _WORDS, wanted.holds)
