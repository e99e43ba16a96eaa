"""Whether something of the user reaches another process: asked before the work begins."""

from __future__ import annotations

import pickle
from typing import Any

from neuroflysim.errors import InvalidValueError
from neuroflysim.workers.contract import Workers


def require_sendable(workers: Workers | None, **values: Any) -> None:
    """Raise if a worker cannot have one of some values.

    Parameters
    ----------
    workers : Workers, optional
        None needs nothing to be sent.
    **values
        By what they are called where they were given.

    Raises
    ------
    InvalidValueError
        Names the value, and what to do.
    """
    if workers is None:
        return
    for name, value in values.items():
        try:
            workers.submit(_received, pickle.dumps(value)).result()
        except Exception as error:
            raise InvalidValueError(
                f"{name} cannot be sent to other processes ({error}); define it at the top of a"
                " module that can be imported there, or take processes=1 and no cluster."
            ) from None


def _received(packed: bytes) -> None:
    pickle.loads(packed)  # a message between processes of ours; no file
