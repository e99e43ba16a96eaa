"""The ensemble of flyvis' published models: their numbers, their voltages, and what is told."""

import hashlib

import numpy as np
import pytest
from brian2 import second

import neuroflysim as nfs


@pytest.fixture(scope="module")
def flyvis():
    return nfs.load_ensemble("flyvis")


@pytest.mark.compile
def test_voltages_of_published_models_are_those_that_flyvis_computes_with_them(reference, flyvis):
    """The file was written by flyvis 1.2.0 itself: benchmarks/flyvis_voltages.py."""
    expected = reference("published_models_ext3.npz")
    voltage = nfs.simulate(
        expected["stimulus"],
        connectome=nfs.load_connectome(),
        parameters=[flyvis[str(name)] for name in expected["models"]],
        extent=int(expected["extent"]),
        time_step=float(expected["time_step"]) * second,
        dtype="float32",
        progress=False,
    ).voltage
    assert voltage["cell_type"].to_numpy().tolist() == expected["cell_types"].tolist()
    difference = abs(voltage.to_numpy()[:, 0] - expected["central"]).max(axis=(1, 2))
    # two of them swing, to voltages above 20: what float32 resolves goes with their size
    largest = abs(expected["central"]).max(axis=(1, 2))
    assert (difference <= 5e-6 * np.maximum(largest, 1)).all()


@pytest.mark.slow
def test_all_values_are_the_float32_ones_that_were_published(flyvis):
    """The record has the checksums of the arrays that hold them all, in the order of flyvis."""
    published = flyvis.record["source"]["arrays_sha256"]
    index = flyvis.connectome.connections.index
    without = index.drop([("Lawf1", "Lawf1")])
    for name, rows in (
        ("time_const_s", [model.time_constant for model in flyvis]),
        ("bias", [model.resting_potential for model in flyvis]),
        ("strength", [model.synapse_strength[without] for model in flyvis]),
    ):
        content = np.array(rows, dtype="<f4").tobytes()
        assert hashlib.sha256(content).hexdigest() == published[name], name


def test_there_are_50_models_in_their_order_of_which_8_are_stable(flyvis):
    assert flyvis.names == [f"{k:03d}" for k in range(50)]
    assert flyvis.table["place"].tolist() == list(range(50))
    assert flyvis.stable.names == ["000", "001", "003", "005", "006", "016", "023", "037"]
    assert (flyvis.table.loc[~flyvis.table["stable"], "failure"] != "").all()
    assert nfs.load_parameters("flyvis/049") == flyvis["049"]  # not stable, and here


def test_the_connection_that_flyvis_lacks_is_without_effect(flyvis):
    assert all(model.synapse_strength["Lawf1", "Lawf1"] == 0 for model in flyvis)
    assert flyvis[0].without_effect(15) == ["synapse_strength[Lawf1 -> Lawf1]"]
    joined = flyvis.connectome.network(15).pair_offset
    idle = np.setdiff1d(np.arange(len(flyvis.connectome.offsets)), joined)
    rows = flyvis.connectome.offsets.iloc[idle]
    pairs = rows.groupby(["source_type", "target_type"]).size().to_dict()
    assert pairs == {("Lawf1", "Lawf1"): 1, ("Lawf2", "Lawf2"): 22}  # as the record tells
    assert "23 offsets" in flyvis.record["offsets"]


def test_the_start_is_that_of_flyvis_without_its_random_part(flyvis, connectome):
    start = nfs.Parameters.initial(connectome, extent=15)
    expected = start.replace(resting_potential=dict.fromkeys(start.resting_potential.index, 0.5))
    # Releases of pandas add up the synapses of a connection in different ways.
    np.testing.assert_allclose(flyvis.start.synapse_strength, expected.synapse_strength, rtol=1e-14)
    assert flyvis.start.replace(synapse_strength=expected.synapse_strength) == expected


def test_the_record_tells_source_licence_and_what_the_scores_are(flyvis):
    source = flyvis.record["source"]
    assert source["doi"] == "10.1038/s41586-024-07939-3"
    assert source["distribution"].startswith("flycns 0.7.0")
    assert source["license"].startswith("MIT") and "Lappalainen" in source["copyright"]
    assert "Sintel" in flyvis.record["fitted"] and "gradients" in flyvis.record["fitted"]
    assert "linear readout of ours" in flyvis.record["task_score"]
    assert flyvis.record["stability"].startswith("8 of 50 ")


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (slice(None), (28, 2, 0.15, 66, 0.58, 0.66, 0.11, 0.73, 0.40, 0.21)),
        (slice(10), (28, 3, 0.31, 42, 0.69, 0.82, 0.21, 0.86, 0.51, 0.23)),
    ],
)
def test_their_medians_are_those_that_were_measured_before_they_were_in_the_box(
    flyvis, models, expected
):
    """Measured by hand with `validate --task` from another reading of the same parameters."""
    words = (
        "polarity_correct", "direction_selective", "dsi_median", "preferred_direction_error_deg",
        "dsi_r", "t4_tuning_r", "t5_tuning_r", "t4_tuning_r_best", "t5_tuning_r_best", "task_r2",
    )  # fmt: skip
    medians = flyvis[models].table[list(words)].median()
    for word, value in zip(words, expected, strict=True):
        digit = 1 if float(value).is_integer() and value >= 1 else 0.01
        assert medians[word] == pytest.approx(value, abs=digit / 2 + 1e-9), word
