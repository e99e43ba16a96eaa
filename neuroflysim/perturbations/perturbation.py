"""What a perturbation is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from neuroflysim.errors import InvalidTypeError
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations.effects import Effects


class Perturbation(ABC):
    """Something that is done to a model fly; see the classes derived from it.

    Those that act on all cells of a type alike change the parameters, and cost nothing. Those that
    act on single cells, hold a voltage or add a current change the cells.
    """

    @property
    @abstractmethod
    def label(self) -> str:
        """How responses and tables name it, for example 'silence Mi9'."""

    @property
    @abstractmethod
    def on_cells(self) -> bool:
        """Whether it acts on cells; else `changed` says it all."""

    @abstractmethod
    def act(self, effects: Effects) -> None:
        """Note what it does to the cells.

        Parameters
        ----------
        effects : Effects
        """

    def silences(self, cell_type: str, column: tuple[int, int] = (0, 0)) -> bool:
        """Return whether a cell passes on nothing, whatever its voltage.

        Parameters
        ----------
        cell_type : str
        column : (int, int)
            Axial coordinates (u, v).
        """
        return False

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
