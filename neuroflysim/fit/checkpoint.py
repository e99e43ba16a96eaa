"""The state of a fit on disk: written after every generation, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from importlib.metadata import version
from pathlib import Path

import numpy as np
from attrs import field, frozen

from neuroflysim._version import __version__
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.fit.recipe import Recipe

FILE = "checkpoint"


#: Length of the digest at the end of a checkpoint.
DIGEST_BYTES = 32


@frozen
class Identity:
    """What the result of a fit depends on; a fit that differs in any of it is another one."""

    recipe: dict
    seed: int
    connectome: dict  #: checksums of its tables
    versions: dict

    @classmethod
    def of(cls, recipe: Recipe, seed: int, connectome: Connectome) -> Identity:
        """Return the identity of a fit on this machine."""
        plain = json.loads(json.dumps(recipe.to_dict()))  # tuples and lists are alike in a record
        return cls(plain, seed, dict(connectome.table_checksums), versions_here())

    def require_same(self, stored: Identity, folder: Path) -> None:
        """Raise if a stored fit is another one; say in what."""
        differing = []
        if stored.seed != self.seed:
            differing.append(f"its seed is {stored.seed}, not {self.seed}")
        for what in ("recipe", "connectome", "versions"):
            old, new = getattr(stored, what), getattr(self, what)
            differing += [
                f"{what}: {name} was {old.get(name)!r} and is {new.get(name)!r}"
                for name in dict.fromkeys([*old, *new])
                if old.get(name) != new.get(name)
            ]
        if differing:
            raise InvalidValueError(
                f"the fit in {folder} is another one ({'; '.join(differing)}), so that it cannot be"
                " resumed; resume it as it was begun, or fit into another folder."
            )


@frozen
class Checkpoint:
    """All that a fit needs to go on."""

    identity: Identity
    search: bytes
    rows: list[dict] = field(factory=list)  #: of the learning curve
    seconds: tuple[float, float] = (0.0, 0.0)  #: spent so far, of the clock and of all cores

    def save(self, folder: Path) -> None:
        """Write to a folder; what was there before stays until all is written."""
        state = pickle.dumps(self)
        with written_whole(folder / FILE) as temporary, open(temporary, "wb") as file:
            file.write(state)
            file.write(_digest(state))
            file.flush()
            os.fsync(file.fileno())

    @staticmethod
    def load(folder: Path) -> Checkpoint:
        """Read from a folder. As with all pickles: only what oneself has written."""
        path = folder / FILE
        try:
            content = path.read_bytes()
            state, digest = content[:-DIGEST_BYTES], content[-DIGEST_BYTES:]
            if digest != _digest(state):
                raise ValueError("it was cut off, or changed since it was written")
            checkpoint = pickle.loads(state)
        except Exception as error:
            raise InvalidValueError(
                f"{path} cannot be read ({type(error).__name__}: {error}); remove the folder and"
                " fit anew."
            ) from None
        if not isinstance(checkpoint, Checkpoint):
            raise InvalidValueError(
                f"{path} is no checkpoint of a fit; remove it, or name another folder."
            )
        return checkpoint


def versions_here() -> dict[str, str]:
    """Return the versions that the result of a fit depends on."""
    return {"neuroflysim": __version__, "cma": version("cma"), "numpy": np.__version__}


def _digest(state: bytes) -> bytes:
    """Return what shows later that not a bit was changed on a disk."""
    return hashlib.sha256(state).digest()
