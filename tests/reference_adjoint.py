"""The derivative of the published model written down in NumPy: an independent `Program.pullback`.

Its formulas are worked out by hand, and its weights are a sparse matrix by pairs of cells, while
the package derives them from equations and works on the lattice. One run is kept whole in memory.
"""

from types import SimpleNamespace

import numpy as np
import xarray as xr
from scipy import sparse

GREY, GREY_TIME = 0.5, 1.0


def pullback(
    frames,
    parameters,
    dloss_dvoltage,
    lattice,
    time_step,
    method="euler",
    initial="rest",
    voltages=None,
):
    """Return derivatives of a loss of the voltages of the central cells, as a pullback does.

    Parameters
    ----------
    frames : ndarray, shape (condition, time, column)
    parameters : list of Parameters
    dloss_dvoltage : ndarray, shape (candidate, condition, time, cell_type), or function of voltages
    lattice : Lattice
    time_step : float
        In seconds.
    method : {"euler", "exponential_euler"}
    initial : {"rest", "grey"}
    voltages : ndarray, shape (candidate, neuron), optional
        To start from instead.
    """
    connectome = parameters[0].connectome
    network = connectome.network(lattice)
    light = np.flatnonzero(connectome.cell_types["photoreceptor"].to_numpy()[network.neuron_type])
    n_lead = int(GREY_TIME / time_step + 1e-9) if initial == "grey" else 0
    grey = np.full((len(frames), n_lead, frames.shape[2]), GREY)
    shown = np.concatenate([grey, frames], axis=1)
    starts = [None] * len(parameters) if voltages is None else voltages
    runs = [
        _run(one, network, shown, light, time_step, method, start)
        for one, start in zip(parameters, starts, strict=True)
    ]
    voltage = np.array([run.voltages[n_lead + 1 :, network.central_neurons] for run in runs])
    voltage = voltage.transpose(0, 3, 1, 2)
    if callable(dloss_dvoltage):
        dloss_dvoltage = dloss_dvoltage(voltage)
    given = np.asarray(dloss_dvoltage, float)
    each = [
        _backwards(run, network, derivative, light, n_lead)
        for run, derivative in zip(runs, given, strict=True)
    ]
    types, pairs = list(connectome.cell_types.index), connectome.connections.index
    by_type = {"cell_type": types}
    by_pair = {
        "source_type": ("connection", pairs.get_level_values(0)),
        "target_type": ("connection", pairs.get_level_values(1)),
    }

    def stacked(name, dims, coords):
        return xr.DataArray([getattr(one, name) for one in each], dims=dims, coords=coords)

    time_constant = stacked("time_constant", ("candidate", "cell_type"), by_type)
    resting = stacked("resting_potential", ("candidate", "cell_type"), by_type)
    strength = stacked("synapse_strength", ("candidate", "connection"), by_pair)
    vector = np.concatenate([time_constant, resting, strength], axis=1)
    return SimpleNamespace(
        time_constant=time_constant,
        resting_potential=resting,
        synapse_strength=strength,
        parameters={},
        stimulus=xr.DataArray(
            sum(one.stimulus for one in each), dims=("condition", "time", "column")
        ),
        to_vector=lambda: xr.DataArray(vector, dims=("candidate", "parameter")),
        voltage=xr.DataArray(voltage, dims=("candidate", "condition", "time", "cell_type")),
    )


def _run(parameters, network, shown, light, step, method, start=None):
    """Run all conditions of one candidate; keep voltages and currents of each step."""
    vector = parameters.to_vector()
    n_types, n_pairs = parameters.connectome.n_cell_types, network.n_pairs
    constant, rest = vector[:n_types], vector[n_types : 2 * n_types]
    weight = vector[2 * n_types :][network.pair_connection]
    weight = weight * network.signed_counts[network.pair_offset]
    shape = (network.n_neurons, network.n_neurons)
    matrix = sparse.coo_array((weight, (network.pair_target, network.pair_source)), shape).tocsr()
    if method == "euler":
        share = step / np.maximum(constant, step)
        slope = np.where(constant >= step, -step / constant**2, 0.0)
    else:
        share = 1 - np.exp(-step / constant)
        slope = -np.exp(-step / constant) * step / constant**2
    own = network.neuron_type
    begin = rest[own] if start is None else start
    voltages = [np.repeat(begin[:, None], len(shown), axis=1)]
    currents = []
    for frame in shown.transpose(1, 2, 0):
        voltage = voltages[-1]
        current = matrix @ np.maximum(voltage, 0) + rest[own][:, None] - voltage
        current[light] += frame[network.neuron_column[light]]
        currents.append(current)
        voltages.append(voltage + share[own][:, None] * current)
    return SimpleNamespace(
        voltages=np.array(voltages),
        currents=currents,
        starts_at_rest=start is None,
        matrix=matrix,
        share=share[own][:, None],
        slope=slope[own][:, None],
        n_types=n_types,
        n_pairs=n_pairs,
        n_columns=shown.shape[2],
    )


def _backwards(run, network, derivative, light, n_lead):
    """Go back through the steps of one candidate; derivative has (condition, time, cell_type)."""
    own, transposed = network.neuron_type, run.matrix.T.tocsr()
    adjoint = np.zeros_like(run.voltages[0])
    constant, rest = np.zeros(len(own)), np.zeros(len(own))
    by_pair = np.zeros(network.n_pairs)
    stimulus = np.zeros((adjoint.shape[1], len(run.currents) - n_lead, run.n_columns))
    for k in reversed(range(len(run.currents))):
        if k >= n_lead:
            adjoint[network.central_neurons] += derivative[:, k - n_lead].T
        before = run.voltages[k]
        pulled = run.share * adjoint
        constant += (run.slope * adjoint * run.currents[k]).sum(axis=1)
        rest += pulled.sum(axis=1)
        output = np.maximum(before, 0)
        by_pair += np.einsum("pl,pl->p", pulled[network.pair_target], output[network.pair_source])
        if k >= n_lead:
            np.add.at(stimulus[:, k - n_lead].T, network.neuron_column[light], pulled[light])
        adjoint = adjoint - pulled + (before > 0) * (transposed @ pulled)
    if run.starts_at_rest:
        rest += adjoint.sum(axis=1)
    counted = by_pair * network.signed_counts[network.pair_offset]
    return SimpleNamespace(
        time_constant=np.bincount(own, constant, run.n_types),
        resting_potential=np.bincount(own, rest, run.n_types),
        synapse_strength=np.bincount(network.pair_connection, counted, network.n_connections),
        stimulus=stimulus,
    )
