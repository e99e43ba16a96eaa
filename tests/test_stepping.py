"""A model that is stepped frame by frame does what it does in one simulation, to the last bit."""

import pickle

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs

pytestmark = pytest.mark.compile

#: Frames for two eyes at extent 1: noise, so that every step changes every column.
FRAMES = np.random.default_rng(5).uniform(size=(2, 5, 7))


def stepped(stepper, frames=FRAMES):
    """Voltages (candidate, eye, time, cell) of one step after another."""
    return np.stack([stepper.step(frames[:, k]).to_numpy() for k in range(frames.shape[1])], axis=2)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"record": "central", "initial": "rest", "time_step": 10 * ms},
        {"dtype": "float32", "method": "exponential_euler", "record": ["T4a", "R1"]},
        {"engine": "synapses"},
        {"dynamics": "adapting"},
        {"perturbations": [None, nfs.Silence("Mi1"), nfs.Ablate("L1"), nfs.Clamp("Tm3", 0.3)]},
    ],
    ids=lambda options: " ".join(options) or "all cells",
)
def test_steps_are_the_simulation_of_all_frames_to_the_bit(options, connectome):
    options = {"extent": 1, "record": "all", **options}
    dynamics = options.get("dynamics", "graded")
    frames = FRAMES[:1] if options.get("engine") == "synapses" else FRAMES
    models = [
        nfs.Parameters.uniform(connectome, total, dynamics=dynamics)
        for total in ((1.0,) if options.get("engine") == "synapses" else (1.0, 0.6))
    ]
    whole = nfs.simulate(frames, connectome=connectome, parameters=models, **options).voltage
    with nfs.Stepper(models, n_eyes=len(frames), **options) as stepper:
        found = stepped(stepper, frames)
        one = stepper.step(frames[:, 0])
    assert found.dtype == whole.dtype and found.tobytes() == whole.to_numpy().tobytes()
    assert np.ptp(np.nan_to_num(found), axis=2).max() > 1e-3  # something happens
    labels = whole.isel(time=0, condition=0, drop=True).coords
    for name in set(labels) - {"parameters_sha256"}:
        assert one[name].to_numpy().tolist() == labels[name].to_numpy().tolist(), name


@pytest.fixture
def stepper(start):
    with nfs.Stepper(start, n_eyes=2, extent=1, record="all") as stepper:
        yield stepper


def test_a_state_leads_to_the_same_in_another_stepper(stepper, start):
    stepped(stepper)
    state = pickle.loads(pickle.dumps(stepper.state))
    ahead = stepped(stepper)
    assert {name: values.shape[:2] for name, values in state.items()} == {"voltage": (1, 2)}
    with nfs.Stepper(start, n_eyes=2, extent=1, record="all", initial="rest") as other:
        other.go_on_from(state)
        assert stepped(other).tobytes() == ahead.tobytes()
    for do in (lambda: other.step(FRAMES[0, 0]), other.reset, lambda: other.go_on_from(state)):
        with pytest.raises(nfs.errors.SimulationError, match="this Stepper is closed"):
            do()


def test_a_state_that_was_taken_is_a_copy_and_reset_goes_back(stepper):
    first = stepper.state["voltage"].copy()
    taken = stepper.state["voltage"]
    before = stepped(stepper)
    assert stepper.time == 10 * ms
    assert np.array_equal(taken, first) and not np.array_equal(stepper.state["voltage"], first)
    stepper.reset()
    assert stepper.time == 0 * ms
    assert stepped(stepper).tobytes() == before.tobytes()


def test_one_frame_is_shown_to_both_eyes(stepper):
    seen = stepper.step(FRAMES[0, 0])
    assert seen.dims == ("candidate", "eye", "neuron")
    assert seen[:, 0].to_numpy().tobytes() == seen[:, 1].to_numpy().tobytes()


def test_steps_of_two_steppers_do_not_touch_each_other(stepper, start):
    alone = stepped(stepper)
    stepper.reset()
    with nfs.Stepper(start, n_eyes=2, extent=1, record="all") as other:
        found = []
        for k in range(FRAMES.shape[1]):
            found.append(stepper.step(FRAMES[:, k]).to_numpy())
            other.step(1 - FRAMES[:, k])
    assert np.stack(found, axis=2).tobytes() == alone.tobytes()


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (lambda s: s.step(np.ones(6)), r"shape \(6,\), but must have \(7,\).*\(2, 7\)"),
        (lambda s: s.step(np.full(7, 1.5)), "1.5"),
        (lambda s: s.step(np.full(7, np.nan)), "nan"),
        (lambda s: s.go_on_from({}), "must tell voltage"),
        (
            lambda s: s.go_on_from({"voltage": np.zeros(3)}),
            r"voltage of the state has shape \(3,\)",
        ),
        (pickle.dumps, "send it the state"),
    ],
)
def test_what_cannot_be_shown_or_gone_on_from_is_said(do, told, stepper):
    with pytest.raises(nfs.NeuroFlySimError, match=told):
        do(stepper)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"dynamics": "noisy"}, "has noise"),
        ({"perturbations": nfs.Silence("Mi1", start=10 * ms)}, "starts or stops"),
        ({"engine": "synapses", "n_eyes": 2}, "1 candidates with 2 eyes are more than one run"),
        ({"n_eyes": 0}, "n_eyes"),
        ({"extent": 1.5}, "extent"),
    ],
)
def test_what_cannot_be_stepped_is_said_at_once(options, told, connectome):
    dynamics = options.get("dynamics", "graded")
    model = nfs.Parameters.uniform(connectome, dynamics=dynamics)
    with pytest.raises(nfs.NeuroFlySimError, match=told):
        nfs.Stepper(model, **{"extent": 1, **options})


def test_activity_that_runs_away_names_the_cell_and_the_time(connectome, start):
    wild = start.with_vector(np.append(start.to_vector()[:130], start.to_vector()[130:] * 40))
    with (
        pytest.raises(nfs.RunawayActivityError, match=r"at column \(.*ran away at 0\.\d+ s"),
        nfs.Stepper(wild, extent=1, initial="rest", time_step=20 * ms) as stepper,
    ):
        for _ in range(100):
            stepper.step(np.ones(7))
    assert stepper.time > 0 * ms
