"""Processes that share the work of a fit: the result is that of one, whatever happens to them."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.errors import ConnectomeError, InvalidValueError, SimulationError
from neuroflysim.workers import opening
from neuroflysim.workers.local import LocalWorkers

#: Generations of 4 pieces of work for two workers, not all of one size.
RECIPE = nfs.Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(
        nfs.Stage(evaluations=20, population=10, step_size=0.3),
        nfs.Stage(evaluations=8, population=8, step_size=0.2),
    ),
)

pytestmark = [pytest.mark.usefixtures("judged_on_few_worlds"), pytest.mark.slow]

#: Workers can call what they can import: this, as a module of its own.
CALLS = '''
import os, signal, time

def noted(path, word):
    with open(path, "a") as file:
        file.write(f"{word}\\n")
    return sum(line.strip() == word for line in open(path))

def dies(path, word, times):
    """Die as often as told, then return how often it was called."""
    if (count := noted(path, word)) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return count

def slow(path, word, seconds):
    count = noted(path, word)
    time.sleep(seconds)
    return count

def spread(responses):
    return float(responses["L1"].std())

def talks():
    print("what is printed", flush=True)
    os.write(1, b"gets not among the answers")
    return os.getpid()

class Own(Exception):
    """Cannot be unpickled: it wants two arguments, and hands on one."""
    def __init__(self, number, word):
        super().__init__(f"{number} {word}")

def fails(kind):
    from neuroflysim.errors import ConnectomeError, InvalidValueError
    if kind == "connectome":
        raise ConnectomeError(["one", "two"])
    if kind == "value":
        raise InvalidValueError("angle is 7")
    if kind == "key":
        raise KeyError("angle")
    if kind == "own":
        raise Own(7, "angles")
    if kind == "local":
        class Local(Exception): pass
        raise Local("7 angles")
    return lambda: "cannot be pickled"
'''


@pytest.fixture(scope="module")
def calls(module_of):
    """The module of CALLS."""
    with module_of(CALLS, "worker_calls") as module:
        yield module


@pytest.fixture(scope="module")
def workers(calls):
    with LocalWorkers(2) as workers:
        for one in [workers.submit(time.sleep, 0.1) for _ in range(2)]:  # each of them begins
            one.result()
        yield workers


@pytest.fixture
def two_processes(monkeypatch, workers):
    """Has fits by two processes use workers that there are already."""
    monkeypatch.setattr(opening, "LocalWorkers", lambda n: contextlib.nullcontext(workers))


@pytest.fixture(scope="module")
def fitted(few_types):
    def fitted(processes):
        return nfs.fit(
            RECIPE, 5, connectome=few_types, processes=processes, threads=1, progress=False
        )

    return fitted


@pytest.fixture(scope="module")
def alone(fitted):
    return fitted(processes=1)


def is_running(process_id):
    """Return whether there is a process; one that has ended and waits to be asked is none."""
    try:
        with open(f"/proc/{process_id}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


# ---- fits ----


@pytest.mark.fit
def test_a_fit_by_two_processes_is_that_of_one(
    fitted, alone, two_processes, workers, monkeypatch, assert_same
):
    done_by = []
    ask = type(workers._all[0]).ask
    monkeypatch.setattr(
        type(workers._all[0]),
        "ask",
        lambda worker, call: done_by.append(worker.process.pid) or ask(worker, call),
    )
    found = fitted(processes=2)
    assert_same(found, alone)
    assert set(done_by) == set(workers.process_ids)  # not one of them did it all
    assert found.record["core_seconds"] > 0


@pytest.mark.fit
def test_a_fit_whose_worker_is_killed_ends_the_same(
    fitted, alone, two_processes, workers, monkeypatch, assert_same
):
    submit, count, killed = workers.submit, iter(range(1000)), []

    def submit_and_kill(*call):
        piece = submit(*call)
        if next(count) == 4:  # in the midst of the second generation
            time.sleep(0.01)
            killed.append(workers.process_ids[0])
            os.kill(killed[0], signal.SIGKILL)
        return piece

    other = workers.process_ids[1]
    monkeypatch.setattr(workers, "submit", submit_and_kill)
    assert_same(fitted(processes=2), alone)
    assert killed and killed[0] not in workers.process_ids and not is_running(killed[0])
    assert other in workers.process_ids


@pytest.mark.fit
@pytest.mark.usefixtures("no_stability_check")
def test_recordings_and_functions_of_responses_are_fitted_by_two_processes_as_by_one(
    recorded_flashes, few_types, calls, two_processes, assert_same
):
    shown = recorded_flashes.stimulus
    function = nfs.ResponsesObjective(
        calls.spread, shown, lattice=recorded_flashes.lattice, time_step=20 * ms
    )
    both = nfs.WeightedSum({recorded_flashes: 1, function: 0.5})
    options = {"connectome": few_types, "threads": 1, "progress": False}
    alone, shared = (nfs.fit(both, 5, processes=n, **options) for n in (1, 2))
    assert_same(shared, alone)
    assert np.ptp(alone.learning_curve["loss_best"]) > 0


# ---- what workers do with a call ----


def test_only_the_work_of_the_worker_that_died_is_done_again(workers, calls, tmp_path):
    path = tmp_path / "calls.txt"
    path.touch()
    begun = [
        workers.submit(calls.dies, path, "dies once", 1),
        *(workers.submit(calls.slow, path, word, 0.2) for word in "abc"),
    ]
    assert [one.result() for one in begun] == [2, 1, 1, 1]


def test_a_call_that_kills_three_workers_is_given_up_and_the_others_are_not(
    workers, calls, tmp_path
):
    path = tmp_path / "calls.txt"
    path.touch()
    deadly = workers.submit(calls.dies, path, "always dies", 1000)
    good = workers.submit(calls.slow, path, "good", 0)
    with pytest.raises(SimulationError, match="3 worker processes died over the same piece"):
        deadly.result()
    assert good.result() == 1
    assert path.read_text().count("always dies") == 3
    both = [workers.submit(calls.slow, path, word, 0.1) for word in ("one", "other")]
    assert [one.result() for one in both] == [1, 1]


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("connectome", ConnectomeError, "not usable, 2 problems"),
        ("value", InvalidValueError, "^angle is 7$"),
        ("key", KeyError, "angle"),
        ("own", SimulationError, "a worker failed: Own: 7 angles"),
        ("local", SimulationError, "a worker failed: Local: 7 angles"),
        ("result", Exception, "pickle"),
    ],
)
def test_what_a_worker_raises_is_raised_here_and_the_worker_lives(
    workers, calls, kind, error, words
):
    before = workers.process_ids
    with pytest.raises(error, match=words):
        workers.submit(calls.fails, kind).result()
    assert workers.process_ids == before and all(map(is_running, before))


def test_what_a_call_prints_is_not_taken_for_its_answer(workers, calls):
    assert workers.submit(calls.talks).result() in workers.process_ids


def test_closed_workers_have_ended_and_what_they_were_at_raises(calls, tmp_path):
    path = tmp_path / "calls.txt"
    path.touch()
    with LocalWorkers(1) as own:
        under_way = own.submit(calls.slow, path, "slow", 600)
        waiting = own.submit(calls.slow, path, "waiting", 600)
        wait_until(path.read_text)
    assert not any(map(is_running, own.process_ids))
    with pytest.raises(SimulationError, match="stopped"):
        under_way.result()
    assert waiting.cancelled()


def test_a_worker_that_dies_while_all_are_closed_is_not_started_again(calls):
    own = LocalWorkers(1)
    own.submit(divmod, 7, 2).result()
    lost = own._all[0]
    restart = threading.Thread(target=own.close)
    own._lock.acquire()  # the thread of a call is about to ask for a new worker
    restart.start()
    own._lock.release()
    restart.join()
    with pytest.raises(SimulationError, match="stopped"):
        own._start(lost)
    assert not is_running(lost.process.pid)


@pytest.mark.parametrize("processes", [0, -1, 1.5, "2"])
def test_a_number_of_processes_that_makes_no_sense_is_refused(processes):
    with pytest.raises(nfs.NeuroFlySimError, match="processes is"):
        LocalWorkers(processes)


# ---- scripts of users ----


def script(folder, text):
    (folder / "script.py").write_text(text)
    return [sys.executable, "script.py"]


def test_workers_end_with_the_process_that_started_them_in_the_midst_of_a_call(calls, tmp_path):
    words = script(
        tmp_path,
        f"""
import sys
sys.path.insert(0, {os.path.dirname(calls.__file__)!r})
import worker_calls
from neuroflysim.workers.local import LocalWorkers
workers = LocalWorkers(1)
workers.submit(divmod, 7, 2).result()
print(*workers.process_ids, flush=True)
workers.submit(worker_calls.slow, "calls.txt", "begun", 600).result()
""",
    )
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        worker = int(process.stdout.readline())
        wait_until((tmp_path / "calls.txt").exists)
        assert is_running(worker)
        process.kill()
    wait_until(lambda: not is_running(worker), seconds=20)


@pytest.mark.fit
def test_a_script_needs_no_guard_around_a_fit_by_several_processes(
    few_types, alone, calls, tmp_path
):
    nfs.save_connectome(few_types, tmp_path / "connectome")
    words = script(
        tmp_path,
        f"""
import neuroflysim as nfs
from neuroflysim import Recipe, Stage
from neuroflysim.fit.objectives import flow_task
print("script runs")
flow_task.JUDGED_TEXTURES = 2
connectome = nfs.load_connectome("connectome")
fit = nfs.fit({RECIPE!r}, 5, connectome=connectome, processes=2, progress=False)
print(fit.parameters.checksum)
""",
    )
    done = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=600
    )
    assert done.stdout.split("\n")[:2] == ["script runs", alone.parameters.checksum]
