"""Memory is told before a run, kept within a limit, and not lost from run to run."""

import resource
import subprocess
import sys

import numpy as np
import pytest

import neuroflysim as nfs


def noise(n_conditions, n_steps, n_columns, seed=0):
    return np.random.default_rng(seed).uniform(size=(n_conditions, n_steps, n_columns))


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_a_limit_splits_the_batch_and_gives_the_same_numbers(connectome, start, engine):
    n_candidates, n_conditions = (3, 7) if engine == "lattice" else (1, 2)
    candidates = [start.replace(resting_potential={"R1": 0.1 * k}) for k in range(n_candidates)]
    frames = noise(n_conditions, 5, 37)
    options = {"connectome": connectome, "extent": 3, "engine": engine, "initial": "rest"}
    free = nfs.compile(frames, n_candidates=n_candidates, **options)
    whole = free.run(candidates, progress=False).voltage
    one = nfs.compile(frames[:1], **options).memory
    returned = whole.nbytes
    for limit in (free.memory, (free.memory + one) / 2 + returned, one + returned):
        with nfs.compile(
            frames, n_candidates=n_candidates, memory_limit=limit, **options
        ) as program:
            assert program.memory <= limit
            assert (program.run(candidates, progress=False).voltage == whole).all()


def test_what_cannot_fit_is_refused_before_it_runs(connectome, start):
    frames = noise(2, 5, 37)
    with pytest.raises(nfs.SimulationError, match=r"voltages take .* MB.*record less"):
        nfs.simulate(
            frames,
            connectome=connectome,
            parameters=start,
            extent=3,
            record="all",
            memory_limit=1e5,
        )
    with pytest.raises(nfs.SimulationError, match="one candidate in one condition takes"):
        nfs.simulate(frames, connectome=connectome, parameters=start, extent=3, memory_limit=1e5)


MEASURE = """
import ctypes, sys
import numpy as np
import neuroflysim as nfs

def memory(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024

connectome = nfs.load_connectome()
start = nfs.Parameters.uniform(connectome)
engine, record, extent = sys.argv[1], sys.argv[2], int(sys.argv[3])
n_columns = connectome.network(extent).lattice.n_columns
frames = np.random.default_rng(0).uniform(size=(16, 40, n_columns))
nfs.simulate(np.full((2, 1), 0.5), connectome=connectome, parameters=start, extent=0, engine=engine)
ctypes.CDLL(None).malloc_trim(0)  # what was freed before must not be there to be used again
with open("/proc/self/clear_refs", "w") as control:
    control.write("5")  # the peak begins anew
before = memory("VmRSS")
with nfs.compile(frames, connectome=connectome, extent=extent, engine=engine, record=record,
                 initial="rest") as program:
    responses = program.run(start, progress=False)
    print(memory("VmHWM") - before, program.memory)
"""


@pytest.mark.compile
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read as Linux tells them")
@pytest.mark.parametrize(
    ("engine", "record", "extent"),
    [("lattice", "central", 30), ("lattice", "all", 8), ("synapses", "central", 15)],
)
def test_the_memory_that_was_told_is_what_a_run_takes(engine, record, extent):
    """The peak of a process beside what it took before: within a factor of two."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, engine, record, str(extent)],
        capture_output=True,
        text=True,
        check=True,
    )
    taken, told = map(float, done.stdout.split())
    assert told / 2 < taken < told * 2, f"{taken / 1e6:.0f} MB taken, {told / 1e6:.0f} MB told"


RUNS = """
import numpy as np
import neuroflysim as nfs

connectome = nfs.load_connectome()
start = nfs.Parameters.uniform(connectome)
frames = np.random.default_rng(0).uniform(size=(4, 3, 19))
options = {"connectome": connectome, "extent": 2, "initial": "rest"}
with nfs.compile(frames, **options) as program:
    for number in range(200):
        program.run(start, progress=False)
        if number % 8 == 0:
            nfs.simulate(frames, parameters=start, progress=False, **options)
        with open("/proc/self/statm") as line:
            print(int(line.read().split()[1]))
"""


@pytest.mark.compile
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
def test_two_hundred_runs_in_one_process_take_no_more_memory_than_ten():
    """A program that is kept, and 25 that are made anew; pytest would keep their logs."""
    done = subprocess.run([sys.executable, "-c", RUNS], capture_output=True, text=True, check=True)
    taken = np.array(done.stdout.split(), dtype=float) * resource.getpagesize()
    growth = np.median(taken[-20:]) - np.median(taken[10:30])
    assert growth < 0.01 * taken[10], f"{growth / 1e6:.1f} MB more in 180 runs"
