"""What the result of a fit depends on, and where it was computed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import attrs
import numpy as np
from attrs import frozen

from neuroflysim._version import __version__
from neuroflysim.errors import InvalidValueError
from neuroflysim.files.strict_json import entry
from neuroflysim.fit.problem import Problem
from neuroflysim.fit.recipe import Recipe, Stage, stages_from


@frozen
class Identity:
    """What the result of a fit depends on; a fit that differs in any of it is another one."""

    recipe: dict  #: objective and search
    seed: int
    connectome: dict  #: checksums of its tables
    versions: dict
    model: dict  #: dynamics, start and what is free, if not those of a recipe

    @classmethod
    def of(cls, problem: Problem, stages: Sequence[Stage], seed: int) -> Identity:
        """Return the identity of a fit on this machine."""
        recipe = {
            **problem.objective.to_dict(),
            "stages": [attrs.asdict(stage) for stage in stages],
        }
        checksums = dict(problem.model.connectome.table_checksums)
        # Tuples and lists are alike in a record.
        recipe, model = (json.loads(json.dumps(block)) for block in (recipe, problem.told))
        return cls(recipe, seed, checksums, versions_here(), model)

    @classmethod
    def stored(cls, record: Mapping, where: str) -> Identity:
        """Return the identity that a record of a fit tells."""
        recipe = entry(record, "recipe", "a block of keys", where)
        if "objective" in recipe:
            entry(recipe, "objective", "text", f"{where}: recipe")
            stages_from(recipe, f"{where}: recipe")
        else:
            Recipe.from_dict(recipe, f"{where}: recipe")
        blocks = {"model": {}, **record}
        return cls(
            recipe,
            entry(record, "seed", "a whole number", where),
            *(
                entry(blocks, name, "a block of keys", where)
                for name in ("connectome", "versions", "model")
            ),
        )

    def require_same(self, stored: Identity, folder: Path) -> None:
        """Raise if a stored fit is another one; say in what."""
        differing = []
        if stored.seed != self.seed:
            differing.append(f"its seed is {stored.seed}, not {self.seed}")
        for what in ("recipe", "model", "connectome", "versions"):
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
