"""The registry of measures: functions of responses that a study may ask a model for."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

from attrs import frozen
from brian2 import Quantity

__all__: list[str] = []

#: What `compare` can give to a measure beside the responses, if the measure says that it needs it:
#: the luminance that was shown; the parameters of each candidate; the flies that responded.
GIVEN = ("luminance", "parameters", "perturbations")


@frozen
class Measure:
    """A function that a study may name in its `measures`.

    Attributes
    ----------
    function : callable
        Takes responses, what it `needs`, and arguments that a study gives.
    needs : tuple of str
        Of `GIVEN`.
    family : str
        Where a board counts studies that ask for it (`neuroflysim.scoreboard.families`); empty for
        what is neither here nor there.
    """

    function: Callable
    needs: tuple[str, ...]
    family: str

    @property
    def arguments(self) -> tuple[str, ...]:
        """What a study may give, by name."""
        return tuple(
            name for name in list(signature(self.function).parameters)[1:] if name not in self.needs
        )

    def looks_until(self, end: str | Quantity | None) -> str | Quantity:
        """Return until when responses count, given the `end` that a study names, or None.

        "recording" where the function takes no `end`.
        """
        argument = signature(self.function).parameters.get("end")
        if argument is None:
            return "recording"
        return argument.default if end is None else end


#: All of them by name.
MEASURES: dict[str, Measure] = {}


def measure[F: Callable](*, family: str = "", needs: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Have studies find a function of responses by its name.

    Parameters
    ----------
    family : str
    needs : tuple of str
        See `Measure`.

    Examples
    --------
    >>> MEASURES["linear_filter"].needs, MEASURES["linear_filter"].arguments
    (('luminance',), ('duration',))
    """
    unknown = set(needs) - set(GIVEN)
    if unknown:
        raise ValueError(f"needs has {sorted(unknown)}, but may only have {', '.join(GIVEN)}.")

    def register(function: F) -> F:
        if function.__name__ in MEASURES:
            raise ValueError(f"there are two measures {function.__name__!r}; rename one.")
        MEASURES[function.__name__] = Measure(function, needs, family)
        return function

    return register
