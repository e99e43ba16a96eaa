"""Perturbations that are other parameters: of connections, and of all cells of a type."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import field, frozen
from brian2 import Quantity, have_same_dimensions, ms

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations.effects import Effects
from neuroflysim.perturbations.perturbation import Perturbation, names


class OnParameters(Perturbation):
    """A perturbation that other parameters tell wholly."""

    @property
    def on_cells(self) -> bool:
        """False: parameters say it all."""
        return False

    def act(self, effects: Effects) -> None:
        """Do nothing to single cells.

        Parameters
        ----------
        effects : Effects
        """


@frozen
class Scale(OnParameters):
    """Multiply the synapse strength of a connection.

    Parameters
    ----------
    source_type, target_type : str or list of str
        Of lists, all connections between their types.
    factor : float
        0 or more.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> weaker = nfs.Scale("Mi9", "T4a", 0.5).changed(start)
    >>> ratio = weaker.synapse_strength / start.synapse_strength
    >>> ratio[ratio != 1].to_dict()
    {('Mi9', 'T4a'): 0.5}
    """

    source_type: tuple[str, ...] = field(converter=partial(names, "source_type"))
    target_type: tuple[str, ...] = field(converter=partial(names, "target_type"))
    factor: float = field(converter=partial(checks.finite_number, "factor", minimum=0))

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        pair = f"{'+'.join(self.source_type)} -> {'+'.join(self.target_type)}"
        return f"scale {pair} by {self.factor:g}" if self.factor else f"cut {pair}"

    def changed(self, parameters: Parameters) -> Parameters:
        """Return parameters with the scaled strengths.

        Parameters
        ----------
        parameters : Parameters

        Raises
        ------
        InvalidValueError
            If the connectome lacks the connection.
        """
        connections = parameters.connectome.connections.index
        source = connections.get_level_values("source_type")
        target = connections.get_level_values("target_type")
        for name, listed in (("source_type", self.source_type), ("target_type", self.target_type)):
            for each in listed:
                checks.one_of(name, each, parameters.connectome.cell_types.index)
        chosen = source.isin(self.source_type) & target.isin(self.target_type)
        if not chosen.any():
            inputs = ", ".join(source[target.isin(self.target_type)]) or "nothing"
            raise InvalidValueError(
                f"{self.label}: the connectome has no such connection; {self.target_type[0]} gets"
                f" input from {inputs}."
            )
        strength = parameters.synapse_strength
        strength[chosen] *= self.factor
        return parameters.replace(synapse_strength=strength)


class Cut(Scale):
    """Take a connection away: its strength is 0.

    Parameters
    ----------
    source_type, target_type : str or list of str
        Of lists, all connections between their types.

    Examples
    --------
    >>> Cut("Mi9", "T4a").label
    'cut Mi9 -> T4a'
    """

    def __init__(self, source_type: str | Sequence[str], target_type: str | Sequence[str]):
        super().__init__(source_type, target_type, 0.0)


@frozen(init=False)
class Change(OnParameters):
    """Give all cells of a type another time constant, resting potential, or what else it has.

    Parameters
    ----------
    cell_type : str or list of str
    time_constant : Quantity [s], optional
        As it was, if not given.
    resting_potential : float, optional
    **own : Quantity or float
        By the names of what the dynamics of the parameters declares.

    Examples
    --------
    >>> from brian2 import ms
    >>> Change("Mi9", time_constant=200*ms).label
    'Mi9 with time constant 200 ms'
    >>> Change("Mi9", adaptation_strength=0.5).label
    'Mi9 with adaptation strength 0.5'
    """

    cell_type: tuple[str, ...] = field(converter=partial(names, "cell_type"))
    time_constant: Quantity | None = None
    resting_potential: float | None = None
    own: dict[str, Quantity | float] = field(factory=dict)

    def __init__(
        self,
        cell_type: str | Sequence[str],
        *,
        time_constant: Quantity | None = None,
        resting_potential: float | None = None,
        **own: Quantity | float,
    ):
        given = {name: value for name, value in own.items() if value is not None}
        self.__attrs_init__(cell_type, time_constant, resting_potential, given)

    def __attrs_post_init__(self):
        if self.time_constant is not None:
            checks.seconds("time_constant", self.time_constant)
        if self.resting_potential is not None:
            checks.finite_number("resting_potential", self.resting_potential)
        if self.time_constant is None and self.resting_potential is None and not self.own:
            raise InvalidTypeError(
                "Change changes nothing: give time_constant, resting_potential, or what the"
                " dynamics declares."
            )

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        said = []
        if self.time_constant is not None:
            said.append(f"time constant {self.time_constant / ms:g} ms")
        if self.resting_potential is not None:
            said.append(f"resting potential {self.resting_potential:g}")
        said += [f"{name.replace('_', ' ')} {_told(value)}" for name, value in self.own.items()]
        return f"{'+'.join(self.cell_type)} with {' and '.join(said)}"

    def changed(self, parameters: Parameters) -> Parameters:
        """Return parameters with the other values.

        Parameters
        ----------
        parameters : Parameters

        Raises
        ------
        InvalidValueError, InvalidTypeError
            If their dynamics does not declare it, or not with this unit or value.
        """
        types = parameters.connectome.cell_types.index
        chosen = [checks.one_of("cell_type", each, types) for each in self.cell_type]
        other = {}
        for name in ("time_constant", "resting_potential"):
            if getattr(self, name) is not None:
                other[name] = getattr(parameters, name)
                other[name][chosen] = float(getattr(self, name))
        own = {name: dict.fromkeys(chosen, value) for name, value in self.own.items()}
        return parameters.replace(**other, **own)


def _told(value: object) -> str:
    """Return a value as labels have it: durations in milliseconds, as time constants."""
    if isinstance(value, Quantity) and have_same_dimensions(value, ms):
        return f"{value / ms:g} ms"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
