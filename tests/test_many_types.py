"""Nothing depends on 65: a made-up connectome of 200 types and 5,000 connections."""

import numpy as np
import pandas as pd
import pytest
from brian2 import ms

import neuroflysim as nfs

N_TYPES, N_CONNECTIONS = 200, 5_000
STEP = 20


@pytest.fixture(scope="module")
def many():
    """Types of which one in ten is sparse; each is connected to 25 others, at two offsets."""
    rng = np.random.default_rng(0)
    names = [f"T{k:03}" for k in range(N_TYPES)]
    sparse = np.arange(N_TYPES) % 10 == 9
    cell_types = pd.DataFrame({"cell_type": names, "stride_u": 1, "stride_v": 1})
    cell_types.loc[sparse, ["stride_u", "stride_v"]] = 3, 2
    cell_types["photoreceptor"] = np.arange(N_TYPES) < 8
    cell_types["output"] = np.arange(N_TYPES) >= 150
    chosen = rng.choice(N_TYPES**2, N_CONNECTIONS, replace=False)
    pairs = {
        "source_type": np.take(names, chosen // N_TYPES),
        "target_type": np.take(names, chosen % N_TYPES),
    }
    connections = pd.DataFrame(pairs).assign(
        sign=rng.choice([-1, 1], N_CONNECTIONS), sign_reference=""
    )
    offsets = pd.concat(
        pd.DataFrame(pairs).assign(du=du, dv=dv, synapse_count=rng.uniform(1, 9, N_CONNECTIONS))
        for du, dv in ((0, 0), (1, -1))
    )
    return nfs.Connectome(cell_types, connections, offsets.assign(filled=False))


def test_sizes_go_with_types_and_offsets(many):
    network = many.network(2)
    # 19 columns; a cell of stride (3, 2) stands where u is a multiple of 3 and v of 2: in 3.
    assert network.n_neurons == 180 * 19 + 20 * 3
    parameters = nfs.Parameters.uniform(many)
    assert len(parameters.to_vector()) == 2 * N_TYPES + N_CONNECTIONS
    assert (many.n_cell_types, many.n_connections) == (N_TYPES, N_CONNECTIONS)
    table = nfs.compare_connectomes(many, many.without_types(["T000"]))
    assert (table["lacks"] == "T000").sum() == (
        (table.index.get_level_values(0) == "T000") | (table.index.get_level_values(1) == "T000")
    ).sum()


@pytest.mark.compile
def test_the_network_does_what_a_sparse_matrix_does(many, scipy_run):
    frames = np.random.default_rng(1).uniform(0, 1, (6, 7))
    parameters = nfs.Parameters.uniform(many, total_input=0.9)
    expected = scipy_run(parameters, 1, frames)
    found = nfs.simulate(
        frames, connectome=many, parameters=parameters, extent=1, time_step=STEP * ms,
        initial="rest", record="all",
    ).voltage  # fmt: skip
    assert found.to_numpy()[0, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.compile
def test_a_fit_moves_all_of_its_numbers(many):
    from neuroflysim.fit.problem import problem_of

    problem = problem_of("flow_short", many)
    assert problem.coordinates.n == 2 * N_TYPES + N_CONNECTIONS
    z = np.random.default_rng(0).normal(0, 0.3, problem.coordinates.n)
    (one,) = problem.candidates(z[None]).parameters
    assert one.connectome == many
    assert (one.synapse_strength.to_numpy() > 0).mean() > 0.99
