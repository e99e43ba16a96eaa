"""Make the photographs in this folder from those that scikit-image carries.

Run it with the folder ``skimage/data`` of the unpacked wheel of scikit-image 0.26.0::

    python -m neuroflysim.flow.data.convert skimage/data
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from PIL import Image

#: Pixels along the longer side.
LONGEST = 256

#: Name here: name there, and who gave it to the public domain, as the docstrings of
#: skimage.data in that version say.
PHOTOGRAPHS = {
    "brick": ("brick.png", "CC0Textures, Bricks25"),
    "photographer": ("camera.png", "Lav Varshney, the photographer"),
    "cat": ("chelsea.png", "Stefan van der Walt, the photographer"),
    "coffee": ("coffee.png", "Rachel Michetti, the photographer"),
    "grass": ("grass.png", "linolafett on DeviantArt, Grass 01"),
    "gravel": ("gravel.png", "CC0Textures, Gravel04"),
}


def convert(source: Path, target: Path) -> None:
    """Write the pictures and provenance.json.

    Parameters
    ----------
    source, target : Path
        Folders.
    """
    pictures = {}
    for name, (file, giver) in PHOTOGRAPHS.items():
        with Image.open(source / file) as picture:
            grey = picture.convert("L")
        grey.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
        path = target / f"{name}.png"
        grey.save(path, optimize=True)
        pictures[path.name] = {
            "source": f"skimage/data/{file}",
            "source_sha256": _checksum(source / file),
            "license": "CC0-1.0",
            "given_by": giver,
            "sha256": _checksum(path),
        }
    provenance = {
        "what": "photographs in the public domain, grey, 256 pixels along the longer side",
        "source": "wheel of scikit-image (PyPI), folder skimage/data",
        "source_version": "0.26.0",
        "license_stated_in": "docstrings of skimage/data/_fetchers.py of that version",
        "converted_by": "python -m neuroflysim.flow.data.convert",
        "pictures": pictures,
    }
    (target / "provenance.json").write_text(json.dumps(provenance, indent=2) + "\n")


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(__file__).parent)
