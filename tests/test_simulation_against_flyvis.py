"""The voltages are those of flyvis, the published implementation."""

from itertools import product

import pandas as pd
import pytest
from brian2 import second

import neuroflysim as nfs

pytestmark = pytest.mark.compile

#: Extent, time step and the parameters that flyvis ran there: candidates of one call.
MODELS = [
    (3, 0.02, ["random", "default"]),
    (3, 0.005, ["random", "default"]),
    (6, 0.02, ["default"]),
]
ENGINES, INITIAL = ("lattice", "synapses"), ("rest", "grey")

#: All of them in this process; as a program, which is long to compile, one of them.
RUNS = [
    *product(MODELS, INITIAL, ("flyvis", "embedded"), ("runtime",), ENGINES),
    *product(MODELS[:1], INITIAL, ("flyvis",), ("cpp_standalone",), ENGINES),
]


def parameters_of(values, connectome):
    strength = dict.fromkeys(connectome.connections.index, 0.0)  # Lawf1 -> Lawf1 is not in flyvis
    pairs = zip(values["edge_source"], values["edge_target"], strict=True)
    strength.update(zip(pairs, values["syn_strength"].astype(float), strict=True))
    types = values["cell_types"].astype(str)
    return nfs.Parameters.from_tables(
        connectome,
        time_constant=pd.Series(values["time_const"].astype(float), types),
        resting_potential=pd.Series(values["bias"].astype(float), types),
        synapse_strength=strength,
    )


@pytest.mark.parametrize(("model", "initial", "counts", "device", "engine"), RUNS)
def test_voltages_of_all_cells_equal_those_of_flyvis(
    connectome, reference, has_reference, with_counts_of, model, initial, counts, device, engine
):
    """Within 1e-7 of its float64 runs with its own counts, else within 5e-6."""
    extent, time_step, kinds = model
    kinds = [kind for kind in kinds if has_reference(f"params_{kind}_ext{extent}.npz")] or kinds
    stimuli = reference(f"stimuli_ext{extent}_dt{time_step}.npz")["stimuli"]
    values = {kind: reference(f"params_{kind}_ext{extent}.npz") for kind in kinds}
    if counts == "flyvis":
        connectome = with_counts_of(values[kinds[0]], connectome)
    if initial == "grey":
        bars = {"grey": 5e-6}
    else:
        bars = {"bias_f64": 1e-7 if counts == "flyvis" else 5e-6, "bias": 5e-6}
    voltage = nfs.simulate(
        stimuli,
        connectome=connectome,
        parameters=[parameters_of(values[kind], connectome) for kind in kinds],
        extent=extent,
        time_step=time_step * second,
        initial=initial,
        record="all",
        device=device,
        engine=engine,
        progress=False,
    ).voltage.to_numpy()
    central = connectome.network(extent).central_neurons
    for candidate, kind in enumerate(kinds):
        for ending, bar in bars.items():
            name = f"run_ext{extent}_{kind}_dt{time_step}_{ending}.npz"
            if ending == "bias" and not has_reference(name):
                continue  # the repository holds the tighter float64 runs only
            expected = reference(name)
            assert abs(voltage[candidate][:, :, central] - expected["central"]).max() <= bar
            assert abs(voltage[candidate][:, -1] - expected["final"]).max() <= bar


def test_voltages_stay_within_5e_6_of_the_float32_runs_too(connectome, reference):
    values = reference("params_default_ext3.npz")
    expected = reference("run_ext3_default_dt0.02_bias.npz")
    voltage = nfs.simulate(
        reference("stimuli_ext3_dt0.02.npz")["stimuli"],
        connectome=connectome,
        parameters=parameters_of(values, connectome),
        extent=3,
        time_step=0.02 * second,
        initial="rest",
        dtype="float32",
        progress=False,
    ).voltage.to_numpy()[0]
    assert abs(voltage - expected["central"]).max() <= 5e-6


def test_direction_selectivity_of_a_fitted_network_is_what_flyvis_says(connectome, shared):
    """Its edges are drawn on a canvas that turns oblique directions by up to 4 degrees."""
    folder = shared / "prototype"
    if not folder.is_dir():
        pytest.skip("../shared/prototype is not here")
    by_type = pd.read_csv(folder / "cell_types.csv").set_index("cell_type")
    pairs = pd.read_csv(folder / "connections.csv").set_index(["source_type", "target_type"])
    expected = pd.read_csv(folder / "flyvis_metrics.csv").set_index("cell_type")
    fitted = nfs.Parameters.from_tables(
        connectome,
        time_constant=by_type["time_constant_s"],
        resting_potential=by_type["resting_potential"],
        synapse_strength=pairs["synapse_strength"]
        .reindex(connectome.connections.index)
        .fillna(0.0),
    )
    speed = 19 * 5.8 / second
    edges = nfs.protocols.moving_edge(speed=speed, pre_time=0.5 * second, tail_time=0 * second)
    peak = nfs.analysis.peak_response(
        nfs.simulate(
            edges,
            connectome=connectome,
            parameters=fitted,
            time_step=0.01 * second,
            dtype="float32",
            progress=False,
        )
    )
    index = nfs.analysis.direction_selectivity_index(peak)[0]
    direction = nfs.analysis.preferred_direction(peak)[0]
    for intensity, contrast, types in ((1, "on", "T4a T4b T4c T4d"), (0, "off", "T5a T5b T5c T5d")):
        chosen = {"intensity": intensity, "cell_type": types.split()}
        theirs = expected.loc[types.split()]
        assert index.sel(chosen).to_numpy() == pytest.approx(theirs[f"dsi_{contrast}"], abs=0.08)
        error = direction.sel(chosen).to_numpy() - theirs[f"preferred_direction_{contrast}_deg"]
        assert (abs((error + 180) % 360 - 180) < 4).all()
    assert abs(index.sel(intensity=1).to_series() - expected["dsi_on"]).max() < 0.08
    assert abs(index.sel(intensity=0).to_series() - expected["dsi_off"]).max() < 0.08
