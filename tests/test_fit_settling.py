"""What a fit is told about settling: against decay, and against the check of a fitted model."""

import math

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.settling import LATTICE, Settling, penalty
from neuroflysim.fit.stability import check_stability


@pytest.fixture(scope="module")
def settling(connectome):
    found = Settling(Model(connectome, GRADED), threads=1)
    yield found
    found.close()


def of(models, voltage):
    return Candidates(np.empty((len(models), 0)), models, voltage)


@pytest.mark.compile
def test_cells_without_synapses_decay_to_rest_by_their_time_constant(connectome, start, settling):
    """Euler steps of 20 ms: a displacement of 1 is (1 - 20 / 200)^n after n of them."""
    slow = dict.fromkeys(connectome.cell_types.index, 200 * ms)
    alone = start.replace(synapse_strength=start.synapse_strength * 0, time_constant=slow)
    rest = alone.resting_potential.to_numpy() + 0.5 * connectome.cell_types["photoreceptor"]
    displaced = rest.to_numpy(copy=True)
    displaced[3] += 1
    after = 0.9 ** np.array([76, 100])  # the first and the last of the last 25 frames
    found = settling.unrest(of([alone], displaced[None]))
    np.testing.assert_allclose(found, after[0] - after[1], rtol=1e-3)


@pytest.mark.compile
def test_unrest_is_that_of_the_check_of_a_fitted_model(settling):
    models = nfs.load_ensemble("flow").models[:2]
    voltage = np.stack([nfs.rest_state(model) for model in models])
    checked = [check_stability(model, lattice=LATTICE, threads=1).unrest for model in models]
    np.testing.assert_allclose(settling.unrest(of(models, voltage)), checked, rtol=1e-3, atol=1e-6)


@pytest.mark.compile
def test_a_candidate_that_runs_away_is_the_most_restless_and_leaves_the_others_alone(
    start, settling
):
    wild = start.replace(synapse_strength=start.synapse_strength * 50)
    voltage = np.full((3, 65), 0.5)
    together = settling.unrest(of([start, wild, start], voltage))
    assert np.isnan(together[1]) and np.isfinite(together[0]) and together[0] == together[2]
    assert penalty(together)[1] == penalty(np.array([1e9]))[0] == pytest.approx(3, rel=1e-12)
    assert settling.unrest(of([start], voltage[:1]))[0] == together[0]


def test_penalties_of_float32_voltages_are_as_exact_as_float64():
    """Processors differ in the logarithms of float32, so a loss must not be made of them."""
    unrest = np.array([0.0125, 0.3], dtype=np.float32)
    found = penalty(unrest)
    assert found.dtype == np.float64
    expected = [math.log10(float(value) / 1e-3) for value in unrest]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
