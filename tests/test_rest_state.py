"""The rest state under uniform grey, from a small equation and from the whole network."""

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs


@pytest.fixture(scope="module")
def settled(connectome, start):
    """Central voltages at extent 15 after 7 s of grey, with the last change."""
    voltage = nfs.simulate(
        np.full((300, 721), 0.5),
        connectome=connectome,
        parameters=start,
        time_step=20 * ms,
        progress=False,
    ).voltage[0, 0]
    assert abs(voltage[-1] - voltage[-2]).max() < 1e-12
    return voltage[-1].to_series()


@pytest.mark.compile
def test_the_central_cells_rest_at_the_fixed_point_of_an_endless_lattice(settled, start):
    """To 1e-3 in all 65 types, with the strides of Lawf1 and Lawf2 resolved."""
    central = nfs.rest_state_by_column(start).xs((0, 0), level=("u", "v"))
    assert abs(settled - central.loc[settled.index]).max() < 1e-3


@pytest.mark.compile
def test_the_fixed_point_of_one_voltage_per_type_misses_only_because_of_strided_types(
    settled, start, connectome, without_strides
):
    """With Lawf1 and Lawf2 it is off by more than 1e-3 (their targets differ from column to
    column), most at one of their targets; without them it holds to 1e-3 in all types."""
    error = abs(settled - nfs.rest_state(start))
    targets = connectome.connections.loc[["Lawf1", "Lawf2"]].index.get_level_values("target_type")
    assert error.idxmax() in targets
    assert error.max() > 1e-3
    simpler = nfs.Parameters.uniform(without_strides)
    voltage = nfs.simulate(
        np.full((300, 721), 0.5),
        connectome=simpler.connectome,
        parameters=simpler,
        time_step=20 * ms,
        progress=False,
    ).voltage[0, 0, -1]
    assert abs(voltage.to_series() - nfs.rest_state(simpler)).max() < 1e-3


@pytest.mark.parametrize("luminance", [0.0, 0.5, 1.0])
def test_rest_states_solve_their_equation(connectome, random_parameters, luminance):
    voltage = nfs.rest_state(random_parameters, luminance)
    drive = random_parameters.resting_potential + luminance * connectome.cell_types["photoreceptor"]
    residual = voltage - drive - random_parameters.type_weights @ voltage.clip(lower=0)
    assert abs(residual).max() < 1e-12


def test_both_fixed_points_are_one_where_every_type_stands_in_every_column(without_strides):
    start = nfs.Parameters.initial(without_strides, extent=3, seed=1)
    by_column = nfs.rest_state_by_column(start).droplevel(["u", "v"])
    assert abs(by_column - nfs.rest_state(start)).max() < 1e-12


def test_parameters_that_run_away_have_no_rest_state(connectome, start):
    explosive = start.replace(
        synapse_strength={("T4a", "T4a"): 30.0}, resting_potential=start.resting_potential + 1
    )
    try:
        voltage = nfs.rest_state(explosive)
    except nfs.SimulationError as error:
        assert "runaway" in str(error)
    else:  # a fixed point may exist all the same, but then it is one that cannot be reached
        assert voltage["T4a"] < 0
