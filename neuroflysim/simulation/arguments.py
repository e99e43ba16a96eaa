"""What users may write as arguments of `simulate`, brought into one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np
import numpy.typing as npt

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.dynamics import Dynamics
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.perturbations import Fly

#: Said of a dict of columns, of pairs and the like: that a choice is made afterwards.
_RECORD_TAKES = (
    "must be 'central', 'all', a cell type or a list of cell types; a type is recorded in all of"
    ' its columns, which are chosen afterwards: record=["T4a"], then responses.sel(cell_type="T4a",'
    " columns=[(0, 0), (2, -1)])."
)


def recorded_neurons(record: str | Sequence[str], network: Network) -> tuple[np.ndarray, bool]:
    """Return the neurons to record, and whether they are one central cell of each type."""
    if isinstance(record, str):
        if record == "central":
            return network.central_neurons, True
        if record == "all":
            return np.arange(network.n_neurons), False
        if record not in network.cell_types:
            like = checks.none_of("", record, ["central", "all", *network.cell_types])
            hint = like[like.index(" Did you") :] if "Did you" in like else ""
            raise InvalidValueError(
                f"record is {record!r}, but must be 'central', 'all', a cell type or a list of cell"
                f" types.{hint}"
            )
        record = [record]
    if isinstance(record, Mapping | Set | bytes) or not np.iterable(record):
        raise InvalidTypeError(f"record is {str(record)[:60]}, but {_RECORD_TAKES}")
    record = list(record)
    for name in record:
        if not isinstance(name, str):
            raise InvalidTypeError(f"record holds {str(name)[:60]}, but {_RECORD_TAKES}")
    names = [checks.one_of("a cell type in record", name, network.cell_types) for name in record]
    if not names:
        raise InvalidValueError("record is an empty list; name at least one cell type.")
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InvalidValueError(f"record names {sorted(repeated)[0]!r} twice.")
    wanted = [network.cell_types.index(name) for name in names]
    return np.concatenate([np.flatnonzero(network.neuron_type == k) for k in wanted]), False


def recorded_variables(variables: Sequence[str], dynamics: Dynamics) -> tuple[str, ...]:
    """Return the variables to record beside the voltage."""
    listed = checks.words("variables", variables)
    repeated = {name for name in listed if listed.count(name) > 1}
    if repeated:
        raise InvalidValueError(f"variables names {sorted(repeated)[0]!r} twice.")
    there = dynamics.recordable
    for name in listed:
        if name in there:
            continue
        told = checks.none_of(f"a variable of the dynamics {dynamics.name!r}", name, list(there))
        if name in dynamics.defined:
            told += (
                f" {name!r} depends on inputs, light or what has a value by cell type, too: record"
                " the state variables in it, or make it one."
            )
        raise InvalidValueError(told)
    return tuple(name for name in listed if name != "voltage")


def require_that_all_act(flies: list[Fly], times: np.ndarray, settles: bool) -> None:
    """Raise if something is done before the first frame only, where nothing is before it."""
    for each in (one for fly in flies for one in fly.perturbations):
        if not settles and not each.acts_at(times).any():
            raise InvalidValueError(
                f"{each.label}: it stops before the first frame begins, at {times[0]:g} s, and"
                " never acts, for there is no grey before it (initial='grey'); give a later stop,"
                " or leave it out."
            )


def initial_voltage(
    initial: npt.ArrayLike | None, n_candidates: int, n_neurons: int
) -> np.ndarray | None:
    """Return voltages (candidate, neuron), or None where the parameters say them."""
    if initial is None:
        return None
    voltage = checks.numeric_array("initial", initial)
    if voltage.shape not in ((n_neurons,), (n_candidates, n_neurons)):
        raise InvalidValueError(
            f"initial has shape {voltage.shape}, but must be 'grey', 'rest' or voltages of shape"
            f" ({n_neurons},) or ({n_candidates}, {n_neurons}): (neuron,) or (candidate, neuron)."
        )
    return np.broadcast_to(voltage, (n_candidates, n_neurons))
