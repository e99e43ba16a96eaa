"""What commands write: files, whole or not at all, and JSON for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import typer

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import writable, written_whole
from neuroflysim.responses import Responses
from neuroflysim.responses.nwb import require_pynwb

if TYPE_CHECKING:
    from neuroflysim.plotting.panels import Panels


def require_suffix(option: str, path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Raise if a file cannot be written, or its name does not say how. None is no file."""
    if path is not None and writable(path).suffix not in suffixes:
        raise InvalidValueError(
            f"{option} is {path}, but its suffix must be {' or '.join(suffixes)}."
        )
    if path is not None and path.suffix == ".nwb":
        require_pynwb()


def require_different(options: str, one: Path | None, other: Path | None) -> None:
    """Raise if two files are the same one: the second would replace the first."""
    if one is not None and other is not None and one.resolve() == other.resolve():
        raise InvalidValueError(f"{options} name the same file, {one}; name two.")


def save_picture(axes: Panels, path: Path) -> None:
    """Write what a function of `neuroflysim.plotting` has drawn, and close it."""
    from matplotlib import pyplot as plt

    from neuroflysim.plotting import save_figure
    from neuroflysim.plotting.saving import figure_of

    save_figure(axes, path)
    plt.close(figure_of(axes))


def save_table(table: pd.DataFrame, path: Path, index: bool = True) -> None:
    """Write a DataFrame as CSV."""
    with written_whole(path) as temporary:
        table.to_csv(temporary, index=index)


def tell_responses(responses: Responses, path: Path, as_json: bool) -> None:
    """Tell what was simulated and where it was written."""
    if not as_json:
        typer.echo(f"{responses!r}\n{path}")
        return
    voltage = responses.voltage
    along = [name for name, c in voltage.coords.items() if c.dims == ("condition",)]
    conditions = pd.DataFrame({name: voltage[name].to_numpy() for name in along})
    print_json({"file": path, "sizes": dict(voltage.sizes), "conditions": conditions})


def print_json(content: Any) -> None:
    """Print content as JSON; of a table, a list with an object for each row."""
    typer.echo(json.dumps(plain(content), indent=1, allow_nan=False, ensure_ascii=False))


def plain(content: Any) -> Any:
    """Return content in the words that JSON has: what is not a number is None.

    Parameters
    ----------
    content : DataFrame, mapping, list, number, str, path or None

    Examples
    --------
    >>> plain(pd.DataFrame({"study": ["a"], "score": [np.nan], "n": np.array([3])}))
    [{'study': 'a', 'score': None, 'n': 3}]
    """
    if isinstance(content, pd.DataFrame):
        return [plain(row) for row in content.to_dict("records")]
    if isinstance(content, Mapping):
        return {str(name): plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple | np.ndarray):
        return [plain(value) for value in content]
    if isinstance(content, os.PathLike):
        return os.fspath(content)
    if isinstance(content, np.generic):
        return plain(content.item())
    if content is pd.NA or (isinstance(content, float) and not np.isfinite(content)):
        return None
    return content
