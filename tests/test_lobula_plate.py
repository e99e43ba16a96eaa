"""The tangential cells of the circuit lobula_plate are motion opponent, because of LPi."""

import numpy as np
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs

LPI = {"HS": "LPi2-1", "VS": "LPi3-4"}


@pytest.fixture(scope="module")
def model():
    return nfs.with_lobula_plate(nfs.load_parameters("flow/000"))


@pytest.fixture(scope="module")
def responses(model):
    """Of HS, VS and their sources to gratings in four directions, with LPi and without."""
    return nfs.simulate(
        nfs.protocols.drifting_grating(
            angle=[0, 90, 180, 270],
            wavelength=30,
            temporal_frequency=1 * Hz,
            contrast=1,
            stim_time=1 * second,
            tail_time=0 * ms,
        ),
        connectome=model.connectome,
        parameters=model,
        lattice=4,
        time_step=5 * ms,
        perturbations=[None, nfs.Silence(list(LPI.values()))],
        record="central",
        progress=False,
    )


@pytest.mark.compile
@pytest.mark.parametrize(("cell", "preferred"), [("HS", 180), ("VS", 270)])
def test_null_motion_hyperpolarises_a_tangential_cell_unless_lpi_are_silent(
    responses, cell, preferred
):
    """HS: front to back (180 degrees) and back to front; VS: down and up."""
    voltage = responses.voltage.sel(cell_type=cell)
    rest = voltage.sel(time=slice(None, -0.001)).isel(time=-1)
    mean = (voltage - rest).sel(time=slice(0.005, None)).mean("time")
    with_lpi, without = (
        mean.isel(candidate=k).set_index(condition="angle").to_series() for k in (0, 1)
    )
    null = (preferred + 180) % 360
    assert with_lpi[preferred] > 0.02
    assert with_lpi[null] < -0.02
    assert without[null] > 0.5 * with_lpi[null]
    assert without[null] - with_lpi[null] > 0.02
    assert without[preferred] > 0.02


def test_the_circuit_projects_back_to_nothing(model):
    new = {"HS", "VS", *LPI.values()}
    sources = model.connectome.connections.reset_index()
    assert set(sources[sources["source_type"].isin(new)]["target_type"]) == {"HS", "VS"}


def test_the_values_of_the_model_are_carried_over(model):
    base = nfs.load_parameters("flow/000")
    assert (model.time_constant[base.time_constant.index] == base.time_constant).all()
    assert (model.resting_potential[base.resting_potential.index] == base.resting_potential).all()
    assert (model.synapse_strength[base.synapse_strength.index] == base.synapse_strength).all()


def test_an_eye_of_15_columns_gives_hs_and_vs_the_mean_of_their_sources(model):
    network = model.connectome.network(15)
    table = model.connectome.connections.reset_index()
    weight = network.signed_counts[network.pair_offset]
    for source, target in (("T4a", "HS"), ("T5d", "VS")):
        row = table.index[(table["source_type"] == source) & (table["target_type"] == target)]
        total = weight[network.pair_connection == row[0]].sum()
        assert total * model.synapse_strength[source, target] == pytest.approx(1, abs=0.01)


def test_hs_is_most_sensitive_60_degrees_to_its_side_as_recorded(model):
    """At the height of the middle; x = 15 is where the model's eye looks 60 degrees to the side."""
    network = model.connectome.network(15)
    row = model.connectome.connections.index.get_loc(("T4a", "HS"))
    own = network.pair_connection == row
    eye = nfs.Eye(15)
    column = network.neuron_column[network.pair_source[own]]
    middle = np.abs(eye.y[column]) < 3
    weight = network.signed_counts[network.pair_offset[own]][middle]
    assert abs(eye.x[column][middle][weight.argmax()] - 15) < 6


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda model: nfs.lobula_plate(model.connectome), nfs.InvalidValueError, "already"),
        (lambda model: nfs.with_lobula_plate([model]), nfs.InvalidTypeError, "for model in"),
        (lambda model: nfs.lobula_plate(model), nfs.InvalidTypeError, "must be a Connectome"),
    ],
)
def test_what_the_circuit_cannot_be_added_to_is_told(model, call, error, told):
    with pytest.raises(error, match=told):
        call(model)
