"""Names of what comes with the package: protocols, dynamics, studies, models and cell types.

They are found in folders and tables by nothing but Python's own, for a shell asks for them at each
Tab. `neuroflysim.choices` has the words that arguments may be.
"""

from __future__ import annotations

import ast
import csv
from functools import cache
from importlib.util import find_spec
from pathlib import Path

#: The package of the protocols, and the group of entry points by which other packages add some.
PROTOCOLS = "neuroflysim.protocols"

_PACKAGE = Path(__file__).parent

#: The folder that holds a folder for each ensemble in the box.
ENSEMBLES = _PACKAGE / "ensembles"

#: In its folder: its record, and what its fits began with. All other .json are models.
RECORD, START = "ensemble.json", "start.json"


def protocol_names() -> list[str]:
    """Return the names of all protocols: those of the library, and those of other packages.

    Examples
    --------
    >>> "flash" in protocol_names()
    True
    """
    from importlib.metadata import entry_points  # takes longer than all else here

    own = {file.stem for file in _folder(PROTOCOLS).glob("[!_]*.py")}
    return sorted(own | entry_points(group=PROTOCOLS).names)


def protocol_parameters(name: str) -> list[str]:
    """Return the parameters of a protocol of the library, as they stand in its file.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> protocol_parameters("flash")[0]
    'intensity'
    """
    text = (_folder(PROTOCOLS) / f"{name}.py").read_text(encoding="utf-8")
    functions = [part for part in ast.parse(text).body if isinstance(part, ast.FunctionDef)]
    (given,) = [function.args for function in functions if function.name == name]
    return [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def dynamics_names() -> list[str]:
    """Return the names of the dynamics of the library: files that define a Dynamics, by name.

    Examples
    --------
    >>> "graded" in dynamics_names()
    True
    """
    files = (_PACKAGE / "dynamics").glob("[!_]*.py")
    return sorted(file.stem for file in files if _defines(file, "Dynamics"))


@cache
def _defines(file: Path, kind: str) -> bool:
    """Return whether a file has a line NAME = kind(...)."""
    return any(
        isinstance(line, ast.Assign)
        and isinstance(line.value, ast.Call)
        and isinstance(line.value.func, ast.Name)
        and line.value.func.id == kind
        for line in ast.parse(file.read_text(encoding="utf-8")).body
    )


def study_keys() -> list[str]:
    """Return the names of the studies that are installed with the package."""
    return sorted(
        folder.name
        for folder in studies_folder().iterdir()
        if folder.is_dir() and not folder.name.startswith(("_", "."))
    )


def studies_folder() -> Path:
    """Return the folder that holds a folder for each study that is installed with the package."""
    return _folder("neuroflysim.experiments_db")


def ensemble_names() -> list[str]:
    """Return the names of the ensembles in the box."""
    return sorted(file.parent.name for file in ENSEMBLES.glob(f"*/{RECORD}"))


def model_names(ensemble: str) -> list[str]:
    """Return the names of those models of an ensemble in the box that have parameters.

    Parameters
    ----------
    ensemble : str

    Examples
    --------
    >>> model_names("flow_short")[:5]
    ['000', '001', '002', '003', '004']
    """
    return models_in(ENSEMBLES / ensemble)


def models_in(folder: Path) -> list[str]:
    """Return the names of the models with parameters in the folder of an ensemble.

    Parameters
    ----------
    folder : Path
    """
    files = folder.glob("*.json")
    return sorted(file.stem for file in files if file.name not in (RECORD, START))


def cell_type_names() -> list[str]:
    """Return the cell types of the connectome in the box."""
    table = _PACKAGE / "connectome" / "data" / "cell_types.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        return [row["cell_type"] for row in csv.DictReader(lines)]


def _folder(package: str) -> Path:
    """Return the folder of a package, which is not imported; some lie elsewhere than this one."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"there is no {package}; install neuroflysim again.")
    return Path(spec.origin).parent
