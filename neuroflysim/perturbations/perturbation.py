"""What a perturbation is, and when it acts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from attrs import field, frozen
from brian2 import Quantity, have_same_dimensions, ms, second

from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations.effects import Current, Manipulation

#: Steps begin at sums of time steps, which carry their rounding.
ROUNDING = 1e-9


def _time(argument: str, value: Any) -> Quantity | None:
    if value is None:
        return None
    if not isinstance(value, Quantity) or not have_same_dimensions(value, second):
        raise InvalidTypeError(
            f"{argument} is {value!r}, but must be a time with its unit, like 100*ms."
        )
    if np.ndim(value) != 0:
        raise InvalidTypeError(
            f"{argument} has shape {np.shape(value)}, but must be one time; write a perturbation"
            " for each, in one tuple."
        )
    if not np.isfinite(float(value)):
        raise InvalidValueError(
            f"{argument} is {float(value)} s, but must be finite; leave it out for no bound."
        )
    return value


@frozen
class Perturbation(ABC):
    """Something that is done to a model fly; see the classes derived from it.

    Those that act on all cells of a type alike change the parameters. Those that act on single
    cells, hold a voltage or add a current change the cells.

    Parameters
    ----------
    start, stop : Quantity [s], optional
        From stimulus onset: it acts in the steps that begin at `start` or later and before `stop`.
        Without a start it acts from the very beginning, the grey before a stimulus included;
        without a stop, to the end.
    """

    start: Quantity | None = field(default=None, converter=partial(_time, "start"), kw_only=True)
    stop: Quantity | None = field(default=None, converter=partial(_time, "stop"), kw_only=True)

    def __attrs_post_init__(self):
        if self.start is not None and self.stop is not None and self.start >= self.stop:
            raise InvalidValueError(f"start is {self.start}, but must be before stop, {self.stop}.")

    @property
    @abstractmethod
    def label(self) -> str:
        """How responses and tables name it, for example 'silence Mi9'."""

    @property
    @abstractmethod
    def on_cells(self) -> bool:
        """Whether it acts on cells; else parameters, and connections of single cells, say it."""

    @abstractmethod
    def act(self, manipulation: Manipulation) -> None:
        """Note what it does to cells and to their connections, while it acts.

        Parameters
        ----------
        manipulation : Manipulation
        """

    def currents(self, network: Network, times: np.ndarray) -> list[Current]:
        """Return the currents that it adds to cells.

        Parameters
        ----------
        network : Network
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.
        """
        return []

    def acting(self, times: np.ndarray) -> np.ndarray:
        """Return when it acts: before the stimulus, and in each step of it.

        Parameters
        ----------
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.

        Returns
        -------
        ndarray of bool, shape (1 + time,)

        Raises
        ------
        InvalidValueError
            If it never acts.
        """
        acts = self.acts_at(times)
        if not acts.any() and self.start is not None:
            raise InvalidValueError(
                f"{self.label}: no frame begins in that time; the stimulus goes from {times[0]:g} s"
                f" to {times[-1]:g} s after onset."
            )
        return np.append(self.start is None, acts)

    def states(self, times: np.ndarray) -> tuple[np.ndarray, list[Perturbation]]:
        """Return the different things that it does, and when it does which.

        Parameters
        ----------
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.

        Returns
        -------
        state : ndarray of int, shape (1 + time,)
            Before the stimulus, and in each step of it: -1 where it does nothing.
        done : list of Perturbation
            What it does in state 0, 1, ...
        """
        return self.acting(times) - 1, [self]

    def acts_at(self, times: np.ndarray) -> np.ndarray:
        """Return in which steps it acts, shape (time,).

        Parameters
        ----------
        times : ndarray, shape (time,)
            When each step begins, in seconds from stimulus onset.
        """
        start = -np.inf if self.start is None else float(self.start) - ROUNDING
        stop = np.inf if self.stop is None else float(self.stop) - ROUNDING
        return (times >= start) & (times < stop)

    @property
    def when(self) -> str:
        """When it acts, in words that follow others; nothing, if it always does."""
        begin = "" if self.start is None else f" from {self.start / ms:g} ms"
        end = "" if self.stop is None else f" to {self.stop / ms:g} ms"
        return begin + end

    def silences(self, cell_type: str, column: tuple[int, int] = (0, 0)) -> bool:
        """Return whether a cell passes on nothing, whatever its voltage, while this acts.

        Parameters
        ----------
        cell_type : str
        column : (int, int)
            Axial coordinates (u, v).
        """
        return False

    def factor_at(self, source_type: str, target_type: str, column: tuple[int, int]) -> float:
        """Return by what the input of one cell from a type is multiplied, beside the parameters.

        Parameters
        ----------
        source_type, target_type : str
        column : (int, int)
            Axial coordinates (u, v) of the target.
        """
        return 1.0

    def changed(self, parameters: Parameters) -> Parameters:
        """Return the parameters of the perturbed fly, so far as parameters can tell it.

        Parameters
        ----------
        parameters : Parameters
            Those of the intact fly.
        """
        return parameters


def names(argument: str, cell_types: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as a tuple.

    Parameters
    ----------
    argument : str
        Name of the argument, for the message.
    cell_types : str or list of str
    """
    listed = (cell_types,) if isinstance(cell_types, str) else cell_types
    if (
        not isinstance(listed, list | tuple)
        or not listed
        or not all(isinstance(each, str) and each for each in listed)
        or len(set(listed)) < len(listed)
    ):
        raise InvalidTypeError(
            f"{argument} is {cell_types!r}, but must be the name of a cell type, or a list of"
            " different ones."
        )
    return tuple(listed)
