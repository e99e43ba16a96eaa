"""Perturbations that are other parameters: of connections, and of all cells of a type.

Connections into some cells only are no parameters: what is done to them is noted pair by pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from attrs import field, frozen
from brian2 import Quantity, have_same_dimensions, ms

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations.columns import Columns, as_columns, cells_of, in_words, nearest
from neuroflysim.perturbations.effects import Manipulation
from neuroflysim.perturbations.perturbation import Perturbation, names


class OnParameters(Perturbation):
    """A perturbation that other parameters tell, or other strengths of single pairs of cells."""

    @property
    def on_cells(self) -> bool:
        """False: it does nothing to the cells themselves."""
        return False

    def act(self, manipulation: Manipulation) -> None:
        """Do nothing to single cells.

        Parameters
        ----------
        manipulation : Manipulation
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
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v) of the target cells: into those at these columns only, from
        wherever.
    start, stop : Quantity [s], optional
        From stimulus onset, as of `Silence`.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> weaker = nfs.Scale("Mi9", "T4a", 0.5).changed(start)
    >>> ratio = weaker.synapse_strength / start.synapse_strength
    >>> ratio[ratio != 1].to_dict()
    {('Mi9', 'T4a'): 0.5}
    >>> nfs.Scale("Mi9", "T4a", 0.5, columns=(0, 0)).label
    'scale Mi9 -> T4a at (0, 0) by 0.5'
    """

    source_type: tuple[str, ...] = field(converter=partial(names, "source_type"))
    target_type: tuple[str, ...] = field(converter=partial(names, "target_type"))
    factor: float = field(converter=partial(checks.finite_number, "factor", minimum=0))
    columns: Columns = field(  # of the target cells; None: all
        default=cast(Any, "all"), converter=as_columns, kw_only=True
    )

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        pair = f"{'+'.join(self.source_type)} -> {'+'.join(self.target_type)}"
        pair += in_words(self.columns)
        done = f"scale {pair} by {self.factor:g}" if self.factor else f"cut {pair}"
        return done + self.when

    def changed(self, parameters: Parameters) -> Parameters:
        """Return parameters with the scaled strengths; the same, if it acts at some columns only.

        Parameters
        ----------
        parameters : Parameters

        Raises
        ------
        InvalidValueError
            If the connectome lacks the connection.
        """
        chosen = self._connections(parameters)
        if self.columns is not None:
            return parameters
        strength = parameters.synapse_strength
        strength[chosen] *= self.factor
        return parameters.replace(synapse_strength=strength)

    def _connections(self, parameters: Parameters) -> np.ndarray:
        """Return which connections it is about, shape (connection,)."""
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
        return chosen

    def factor_at(self, source_type: str, target_type: str, column: tuple[int, int]) -> float:
        """Return its factor, if it acts at some columns and these are among what it acts on.

        Parameters
        ----------
        source_type, target_type : str
        column : (int, int)
            Axial coordinates (u, v) of the target.
        """
        acts = source_type in self.source_type and target_type in self.target_type
        here = self.columns is not None and tuple(column) in self.columns
        return self.factor if acts and here else 1.0

    def act(self, manipulation: Manipulation) -> None:
        """Note the pairs of cells whose strength is multiplied, if it acts at some columns only.

        Parameters
        ----------
        manipulation : Manipulation
        """
        if self.columns is not None:
            manipulation.scale(self._pairs(manipulation.network), self.factor)

    def _pairs(self, network: Network) -> np.ndarray:
        """Return the pairs of cells it is about."""
        types = network.neuron_type
        sources = cells_of(network, self.source_type, None)
        connected = sources[network.pair_source]
        pairs = [np.zeros(0, dtype=int)]
        for name in self.target_type:
            own = connected & (types[network.pair_target] == network.cell_types.index(name))
            reached = np.zeros(network.n_neurons, dtype=bool)
            reached[network.pair_target[own]] = True
            for column in self.columns or ():
                here = cells_of(network, [name], [column])
                found = np.flatnonzero(own & here[network.pair_target])
                if len(found) == 0:
                    self._tell_of_no_pair(network, name, column, reached)
                pairs.append(found)
        return np.concatenate(pairs)

    def _tell_of_no_pair(self, network: Network, target: str, column, reached: np.ndarray) -> None:
        sources = " or ".join(self.source_type)
        cure = (
            f"nor does any other {target}; name a connection that there is, or take a larger"
            " lattice"
            if not reached.any()
            else f"a near one that does is at {nearest(network, reached, column)}"
        )
        raise InvalidValueError(
            f"{self.label}: on {network.lattice}, {target} at column {column} gets no input from"
            f" {sources}; {cure}."
        )


class Cut(Scale):
    """Take a connection away: its strength is 0.

    Parameters
    ----------
    source_type, target_type : str or list of str
        Of lists, all connections between their types.
    columns : "all", (int, int) or list of (int, int)
        Axial coordinates (u, v) of the target cells: what comes in at these columns is cut, from
        wherever.
    start, stop : Quantity [s], optional
        From stimulus onset, as of `Silence`.

    Examples
    --------
    >>> Cut("Mi9", "T4a").label
    'cut Mi9 -> T4a'
    >>> Cut("Mi9", "T4a", columns=[(0, 0)]).label
    'cut Mi9 -> T4a at (0, 0)'
    """

    def __init__(
        self,
        source_type: str | Sequence[str],
        target_type: str | Sequence[str],
        *,
        columns: npt.ArrayLike = "all",
        start: Quantity | None = None,
        stop: Quantity | None = None,
    ):
        super().__init__(source_type, target_type, 0.0, columns=columns, start=start, stop=stop)


@frozen(init=False)
class Change(OnParameters):
    """Give all cells of a type another time constant, resting potential, or what else it has.

    Parameters
    ----------
    cell_type : str or list of str
    time_constant : Quantity [s], optional
        As it was, if not given.
    resting_potential : float, optional
    start, stop : Quantity [s], optional
        From stimulus onset, as of `Silence`.
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
        start: Quantity | None = None,
        stop: Quantity | None = None,
        **own: Quantity | float,
    ):
        given = {name: value for name, value in own.items() if value is not None}
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]
            cell_type, time_constant, resting_potential, given, start=start, stop=stop
        )

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
        super().__attrs_post_init__()

    @property
    def label(self) -> str:
        """How responses and tables name it."""
        said = []
        if self.time_constant is not None:
            said.append(f"time constant {self.time_constant / ms:g} ms")
        if self.resting_potential is not None:
            said.append(f"resting potential {self.resting_potential:g}")
        said += [f"{name.replace('_', ' ')} {_told(value)}" for name, value in self.own.items()]
        return f"{'+'.join(self.cell_type)} with {' and '.join(said)}{self.when}"

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
