"""Rows of the ensembles in the box."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from neuroflysim.ensembles import Ensemble, ensemble_names, load_ensemble
from neuroflysim.scoreboard.entry import Entry, Models

#: What fits have seen: ours, if nothing else is said. Recordings are in none.
SEEN = {"flyvis": "flow of Sintel, by gradients and a decoder network"}
SEEN_BY_OURS = "flow of moving textures"

#: Parts of ensembles that have rows of their own: of which one, which models, and why.
PARTS = {
    "flyvis_first_ten": (
        "flyvis",
        lambda ensemble: ensemble[:10],
        "the ten of the smallest error in their own task, which the paper shows",
    ),
    "flyvis_stable": (
        "flyvis",
        lambda ensemble: ensemble.stable,
        "those that settle at grey and do not run away, as is asked of our fits",
    ),
}

#: Ensembles of others.
PUBLISHED = ("flyvis",)


def entries() -> list[Entry]:
    """Return a row for each ensemble in the box, and for the parts that have rows of their own."""
    whole = [
        Entry(name, _kind(name), _seen(name), partial(_loaded, name, None))
        for name in ensemble_names()
    ]
    parts = [
        Entry(name, _kind(of), f"{_seen(of)}; {why}", partial(_loaded, of, choose))
        for name, (of, choose, why) in PARTS.items()
    ]
    return [*whole, *parts]


def models_of(ensemble: Ensemble) -> Models:
    """Return the models of an ensemble as a row has them.

    Parameters
    ----------
    ensemble : Ensemble
    """
    table = ensemble.table
    failed = table.loc[~table.index.isin(ensemble.names), "failure"]
    return Models(
        parameters=dict(zip(ensemble.names, ensemble, strict=True)),
        readout=ensemble.readout,
        failed=failed.to_dict(),
    )


def _seen(name: str) -> str:
    return SEEN.get(name, SEEN_BY_OURS)


def _kind(name: str) -> str:
    return "published" if name in PUBLISHED else "fitted here"


def _loaded(name: str, choose: Callable | None) -> Models:
    ensemble = load_ensemble(name)
    return models_of(ensemble if choose is None else choose(ensemble))
