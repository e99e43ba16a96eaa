"""Files that commands write: checked before the work begins, and written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import writable, written_whole

#: Suffixes of files that pictures are drawn into.
PICTURES = (".png", ".pdf", ".svg")


def require_suffix(option: str, path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Raise if a file cannot be written, or its name does not say how. None is no file."""
    if path is not None and writable(path).suffix not in suffixes:
        raise InvalidValueError(
            f"{option} is {path}, but its suffix must be {' or '.join(suffixes)}."
        )


def save_figure(figure, path: Path) -> None:
    """Write a matplotlib figure."""
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=150)


def save_table(table, path: Path, index: bool = True) -> None:
    """Write a DataFrame as CSV."""
    with written_whole(path) as temporary:
        table.to_csv(temporary, index=index)
