"""neuPrint: what neuprint-python writes of any data set that has columns, such as optic-lobe.

``fetch_adjacencies(..., export_dir=FOLDER)`` writes roi-connections.csv. The neurons it writes have
no columns: what ``fetch_neurons`` returns has, and is to be written over its neurons.csv.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neuroflysim.connectome.importers.sources.contract import PublishedLobe, WantedFile
from neuroflysim.connectome.importers.sources.folder import found_file
from neuroflysim.connectome.importers.sources.tables import made_lobe, read_table, require_side
from neuroflysim.connectome.importers.sources.type_names import TypeNames

#: Of rows in `type_names.csv`: data sets of neuPrint that have columns name cells alike.
NAMES = "malecns"

PLACE = "https://neuprint.janelia.org by neuprint-python (a token is needed)"

LICENCE = "that of the data set, for optic-lobe and male-cns CC BY 4.0"

#: Their transmitters, histamine among them, tell all signs.
SIGNS: dict[str, int] = {}

_NEURONS = WantedFile("neurons.csv", "neurons, by fetch_neurons")
_CONNECTIONS = WantedFile(
    "roi-connections.csv", "synapses of pairs by neuropil, by fetch_adjacencies"
)
FILES = (_NEURONS, _CONNECTIONS)

_WORDS = {
    "id": ("bodyId",),
    "cell_type": ("type",),
    "side": ("somaSide",),
    "instance": ("instance",),
    "transmitter": ("consensusNt", "predictedNt"),
    "p": ("assignedOlHex1", "hex1"),
    "q": ("assignedOlHex2", "hex2"),
    "pre": ("bodyId_pre",),
    "post": ("bodyId_post",),
    "synapses": ("weight",),
    "neuropil": ("roi",),
}

_SIDES = {"L": "left", "R": "right"}


def read(folder: Path, side: str, type_names: TypeNames) -> PublishedLobe:
    """Return the neurons of one optic lobe, and their synapses.

    Parameters
    ----------
    folder : Path
    side : {"left", "right"}
        By the end of the instance (``Mi1_R``), which photoreceptors have, too.
    type_names : TypeNames

    Returns
    -------
    PublishedLobe
        Its p and q are hex1 and hex2, where neighbours differ by (1, 0), (0, 1) or (1, 1).
    """
    path = found_file(folder, _NEURONS, PLACE)
    connections = found_file(folder, _CONNECTIONS, PLACE)
    words = _one_transmitter(path)
    needed = ["id", "cell_type", "instance", "transmitter", "p", "q"]
    table = read_table(path, needed, words)
    table["side"] = table["instance"].str[-2:].map({f"_{k}": v for k, v in _SIDES.items()})
    table = require_side(table[table["cell_type"] != ""].fillna({"side": ""}), side, path.name)
    files, holds = [path, connections], _CONNECTIONS.holds
    return made_lobe(f"neuPrint, {side}", table, type_names, files, words, holds)


def _one_transmitter(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the words for columns: of the two of transmitters the consensus, if it is there."""
    there = pd.read_csv(path, nrows=0).columns
    known = next((name for name in _WORDS["transmitter"] if name in there), "consensusNt")
    return {**_WORDS, "transmitter": (known,)}
