"""`nfs.gradient`: derivatives with names, as those of an adjoint that was written by hand."""

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.gradients import MeanSquaredError, PeakResponse, VoltageAt

STEP = 16 * ms  # below all time constants: one that is the step has two slopes
EDGES = nfs.protocols.moving_edge(angle=[0, 180], intensity=1, pre_time=48 * ms, tail_time=0 * ms)
SMALL = {"extent": 2, "time_step": STEP, "progress": False}


@pytest.fixture(scope="module")
def models(connectome):
    return [nfs.load_parameters(f"flow/00{k}", connectome) for k in (0, 3)]


@pytest.fixture(scope="module")
def found(models):
    measures = {"peak": PeakResponse("T4a"), "last": VoltageAt("Mi1"), "both": squares}
    return nfs.gradient(measures, EDGES, models, **SMALL)


def squares(voltage):
    """The mean square of all voltages, as a user would write it."""
    values = voltage.to_numpy()
    n = values[0].size
    return (values**2).sum(axis=(1, 2, 3)) / n, 2 * values / n


def by_hand(pullback, found, measure, models):
    frames = EDGES.luminance(extent=2, time_step=STEP).to_numpy()
    derivative = measure.value_and_derivative(found.voltage)[1]
    return pullback(frames, models, derivative, nfs.Lattice(extent=2), 0.016, initial="grey")


@pytest.mark.compile
def test_each_measure_has_the_derivatives_of_the_adjoint_by_hand(found, models, pullback_by_hand):
    for name, measure in (("peak", PeakResponse("T4a")), ("last", VoltageAt("Mi1"))):
        own, expected = (
            found.derivative.sel(measure=name),
            by_hand(pullback_by_hand, found, measure, models),
        )
        assert_alike(own, expected.to_vector())
        assert_alike(found.stimulus.sel(measure=name), expected.stimulus)
        assert_alike(found.time_constant.sel(measure=name), expected.time_constant)
        assert_alike(found.synapse_strength.sel(measure=name), expected.synapse_strength)


def assert_alike(one, other):
    largest = np.abs(np.asarray(other)).max()
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9 * largest)


@pytest.mark.compile
def test_a_function_of_the_user_changes_as_its_derivatives_say(found, models):
    one = models[0]
    random = np.random.default_rng(0)
    along = random.normal(size=735) * one.to_vector()
    step = 1e-6
    values = [
        squares(
            nfs.simulate(
                EDGES,
                connectome=one.connectome,
                parameters=one.with_vector(one.to_vector() + sign * step * along),
                **SMALL,
            ).voltage
        )[0][0]
        for sign in (1, -1)
    ]
    slope = float(found.derivative.sel(measure="both")[0].to_numpy() @ along)
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(slope, rel=1e-6)


@pytest.mark.compile
def test_rows_of_the_table_are_named_as_parameters_are(found, models):
    table = found.table
    assert len(table) == 3 * 2 * 735
    row = table[
        (table["measure"] == "peak") & (table["candidate"] == 1)
        & (table["source_type"] == "Mi1") & (table["target_type"] == "T4a")
    ].iloc[0]  # fmt: skip
    strength = models[1].synapse_strength["Mi1", "T4a"]
    assert row["value"] == strength and row["derivative"] > 0
    assert row["relative"] == pytest.approx(strength * row["derivative"])
    here = found.synapse_strength.sel(measure="peak")[1]
    here = here[(here["source_type"] == "Mi1") & (here["target_type"] == "T4a")]
    assert here.item() == row["derivative"]
    resting = found.resting_potential.sel(measure="peak", cell_type="T4a")[1].item()
    again = table[
        (table["measure"] == "peak") & (table["candidate"] == 1)
        & (table["parameter"] == "resting_potential") & (table["cell_type"] == "T4a")
    ].iloc[0]  # fmt: skip
    assert again["relative"] == again["derivative"] == resting


@pytest.mark.compile
def test_a_step_down_the_gradient_of_an_error_makes_it_smaller(models):
    wanted = nfs.simulate(
        EDGES, connectome=models[0].connectome, parameters=models[1], **SMALL
    ).voltage[0]
    here = nfs.gradient(MeanSquaredError(wanted), EDGES, models[0], **SMALL)
    slope = here.derivative[0, 0].to_numpy() * models[0].to_vector()
    length = 1e-3 * here.value.item() / (slope @ slope)
    moved = models[0].with_vector(models[0].to_vector() * np.exp(-length * slope))
    there = nfs.gradient(MeanSquaredError(wanted), EDGES, moved, **SMALL)
    assert here.value.item() - there.value.item() == pytest.approx(
        1e-3 * here.value.item(), rel=0.02
    )


@pytest.mark.compile
def test_bad_input_is_told_before_anything_runs(models):
    for wrong, told in (
        ({"loss": "vector_strength"}, "has no derivative"),
        ({"loss": []}, "loss is empty"),
        ({"extend": 2}, "extent"),
        ({"perturbations": None}, "an option of gradient"),
    ):
        arguments = {"loss": "peak_response", "cell_type": "T4a", **wrong}
        with pytest.raises(nfs.InvalidValueError, match=told):
            nfs.gradient(arguments.pop("loss"), EDGES, models[0], **arguments, **SMALL)


@pytest.mark.compile
def test_a_memory_limit_that_is_too_small_is_told(models):
    with pytest.raises(nfs.NeuroFlySimError, match="memory_limit"):
        nfs.gradient("peak_response", EDGES, models[0], cell_type="T4a", memory_limit=1e4, **SMALL)
