"""From numbers of a search to a vector of parameters, and back."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.matching import name_of, tables_of
from neuroflysim.fit.movement import Freed
from neuroflysim.fit.moving import Moving, ends_of
from neuroflysim.parameters import Parameters

#: Values that should be the same may differ by this, relative and absolute: of rounding.
ROUNDING, LEAST_ROUNDING = 1e-7, 1e-9


@frozen(eq=False)
class Layout:
    """Where the numbers of a search go.

    The vector has voltages at grey in the place of resting potentials where these are moved.
    """

    vector: np.ndarray  #: at the start
    names: tuple[str, ...]  #: of the coordinates
    prior_weight: np.ndarray
    moving: tuple[Moving, ...]

    @property
    def n(self) -> int:
        """Number of coordinates."""
        return len(self.names)

    @classmethod
    def of(
        cls, vector: np.ndarray, freed: list[Freed], start: Parameters, moves_voltage: bool
    ) -> Layout:
        """Lay coordinates out in the order of the first parameter that each moves.

        Parameters
        ----------
        vector : ndarray, shape (parameter,)
        freed : list of Freed
        start : Parameters
        moves_voltage : bool
        """
        groups: dict = {}
        for index, each in enumerate(freed):
            for k, together in enumerate(each.together):
                groups.setdefault((index, together), []).append(k)
        groups = dict(sorted(groups.items(), key=lambda one: freed[one[0][0]].places[one[1][0]]))
        tables, names, weight = tables_of(start), [], []
        for (index, _), members in groups.items():
            each = freed[index]
            own = tables[each.table.name]
            told = [own[each.places[k] - each.table.first] for k in members]
            at_grey = moves_voltage and each.table.name == "resting_potential"
            names.append(name_of("voltage_at_grey" if at_grey else each.table.name, told))
            weight.append((each.scale / each.prior) ** 2)
        kinds = (_moving(vector, freed, groups, is_log) for is_log in (True, False))
        moving = tuple(each for each in kinds if len(each.place))
        return cls(vector, tuple(names), np.array(weight), moving)

    def moved(self, z: np.ndarray) -> np.ndarray:
        """Return the vector at z.

        Parameters
        ----------
        z : ndarray, shape (coordinate,)
        """
        vector = self.vector.copy()
        for each in self.moving:
            each.move(vector, z)
        return vector

    def slopes(self, z: np.ndarray, of_vector: np.ndarray) -> np.ndarray:
        """Return derivatives by z, given those by the vector, shape (parameter,).

        Parameters
        ----------
        z : ndarray, shape (coordinate,)
        of_vector : ndarray, shape (parameter,)
        """
        of_z = np.zeros(self.n)
        for each in self.moving:
            each.slopes(z, of_vector, of_z)
        return of_z

    def within(self, z: np.ndarray) -> np.ndarray:
        """Return the z within all bounds next to another one.

        Parameters
        ----------
        z : ndarray, shape (coordinate,)
        """
        inside = z.copy()
        for each in self.moving:
            inside[each.coordinate] = each.within(z)
        return inside

    def z_of(self, vector: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """Return where a vector lies; raise if it cannot be reached.

        Parameters
        ----------
        vector : ndarray, shape (parameter,)
        names : tuple of str
            Of its entries, for messages.
        """
        z = np.zeros(self.n)
        for each in self.moving:
            z[each.coordinate] = each.coordinates_of(vector)
        off = ~np.isclose(self.moved(z), vector, rtol=ROUNDING, atol=LEAST_ROUNDING)
        if off.any():
            k = int(np.argmax(off))
            raise InvalidValueError(
                f"{names[k]} of these parameters is not where coordinates reach: it is fixed, tied"
                " to others, or would lie beyond its bounds."
            )
        return z


def _moving(vector: np.ndarray, freed: list[Freed], groups: dict, is_log: bool) -> Moving:
    """Return what moves on one kind of scale."""
    rows, entries = [], []
    for coordinate, ((index, _), members) in enumerate(groups.items()):
        each = freed[index]
        if each.table.is_log is not is_log:
            continue
        places = each.places[members]
        start, low, high = vector[places], each.lowest[members], each.highest[members]
        least, most = ends_of(start, low, high, is_log)
        rows.append((coordinate, each.scale, max(each.least, least), min(each.most, most)))
        by = np.full(len(members), len(rows) - 1)
        entries.append(np.stack([places, by, start, low, high]))
    coordinate, scale, least, most = np.array(rows).reshape(-1, 4).T.copy()
    place, by, start, low, high = np.concatenate([np.empty((5, 0)), *entries], axis=1)
    whole = (coordinate.astype(int), place.astype(int), by.astype(int))
    return Moving(is_log, whole[0], scale, least, most, whole[1], whole[2], start.copy(), low, high)
