"""Progress of what takes long."""

from __future__ import annotations

import sys
from typing import Any

from tqdm.auto import tqdm


def progress_bar(shown: bool, *things: Any, **options: Any) -> tqdm:
    """Return a progress bar for terminals and notebooks; in files and pipes it stays quiet.

    Parameters
    ----------
    shown : bool
        False is quiet anywhere.
    *things, **options
        For tqdm.

    Examples
    --------
    >>> [k for k in progress_bar(False, [1, 2])]
    [1, 2]
    """
    # The streams of a notebook do not call themselves a terminal.
    is_terminal = sys.stderr is not None and sys.stderr.isatty()  # None, if it is closed
    somebody_looks = is_terminal or "ipykernel" in sys.modules
    return tqdm(*things, disable=not (shown and somebody_looks), **options)
