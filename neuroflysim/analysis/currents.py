"""What each type of input contributes to the voltage of a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Equations

from neuroflysim import checks
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import begins_of_steps, checked_voltage, responding_flies
from neuroflysim.connectome import Connectome
from neuroflysim.connectome.pools import weights
from neuroflysim.dynamics import GRADED
from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import Lattice, hexagonal_distance, on_stride
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.perturbations import Flies, Fly
from neuroflysim.responses import Responses

__all__ = ["input_currents"]


@measure(needs=("parameters", "perturbations"))
def input_currents(
    responses: Responses,
    parameters: Parameters | Sequence[Parameters],
    cell_type: str,
    perturbations: Flies = None,
) -> xr.DataArray:
    r"""Return the input that the central cell of a type gets from each type, over time.

    .. math::

        I_{j \to i}(t) = s_{ij}\, \alpha_{ij} \sum_{cells\ of\ type\ j} N_{ij} \max(V_j(t), 0)

    the terms of the sum in the equation of the model (`neuroflysim/dynamics/graded.py`). It is in
    units of voltage: what the input would add to the voltage if it lasted. Not for a dynamics with
    other sums over inputs (`SynapticSum`) or another output.

    Parameters
    ----------
    responses : Responses
        Recorded with record="all", or a list of cell types with all types that feed the cell.
    parameters : Parameters, Ensemble or list of Parameters
        Those of the simulation, one for each candidate, or one for all flies of a model.
    cell_type : str
        The type of the target cell, at column (0, 0), or the only one of its type. Of pools
        (`Connectome.with_pools`) N is the weight of each column.
    perturbations : Perturbation or list, optional
        Of perturbed flies, as given to `simulate`: what is silenced, cut or scaled counts, as long
        as it is. The sample at the end of a step shows what acted in this step. If not given,
        parameters say all.

    Returns
    -------
    DataArray, dims (candidate, condition, time, source_type)

    Raises
    ------
    InvalidValueError
        If a type that feeds the cell was not recorded, the responses are calcium or of cells with
        another sum over inputs, or nothing tells what was done to a fly.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> parameters = nfs.Parameters.uniform(connectome)
    >>> neurons = connectome.network(0).neurons
    >>> voltage = xr.DataArray(
    ...     np.ones((1, 1, 1, len(neurons))), dims=("candidate", "condition", "time", "neuron"),
    ...     coords={"time": [0.1], **{name: ("neuron", neurons[name].to_numpy())
    ...             for name in ("cell_type", "u", "v")}})
    >>> current = input_currents(Responses(voltage), parameters, "L1")
    >>> current.sel(source_type="R1").item() < 0  # photoreceptors inhibit
    True
    """
    voltage = checked_voltage(responses)
    _require_published_sum(voltage.attrs)
    if "neuron" not in voltage.dims:
        raise InvalidValueError(
            "inputs come from other columns, too: simulate with record='all', or with the list of"
            " all cell types that feed the cell."
        )
    listed, flies = checked_candidates(parameters), [Fly()] * voltage.sizes["candidate"]
    if perturbations is not None:
        flies = responding_flies(voltage, perturbations)
        n_flies = len({fly.label for fly in flies})
        if len(listed) * n_flies == len(flies):  # all flies of one model, then of the next
            listed = [each for each in listed for _ in range(n_flies)]
    if len(listed) != voltage.sizes["candidate"]:
        raise InvalidValueError(
            f"there are {len(listed)} parameters, but {voltage.sizes['candidate']} candidates."
        )
    connectome = listed[0].connectome
    checks.one_of("cell_type", cell_type, connectome.cell_types.index)
    inputs = pd.concat(
        [_by_offset(connectome, cell_type), _by_pool(connectome, cell_type, voltage)]
    )
    feeding = inputs["source_type"].unique()
    missing = sorted(set(feeding) - set(voltage["cell_type"].to_numpy()))
    if missing:
        raise InvalidValueError(
            f"{cell_type} gets input from {missing[0]}, which was not recorded; simulate with"
            " record='all'."
        )
    place = pd.MultiIndex.from_arrays(
        [voltage[name].to_numpy() for name in ("cell_type", "u", "v")]
    )
    cells = pd.Series(np.arange(len(place)), index=place)
    wanted = pd.MultiIndex.from_frame(inputs[["source_type", "u", "v"]])
    cell = cells.reindex(wanted).to_numpy()
    _require_all_columns(inputs[~np.isfinite(cell)], connectome, voltage.attrs)
    inputs, cell = inputs[np.isfinite(cell)], cell[np.isfinite(cell)].astype(int)
    signs = connectome.connections["sign"]
    active = voltage.clip(min=0).transpose("candidate", "condition", "time", "neuron").to_numpy()
    currents = np.zeros((*active.shape[:3], len(feeding)))
    begins = None if perturbations is None else begins_of_steps(voltage)
    for k, (candidate, fly) in enumerate(zip(listed, flies, strict=True)):
        for now, when in _as_it_is(fly, begins):
            strength = now.changed(candidate).synapse_strength
            for index, source in enumerate(feeding):
                rows = (inputs["source_type"] == source).to_numpy()
                sent = active[k][:, when][..., cell[rows]]
                columns = inputs[["u", "v"]].to_numpy()[rows]
                off = [now.silences(source, (int(u), int(v))) for u, v in columns]
                sent = np.where(off, 0, sent)  # what is ablated has no voltage
                weight = signs[source, cell_type] * strength[source, cell_type]
                weight = weight * now.factor(source, cell_type)
                counts = inputs["synapse_count"].to_numpy()[rows]
                currents[k][:, when, index] = weight * (sent @ counts)
    kept = {name: c for name, c in voltage.coords.items() if "neuron" not in c.dims}
    return xr.DataArray(
        currents,
        dims=("candidate", "condition", "time", "source_type"),
        coords={**kept, "source_type": feeding},
        name="input_current",
        attrs={"units": "1", "cell_type": cell_type},
    )


def _require_all_columns(absent: pd.DataFrame, connectome: Connectome, attrs: Mapping) -> None:
    """Raise if a cell was left out when columns were chosen; beyond the border there is none."""
    if "extent" not in attrs:
        return
    u, v = (absent[name].to_numpy() for name in "uv")
    strides = connectome.cell_types.loc[absent["source_type"], ["stride_u", "stride_v"]]
    stands = on_stride(u, v, *strides.to_numpy().T)
    left_out = absent[stands & (hexagonal_distance(u, v) <= attrs["extent"])]
    if len(left_out):
        source, at = left_out["source_type"].iloc[0], tuple(left_out[["u", "v"]].iloc[0].tolist())
        raise InvalidValueError(
            f"{source} at {at} feeds the central cell, but is not among the columns of these"
            " responses; give all that were recorded, not chosen ones."
        )


def _by_offset(connectome: Connectome, cell_type: str) -> pd.DataFrame:
    """Return the cells that feed the central one by offset: source_type, u, v, synapse_count."""
    offsets = connectome.offsets
    offsets = offsets[offsets["target_type"] == cell_type]
    # The offset is target minus source and the target stands at (0, 0).
    return pd.DataFrame(
        {
            "source_type": offsets["source_type"],
            "u": -offsets["du"],
            "v": -offsets["dv"],
            "synapse_count": offsets["synapse_count"],
        }
    )


def _by_pool(connectome: Connectome, cell_type: str, voltage: xr.DataArray) -> pd.DataFrame:
    """Return those of the recorded cells that feed it as pools, or stand once per eye."""
    parts = []
    pools = connectome.pools[connectome.pools["target_type"] == cell_type]
    for source, rows in pools.groupby("source_type", sort=False):
        of_source = voltage.isel(neuron=(voltage["cell_type"] == source).to_numpy())
        u, v = (of_source[name].to_numpy() for name in "uv")
        if not len(u):  # which is told of as missing
            u = v = np.zeros(1, dtype=int)
        lattice = Lattice(extent=int(np.abs([u, v, u + v]).max(initial=0)))
        counts = weights(rows, lattice, lattice.index(u, v))
        parts.append(pd.DataFrame({"source_type": source, "u": u, "v": v, "synapse_count": counts}))
    return pd.concat(parts) if parts else _by_offset(connectome, "")


def _as_it_is(fly: Fly, begins: np.ndarray | None) -> Iterator[tuple[Fly, Any]]:
    """Yield what a fly is like at which times, as a fly to which the same is always done."""
    if begins is None:
        yield fly, slice(None)
        return
    acting = np.array([each.acts_at(begins) for each in fly.perturbations], dtype=bool)
    acting = acting.reshape(-1, len(begins))
    for combination in np.unique(acting, axis=1).T:
        acts = zip(fly.perturbations, combination, strict=True)
        when = (acting == combination[:, None]).all(axis=0)
        yield Fly(tuple(each for each, on in acts if on)), when


def _require_published_sum(told: Mapping) -> None:
    """Raise if cells were given another sum than that over the outputs of the published model."""
    equations = Equations(told.get("dynamics_equations", GRADED.equations))
    outputs = [each["output"].expr.code for each in (equations, Equations(GRADED.equations))]
    if "dynamics_inputs" in told or outputs[0] != outputs[1]:
        raise InvalidValueError(
            f"the cells followed the dynamics {told['dynamics']!r}, which sums up other inputs or"
            " passes on another output than the published model, whose sum this is; record the"
            " output (variables=['output']) and sum it up as those equations do."
        )
