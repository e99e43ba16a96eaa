"""Levels of modulators of the whole brain: all the time, for a while, or along a time course."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.perturbations.effects import Manipulation
from neuroflysim.perturbations.perturbation import Perturbation


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise InvalidTypeError(
            f"name is {value!r}, but must be the name of a modulator, such as 'octopamine'."
        )
    return value


def _level(value: Any) -> float | np.ndarray:
    if not isinstance(value, list | tuple | np.ndarray) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    ):
        return checks.finite_number("value", cast(float, value))
    level = checks.numeric_array("value", value)
    if level.ndim > 1 or level.size == 0:
        raise InvalidValueError(
            f"value has shape {level.shape}, but must be a level, or one for each frame."
        )
    return level


@frozen
class Modulate(Perturbation):
    """Set the level of a modulator of the whole brain that the equations of the cells use.

    What a level does is said by the equations and, by cell type, by the parameters of the dynamics:
    ``Dynamics(..., modulators={"octopamine": 0})``. Of several that set the same modulator, the one
    that is listed last holds while it acts.

    Parameters
    ----------
    name : str
        Of a modulator of the dynamics.
    value : float or array_like, shape (time,)
        An array has one level for each frame of the stimulus (time step), those before its onset
        included; before them the level is the usual one.
    start, stop : Quantity [s], optional
        From stimulus onset, as of `Silence`; outside them the level is the usual one.

    Examples
    --------
    >>> Modulate("octopamine", 1).label
    'octopamine at 1'
    >>> from brian2 import ms
    >>> Modulate("octopamine", 0.5, start=100*ms).label
    'octopamine at 0.5 from 100 ms'
    """

    name: str = field(converter=_name)
    value: float | np.ndarray = field(
        converter=_level, eq=lambda value: np.asarray(value).tobytes()
    )

    def __attrs_post_init__(self):
        if np.ndim(self.value) and (self.start is not None or self.stop is not None):
            raise InvalidTypeError(
                "value has one level for each frame, so start and stop say nothing; give the usual"
                " level in the frames where nothing is done."
            )
        super().__attrs_post_init__()

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        level = "along a time course" if np.ndim(self.value) else f"at {self.value:g}"
        return f"{self.name} {level}{self.when}"

    @property
    def on_cells(self) -> bool:
        """False: what it does to cells is said by their equations."""
        return False

    def act(self, manipulation: Manipulation) -> None:
        """Note the level.

        Parameters
        ----------
        manipulation : Manipulation
        """
        manipulation.modulate(self.name, float(self.value))

    def states(self, times: np.ndarray) -> tuple[np.ndarray, list[Perturbation]]:
        """Return the different levels, and when there is which.

        Parameters
        ----------
        times : ndarray, shape (time,)
            When each step of the stimulus begins, in seconds from its onset.
        """
        if np.ndim(self.value) == 0:
            return super().states(times)
        if np.shape(self.value) != times.shape:
            raise InvalidValueError(
                f"{self.label}: value has {np.size(self.value)} levels, but the stimulus has"
                f" {len(times)} frames, from {times[0]:g} s to {times[-1]:g} s after onset."
            )
        levels, state = np.unique(self.value, return_inverse=True)
        return np.append(-1, state), [Modulate(self.name, float(level)) for level in levels]
