"""The free parameters of the model: one time constant and one resting potential for each cell
type, one unitary synapse strength for each connection. 735 numbers for the embedded connectome; and
what another dynamics declares beside them, by cell type.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.connectome import Connectome, checked_connectome
from neuroflysim.dynamics import GRADED, Declaration, Dynamics, checked_dynamics
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters.card import parameters_card
from neuroflysim.parameters.carried import carried_values
from neuroflysim.parameters.extended import extended_values
from neuroflysim.parameters.formats import WRITERS
from neuroflysim.parameters.from_flyvis import tables_from_flyvis
from neuroflysim.parameters.named_values import by_name, changed_by_name, label, without_unit
from neuroflysim.parameters.own_values import (
    in_si,
    own_values,
    require_declared,
    require_within,
)
from neuroflysim.parameters.seen import checked_seen, checksum_of_seen, told_seen
from neuroflysim.parameters.starts import (
    strengths_by_mean_count,
    strengths_by_total_input,
    type_weights,
)

#: The tables of the published model.
TABLES = ("time_constant", "resting_potential", "synapse_strength")


class Parameters:
    """An immutable set of parameters of one connectome.

    Made by `Parameters.initial`, `Parameters.uniform`, `Parameters.from_tables`,
    `Parameters.from_vector`, `Parameters.from_flyvis` or `load_parameters`.

    Parameters
    ----------
    connectome : Connectome
        What the parameters belong to.
    vector : array_like, shape (parameter,)
        Time constants in seconds (positive), resting potentials, synapse strengths (zero or
        more), in the order of the connectome's tables; then what the dynamics declares, parameter
        by parameter, in SI units.
    dynamics : Dynamics, str or Declaration
        For which they are: its name in the library, or itself. That of the published model, if not
        given; such parameters are for every dynamics that declares none of its own.
    seen : iterable of str
        What recordings a fit to them has seen, see `seen`.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> parameters = nfs.Parameters.initial(nfs.load_connectome(), extent=15, seed=0)
    >>> parameters.to_vector().shape
    (735,)
    >>> parameters.time_constant["T4a"].item()
    0.05
    """

    def __init__(
        self,
        connectome: Connectome,
        vector: npt.ArrayLike,
        dynamics: Dynamics | str | Declaration = GRADED,
        seen: Iterable[str] = (),
    ):
        connectome = checked_connectome(connectome)
        declaration = _declaration(dynamics)
        vector = checks.numeric_array("the parameter vector", vector)
        n_types = connectome.n_cell_types
        expected = (2 + len(declaration.parameters)) * n_types + connectome.n_connections
        if vector.shape != (expected,):
            own = "".join(f", {n_types} values of {name}" for name in declaration.parameters)
            raise InvalidValueError(
                f"the parameter vector has shape {vector.shape}, but this connectome has"
                f" {expected} parameters: {n_types} time constants,"
                f" {n_types} resting potentials and"
                f" {connectome.n_connections} synapse strengths{own}."
            )
        self._connectome = connectome
        self._declaration = declaration
        self._vector = vector
        self._vector.flags.writeable = False
        self._seen = checked_seen(seen) if seen else ()
        self._check_signs()

    def __repr__(self) -> str:
        told = "" if self.declaration.is_published else f" for {self.declaration.dynamics}"
        told += f", fitted to {told_seen(self.seen)}" if self.seen else ""
        return f"<Parameters: {len(self._vector)} values of {self.connectome!r}{told}>"

    def _repr_html_(self) -> str:
        return parameters_card(self)

    def __eq__(self, other) -> bool:
        return (
            isinstance(other, Parameters)
            and self.connectome == other.connectome
            and self.declaration == other.declaration
            and self.seen == other.seen
            and np.array_equal(self._vector, other._vector)
        )

    def _check_signs(self) -> None:
        n_types = self.connectome.n_cell_types
        for name, declared in self.declaration.parameters.items():
            require_within(name, declared, self.values_of(name), self.connectome)
        strength = self._vector[2 * n_types :][: self.connectome.n_connections]
        if (self._vector[:n_types] > 0).all() and (strength >= 0).all():
            return  # tables by name take a hundred times as long
        for series, wrong, rule in (
            (self.time_constant, self.time_constant <= 0, "must be greater than 0 s"),
            (
                self.synapse_strength,
                self.synapse_strength < 0,
                "must be 0 or more; the sign of a connection stands in the connectome",
            ),
        ):
            if wrong.any():
                name = wrong.idxmax()
                raise InvalidValueError(
                    f"{series.name} of {label(name)} is {series[name]}, but {rule}."
                )

    @property
    def connectome(self) -> Connectome:
        """What the parameters belong to."""
        return self._connectome

    @property
    def declaration(self) -> Declaration:
        """For which dynamics they are, and what it declares beside the published model's."""
        return self._declaration

    @property
    def seen(self) -> tuple[str, ...]:
        """What a fit to these has seen of recordings: of the database and of one's own.

        Empty for parameters that no fit to recordings has touched. It follows whatever is made of
        them (`replace`, `with_vector`, files, ensembles), and `neuroflysim.compare` leaves the rows
        out of the scores. Only `from_vector` and `from_tables`, which know nothing but numbers,
        begin anew.
        """
        return self._seen

    def with_seen(self, entries: Iterable[str]) -> Parameters:
        """Return the parameters with more that a fit has seen; nothing is ever taken away.

        Parameters
        ----------
        entries : iterable of str
            In the forms that `neuroflysim.parameters.seen` has.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> start = nfs.Parameters.uniform(nfs.load_connectome())
        >>> start.with_seen(["study:maisak2013/tuning_curve/T4a"]).replace().seen
        ('study:maisak2013/tuning_curve/T4a',)
        """
        seen = checked_seen([*self.seen, *checked_seen(entries)])
        if seen == self.seen:
            return self
        return type(self)(self.connectome, self._vector, self.declaration, seen)

    @classmethod
    def from_vector(
        cls,
        connectome: Connectome,
        vector: npt.ArrayLike,
        dynamics: Dynamics | str | Declaration = GRADED,
    ) -> Parameters:
        """Make parameters from a vector as `to_vector` gives it.

        Parameters
        ----------
        connectome : Connectome
        vector : array_like, shape (parameter,)
        dynamics : Dynamics, str or Declaration
            For which they are.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> start = nfs.Parameters.uniform(nfs.load_connectome())
        >>> nfs.Parameters.from_vector(start.connectome, start.to_vector()) == start
        True
        """
        return cls(connectome, vector, dynamics)

    def with_vector(self, vector: npt.ArrayLike) -> Parameters:
        """Return parameters of the same connectome, for the same dynamics, with other values.

        Parameters
        ----------
        vector : array_like, shape (parameter,)
            As `to_vector` gives it.
        """
        return type(self)(self.connectome, vector, self.declaration, self.seen)

    @classmethod
    def from_tables(
        cls,
        connectome: Connectome,
        *,
        time_constant: pd.Series | Mapping | Quantity,
        resting_potential: pd.Series | Mapping | float,
        synapse_strength: pd.Series | Mapping,
        dynamics: Dynamics | str | Declaration = GRADED,
        **own: pd.Series | Mapping | Quantity | float,
    ) -> Parameters:
        """Make parameters from tables, matched by name and not by position.

        Parameters
        ----------
        connectome : Connectome
        time_constant : Series or mapping, by cell_type
            In seconds. A Brian2 duration, or a mapping to durations, is taken too.
        resting_potential : Series, mapping or float
            By cell_type; a single number holds for all types.
        synapse_strength : Series or mapping, by (source_type, target_type)
        dynamics : Dynamics, str or Declaration
            For which they are.
        **own : Series, mapping, Quantity or float
            By the names of what the dynamics declares: a value for each cell type, in SI units or
            with a unit, or one for all. Its default, where nothing is given.

        Raises
        ------
        InvalidValueError
            Names the cell types, connections or parameters that are missing or not known.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> from brian2 import ms
        >>> start = nfs.Parameters.uniform(nfs.load_connectome())
        >>> slower = nfs.Parameters.from_tables(
        ...     start.connectome, time_constant=80*ms,
        ...     resting_potential=start.resting_potential,
        ...     synapse_strength=start.synapse_strength)
        >>> slower.time_constant["Mi4"].item()
        0.08
        """
        connectome, declaration = checked_connectome(connectome), _declaration(dynamics)
        require_declared(own, declaration, TABLES)
        types, pairs = connectome.cell_types.index, connectome.connections.index
        vector = np.concatenate(
            [
                by_name("time_constant", without_unit(time_constant), types),
                by_name("resting_potential", resting_potential, types),
                by_name("synapse_strength", synapse_strength, pairs),
                *(
                    own_values(name, declared, own.get(name), types)
                    for name, declared in declaration.parameters.items()
                ),
            ]
        )
        return cls(connectome, vector, declaration)

    @classmethod
    def from_flyvis(cls, connectome: Connectome, arrays: Mapping) -> Parameters:
        """Make parameters from those of a network of flyvis, without PyTorch.

        A page of the documentation, "From flyvis", has the five lines that write them there.

        Parameters
        ----------
        connectome : Connectome
            That of the network; the embedded one is the default of flyvis 1.2.0.
        arrays : mapping of str to array
            What ``np.load`` returns of an .npz file, or a dict: ``cell_types`` and ``nodes_bias``
            and ``nodes_time_const`` (seconds), ``connections`` (source and target type) and
            ``edges_syn_strength``. With ``edges_sign``, and with ``offsets`` (source and target
            type, du, dv) and ``edges_syn_count`` (logarithms, as flyvis keeps them), it is checked
            that the network has this connectome.

        Returns
        -------
        Parameters
            With the same numbers. A connection that flyvis does not have, because it joins no two
            cells, has the strength 0.

        Raises
        ------
        InvalidValueError
            If something is missing, of another length, not a number, or of another connectome.

        Warns
        -----
        ClampedStrengthWarning
            If a strength is negative: it is set to 0. So does flyvis in a forward pass of a network
            that can be trained, the second at grey before ``network.simulate`` among them. (With
            ``initial_state=None`` that second is left out, and a negative strength turns a sign.)

        Examples
        --------
        >>> import numpy as np
        >>> import neuroflysim as nfs
        >>> connectome = nfs.load_connectome()
        >>> pairs = [pair for pair in connectome.connections.index if pair != ("Lawf1", "Lawf1")]
        >>> there = {
        ...     "cell_types": list(connectome.cell_types.index), "connections": pairs,
        ...     "nodes_bias": np.full(65, 0.5, "float32"),
        ...     "nodes_time_const": np.full(65, 0.0625, "float32"),
        ...     "edges_syn_strength": np.full(604, 0.01, "float32")}
        >>> nfs.Parameters.from_flyvis(connectome, there).time_constant["T4a"].item()
        0.0625
        """
        connectome = checked_connectome(connectome)
        tables: dict[str, Any] = tables_from_flyvis(connectome, arrays)
        return cls.from_tables(connectome, **tables)

    @classmethod
    def initial(
        cls,
        connectome: Connectome,
        lattice: int | Lattice = DEFAULT_LATTICE,
        seed: int = 0,
        *,
        extent: int | None = None,
        dynamics: Dynamics | str = GRADED,
    ) -> Parameters:
        """Return the random start that flyvis uses.

        Time constants 50 ms; resting potentials drawn from a normal distribution of mean 0.5 and
        standard deviation 0.05 (numpy's generator, so the draws differ from PyTorch's); strength
        of a connection 0.01 / mean synapse count over its pairs on `lattice`. A connection without
        pairs gets 0.01 / mean over its offsets; it has no effect.

        Parameters
        ----------
        connectome : Connectome
        lattice : int or Lattice
            Over which the mean counts are taken. A whole number is the extent of an open lattice.
        seed : int
        extent : int, optional
            Another name for a whole number as `lattice`.
        dynamics : Dynamics or str
            For which they are; what it declares has its defaults.

        References
        ----------
        Lappalainen et al., Nature 634, 1132 (2024), Methods; flyvis 1.2.0.
        """
        connectome = checked_connectome(connectome)
        lattice = chosen_lattice(lattice, extent)
        seed = checks.whole_number("seed", seed)
        return cls.from_tables(
            connectome,
            time_constant=50 * ms,
            resting_potential=dict(
                zip(
                    connectome.cell_types.index,
                    np.random.default_rng(seed).normal(0.5, 0.05, connectome.n_cell_types),
                    strict=True,
                )
            ),
            synapse_strength=strengths_by_mean_count(connectome, lattice, scale=0.01),
            dynamics=dynamics,
        )

    @classmethod
    def uniform(
        cls,
        connectome: Connectome,
        total_input: float = 2.0,
        photoreceptor_total_input: float = 0.2,
        grey_voltage: pd.Series | Mapping | float = 0.5,
        dynamics: Dynamics | str = GRADED,
    ) -> Parameters:
        """Return the start in which weights go with synapse counts: no connection is special.

        All connections of a target type share one unitary strength, such that the weights onto
        one target cell far from the border sum up to `total_input` in magnitude. The resting
        potentials are chosen so that `grey_voltage` is the rest state under uniform grey
        (luminance 0.5); time constants are 50 ms. This is the start from which CMA-ES trains.

        Parameters
        ----------
        connectome : Connectome
        total_input : float
            Sum of the magnitudes of the weights onto a cell.
        photoreceptor_total_input : float
            The same for photoreceptors, which are driven by light in the first place.
        grey_voltage : float, Series or mapping by cell_type
            Voltage at grey far from the border; a single number holds for all types.
        dynamics : Dynamics or str
            For which they are; what it declares has its defaults. The rest state is that of the
            published equations.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> start = nfs.Parameters.uniform(nfs.load_connectome())
        >>> bool(start.synapse_strength["Mi1", "T4a"] == start.synapse_strength["Tm3", "T4a"])
        True
        """
        total_input = checks.finite_number("total_input", total_input, minimum=0)
        photoreceptor_total_input = checks.finite_number(
            "photoreceptor_total_input", photoreceptor_total_input, minimum=0
        )
        types = checked_connectome(connectome).cell_types
        total = types["photoreceptor"].map({True: photoreceptor_total_input, False: total_input})
        voltage = pd.Series(by_name("grey_voltage", grey_voltage, types.index), types.index)
        strength = strengths_by_total_input(connectome, total)
        weights = type_weights(connectome, strength)
        light = 0.5 * types["photoreceptor"]
        return cls.from_tables(
            connectome,
            time_constant=50 * ms,
            resting_potential=voltage - weights @ voltage.clip(lower=0) - light,
            synapse_strength=strength,
            dynamics=dynamics,
        )

    @property
    def time_constant(self) -> pd.Series:
        """Membrane time constants in seconds, by cell_type."""
        index = self.connectome.cell_types.index
        return pd.Series(self._vector[: len(index)].copy(), index, name="time_constant")

    @property
    def resting_potential(self) -> pd.Series:
        """Resting potentials (dimensionless, like the voltage), by cell_type."""
        index = self.connectome.cell_types.index
        return pd.Series(
            self._vector[len(index) : 2 * len(index)].copy(), index, name="resting_potential"
        )

    @property
    def synapse_strength(self) -> pd.Series:
        """Strengths of a single synapse, zero or more, by (source_type, target_type)."""
        index, first = self.connectome.connections.index, 2 * self.connectome.n_cell_types
        values = self._vector[first : first + len(index)].copy()
        return pd.Series(values, index, name="synapse_strength")

    def by_type(self, name: str) -> pd.Series:
        """Return a parameter by cell type in SI units, whichever dynamics declares it.

        Parameters
        ----------
        name : str
            "time_constant", "resting_potential", or what the dynamics declares.

        Returns
        -------
        Series by cell_type

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> start = nfs.Parameters.uniform(nfs.load_connectome(), dynamics="adapting")
        >>> other = start.replace(adaptation_strength={"Mi4": 0.5})
        >>> other.by_type("adaptation_strength")[["Mi1", "Mi4"]].to_dict()
        {'Mi1': 0.0, 'Mi4': 0.5}
        """
        if name in ("time_constant", "resting_potential"):
            return getattr(self, name)
        require_declared([name], self.declaration, ("time_constant", "resting_potential"))
        index = self.connectome.cell_types.index
        return pd.Series(self.values_of(name).copy(), index, name=name)

    def values_of(self, name: str) -> np.ndarray:
        """Return the values of a parameter that the dynamics declares, shape (cell_type,).

        Parameters
        ----------
        name : str
        """
        n_types = self.connectome.n_cell_types
        first = (2 + list(self.declaration.parameters).index(name)) * n_types
        first += self.connectome.n_connections
        return self._vector[first : first + n_types]

    def to_vector(self) -> np.ndarray:
        """Return a copy of all values as a vector, in the order of `names`.

        Returns
        -------
        ndarray of float, shape (parameter,)
            735 values for the embedded connectome, times in seconds; then those that the dynamics
            declares, in SI units.
        """
        return self._vector.copy()

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the values, of the connectome that they belong to, and of what they are for.

        A dynamics counts by its name and what it declares; the published one as nothing.
        """
        content = self.connectome.checksum.encode() + self._vector.tobytes()
        return hashlib.sha256(content + self._said).hexdigest()

    @property
    def _said(self) -> bytes:
        return b"" if self.declaration.is_published else self.declaration.text.encode()

    @cached_property
    def values_checksum(self) -> str:
        """SHA-256 of the values and of what simulations depend on in their connectome.

        Other than `checksum`, it stays when a reference in the connectome is corrected.
        """
        content = "".join(self.connectome.table_checksums.values()).encode()
        values = self._vector.astype("<f8").tobytes()
        return hashlib.sha256(content + values + self._said).hexdigest()

    @property
    def sealed_checksum(self) -> str:
        """SHA-256 by which a record knows them again: of the values, and of what a fit has seen.

        It is `values_checksum`, where nothing was seen.
        """
        if not self.seen:
            return self.values_checksum
        content = self.values_checksum + checksum_of_seen(self.seen)
        return hashlib.sha256(content.encode()).hexdigest()

    def extended(
        self,
        connectome: Connectome,
        *,
        time_constant: pd.Series | Mapping | None = None,
        resting_potential: pd.Series | Mapping | None = None,
        synapse_strength: pd.Series | Mapping | None = None,
        **own: pd.Series | Mapping,
    ) -> Parameters:
        """Return parameters of a connectome that has more cell types and connections.

        Parameters
        ----------
        connectome : Connectome
            That of the parameters with more, as `Connectome.with_pools` returns it.
        time_constant : mapping or Series by cell_type, optional
            Of the new types: durations, or numbers of seconds.
        resting_potential : mapping or Series by cell_type, optional
            Of the new types.
        synapse_strength : mapping or Series by (source_type, target_type), optional
            Of the new connections.
        **own : mapping or Series by cell_type
            Of the new types, by the names of what the dynamics declares; its default, if not
            given.

        Returns
        -------
        Parameters
            The values of these, by name, and the new ones.

        Raises
        ------
        InvalidValueError
            If something new has no value, or the connectome lacks what these have values for.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> from brian2 import ms
        >>> lower = nfs.load_connectome().with_pools([nfs.Pool("T4a", "lower", "int(y < 0)")])
        >>> start = nfs.Parameters.uniform(nfs.load_connectome())
        >>> more = start.extended(
        ...     lower, time_constant={"lower": 20*ms}, resting_potential={"lower": 0.0},
        ...     synapse_strength={("T4a", "lower"): 0.01})
        >>> len(more.to_vector())
        738
        """
        connectome = checked_connectome(connectome)
        types, pairs = connectome.cell_types.index, connectome.connections.index
        times = None if time_constant is None else without_unit(time_constant)
        require_declared(own, self.declaration, TABLES)
        new = types.difference(self.connectome.cell_types.index)
        declared = {
            name: extended_values(
                name,
                self.by_type(name),
                {**dict.fromkeys(new, each.default), **in_si(name, each, own.get(name, {}))},
                types,
            )
            for name, each in self.declaration.parameters.items()
        }
        return Parameters.from_tables(
            connectome,
            time_constant=extended_values("time_constant", self.time_constant, times, types),
            resting_potential=extended_values(
                "resting_potential", self.resting_potential, resting_potential, types
            ),
            synapse_strength=extended_values(
                "synapse_strength", self.synapse_strength, synapse_strength, pairs
            ),
            dynamics=self.declaration,
            **declared,
        ).with_seen(self.seen)

    def carried_to(self, connectome: Connectome, new: Parameters | None = None) -> Parameters:
        """Return parameters of a variant of the connectome: the same values where names are.

        Parameters
        ----------
        connectome : Connectome
            The variant: other counts, with more or fewer cell types and connections. Values of
            what it lacks are left out.
        new : Parameters, optional
            Of the variant: cell types and connections that are new take their values from these.
            Only needed where something is new.

        Returns
        -------
        Parameters
            A strength is that of a single synapse, so a connection with twice the count is twice
            as strong. For the same dynamics, and with the same `seen`.

        Raises
        ------
        InvalidValueError
            If something is new and `new` is not given, or is of another connectome or for another
            dynamics.

        See Also
        --------
        Parameters.extended : Where nothing may be left out.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> fitted = nfs.load_parameters("flow/000")
        >>> few = fitted.connectome.without_types(["Lawf1", "Lawf2"])
        >>> len(fitted.carried_to(few).to_vector())
        711
        """
        connectome = checked_connectome(connectome)
        if new is not None and (not isinstance(new, Parameters) or new.connectome != connectome):
            raise InvalidValueError(
                "new must be Parameters of the connectome that these are carried to, such as"
                f" nfs.Parameters.uniform(connectome), but is {new!r}."
            )
        if new is not None and new.declaration != self.declaration:
            raise InvalidValueError(
                f"new is for the dynamics {new.declaration}, but these are for {self.declaration};"
                " make them alike with Parameters.with_dynamics."
            )
        types = connectome.cell_types.index
        tables = {
            name: carried_values(
                name, self.by_type(name), None if new is None else new.by_type(name), types
            )
            for name in ("time_constant", "resting_potential", *self.declaration.parameters)
        }
        strengths = carried_values(
            "synapse_strength",
            self.synapse_strength,
            None if new is None else new.synapse_strength,
            connectome.connections.index,
        )
        return Parameters.from_tables(
            connectome, synapse_strength=strengths, dynamics=self.declaration, **tables
        ).with_seen(self.seen)

    def replace(
        self,
        *,
        time_constant: pd.Series | Mapping | None = None,
        resting_potential: pd.Series | Mapping | None = None,
        synapse_strength: pd.Series | Mapping | None = None,
        **own: pd.Series | Mapping,
    ) -> Parameters:
        """Return the parameters with some values changed.

        Parameters
        ----------
        time_constant : mapping or Series by cell_type, optional
            Durations, or numbers of seconds.
        resting_potential : mapping or Series by cell_type, optional
        synapse_strength : mapping or Series by (source_type, target_type), optional
        **own : mapping or Series by cell_type
            By the names of what the dynamics declares, with units or in SI units.

        Returns
        -------
        Parameters

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> from brian2 import ms
        >>> start = nfs.Parameters.uniform(nfs.load_connectome())
        >>> other = start.replace(
        ...     time_constant={"T4a": 80*ms}, synapse_strength={("Mi1", "T4a"): 0.01})
        >>> other.time_constant["T4a"].item()
        0.08
        """
        changes = {
            "time_constant": {} if time_constant is None else without_unit(time_constant),
            "resting_potential": {} if resting_potential is None else resting_potential,
            "synapse_strength": {} if synapse_strength is None else synapse_strength,
        }
        for kind, new in changes.items():
            if not isinstance(new, Mapping | pd.Series):
                raise InvalidTypeError(
                    f"{kind} is {new!r}, but must be a mapping or Series of what changes, such as"
                    f" {{{next(iter(getattr(self, kind).index))!r}: value}}."
                )
        require_declared(own, self.declaration, TABLES)
        parts = [changed_by_name(kind, getattr(self, kind), new) for kind, new in changes.items()]
        for name, declared in self.declaration.parameters.items():
            new = in_si(name, declared, own.get(name, {}))
            parts.append(changed_by_name(name, self.by_type(name), new))
        return self.with_vector(np.concatenate(parts))

    def with_dynamics(
        self, dynamics: Dynamics | str | Declaration, **own: pd.Series | Mapping
    ) -> Parameters:
        """Return the parameters for another dynamics.

        Parameters
        ----------
        dynamics : Dynamics, str or Declaration
        **own : mapping or Series by cell_type
            By the names of what it declares, some cell types or all. What is not given is taken
            over where the parameters have it, too, in the same unit; else it is the default.

        Returns
        -------
        Parameters

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> fitted = nfs.load_parameters("flow/000")
        >>> adapting = fitted.with_dynamics("adapting", adaptation_strength={"Mi4": 0.5})
        >>> adapting.to_vector().shape, adapting.by_type("adaptation_time")["Mi4"].item()
        ((865,), 0.3)
        """
        declaration, mine = _declaration(dynamics), self.declaration.parameters
        types = self.connectome.cell_types.index
        published = self._vector[: 2 * len(types) + self.connectome.n_connections]
        values = [
            self.values_of(name)
            if name in mine and mine[name].dimensions is declared.dimensions
            else declared.defaults(types)
            for name, declared in declaration.parameters.items()
        ]
        vector = np.concatenate([published, *values])
        return type(self)(self.connectome, vector, declaration, self.seen).replace(**own)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each entry of the vector, for example "synapse_strength[Mi1 -> T4a]"."""
        return tuple(
            f"{series.name}[{label(name)}]"
            for series in (
                self.time_constant,
                self.resting_potential,
                self.synapse_strength,
                *map(self.by_type, self.declaration.parameters),
            )
            for name in series.index
        )

    def without_effect(
        self, lattice: int | Lattice = DEFAULT_LATTICE, *, extent: int | None = None
    ) -> list[str]:
        """Name the parameters that cannot change anything on a lattice.

        Parameters
        ----------
        lattice : int or Lattice
            A whole number is the extent of an open lattice, its radius in columns; a periodic
            one is ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
        extent : int, optional
            Another name for a whole number as `lattice`.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> nfs.Parameters.uniform(nfs.load_connectome()).without_effect(extent=15)
        ['synapse_strength[Lawf1 -> Lawf1]']
        """
        return [
            f"synapse_strength[{label(pair)}]"
            for pair in self.connectome.connections_without_pairs(chosen_lattice(lattice, extent))
        ]

    @property
    def type_weights(self) -> pd.DataFrame:
        """Summed weights between types far from the border, target types by source types.

        W[target, source] is what the voltage of a target cell gets from a whole source type
        whose cells all sit at output 1, on average over target cells.
        """
        return type_weights(self.connectome, self.synapse_strength)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to a human-readable file, JSON or CSV by its suffix.

        Parameters
        ----------
        path : path-like
            Ends in .json or .csv. See `load_parameters`.
        """
        suffix = checks.one_of("the suffix of a parameter file", Path(path).suffix, WRITERS)
        tables = {
            "time_constant": self.time_constant,
            "resting_potential": self.resting_potential,
            "synapse_strength": self.synapse_strength,
            **{name: self.by_type(name) for name in self.declaration.parameters},
        }
        with written_whole(path) as temporary:
            checksums = self.connectome.table_checksums
            text = WRITERS[suffix](checksums, tables, self.declaration, self.seen)
            temporary.write_text(text, encoding="utf-8")


def _declaration(dynamics: Any) -> Declaration:
    """Return what parameters need to know of a dynamics, whichever way it is given."""
    return dynamics if isinstance(dynamics, Declaration) else checked_dynamics(dynamics).declaration
