"""A fly: what is done to one and the same animal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations.effects import Effects, Manipulation
from neuroflysim.perturbations.on_cells import require_that_clamps_hold
from neuroflysim.perturbations.perturbation import Perturbation

#: How a fly to which nothing is done is labelled.
INTACT = "intact"


@frozen
class Fly:
    """All that is done to one and the same animal; nothing: the intact fly.

    Parameters
    ----------
    perturbations : tuple of Perturbation
        In this order: each acts on what those before it left. So of two that set the same, the
        later one holds while both act, and factors multiply.
    name : str, optional
        How responses and tables name it; by what is done to it, if not given.

    Examples
    --------
    >>> from neuroflysim import Silence
    >>> Fly((Silence("T4a"), Silence("T5a"))).label
    'silence T4a, silence T5a'
    >>> Fly((Silence("T4a"), Silence("T5a")), name="motion_blind").label
    'motion_blind'
    """

    perturbations: tuple[Perturbation, ...] = ()
    name: str | None = None

    @property
    def done(self) -> str:
        """What is done to it, in words."""
        return ", ".join(each.label for each in self.perturbations) or INTACT

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        return self.done if self.name is None else self.name

    @property
    def on_cells(self) -> bool:
        """Whether something acts on cells, beside the parameters."""
        return any(each.on_cells for each in self.perturbations)

    def silences(self, cell_type: str, column: tuple[int, int] = (0, 0)) -> bool:
        """Return whether a cell passes on nothing, whatever its voltage, at any time.

        Parameters
        ----------
        cell_type : str
        column : (int, int)
            Axial coordinates (u, v).
        """
        return any(each.silences(cell_type, column) for each in self.perturbations)

    def factor(self, source_type: str, target_type: str, column: tuple[int, int] = (0, 0)) -> float:
        """Return by what the input of one cell from a type is multiplied, beside the parameters.

        Parameters
        ----------
        source_type, target_type : str
        column : (int, int)
            Axial coordinates (u, v) of the target.
        """
        factors = [each.factor_at(source_type, target_type, column) for each in self.perturbations]
        return float(np.prod(factors))

    def silenced(
        self, cell_type: str, times: np.ndarray, column: tuple[int, int] = (0, 0)
    ) -> np.ndarray:
        """Return when a cell passes on nothing, whatever its voltage.

        Parameters
        ----------
        cell_type : str
        times : ndarray, shape (time,)
            When steps begin, in seconds from stimulus onset.
        column : (int, int)
            Axial coordinates (u, v).

        Returns
        -------
        ndarray of bool, shape (time,)
        """
        when = [p.acts_at(times) for p in self.perturbations if p.silences(cell_type, column)]
        return np.any([np.zeros(len(times), dtype=bool), *when], axis=0)

    def changed(self, parameters: Parameters) -> Parameters:
        """Return the parameters of the fly while all acts, so far as parameters can tell it.

        Parameters
        ----------
        parameters : Parameters
        """
        for each in self.perturbations:
            parameters = each.changed(parameters)
        return parameters

    def epochs(self, times: np.ndarray) -> list[tuple[int, Fly]]:
        """Return what is done at which times, as flies to which the same is always done.

        Parameters
        ----------
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.

        Returns
        -------
        list of (int, Fly)
            From which row on; row 0 is all that is before the stimulus, row 1 its first step.
        """
        over_time = [each.states(times) for each in self.perturbations]
        state = np.array([own for own, _ in over_time], dtype=int).reshape(-1, 1 + len(times))
        changes = (state[:, 1:] != state[:, :-1]).any(axis=0)
        rows = [0, *(1 + np.flatnonzero(changes)).tolist()]
        each_does = [done for _, done in over_time]
        return [
            (row, Fly(tuple(does[k] for does, k in zip(each_does, now, strict=True) if k >= 0)))
            for row, now in zip(rows, state[:, rows].T, strict=True)
        ]

    def effects(self, network: Network, times: np.ndarray) -> Effects:
        """Return what is done to the cells.

        Parameters
        ----------
        network : Network
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.
        """
        currents = [one for each in self.perturbations for one in each.currents(network, times)]
        effects = Effects(network, times, currents=currents)
        for row, fly in self.epochs(times):
            manipulation = Manipulation(network)
            for each in fly.perturbations:
                each.act(manipulation)
            effects.epochs.append((row, manipulation))
        require_that_clamps_hold(self.perturbations, effects)
        return effects


#: One fly as users write it: None is the intact one, and a tuple what is done to one animal.
OneFly = Fly | Perturbation | Sequence[Perturbation] | None

#: Flies as users write them: one, or a list with an entry for each.
Flies = Fly | Perturbation | Sequence[OneFly] | None


def flies_of(perturbations: Flies) -> list[Fly]:
    """Return the flies that a user lists.

    Parameters
    ----------
    perturbations : None, Perturbation, or list
        Each entry of a list is one fly: None, a perturbation, several in a tuple or list, or a
        `Fly`, which may have a name.

    Examples
    --------
    >>> from neuroflysim import Cut, Silence
    >>> for fly in flies_of([None, Silence("Mi9"), (Silence("Mi9"), Cut("Mi1", "T4a"))]):
    ...     print(fly.label)
    intact
    silence Mi9
    silence Mi9, cut Mi1 -> T4a
    """
    if perturbations is None or isinstance(perturbations, Perturbation | Fly):
        perturbations = [perturbations]
    if not isinstance(perturbations, list | tuple) or not perturbations:
        raise InvalidTypeError(
            f"perturbations is {perturbations!r}, but must be a perturbation, for example"
            " nfs.Silence('Mi9'), or a list with one entry for each fly: None, a perturbation, or"
            " a tuple of several."
        )
    flies = [entry if isinstance(entry, Fly) else Fly(_listed(entry)) for entry in perturbations]
    labels = [fly.label for fly in flies]
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise InvalidValueError(f"perturbations names the fly {repeated[0]!r} twice.")
    return flies


def _listed(entry) -> tuple[Perturbation, ...]:
    if entry is None:
        return ()
    listed = (entry,) if isinstance(entry, Perturbation) else entry
    if not isinstance(listed, list | tuple):
        listed = (entry,)
    for each in listed:
        if not isinstance(each, Perturbation):
            raise InvalidTypeError(
                f"perturbations holds {each!r} ({type(each).__name__}), but each fly must be None,"
                " a perturbation, for example nfs.Silence('Mi9'), or a tuple of several."
            )
    return tuple(listed)
