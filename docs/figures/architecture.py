"""The layers of the package and who imports whom, as the files say it: architecture.png.

Layers and their order stand in setup.cfg, where import-linter reads them; imports are read from
the source, those inside functions too. Nothing is drawn by hand. Takes a second.

    python docs/figures/architecture.py
"""

import ast
import json
import textwrap
from collections import Counter
from configparser import ConfigParser
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = "neuroflysim"

CONFIG = ConfigParser()
CONFIG.read(ROOT / "setup.cfg", encoding="utf-8")

#: Points² of a dot for one file that imports, and where dots stop growing: five files.
DOT, LARGEST_DOT = 14, 70

IMPORTS, EXCEPTION, PLAIN = "#33658a", "#c8553d", "#8a8a8a"


def layers() -> list[str]:
    """Return the layers of setup.cfg, the highest first; those of one floor follow each other."""
    listed = CONFIG["importlinter:contract:layers"]["layers"].replace("|", "\n")
    return [line.strip().removeprefix(f"{PACKAGE}.") for line in listed.splitlines() if line]


def folder_of(layer: str) -> Path:
    """Return where a layer lies: below the package, or where setup.cfg says."""
    lines = CONFIG["options"]["package_dir"].split("\n")
    elsewhere = dict(map(str.strip, line.split("=")) for line in lines if line)
    return ROOT / elsewhere.get(f"{PACKAGE}.{layer}", f"{PACKAGE}/{layer}")


def files_of(layer: str) -> list[Path]:
    """Return the Python files of a layer, which is a folder or a file; the first tells of it."""
    folder = folder_of(layer)
    if not folder.is_dir():
        return [folder.with_suffix(".py")]
    first = folder / "__init__.py"
    return [first, *sorted(set(folder.rglob("*.py")) - {first})]


def meaning(layer: str) -> str:
    """Return the first sentence of what a layer says of itself."""
    source = files_of(layer)[0].read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)).splitlines()[0].split(". ")[0].rstrip(".")


def imported_by(file: Path) -> set[str]:
    """Return what a file imports of the package, by the first name below it.

    A name that is no folder and no file of the package is what `neuroflysim` itself offers.
    """
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            found |= {f"{PACKAGE}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return {name.split(".")[1] for name in found if name.startswith(f"{PACKAGE}.")}


def imports(names: list[str]) -> Counter:
    """Return how many files of each layer import each other layer, by (importer, imported)."""
    counted = Counter()
    for importer in names:
        for file in files_of(importer):
            counted.update((importer, name) for name in imported_by(file) & {*names} - {importer})
    return counted


def draw() -> Figure:
    """Draw the layers, the highest at the top, and a dot wherever one imports another."""
    names = layers()
    place = {name: number for number, name in enumerate(names)}
    counted = imports(names)
    figure, ax = plt.subplots(figsize=(11.5, 8.8), layout="constrained")
    for (importer, imported), n_files in counted.items():
        down = place[imported] > place[importer]
        size = min(DOT * n_files, LARGEST_DOT)
        ax.scatter(
            place[imported], place[importer], s=size, color=IMPORTS if down else EXCEPTION, zorder=3
        )
    for name, number in place.items():
        n_files = len(files_of(name))
        told = f"{meaning(name)} ({n_files}\xa0file{'s' * (n_files > 1)})"
        ax.text(
            len(names) + 0.4, number, textwrap.fill(told, 74), va="center", fontsize=7.5,
            color="#444444",
        )  # fmt: skip
        ax.plot([-0.5, number], [number, number], color="#e4e4e4", lw=0.8, zorder=1)
        ax.plot([number, number], [number, len(names) - 0.5], color="#e4e4e4", lw=0.8, zorder=1)
        ax.scatter(number, number, marker="s", s=26, color=PLAIN, zorder=2)
    ax.set(xlim=(-0.6, len(names) + 17), ylim=(len(names) - 0.4, -0.6))
    ax.set_yticks(range(len(names)), names, fontsize=8.5)
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set_ylabel("a file here")
    ax.set_title("imports this", loc="left", fontsize=10)
    ax.spines[:].set_visible(False)
    return figure


if __name__ == "__main__":
    # The picture tells which layers it was drawn from, so that a test finds one that is old.
    told = {"Description": json.dumps(layers())}
    draw().savefig(HERE / "architecture.png", dpi=110, metadata=told)
