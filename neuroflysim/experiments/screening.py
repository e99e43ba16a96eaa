"""Perturb the model in many ways, one after the other, and tabulate what that does to a measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import xarray as xr

from neuroflysim import checks
from neuroflysim.analysis import voltage_range
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.perturbations import INTACT, Silence, flies_of
from neuroflysim.progress import progress_bar
from neuroflysim.responses import Responses
from neuroflysim.simulation import compile

#: Bytes of the voltages that are kept at a time.
VOLTAGE_BYTES = 2e8


def screen(
    stimulus,
    measure: Callable[[Responses], xr.DataArray] = voltage_range,
    *,
    parameters: Parameters | Sequence[Parameters],
    perturbations=None,
    progress: bool = True,
    **options,
) -> pd.DataFrame:
    """Show a stimulus to the intact fly and to perturbed ones, and compare a measure.

    Parameters
    ----------
    stimulus : Protocol or array_like
        See `simulate`.
    measure : callable
        Takes `Responses` and returns one number for each candidate and cell type, such as
        `analysis.voltage_range` or `analysis.direction_selectivity_index`; dimensions that it
        leaves of the conditions become columns of the table.
    parameters : Parameters, Ensemble or list of Parameters
    perturbations : list, optional
        Flies as in `simulate`. Each cell type silenced in turn, if not given.
    progress : bool
    **options
        Given to `compile`: connectome (that of the parameters, if not given), extent, time_step,
        dtype, record and so on. The type of numbers is
        float32, if not given.

    Returns
    -------
    DataFrame
        A row for each candidate, perturbation and cell type: the measure in the intact and in the
        perturbed fly, and `change`, the second minus the first.

    Raises
    ------
    InvalidValueError
        If a perturbation does not fit the connectome, or the measure returns other dimensions.

    Examples
    --------
    Which of the inputs of T4 matters for how much it responds to bright edges?

    >>> import neuroflysim as nfs
    >>> table = screen(
    ...     nfs.protocols.moving_edge(angle=[0, 180], intensity=1),
    ...     parameters=nfs.load_parameters("flow/000"),
    ...     perturbations=[nfs.Silence(name) for name in ("Mi1", "Tm3", "Mi9")],
    ...     extent=2, progress=False)
    >>> t4a = table[table["cell_type"] == "T4a"].set_index("perturbation")
    >>> bool((t4a["change"] != 0).all())
    True
    """
    candidates = checked_candidates(parameters, options.pop("connectome", None))
    connectome = candidates[0].connectome
    checks.option_names("screen", options, compile, ("n_candidates", "perturbations", "reduction"))
    if perturbations is None:
        perturbations = [Silence(name) for name in connectome.cell_types.index]
    flies = [fly for fly in flies_of(perturbations) if fly.label != INTACT]
    if not flies:
        raise InvalidValueError("perturbations holds the intact fly only, which is always shown.")
    program = compile(
        stimulus,
        connectome=connectome,
        perturbations=[None, *flies],
        **{"dtype": "float32", **options},
    )
    tables = []
    bar = progress_bar(
        progress, total=len(candidates) * len(flies), unit="fly", delay=3, leave=False
    )
    with program, bar:
        for number, candidate in enumerate(candidates):
            responses = program.run(candidate, progress=False)
            intact = _measured(measure, responses)
            at_once = max(1, int(VOLTAGE_BYTES / responses.voltage.nbytes))
            for first in range(0, len(flies), at_once):
                some = flies[first : first + at_once]
                responses = program.run(candidate, perturbations=some, progress=False)
                labels = responses.voltage["perturbation"].to_numpy()
                perturbed = _measured(measure, responses).assign_coords(candidate=labels)
                tables.append(_rows(number, intact.isel(candidate=0, drop=True), perturbed))
                bar.update(len(some))
    return pd.concat(tables, ignore_index=True)


def _measured(measure: Callable, responses: Responses) -> xr.DataArray:
    values = measure(responses)
    if not isinstance(values, xr.DataArray) or not {"candidate", "cell_type"} <= set(values.dims):
        dims = f" with dimensions {values.dims}" if isinstance(values, xr.DataArray) else ""
        raise InvalidTypeError(
            f"measure returned {type(values).__name__}{dims}, but must return a DataArray with the"
            " dimensions candidate and cell_type, as the functions of nfs.analysis do of central"
            " cells."
        )
    return values.reset_coords(drop=True)


def _rows(number: int, intact: xr.DataArray, perturbed: xr.DataArray) -> pd.DataFrame:
    """Return the rows of some flies of one candidate, a column for each dimension."""
    both = xr.Dataset({"intact": intact, "perturbed": perturbed.rename(candidate="perturbation")})
    ordered = ["perturbation", "cell_type", *(set(both.dims) - {"perturbation", "cell_type"})]
    table = both.to_dataframe(dim_order=ordered).reset_index()
    table.insert(0, "candidate", number)
    return table.assign(change=table["perturbed"] - table["intact"])
