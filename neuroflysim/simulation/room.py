"""How much of what perturbations do a network has room for: sizes of its arrays, and no values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import asdict, astuple, frozen

from neuroflysim.dynamics import Dynamics
from neuroflysim.errors import InvalidValueError
from neuroflysim.perturbations import Effects, Fly


@frozen
class Room:
    """What arrays of a network must hold of what is done to flies.

    Other perturbations that fit in are other values: they compile nothing.

    Attributes
    ----------
    n_courses : int
        Currents over time of each lane; 0: nothing is done to cells.
    n_epochs : int
        Stretches of time, in each of which the same is done.
    n_switched : int
        Cells of each lane to which something is done at some times only.
    n_scaled : int
        Pairs of cells whose strength is multiplied, beside parameters.
    """

    n_courses: int = 0
    n_epochs: int = 1
    n_switched: int = 0
    n_scaled: int = 0

    @property
    def kinds(self) -> tuple[bool, ...]:
        """What is done at all; for other kinds, networks have other code."""
        return self.n_courses > 0, self.n_epochs > 1, self.n_switched > 0, self.n_scaled > 0

    def holds(self, other: Room) -> bool:
        """Return whether there is room for as much.

        Parameters
        ----------
        other : Room
        """
        return all(own >= wanted for own, wanted in zip(astuple(self), astuple(other), strict=True))

    def or_more(self, other: Room) -> Room:
        """Return what has room for either.

        Parameters
        ----------
        other : Room
        """
        return Room(**{name: max(n, getattr(other, name)) for name, n in asdict(self).items()})


def room_for(flies: list[Fly], effects: list[Effects], n_together: int, dynamics: Dynamics) -> Room:
    """Return the room that flies take.

    Parameters
    ----------
    flies : list of Fly
    effects : list of Effects
        What is done to the cells of each.
    n_together : int
        How many candidates are run at once, at most.
    dynamics : Dynamics

    Raises
    ------
    InvalidValueError
        If there is a current, but no place for it in the equations of the cells; if they do not use
        a modulator; if cells with gap junctions are ablated for some of the time.
    """
    coupled = False
    for fly, each in zip(flies, effects, strict=True):
        _require_place(fly, each, dynamics)
        coupled |= len(each.network.electrical_row) > 0 and each.at(0).ablated.any()
    changes = [set(_rows(each)) - {0} for each in effects]
    most_changes = min(len(set().union(*changes)), n_together * max(map(len, changes)))
    n_switched = max(len(each.switched()) for each in effects)
    # Ablated cells lose their gap junctions, too, which no parameters tell.
    on_cells = coupled or any(fly.on_cells for fly in flies)
    return Room(
        n_courses=max(len(each.courses()[0]) for each in effects) if on_cells else 0,
        n_epochs=1 + most_changes,
        n_switched=n_switched if on_cells else 0,
        n_scaled=len(np.unique(np.concatenate([each.scaled_pairs() for each in effects]))),
    )


def _require_place(fly: Fly, effects: Effects, dynamics: Dynamics) -> None:
    """Raise unless the network can do what is done to a fly."""
    if effects.currents and not dynamics.takes_current:
        raise InvalidValueError(
            f"{fly.label}: the dynamics {dynamics.name!r} has neither synaptic_input nor"
            " injected_current in its equations, so the current has no effect; add"
            " injected_current where the current of an electrode goes."
        )
    for name in effects.modulators():
        if name not in dynamics.modulators:
            raise InvalidValueError(_without(fly, name, dynamics))
    ablated = [done.ablated for _, done in effects.epochs]
    if len(effects.network.electrical_row) and any((one != ablated[0]).any() for one in ablated):
        raise InvalidValueError(
            f"{fly.label}: in a connectome with gap junctions cells are ablated from the beginning"
            " or not at all; leave out start and stop."
        )


def _without(fly: Fly, name: str, dynamics: Dynamics) -> str:
    """Return what is said where a dynamics does not have a modulator."""
    known = ", ".join(dynamics.modulators)
    has = f"has the modulators {known}" if known else "has no modulators"
    return (
        f"{fly.label}: the dynamics {dynamics.name!r} {has}, so {name!r} would change nothing; take"
        f" a dynamics whose equations use it, as 'octopamine' of the library has octopamine, or"
        f" declare it: nfs.Dynamics(..., modulators={{{name!r}: 0}})."
    )


def rows_of_epochs(effects: Sequence[Effects]) -> list[int]:
    """Return from which row on each epoch of flies that are run together is.

    Parameters
    ----------
    effects : sequence of Effects
    """
    return sorted({row for each in effects for row in _rows(each)})


def _rows(effects: Effects) -> list[int]:
    return [row for row, _ in effects.epochs]
