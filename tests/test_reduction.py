"""Sums of products are those of the recorded traces, whatever the batch."""

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs

pytestmark = pytest.mark.compile

TYPES = ["Mi1", "T4a", "TmY18"]


def expected(voltage, columns, sums, targets, weight, network):
    """The same sums from all voltages, shape (candidate, condition, feature, feature)."""
    names = voltage["cell_type"].to_numpy()
    by_type = np.stack([voltage[..., names == name].to_numpy() for name in TYPES], axis=-1)
    output = np.maximum(by_type, 0)  # (candidate, condition, time, column, type)
    # Neighbours on a hexagon: u, v and u + v differ by at most the radius.
    distance = np.abs(columns[:, None] - columns[None])
    along = np.abs((columns[:, None] - columns[None]).sum(axis=-1))
    near = np.maximum(distance.max(axis=-1), along) <= sums.pooling
    complete = near.sum(axis=1) == 3 * sums.pooling * (sums.pooling + 1) + 1
    pooled = np.einsum("kjtcf,sc->kjtsf", output, near[complete] / near[complete].sum(1)[:, None])
    shape = pooled.shape[:-1]
    wanted = np.broadcast_to(targets[None, :, :, complete], (*shape, targets.shape[-1]))
    features = np.concatenate([np.ones((*shape, 1)), pooled, wanted], axis=-1)
    return np.einsum("kjtsf,kjtsg,t->kjfg", features, features, weight)


@pytest.mark.parametrize("device", ["runtime", "cpp_standalone"])
@pytest.mark.parametrize(("initial", "dtype"), [("rest", "float64"), ("grey", "float32")])
def test_sums_are_those_of_the_traces(connectome, start, random_parameters, device, initial, dtype):
    rng = np.random.default_rng(0)
    network, n_conditions, n_frames = connectome.network(2), 3, 6
    frames = rng.uniform(size=(n_conditions, n_frames, 19))
    targets = rng.normal(size=(n_conditions, n_frames, 19, 2))
    weight = np.array([0, 1, 0, 0.5, 0, 2.0])
    sums = nfs.SumsOfProducts(TYPES, n_targets=2, pooling=1)
    options = {
        "connectome": connectome, "extent": 2, "initial": initial, "dtype": dtype,
        "time_step": 20 * ms,
    }  # fmt: skip
    candidates = [start, random_parameters]
    voltage = nfs.simulate(
        frames, parameters=candidates, record=TYPES, progress=False, **options
    ).voltage
    with nfs.compile(frames, n_candidates=2, reduction=sums, device=device, **options) as program:
        program.run(start, progress=False)  # does not enter the sums
        for _ in range(2):  # and no sum enters the next
            found = program.reduce(candidates, targets, weight, progress=False)
    assert found["feature"].to_numpy().tolist() == ["one", *TYPES, "target_0", "target_1"]
    other = expected(voltage, network.columns, sums, targets, weight, network)
    assert found.to_numpy() == pytest.approx(other, rel=1e-12 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("n_conditions", [1, 20, 32])
def test_sums_do_not_depend_on_the_batch(connectome, start, n_conditions):
    """On a periodic lattice, all columns count; few and many lanes."""
    rng = np.random.default_rng(1)
    frames = rng.uniform(size=(n_conditions, 4, 36))
    targets = rng.normal(size=(n_conditions, 4, 1))
    candidates = [start, start.replace(resting_potential={"Mi1": 0.7})]
    options = {
        "connectome": connectome, "lattice": nfs.Lattice(size=6),
        "reduction": nfs.SumsOfProducts(["T4a", "Mi1"], n_targets=1, pooling=1),
    }  # fmt: skip
    with nfs.compile(frames, n_candidates=2, **options) as program:
        together = program.reduce(candidates, targets, progress=False)
    with nfs.compile(frames[:1], threads=1, **options) as program:
        alone = program.reduce(candidates[1], targets[-1:], stimulus=frames[-1:], progress=False)
    assert together[1, -1].to_numpy() == pytest.approx(alone[0, 0].to_numpy(), rel=1e-12)
    assert float(together[0, 0].sel(feature="one", other_feature="one")) == 4 * 36


def test_wrong_reductions_are_refused(connectome, start):
    frames = np.full((3, 19), 0.5)

    def compiled(sums, **options):
        return nfs.compile(
            frames, connectome=connectome, extent=2, initial="rest", reduction=sums, **options
        )

    for sums, message in (
        (nfs.SumsOfProducts(["T4"]), "T4a"),
        (nfs.SumsOfProducts(["Lawf1"]), "no cell in some columns"),
        (nfs.SumsOfProducts(["T4a"], pooling=3), "less pooling"),
    ):
        with pytest.raises(nfs.InvalidValueError, match=message):
            compiled(sums)
    with pytest.raises(nfs.InvalidTypeError, match="SumsOfProducts"):
        compiled(["T4a"])
    with pytest.raises(nfs.InvalidTypeError, match="list of names"):
        nfs.SumsOfProducts("T4a")
    for names, message in (([], "is empty"), (["T4a", "T4a"], "'T4a' twice")):
        with pytest.raises(nfs.InvalidValueError, match=message):
            nfs.SumsOfProducts(names)
    with pytest.raises(nfs.InvalidValueError, match="engine='lattice'"):
        compiled(nfs.SumsOfProducts(["T4a"]), engine="synapses")
    with compiled(nfs.SumsOfProducts(["T4a"], n_targets=1)) as program:
        for arguments, message in (
            ({}, "targets are missing"),
            ({"targets": np.zeros((1, 3, 2))}, r"targets has shape"),
            ({"targets": np.zeros((1, 3, 1)), "frame_weight": [1, 2]}, "3 frames"),
        ):
            with pytest.raises(nfs.InvalidValueError, match=message):
                program.reduce(start, **arguments)
    with compiled(None) as program, pytest.raises(nfs.InvalidValueError, match="without"):
        program.reduce(start)


@pytest.mark.parametrize(
    ("device", "initial", "n_conditions"),
    [("runtime", "rest", 3), ("runtime", "grey", 16), ("cpp_standalone", "grey", 3)],
)
def test_a_candidate_that_runs_away_leaves_the_others_alone(
    connectome, start, random_parameters, device, initial, n_conditions
):
    """With 16 conditions each vector has one candidate; with 3 they share vectors."""
    frames = np.random.default_rng(2).uniform(size=(n_conditions, 60, 36))
    wild = start.replace(synapse_strength=start.synapse_strength * 50)
    candidates = [start, wild, random_parameters]
    options = {
        "connectome": connectome, "lattice": nfs.Lattice(size=6), "initial": initial,
        "dtype": "float32", "device": device, "reduction": nfs.SumsOfProducts(["T4a", "Mi1"]),
    }  # fmt: skip
    with nfs.compile(frames, n_candidates=3, **options) as program:
        with pytest.raises(nfs.RunawayActivityError, match="candidate 1"):
            program.reduce(candidates, progress=False)
        together = program.reduce(candidates, progress=False, runaway="nan").to_numpy()
        good = program.reduce([start, random_parameters], progress=False).to_numpy()
        with pytest.raises(nfs.InvalidValueError, match="runaway"):
            program.reduce(candidates, runaway="ignore")
    assert np.isnan(together[1]).all()
    assert np.array_equal(together[[0, 2]], good) and np.isfinite(good).all()
    del options["reduction"]
    with nfs.compile(frames, n_candidates=3, **options) as program:
        voltage = program.run(candidates, progress=False, runaway="nan").voltage
        alone = program.run(start, progress=False).voltage
        with pytest.raises(nfs.InvalidValueError, match="runaway"):
            program.run(candidates, runaway="ignore")
    assert np.isnan(voltage[1]).all() and np.array_equal(voltage[0], alone[0])
