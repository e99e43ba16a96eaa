"""One model or several: what every function takes that is handed parameters."""

from __future__ import annotations

from collections.abc import Sequence

from neuroflysim.connectome import Connectome, checked_connectome
from neuroflysim.dynamics import Dynamics
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters.own_values import require_for
from neuroflysim.parameters.parameters import Parameters


def checked_candidates(
    parameters: Parameters | Sequence[Parameters],
    connectome: Connectome | None = None,
    *,
    name: str = "parameters",
    at_least: int = 1,
    dynamics: Dynamics | None = None,
) -> list[Parameters]:
    """Return one model or several as a list, if they belong to one connectome.

    Parameters
    ----------
    parameters : Parameters or sequence of Parameters
        A list, a tuple, an `Ensemble` or some of its models.
    connectome : Connectome, optional
        To which they must belong; that of the first one, if not given.
    name : str
        What the argument is called where it was given, for errors.
    at_least : int
        How many there must be.
    dynamics : Dynamics, optional
        For which they must be; not looked at, if not given.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> checked_candidates(start) == checked_candidates((start,)) == [start]
    True
    """
    if connectome is not None:
        checked_connectome(connectome)
    listed = [parameters] if isinstance(parameters, Parameters) else parameters
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        raise InvalidTypeError(
            f"{name} must be Parameters, a list of them or an ensemble, but is"
            f" {type(parameters).__name__}; see nfs.load_parameters and nfs.load_ensemble."
        )
    listed = list(listed)
    for index, candidate in enumerate(listed):
        if not isinstance(candidate, Parameters):
            raise InvalidTypeError(
                f"candidate {index} of {name} is {type(candidate).__name__}, not Parameters;"
                " files are read by nfs.load_parameters, and vectors by Parameters.from_vector."
            )
        if candidate.connectome != (connectome or listed[0].connectome):
            other = "the one given" if connectome else "candidate 0"
            raise InvalidValueError(
                f"candidate {index} of {name} belongs to another connectome than {other};"
                f" {_carried_by(candidate.connectome, connectome or listed[0].connectome)}."
            )
        if dynamics is not None:
            require_for(candidate, dynamics.declaration, f"candidate {index} of {name}")
    if len(listed) < at_least:
        there = f"holds {len(listed)} models" if listed else "is an empty list"
        models = "one candidate" if at_least == 1 else f"{at_least} models"
        raise InvalidValueError(f"{name} {there}; give at least {models}.")
    return listed


def _carried_by(theirs: Connectome, wanted: Connectome) -> str:
    """Return how parameters of one connectome become those of another."""
    lost, new = (
        set(a.cell_types.index) - set(b.cell_types.index)
        | set(a.connections.index) - set(b.connections.index)
        for a, b in ((theirs, wanted), (wanted, theirs))
    )
    if lost:
        return "make it with Parameters.from_tables(connectome, ...)"
    of_new = ", ...), with values for what is new in it" if new else ")"
    return f"carry its values over by name, parameters.extended(connectome{of_new}"
