"""Writes files of each kind as this version does, for all later ones to read.

    python tests/write_kept_files.py

They go to tests/data/written_by_VERSION and are kept for good: tests/test_kept_files.py reads all
that are there. A version that changes a format writes its own beside them, before it is released.
"""

import sys
from pathlib import Path

import neuroflysim as nfs

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "benchmarks"))

from mutated.kinds import KINDS  # noqa: E402
from mutated.kinds.parameters import model  # noqa: E402

#: Folders, and the kind of file that `benchmarks/mutated` knows how to make, all from one small
#: connectome.
WRITTEN = {
    "connectome": "connectome",
    "ensemble": "ensemble",
    "fit": "fit",
    "responses": "responses",
    "recording": "recording-netcdf",
}


def write(folder: Path) -> None:
    """Write one of each kind into a folder that is not there yet."""
    folder.mkdir()
    for name, kind in WRITTEN.items():
        (folder / name).mkdir()
        KINDS[kind].make(folder / name)
    (folder / "decoy.json").unlink()  # what the mutants of an ensemble are after
    (folder / "parameters").mkdir()
    for suffix in (".json", ".csv"):
        model(6).save(folder / "parameters" / f"model{suffix}")


if __name__ == "__main__":
    write(HERE / "data" / f"written_by_{nfs.__version__.partition('.dev')[0]}")
