"""Stiff and sloppy directions: two ways to the same matrix, and what recordings fix."""

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs

SMALL = {"extent": 1, "time_step": 16 * ms, "progress": False}
TYPES = ["Mi1", "T4a"]
FRAMES = np.stack([np.full((5, 7), 0.9), np.full((5, 7), 0.2)])


@pytest.fixture(scope="module")
def parameters(few_types, connectome):
    """Those of a fitted model, of a few types: each parameter is moved."""
    fitted = nfs.load_parameters("flow/000", connectome)
    return nfs.Parameters.from_tables(
        few_types,
        time_constant=fitted.time_constant[few_types.cell_types.index],
        resting_potential=fitted.resting_potential[few_types.cell_types.index],
        synapse_strength=fitted.synapse_strength[few_types.connections.index],
    )


@pytest.fixture(scope="module")
def exact(parameters):
    return nfs.fisher_information(FRAMES, parameters, cell_types=TYPES, **SMALL)


@pytest.mark.compile
def test_backwards_and_by_differences_the_matrix_of_one_sample_is_the_same(parameters):
    one = FRAMES[:1, :1]
    forwards, backwards = (
        nfs.fisher_information(one, parameters, cell_types=TYPES, n_projections=n, **SMALL)
        for n in (None, 1)
    )
    matrix = forwards.matrix().to_numpy()
    np.testing.assert_allclose(backwards.matrix(), matrix, atol=1e-5 * np.abs(matrix).max())
    np.testing.assert_allclose(
        forwards.matrix(["T4a"]) + forwards.matrix(["Mi1"]), matrix, atol=1e-12
    )


@pytest.mark.compile
def test_random_signs_give_the_matrix_within_their_error(parameters, exact):
    m = 48
    found = nfs.fisher_information(FRAMES, parameters, cell_types=TYPES, n_projections=m, **SMALL)
    # Along directions that were chosen without them: 4 standard errors of a mean of m squares.
    stiff = exact.directions[:5].to_numpy()
    expected = exact.spectrum[:5].to_numpy()
    here = np.einsum("di,ij,dj->d", stiff, found.matrix().to_numpy(), stiff)
    assert (np.abs(here / expected - 1) < 4 * np.sqrt(2 / m)).all()
    assert (found.checked_spectrum[:5] > 0).all()
    with pytest.raises(nfs.InvalidValueError, match="it is exact"):
        exact.checked_spectrum  # noqa: B018


@pytest.mark.compile
def test_an_eigenvalue_is_the_mean_square_that_a_step_along_its_direction_makes(parameters, exact):
    direction = exact.directions[0].to_numpy()
    vector, step = parameters.to_vector(), 1e-4
    by_logarithm = exact.directions["parameter"].to_numpy() != "resting_potential"
    moved = [
        parameters.with_vector(
            np.where(
                by_logarithm,
                vector * np.exp(sign * step * direction),
                vector + sign * step * direction,
            )
        )
        for sign in (1, -1)
    ]
    shown = nfs.simulate(
        FRAMES, connectome=parameters.connectome, parameters=moved, **SMALL
    ).voltage.sel(cell_type=TYPES)
    change = (shown[0] - shown[1]) / (2 * step)
    expected = float((change**2).mean(["condition", "time"]).sum())
    assert float(exact.spectrum[0]) == pytest.approx(expected, rel=1e-4)
    assert (np.diff(exact.spectrum) <= 1e-12).all() and exact.spectrum[-1] < 1e-9


@pytest.mark.compile
def test_more_recordings_and_less_noise_fix_more_directions(exact):
    both = exact.n_fixed(noise=0.01)
    alone = exact.by_cell_type(noise=0.01)
    assert alone.max() < both < alone.sum()
    assert exact.n_fixed(noise=0.1) < both < exact.n_fixed(noise=0.001) <= 20
    assert exact.n_fixed(TYPES, noise=0.01) == both


@pytest.mark.compile
def test_models_that_were_moved_along_one_direction_are_spread_along_it(parameters, exact):
    direction = exact.directions[3].to_numpy()
    by_logarithm = exact.directions["parameter"].to_numpy() != "resting_potential"
    vector = parameters.to_vector()
    moved = [
        parameters.with_vector(
            np.where(by_logarithm, vector * np.exp(t * direction), vector + t * direction)
        )
        for t in (-0.1, 0.0, 0.1)
    ]
    spread = exact.spread(moved)
    assert float(spread[3]) == pytest.approx(0.01, rel=1e-6)
    assert float(spread.drop_isel(direction=3).max()) < 1e-9


@pytest.mark.compile
def test_bad_input_is_told_with_a_cure(parameters, exact):
    for wrong, told in (
        ({"cell_types": ["T9"]}, "'T9'"),
        ({"cell_types": []}, "cell_types is empty"),
        ({"n_projections": 0}, "n_projections"),
        ({"record": "all"}, "an option of fisher_information"),
    ):
        with pytest.raises(nfs.InvalidValueError, match=told):
            nfs.fisher_information(FRAMES, parameters, **wrong, **SMALL)
    with pytest.raises(nfs.InvalidValueError, match="'L1'"):
        exact.n_fixed(["L1"])
    with pytest.raises(nfs.InvalidValueError, match="noise"):
        exact.n_fixed(noise=0)
    with pytest.raises(nfs.InvalidValueError, match="at least 2 models"):
        exact.spread([parameters])
