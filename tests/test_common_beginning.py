"""What conditions have in common is simulated once, and no bit of a voltage depends on it."""

import warnings

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.simulation import beginning, unsettled
from neuroflysim.simulation.cache import Kept
from neuroflysim.simulation.devices.runtime import RuntimeProgram
from neuroflysim.simulation.lattice_engine import engine as lattice_engine
from neuroflysim.simulation.running import Runner

EXTENT, N_COMMON, STEP = 2, 7, 10 * ms
N_COLUMNS = nfs.Lattice(extent=EXTENT).n_columns


@pytest.fixture(autouse=True)
def nothing_kept():
    beginning.KEPT.clear()
    unsettled.ASKED.clear()


@pytest.fixture
def steps(monkeypatch):
    """Lists the steps of all runs."""
    made, run = [], RuntimeProgram._run

    def counted(self, values, n_steps, *args, **options):
        made.append(n_steps)
        return run(self, values, n_steps, *args, **options)

    monkeypatch.setattr(RuntimeProgram, "_run", counted)
    return made


@pytest.fixture(params=["small", "large"])
def size(request, monkeypatch):
    """A network of which many vectors fit into the cache, or one that leaves room for only one."""
    if request.param == "large":
        monkeypatch.setattr(lattice_engine, "RUN_BYTES", 1)
    return request.param


def movies(n_conditions, n_common=N_COMMON, n_frames=20, seed=0):
    """Frames that differ from condition to condition once the first ones are over."""
    rng = np.random.default_rng(seed)
    frames = rng.uniform(size=(n_conditions, n_frames, N_COLUMNS))
    frames[:, :n_common] = rng.uniform(size=(n_common, N_COLUMNS))
    return frames


def show(frames, parameters, **options):
    """Return voltages as an array."""
    options = {"extent": EXTENT, "time_step": STEP, "threads": 1, "progress": False, **options}
    connectome = (parameters[0] if isinstance(parameters, list) else parameters).connectome
    shown = nfs.simulate(frames, connectome=connectome, parameters=parameters, **options)
    return shown.voltage.to_numpy()


def together_and_alone(frames, parameters, **options):
    """Show all conditions to all candidates, and some to each; these begin for themselves."""
    some = [0, 1, len(frames) - 1]
    together = show(frames, parameters, **options)[:, some]
    beginning.KEPT.clear()
    alone = [[show(frames[k], each, **options) for k in some] for each in parameters]
    n_flies = len(options.get("perturbations", [None]))
    alone = np.array(alone)[:, :, :, 0]  # (parameters, condition, fly, time, cell type)
    alone = alone.swapaxes(1, 2).reshape(len(parameters) * n_flies, *together.shape[1:])
    return together, alone


@pytest.fixture(scope="module")
def several(connectome, start, random_parameters):
    return [start, random_parameters, nfs.Parameters.initial(connectome, extent=3, seed=1)]


@pytest.mark.compile
@pytest.mark.parametrize(
    ("n_conditions", "dtype", "initial"),
    [(3, "float32", "grey"), (17, "float32", "grey"), (3, "float64", "rest")],
)
def test_voltages_are_those_of_each_condition_alone(several, size, n_conditions, dtype, initial):
    options = {"dtype": dtype, "initial": initial}
    together, alone = together_and_alone(movies(n_conditions), several, **options)
    assert together.tobytes() == alone.tobytes()


@pytest.mark.compile
def test_it_does_not_matter_how_candidates_are_dealt_out(several, size):
    frames = movies(5)
    together = show(frames, several)
    beginning.KEPT.clear()
    by_one = np.concatenate([show(frames, one) for one in several])
    assert together.tobytes() == by_one.tobytes()
    again = show(frames, several[::-1])[::-1]  # from what was kept
    assert together.tobytes() == again.tobytes()


@pytest.mark.compile
@pytest.mark.parametrize("start_time", [0, 30, 120])
def test_currents_come_when_they_should(several, size, start_time):
    flies = [
        None,
        nfs.Silence("Mi9"),
        nfs.Activate("T4a", 0.3, start=start_time * ms, stop=150 * ms),
    ]
    found = together_and_alone(movies(3), several[:2], perturbations=flies)
    assert found[0].tobytes() == found[1].tobytes()
    changed = np.abs(found[0][2] - found[0][0])[..., 0, :].max(axis=0)
    assert (changed > 0).any() == (start_time == 0), "in the first step only what begins with it"


@pytest.mark.compile
def test_protocols_share_what_comes_before_them(several, steps):
    times = {"pre_time": 50 * ms, "stim_time": 100 * ms, "tail_time": 0 * ms}
    together = show(nfs.protocols.flash(intensity=[0, 1], **times), several[0])
    assert steps == [100, 5, 10], "the lead, the background, and both flashes"
    for k in (0, 1):
        own = show(nfs.protocols.flash(intensity=k, **times), several[0])
        assert own[0, 0].tobytes() == together[0, k].tobytes()


@pytest.mark.compile
def test_a_beginning_is_run_once_and_kept_for_the_next_stimulus(several, steps):
    first = show(movies(3), several)
    assert steps == [100, N_COMMON, 20 - N_COMMON]
    steps.clear()
    assert show(movies(3), several).tobytes() == first.tobytes()
    assert steps == [20 - N_COMMON]
    steps.clear()
    show(movies(3, seed=1), several)  # it begins with other frames
    assert steps == [100, N_COMMON, 20 - N_COMMON]


@pytest.mark.compile
def test_stimuli_that_are_alike_to_their_end_are_shown_once(several, steps):
    frames = np.repeat(movies(1), 3, axis=0)
    voltage = show(frames, several[0])
    assert steps == [100, 20, 0]
    assert voltage[0, 2].tobytes() == show(frames[0], several[0])[0, 0].tobytes()


@pytest.mark.compile
def test_perturbed_flies_are_not_kept(several):
    show(movies(2), several[0], perturbations=[nfs.Silence("Mi9")])
    assert beginning.KEPT.n_bytes == 0
    show(movies(2), several[0])
    assert beginning.KEPT.n_bytes > 0


@pytest.mark.compile
@pytest.mark.parametrize("n_common", [0, 2, 150])
def test_runaway_times_are_those_of_a_condition_alone(start, n_common):
    explosive = start.replace(synapse_strength={("T4a", "T4a"): 30.0})
    frames = movies(2, n_common=n_common, n_frames=200)
    told = set()
    for shown in (frames, frames[0]):
        with pytest.raises(nfs.RunawayActivityError) as error:
            show(shown, [start, explosive], initial="rest")
        told.add(str(error.value))
    assert len(told) == 1
    assert "candidate 1" in told.pop()


@pytest.mark.compile
@pytest.mark.filterwarnings("error::neuroflysim.UnsettledWarning")  # that would be beside the point
@pytest.mark.parametrize("initial", ["grey", "rest"])
def test_one_that_runs_away_in_the_beginning_leaves_the_others_theirs(connectome, start, initial):
    explosive = start.replace(synapse_strength={("T4a", "T4a"): 30.0})
    frames = movies(3, n_common=150, n_frames=160)
    options = {"connectome": connectome, "extent": EXTENT, "time_step": STEP, "initial": initial}
    with nfs.compile(frames, n_candidates=2, **options) as program:
        found = program.run([explosive, start], runaway="nan", progress=False).voltage
    assert np.isnan(found[0]).all()
    alone = show(frames, start, initial=initial)
    assert found[1].to_numpy().tobytes() == alone[0].tobytes()


@pytest.mark.compile
def test_each_step_is_asked_once_whether_a_model_settles_with_it(connectome, monkeypatch):
    asked, ask = [], Runner._moves_now

    def counted(self, setup, chosen):
        asked.append((setup.time_step, len(chosen)))
        return ask(self, setup, chosen)

    monkeypatch.setattr(Runner, "_moves_now", counted)
    model, other = nfs.load_parameters("flow/001"), nfs.load_parameters("flow/002")
    told, found = [], []
    for models in ([model], [model], [model, other]):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            options = {"connectome": connectome, "extent": 3, "time_step": 33.3 * ms}
            frames = np.full((2, 2, 37), 0.5)
            with nfs.compile(frames, **options) as program:
                program.run(models, runaway="nan", progress=False)
        told.append([str(one.message) for one in caught])
        found.append(asked.copy())
        asked.clear()
    assert found[0], "no step shorter than this one was tried"
    assert told[0] == told[1] != []
    assert found[1] == []
    assert {n for _, n in found[2]} == {1}, "only the other one"


def test_what_is_kept_is_bounded_and_belongs_to_its_objects():
    class Owner:
        pass

    one, other, kept = Owner(), Owner(), Kept(100)
    kept.put("a", 1, 40, one)
    assert kept.get("a", one) == 1
    assert kept.get("a", other) is None
    kept.put("b", 2, 40, one)
    kept.get("a", one)
    kept.put("c", 3, 40, one)
    assert [kept.get(key, one) for key in "abc"] == [1, None, 3]
    kept.put("a", 4, 50, one)
    assert kept.n_bytes == 90
    kept.put("d", 5, 101, one)
    assert kept.get("d", one) is None
    del one
    assert kept.get("a", other) is None


@pytest.mark.compile
def test_a_vector_that_is_filled_with_candidates_and_conditions_gives_each_its_own_bits(
    connectome, start, monkeypatch
):
    """As of 721 columns, whose runs are one vector: 3 models and 24 conditions are not 3 x 24."""
    monkeypatch.setattr(lattice_engine, "RUN_BYTES", 1)
    models = [start, *(nfs.load_parameters(f"flow/00{k}") for k in (1, 2))]
    frames = movies(24, n_common=20, n_frames=40)
    options = {"connectome": connectome, "extent": EXTENT, "time_step": STEP, "dtype": "float32"}
    with nfs.compile(frames, n_candidates=3, **options) as program:
        lanes = program._setup.lanes
        assert lanes.n_vectors == 1
        assert lanes.n_candidates > 1
        assert lanes.n_used > 12
        together = program.run(models, progress=False).voltage.to_numpy()
    for k, model in enumerate(models):
        for j in (0, 7, 8, 15, 16, 23):
            with nfs.compile(frames[j : j + 1], **options) as program:
                alone = program.run(model, progress=False).voltage.to_numpy()
            assert together[k, j].tobytes() == alone[0, 0].tobytes()
