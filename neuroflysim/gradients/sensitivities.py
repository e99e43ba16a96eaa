"""By how much each parameter changes a response, and whether the models of an ensemble agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from attrs import frozen

from neuroflysim import checks
from neuroflysim import protocols as library
from neuroflysim.ensembles import Ensemble
from neuroflysim.errors import InvalidValueError
from neuroflysim.gradients.contract import DifferentiableMeasure
from neuroflysim.gradients.coordinates import parameter_rows
from neuroflysim.gradients.differentiating import gradient
from neuroflysim.gradients.named import checked_measure
from neuroflysim.gradients.result import Gradient
from neuroflysim.parameters import Parameters
from neuroflysim.stimulus.protocol import Protocol

#: What is shown for a measure if nobody says: the protocol of the published measure.
SHOWN: dict[str, Callable[[], Protocol]] = {
    "direction_selectivity_index": library.moving_edge,
    "preferred_direction": library.moving_edge,
    "flash_response_index": library.flash,
}


@frozen(eq=False, repr=False, slots=False)
class Sensitivity:
    """The effect of every parameter on one measure, in one model or several.

    Attributes
    ----------
    gradient : Gradient
        With the value of the measure in each model, and the derivatives in SI units.
    names : list of str
        Of the models.
    measured : measure
        What was differentiated.
    """

    gradient: Gradient
    names: list[str]
    measured: DifferentiableMeasure

    def __repr__(self) -> str:
        return f"<Sensitivity of {self.measure}: {len(self.names)} candidate>"

    @property
    def measure(self) -> str:
        """What was measured."""
        return str(self.gradient.value["measure"].item())

    @property
    def value(self) -> xr.DataArray:
        """The measure in each model, dims (candidate,)."""
        return self.gradient.value.isel(measure=0, drop=True)

    @property
    def effect(self) -> xr.DataArray:
        """The effect of each parameter in each model, dims (candidate, parameter).

        What the measure would change by if a time constant or strength became e times as large, or
        a resting potential rose by 1, on a straight line: a hundredth of it is the effect of 1 %,
        or of 0.01.
        """
        return self.gradient.relative.isel(measure=0, drop=True)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each parameter, those with the largest effect first.

        Columns parameter, cell_type, source_type, target_type; `effect`, the median over models,
        and `lower` and `upper`, the quartiles; `agreement`, the part of the models in which the
        effect has the sign of the median (NaN where the median is 0).
        """
        rows = parameter_rows(self.gradient.candidates[0]).drop(columns="by_logarithm")
        effect = self.effect.to_numpy()
        there = effect[~np.isnan(effect).any(axis=1)]
        if not len(there):
            raise InvalidValueError("no model has this measure: each ran away or has no response.")
        lower, median, upper = np.quantile(there, [0.25, 0.5, 0.75], axis=0)
        agreement = (np.sign(there) == np.sign(median)).mean(axis=0)
        table = rows.assign(
            effect=median,
            lower=lower,
            upper=upper,
            agreement=np.where(median == 0, np.nan, agreement),
        )
        order = np.argsort(-np.abs(median), kind="stable")
        return table.iloc[order].reset_index(drop=True)

    def of(self, parameter: str) -> pd.DataFrame:
        """Return the rows of the table of one kind of parameter, such as "synapse_strength"."""
        kinds = self.table["parameter"]
        checks.one_of("parameter", parameter, dict.fromkeys(kinds))
        return self.table[kinds == parameter].reset_index(drop=True)

    def of_outputs(self) -> xr.DataArray:
        """Return what all that a cell type tells others does to the measure.

        The sum of the effects of its connections: minus this is what the measure changes by if the
        type falls silent, as far as a straight line tells. `screen` silences it in earnest.

        Returns
        -------
        DataArray, dims (candidate, cell_type)
        """
        connections = self.effect["parameter"].to_numpy() == "synapse_strength"
        chosen = self.effect.isel(parameter=connections)
        types = list(self.gradient.candidates[0].connectome.cell_types.index)
        sources = pd.Categorical(chosen["source_type"].to_numpy(), categories=types).codes
        summed = np.zeros((len(chosen), len(types)))
        np.add.at(summed.T, sources, chosen.to_numpy().T)
        return xr.DataArray(summed, dims=("candidate", "cell_type"), coords={"cell_type": types})


def sensitivity(
    measure: Any,
    parameters: Parameters | Sequence[Parameters],
    stimulus: Protocol | npt.ArrayLike | None = None,
    *,
    cell_type: str | None = None,
    **options: Any,
) -> Sensitivity:
    """Rank all parameters by how much they change a measure.

    Parameters
    ----------
    measure : str, measure or callable
        One of those that `gradient` takes.
    parameters : Parameters, Ensemble or list of Parameters
        Of several models the table has medians and quartiles, and tells by how many a sign is
        agreed.
    stimulus : Protocol or array_like, optional
        If it is not given, direction selectivity is that to the published moving edges, and the
        flash response index that to flashes.
    cell_type : str, optional
        Of a measure that is given by its name.
    **options
        Those of `gradient`: extent, time_step, method, dynamics, memory_limit, progress and so on.

    Returns
    -------
    Sensitivity
        Its `table` has a row for each parameter. `plotting.plot_sensitivity` draws the circuit.

    Raises
    ------
    InvalidValueError
        If a measure has no derivative or no stimulus of its own, or a cell type is not known.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> found = nfs.sensitivity(
    ...     "direction_selectivity_index", nfs.load_parameters("flow/000"),
    ...     nfs.protocols.moving_edge(angle=[0, 90, 180, 270], intensity=1), cell_type="T4a",
    ...     extent=2, progress=False)
    >>> len(found.table), found.table.columns.tolist()[-4:]
    (735, ['effect', 'lower', 'upper', 'agreement'])
    """
    one = checked_measure(measure, cell_type)
    if stimulus is None:
        if one.name not in SHOWN:
            raise InvalidValueError(
                f"the measure {one.name!r} has no stimulus of its own: give one, for example"
                " nfs.protocols.flash()."
            )
        stimulus = SHOWN[one.name]()
    if "record" in options:
        raise InvalidValueError("record is not an option of sensitivity, which looks at one cell.")
    found = gradient({one.name: one}, stimulus, parameters, **options)
    listed = parameters.names if isinstance(parameters, Ensemble) else range(len(found.candidates))
    return Sensitivity(found, [str(name) for name in listed], one)
