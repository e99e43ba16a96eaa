"""What the shell offers when somebody presses Tab, for arguments that are names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

import typer

from neuroflysim.connectome import load_connectome
from neuroflysim.ensembles import ensemble_names, load_ensemble
from neuroflysim.experiments.database import study_keys
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.protocols import LIBRARY
from neuroflysim.scoreboard import entries


def protocols(incomplete: str) -> list[str]:
    """Offer the protocols of the library."""
    return _beginning(LIBRARY, incomplete)


def settings(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the parameters of the protocol that stands before them, each with a =."""
    # As long as a value is missing, words are not yet told apart into arguments.
    make = next((LIBRARY[word] for word in ctx.args if word in LIBRARY), None)
    names = inspect.signature(make).parameters if make else ()
    return _beginning((f"{name}=" for name in names), incomplete)


def study(incomplete: str) -> list[str]:
    """Offer the studies of the database."""
    return _beginning(study_keys(), incomplete)


def studies(incomplete: str) -> list[str]:
    """Offer studies, the next one after a comma, and all."""
    before, comma, last = incomplete.rpartition(",")
    words = study_keys() if comma else ["all", *study_keys()]
    return [f"{before}{comma}{word}" for word in _beginning(words, last)]


def ensembles(incomplete: str) -> list[str]:
    """Offer the ensembles in the box."""
    return _beginning(ensemble_names(), incomplete)


def models(incomplete: str) -> list[str]:
    """Offer the ensembles in the box, and after a slash their models."""
    name, slash, _ = incomplete.partition("/")
    if not slash:
        return ensembles(incomplete)
    if name not in ensemble_names():
        return []
    return _beginning((f"{name}/{model}" for model in load_ensemble(name).names), incomplete)


def rows(incomplete: str) -> list[str]:
    """Offer the rows of the board."""
    return _beginning((entry.name for entry in entries()), incomplete)


def recipes(incomplete: str) -> list[str]:
    """Offer the recipes of fits."""
    return _beginning(RECIPES, incomplete)


def cell_type(incomplete: str) -> list[str]:
    """Offer the cell types of the connectome in the box."""
    return _beginning(load_connectome().cell_types.index, incomplete)


def cell_types(incomplete: str) -> list[str]:
    """Offer cell types, the next one after a comma."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in cell_type(last)]


def record(incomplete: str) -> list[str]:
    """Offer what may be recorded."""
    return [*_beginning(("central", "all"), incomplete), *cell_types(incomplete)]


def one_of(*words: str) -> Callable[[str], list[str]]:
    """Return a function that offers some words."""

    def offered(incomplete: str) -> list[str]:
        return _beginning(words, incomplete)

    return offered


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
