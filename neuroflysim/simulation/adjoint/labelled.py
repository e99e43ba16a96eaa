"""The labels of derivatives, and what follows from those by weights and by the beginning."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim.dynamics import by_type_names
from neuroflysim.simulation.adjoint.gradients import Gradients
from neuroflysim.simulation.adjoint.pullback import Pulled
from neuroflysim.simulation.adjoint.start import of_types, through_start
from neuroflysim.simulation.engine_contract import Setup, resting_voltage, type_parameters
from neuroflysim.simulation.lattice_engine.returned_taps import strengths_of
from neuroflysim.simulation.work import Work


def labelled_gradients(
    pulled: Pulled, setup: Setup, work: Work, voltage: xr.DataArray
) -> Gradients:
    """Return derivatives by what users know: parameters, stimulus and beginning.

    Parameters
    ----------
    pulled : Pulled
    setup : Setup
    work : Work
    voltage : DataArray
        What was recorded.
    """
    candidates = [each.parameters for each in work.candidates]
    network, dynamics = setup.network, setup.dynamics
    begins = resting_voltage(setup, candidates) if work.voltages is None else work.voltages
    initial, at_start = through_start(setup, candidates, begins, pulled.by_state)
    by_type = {n: values + at_start.get(n, 0.0) for n, values in pulled.by_type.items()}
    if work.voltages is None:
        by_type["resting_potential"] = by_type["resting_potential"] + of_types(setup, initial)
    given = np.stack([each.to_vector()[: len(network.cell_types)] for each in candidates])
    raised = type_parameters(setup, candidates)["time_constant"] > given
    by_type["time_constant"] = np.where(raised, 0.0, by_type["time_constant"])
    for values in (*by_type.values(), initial):
        values[pulled.lost] = np.nan
    inside = by_type_names(dynamics)
    types = {"cell_type": list(network.cell_types)}
    sha = ("candidate", voltage["parameters_sha256"].to_numpy())

    def of_candidates(values: np.ndarray, last: str, coords: dict) -> xr.DataArray:
        dims = ("candidate", last) if last else ("candidate",)
        return xr.DataArray(values, dims=dims, coords={"parameters_sha256": sha, **coords})

    connections = candidates[0].connectome.connections.index
    ends = {
        name: ("connection", connections.get_level_values(name).to_numpy(dtype=str))
        for name in ("source_type", "target_type")
    }
    names, column = np.array(network.cell_types), network.neuron_column
    u, v = network.columns.T
    place = {
        "cell_type": ("neuron", names[network.neuron_type]),
        "u": ("neuron", u[column]),
        "v": ("neuron", v[column]),
    }
    stimulus = work.stimulus
    return Gradients(
        time_constant=of_candidates(by_type["time_constant"], "cell_type", types),
        resting_potential=of_candidates(by_type["resting_potential"], "cell_type", types),
        synapse_strength=of_candidates(_by_connection(pulled, setup), "connection", ends),
        parameters={
            name: of_candidates(by_type[inside[name]], "cell_type", types)
            for name in dynamics.parameters
        },
        modulators={
            name: of_candidates(by_type[inside[name]].sum(axis=1), "", {})
            for name in dynamics.modulators
        },
        stimulus=xr.DataArray(
            pulled.by_light,
            dims=("condition", "time", "column"),
            coords={
                "time": ("time", stimulus.times, {"units": "s"}),
                "u": ("column", u),
                "v": ("column", v),
                **stimulus.coordinates,
            },
        ),
        initial=of_candidates(initial, "neuron", place),
        voltage=voltage,
    )


def _by_connection(pulled: Pulled, setup: Setup) -> np.ndarray:
    """Return derivatives by synapse strengths, shape (candidate, connection)."""
    network = setup.network
    strengths = strengths_of(network, setup.offsets, setup.sums)
    found = strengths.by_connection(pulled.by_strength, network.n_connections)
    found[pulled.lost] = np.nan
    return found
