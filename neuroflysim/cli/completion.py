"""What the shell offers when somebody presses Tab, for arguments that are names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import typer

from neuroflysim import choices, names


def protocols(incomplete: str) -> list[str]:
    """Offer the protocols of the library."""
    return _beginning(names.protocol_names(), incomplete)


def settings(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the parameters of the protocol that stands before them, each with a =."""
    # As long as a value is missing, words are not yet told apart into arguments.
    known = names.protocol_names()
    shown = next((word for word in ctx.args if word in known), None)
    return _beginning((f"{name}=" for name in _parameters(shown)), incomplete)


def _parameters(protocol: str | None) -> Iterable[str]:
    if protocol is None:
        return ()
    try:
        return names.protocol_parameters(protocol)
    except FileNotFoundError:  # of another package, which has to be imported to know them
        from inspect import signature

        from neuroflysim.protocols import LIBRARY

        return signature(LIBRARY[protocol]).parameters


def dynamics(incomplete: str) -> list[str]:
    """Offer the dynamics of the library."""
    return _beginning(names.dynamics_names(), incomplete)


def study(incomplete: str) -> list[str]:
    """Offer the studies of the database."""
    return _beginning(names.study_keys(), incomplete)


def studies(incomplete: str) -> list[str]:
    """Offer studies, the next one after a comma, and all."""
    before, comma, last = incomplete.rpartition(",")
    words = names.study_keys() if comma else ["all", *names.study_keys()]
    return [f"{before}{comma}{word}" for word in _beginning(words, last)]


def ensembles(incomplete: str) -> list[str]:
    """Offer the ensembles in the box."""
    return _beginning(names.ensemble_names(), incomplete)


def models(incomplete: str) -> list[str]:
    """Offer the ensembles in the box, and after a slash their models."""
    name, slash, _ = incomplete.partition("/")
    if not slash:
        return ensembles(incomplete)
    if name not in names.ensemble_names():
        return []
    return _beginning((f"{name}/{model}" for model in names.model_names(name)), incomplete)


def rows(incomplete: str) -> list[str]:
    """Offer the rows of the board."""
    return _beginning((*names.ensemble_names(), *choices.ROWS), incomplete)


def recipes(incomplete: str) -> list[str]:
    """Offer the recipes of fits."""
    return _beginning(choices.RECIPE_NAMES, incomplete)


def cell_type(incomplete: str) -> list[str]:
    """Offer the cell types of the connectome in the box."""
    return _beginning(names.cell_type_names(), incomplete)


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
