"""The labels that simulated voltages carry: what was shown to what, and how it was computed."""

from __future__ import annotations

import brian2
import numpy as np
import xarray as xr

from neuroflysim._version import __version__
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.stimulus_forms import Stimulus


def labelled_voltages(
    voltage: np.ndarray,
    setup: Setup,
    stimulus: Stimulus,
    candidates: list[Parameters],
    central: bool,
    record: dict,
) -> xr.DataArray:
    """Return voltages as `Responses` holds them.

    Parameters
    ----------
    voltage : ndarray, shape (candidate, condition, time, recorded)
        With trials, their dimension comes before time.
    setup : Setup
    stimulus : Stimulus
    candidates : list of Parameters
    central : bool
        Whether one central cell of each type was recorded.
    record : dict
        What else is known of the run.
    """
    network, recorded = setup.network, setup.recorded
    cell_type = np.array(network.cell_types)[network.neuron_type[recorded]]
    u, v = network.columns[network.neuron_column[recorded]].T
    if central:
        last, where = "cell_type", {"cell_type": cell_type}
    else:
        last = "neuron"
        named = {"cell_type": cell_type, "u": u, "v": v}
        where = {name: ("neuron", values) for name, values in named.items()}
    trial = ("trial",) if voltage.ndim == 5 else ()
    end = np.round(stimulus.times + setup.time_step, 12)  # 0.3, not 0.30000000000000004
    return xr.DataArray(
        voltage,
        dims=("candidate", "condition", *trial, "time", last),
        coords={
            **{name: np.arange(voltage.shape[2]) for name in trial},
            "time": ("time", end, {"units": "s"}),
            "parameters_sha256": ("candidate", [c.checksum for c in candidates]),
            **where,
            **stimulus.coordinates,
        },
        name="voltage",
        attrs={
            "units": "1",
            "stimulus": stimulus.name,
            **_border(setup.network.lattice),
            "time_step": setup.time_step,
            "method": setup.method,
            "dynamics": setup.dynamics.name,
            "dynamics_equations": setup.dynamics.equations,
            **_declared(setup.dynamics),
            **_inputs(setup.dynamics),
            **_modulators(setup.dynamics),
            "dtype": str(setup.dtype),
            **record,
            **stimulus.attributes,
            "connectome_sha256": candidates[0].connectome.checksum,
            "versions": f"neuroflysim {__version__}, brian2 {brian2.__version__}",
        },
    )


def labelled_alike(
    voltage: xr.DataArray, values: np.ndarray, name: str, dynamics: Dynamics
) -> xr.DataArray:
    """Return what was recorded beside the voltage, with the labels of it.

    Parameters
    ----------
    voltage : DataArray
    values : ndarray
        Of its shape.
    name : str
        Of the variable.
    dynamics : Dynamics
    """
    labelled = voltage.copy(data=values).rename(name)
    return labelled.assign_attrs(units=dynamics.unit_text(name))


def _declared(dynamics: Dynamics) -> dict:
    """Return what a dynamics declares by cell type, if it does: `parameters_sha256` has values."""
    own = dynamics.declaration
    return {"dynamics_parameters": own.text} if own.parameters else {}


def _inputs(dynamics: Dynamics) -> dict:
    """Return what the sums over inputs go over, unless there is but the one of all inputs."""
    if dynamics.inputs == GRADED.inputs:
        return {}
    return {"dynamics_inputs": [f"{name}: {each}" for name, each in dynamics.inputs.items()]}


def _modulators(dynamics: Dynamics) -> dict:
    """Return the levels of modulators where no perturbation sets others, if there are any."""
    usual = [f"{name}: {level:g}" for name, level in dynamics.modulators.items()]
    return {"dynamics_modulators": usual} if usual else {}


def _border(lattice: Lattice) -> dict:
    if lattice.size is not None:
        return {"boundary": "periodic", "size": list(lattice.size)}
    return {"boundary": "open", "extent": lattice.extent}
