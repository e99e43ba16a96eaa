"""What the result of a fit depends on, and where it was computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
from attrs import frozen

from neuroflysim._version import __version__
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.files.strict_json import entry
from neuroflysim.fit.recipe import Recipe


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

    @classmethod
    def stored(cls, record: Mapping, where: str) -> Identity:
        """Return the identity that a record of a fit tells."""
        recipe = entry(record, "recipe", "a block of keys", where)
        Recipe.from_dict(recipe, f"{where}: recipe")
        return cls(
            recipe,
            entry(record, "seed", "a whole number", where),
            *(entry(record, name, "a block of keys", where) for name in ("connectome", "versions")),
        )

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


def versions_here() -> dict[str, str]:
    """Return the versions that the result of a fit depends on."""
    return {"neuroflysim": __version__, "cma": version("cma"), "numpy": np.__version__}


def require_same_processor(processors: list[str], here: str, folder: Path) -> None:
    """Raise if a fit was computed elsewhere: numbers differ in their last digits there.

    Parameters
    ----------
    processors : list of str
        On which the fit in the folder was computed so far, in this order.
    here : str
    folder : Path
    """
    if processors[-1:] != [here]:
        raise InvalidValueError(
            f"the fit in {folder} was computed on another processor ({processors[-1]}) than this"
            f" one ({here}). Last digits differ there, and a search enlarges what differs: it would"
            " not end as the fit that was never stopped. Resume it there, or say that this may be"
            " (--other-processor, other_processor=True); the record then names both."
        )
