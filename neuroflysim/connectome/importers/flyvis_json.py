"""Convert the connectome file of flyvis to the tables of neuroflysim.

How the embedded tables were made (the checksum of the file is checked)::

    pip download --no-deps flyvis==1.2.0
    unzip flyvis-1.2.0-py3-none-any.whl flyvis/connectome/fib25-fib19_v2.2.json
    python -m neuroflysim.connectome.importers.flyvis_json \\
        flyvis/connectome/fib25-fib19_v2.2.json neuroflysim/connectome/data

The file lists, for each connected pair of types, the offsets that were seen and the mean number
of synapses at each. Offsets that lie within the convex hull of those seen, but were not seen
themselves, get a count of 1 (in flyvis: n_syn_fill = 1); they are flagged as filled.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from neuroflysim.connectome import Connectome, save_connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import written_whole

SHA256 = "bfbb0766251ff09e22723d0ebbf7b14793e70b3ae8ad0eea64eac9d28223351a"
FILLED_COUNT = 1.0

# Offsets on the border of the hull that flyvis 1.2.0 leaves empty. Its hull is computed in
# floating point from jittered points, so that 91 of the 98 border offsets fall inside and these
# 7 outside. They are listed to get the published network and not a tidier one.
NOT_FILLED = {
    ("T4c", "TmY4"): {(3, -4), (4, -4)},
    ("Tm1", "TmY15"): {(1, -1)},
    ("Tm4", "C3"): {(2, -2)},
    ("TmY15", "Tm4"): {(0, -1)},
    ("TmY9", "TmY9"): {(1, -2), (2, -2)},
}


def convert(document: dict) -> Connectome:
    """Convert the parsed JSON document.

    Parameters
    ----------
    document : dict
        With "nodes", "edges", "input_units" and "output_units" as in flyvis 1.2.0.

    Returns
    -------
    Connectome
    """
    cell_types = pd.DataFrame(
        {
            "cell_type": node["name"],
            "stride_u": node["pattern"][1][0],
            "stride_v": node["pattern"][1][1],
            "photoreceptor": node["name"] in document["input_units"],
            "output": node["name"] in document["output_units"],
        }
        for node in document["nodes"]
    )
    connections = pd.DataFrame(
        {
            "source_type": edge["src"],
            "target_type": edge["tar"],
            "sign": edge["alpha"],
            "sign_reference": "; ".join(edge["alpha_references"]),
        }
        for edge in document["edges"]
    )
    offsets = pd.DataFrame(row for edge in document["edges"] for row in _offset_rows(edge))
    return Connectome(cell_types, connections, offsets)


def _offset_rows(edge: dict):
    pair = {"source_type": edge["src"], "target_type": edge["tar"]}
    seen = {tuple(offset): count for offset, count in edge["offsets"]}
    left_out = NOT_FILLED.get((edge["src"], edge["tar"]), set())
    for (du, dv), count in seen.items():
        yield {**pair, "du": du, "dv": dv, "synapse_count": float(count), "filled": False}
    for du, dv in _within_hull(np.array(list(seen))):
        if (du, dv) not in seen and (du, dv) not in left_out:
            yield {**pair, "du": du, "dv": dv, "synapse_count": FILLED_COUNT, "filled": True}


def _within_hull(points: np.ndarray) -> list[tuple[int, int]]:
    """Return the lattice points in the closed convex hull of three or more points, exactly.

    Points on one line have no hull, and nothing is filled between them.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    grid = np.stack(np.meshgrid(*map(np.arange, low, high + 1), indexing="ij"), -1).reshape(-1, 2)
    inside = np.ones(len(grid), dtype=bool)
    flat = True
    for start in points:
        for end in points:
            side = _side(start, end, points)
            if (side >= 0).all() and (side > 0).any():  # all points lie to the left
                inside &= _side(start, end, grid) >= 0
                flat = False
    return [] if flat else [(int(du), int(dv)) for du, dv in grid[inside]]


def _side(start: np.ndarray, end: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return > 0 left of the line from start to end, < 0 right of it, in whole numbers."""
    along, across = end - start, points - start
    return along[0] * across[:, 1] - along[1] * across[:, 0]


def main() -> None:
    """Convert the file named on the command line and write tables and provenance."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", type=Path, help="fib25-fib19_v2.2.json")
    parser.add_argument("folder", type=Path, help="folder for the tables")
    arguments = parser.parse_args()
    content = arguments.source.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise InvalidValueError(
            f"{arguments.source} has SHA-256 {found}, but the file of flyvis 1.2.0 has {SHA256};"
            " download that release."
        )
    connectome = convert(json.loads(content))
    save_connectome(connectome, arguments.folder)
    with written_whole(arguments.folder / "provenance.json") as temporary:
        temporary.write_text(json.dumps(_provenance(connectome), indent=2) + "\n")


def _provenance(connectome: Connectome) -> dict:
    return {
        "what": "connectome of the fruit fly's visual system, 65 cell types, mean over columns",
        "source": "flyvis/connectome/fib25-fib19_v2.2.json in the PyPI distribution of flyvis",
        "source_version": "1.2.0",
        "source_sha256": SHA256,
        "source_license": "MIT",
        "converted_by": "python -m neuroflysim.connectome.importers.flyvis_json",
        "tables_sha256": connectome.checksum,
        "rows": {
            "cell_types": connectome.n_cell_types,
            "connections": connectome.n_connections,
            "offsets": len(connectome.offsets),
            "offsets_filled": int(connectome.offsets["filled"].sum()),
        },
        "citation": (
            "Lappalainen et al., Connectome-constrained networks predict neural activity across"
            " the fly visual system, Nature 634, 1132-1140 (2024)"
        ),
        "doi": "10.1038/s41586-024-07939-3",
    }


if __name__ == "__main__":
    main()
