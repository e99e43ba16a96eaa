"""Fixtures that several tests share."""

import gc
import json
import os
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

import neuroflysim as nfs

# What takes long to import is imported where it is used: the process that deals tests out to others
# reads this file, too, and runs none.
os.environ["MPLBACKEND"] = "Agg"

# The same examples each time where a failure would block a change; new ones on every desk. None is
# timed: the first of them imports what it asks for.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

HERE = Path(__file__).parent
OWN_REFERENCE = HERE / "data" / "flyvis"
#: Larger reference data that lies beside the repository where it is developed.
SHARED = HERE.parents[1] / "shared"


@cache
def tiers():
    """What only a test may do that has a mark: the mark, where every test passes, and the function.

    Processes that a test starts are not looked into: they have a mark, too.
    """
    from multiprocessing.process import BaseProcess
    from subprocess import Popen

    from brian2.codegen.runtime.cython_rt.extension_manager import CythonExtensionManager

    from neuroflysim.fit.evaluation import Evaluator
    from neuroflysim.simulation.running import Runner

    building, starting = ("compile", "fit"), ("slow", "compile", "fit")
    return (
        ("fit", ("fit",), "scores candidates of a fit", Evaluator, "begin"),
        ("compile", building, "builds a network", Runner, "prepare"),
        ("compile", building, "runs a network", Runner, "runs"),
        ("compile", building, "compiles", CythonExtensionManager, "create_extension"),
        ("slow", starting, "starts another process", Popen, "__init__"),
        ("slow", starting, "starts another process", BaseProcess, "start"),
    )


#: What the record of a fit tells of how it came about, not of what came out.
COSTS = {"seconds", "core_seconds", "command", "sha256"}


def pytest_sessionstart():
    """Has Python look for no garbage while it imports and collects tests: none is made there."""
    gc.disable()


def pytest_collection_finish():
    """Has Python look for garbage again, among what the tests make, and less often."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Fails a test without the mark of what it does, where tests with that mark are left out."""
    with pytest.MonkeyPatch.context() as patch:
        for wanted, enough, what, owner, name in tiers():
            left_out = f"not {wanted}" in item.config.option.markexpr
            if left_out and not any(item.get_closest_marker(mark) for mark in enough):
                told = f"this test {what}: put @pytest.mark.{wanted} above it (CONTRIBUTING.md)."
                patch.setattr(owner, name, _failing(told))
        return (yield)


def _failing(told):
    def fail(*_, **__):
        pytest.fail(told)

    return fail


@pytest.fixture(scope="module", autouse=True)
def quick_collections():
    """Spares what is there already, and stays, from Brian2's search for garbage before each run.

    Among all that pytest and Brian2's caches hold, it takes as long as building a small network.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def imported():
    """Imports a module by its name; skips the test where the extra that it needs is absent."""

    def imported(name):
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if error.name != "brian2cuda":
                raise
            pytest.skip(f"{name} needs the extra 'cuda', which is not installed")

    return imported


@pytest.fixture(autouse=True)
def close_figures():
    """What a test draws is not seen by the next."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def connectome():
    return nfs.load_connectome()


@pytest.fixture(scope="session")
def start(connectome):
    return nfs.Parameters.uniform(connectome)


@pytest.fixture(scope="session")
def without_strides(connectome):
    """The connectome without Lawf1 and Lawf2, which stand in every sixth column only."""
    cell_types = connectome.cell_types
    every_column = (cell_types["stride_u"] == 1) & (cell_types["stride_v"] == 1)
    return part_of(connectome, cell_types.index[every_column])


@pytest.fixture(scope="session")
def few_types(connectome):
    """A part of the connectome that is fitted in a moment."""
    names = ["R1", "L1", "L2", "Mi1", "Tm3", "Mi9", "T4a", "Tm1", "Tm9", "T5a"]
    return part_of(connectome, names)


@pytest.fixture(scope="session")
def weak_parameters(few_types):
    """Makes random parameters of it with time constants in a range: nothing runs away."""

    def weak_parameters(shortest, longest):
        rng, n = np.random.default_rng(1), few_types.n_cell_types
        parts = (
            rng.uniform(shortest, longest, n),
            rng.uniform(0.1, 0.6, n),
            rng.uniform(0.002, 0.01, few_types.n_connections),
        )
        return nfs.Parameters.from_vector(few_types, np.concatenate(parts))

    return weak_parameters


@pytest.fixture(scope="session")
def assert_same():
    """Fails if two fits differ in anything but what they cost."""

    def assert_same(found, expected):
        assert found.parameters.to_vector().tobytes() == expected.parameters.to_vector().tobytes()
        assert found.record.keys() == expected.record.keys()
        for name in found.record.keys() - COSTS:
            assert found.record[name] == expected.record[name], name
        pd.testing.assert_frame_equal(
            found.learning_curve.drop(columns="seconds"),
            expected.learning_curve.drop(columns="seconds"),
            check_exact=True,
        )

    return assert_same


@pytest.fixture(scope="session")
def module_of(tmp_path_factory):
    """Makes a module of a text, for a while, which other processes can import, too."""

    @contextmanager
    def module_of(text, name):
        folder = tmp_path_factory.mktemp(name)
        (folder / f"{name}.py").write_text(text)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder)
            yield import_module(name)
            sys.modules.pop(name)

    return module_of


@pytest.fixture(scope="session", autouse=True)
def commands_made_once():
    """Spares typer from making the same group of commands for each command that a test runs."""
    import typer.testing

    from neuroflysim.cli import app

    with pytest.MonkeyPatch.context() as patch:
        group = typer.main.get_command(app)
        made = typer.main.get_command
        for module, name in ((typer.main, "get_command"), (typer.testing, "_get_command")):
            patch.setattr(module, name, lambda of: group if of is app else made(of))
        yield


@pytest.fixture
def run_command(monkeypatch, capsys):
    """Runs a command in this process, which is quicker; returns exit code, output and errors."""

    from neuroflysim.cli import main

    def run_command(*words):
        monkeypatch.setattr(sys, "argv", ["neuroflysim", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code or 0, *capsys.readouterr()

    return run_command


@pytest.fixture(scope="session")
def strict_json():
    """Reads JSON as the standard has it, where NaN and Infinity are no words."""

    def fail(word):
        raise AssertionError(word)

    return partial(json.loads, parse_constant=fail)


@pytest.fixture(scope="session")
def pyabf():
    """The other reader of ABF files; importing it changes how numpy prints, for everybody."""
    with np.printoptions():
        return import_module("pyabf")


@pytest.fixture(scope="session")
def write_abf(pyabf):
    """Writes an episodic ABF 1 file of data (sweep, sample, channel): pyabf's, with more said."""

    def write_abf(path, data, rate, names=("V", "TTL"), units=("mV", "V")):
        n_sweeps, n_samples, n_channels = data.shape
        pyabf.abfWriter.writeABF1(data.reshape(n_sweeps, -1), str(path), rate)
        content = bytearray(path.read_bytes())
        struct.pack_into("<h", content, 120, n_channels)
        struct.pack_into("<f", content, 122, 1e6 / rate / n_channels)  # between two channels
        struct.pack_into("<f", content, 130, 1000.0)  # starts of sweeps are in units of 1000 us
        order = [*range(n_channels), *[-1] * (16 - n_channels)]
        struct.pack_into("<16h", content, 378, *order)
        struct.pack_into("<16h", content, 410, *order)
        for k in range(n_channels):
            struct.pack_into("10s", content, 442 + 10 * k, names[k].ljust(10).encode())
            struct.pack_into("8s", content, 602 + 8 * k, units[k].ljust(8).encode())
        struct.pack_into("<2i", content, 92, len(content) // 512, n_sweeps)
        for start in np.arange(n_sweeps) * 2000:
            content += struct.pack("<2i", int(start), n_samples * n_channels)
        path.write_bytes(content + bytes(8192))  # readers want a whole header, of up to 6 kB

    return write_abf


@pytest.fixture(scope="session")
def recorded_flashes():
    """An objective of noise that was recorded to flashes, two candidates in a run."""
    from brian2 import Hz, ms

    flash = nfs.protocols.flash(
        intensity=np.linspace(0, 1, 16), pre_time=40 * ms, stim_time=100 * ms, tail_time=60 * ms
    )
    recording = nfs.Recording.from_array(
        np.random.default_rng(4).standard_normal((16, 10)).cumsum(axis=1),
        rate=50 * Hz,
        unit="mV",
        cell_type="Mi1",
        onsets=40 * ms,
        conditions={"intensity": np.linspace(0, 1, 16)},
    )
    return nfs.RecordingObjective(
        recording,
        flash,
        lattice=nfs.Lattice(size=(3, 2)),
        time_step=20 * ms,
        held_out={"condition": [3, 8]},
        stages=[nfs.Stage(evaluations=16, population=8, step_size=0.3)],
    )


@pytest.fixture(scope="module")
def judged_on_few_worlds():
    """Judges fits of this process on few worlds: what is judged is told elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neuroflysim.fit.objectives.flow_task.JUDGED_TEXTURES", 2)
        yield


@pytest.fixture
def seeds_fitted_here(monkeypatch):
    """Fits several seeds in this process, where others take seconds to begin."""
    here = "neuroflysim.fit.several.open_workers"
    monkeypatch.setattr(here, lambda *_, **__: ThreadPoolExecutor(1))


def part_of(connectome, names):
    """The connectome of some cell types alone."""

    def kept(table):
        return table[table["source_type"].isin(names) & table["target_type"].isin(names)]

    cell_types = connectome.cell_types.reset_index()
    return nfs.Connectome(
        cell_types[cell_types["cell_type"].isin(names)],
        kept(connectome.connections.reset_index()),
        kept(connectome.offsets),
    )


@pytest.fixture(scope="session")
def random_parameters(connectome):
    """Parameters away from every symmetry, weak enough to be stable."""
    rng = np.random.default_rng(4)
    vector = nfs.Parameters.initial(connectome, extent=3, seed=3).to_vector()
    vector[:65] = np.exp(rng.uniform(np.log(0.005), np.log(0.2), 65))
    vector[65:130] = rng.normal(0.5, 0.3, 65)
    vector[130:] *= rng.lognormal(0, 0.5, 605)
    return nfs.Parameters.from_vector(connectome, vector)


@pytest.fixture(scope="session")
def scipy_run():
    """The equations of the model, stepped by a sparse matrix product; no Brian2."""
    from scipy.sparse import csr_matrix

    def scipy_run(
        parameters,
        extent,
        frames,
        step=0.02,
        method="euler",
        transmission=1.0,
        held=np.nan,
        current=None,
    ):
        """Voltages, shape (time, neuron), from the resting potentials.

        By neuron, or one number for all: what the output is multiplied by, and where the voltage is
        held (NaN: nowhere). An added current has the shape (time, neuron).
        """
        connectome, network = parameters.connectome, parameters.connectome.network(extent)
        strength = (parameters.synapse_strength * connectome.connections["sign"]).to_numpy()
        weight = strength[network.pair_connection]
        weight = weight * connectome.offsets["synapse_count"].to_numpy()[network.pair_offset]
        shape = (network.n_neurons,) * 2
        pairs = network.pair_target, network.pair_source
        matrix = csr_matrix((weight, pairs), shape)
        tau = parameters.time_constant.to_numpy()[network.neuron_type]
        rest = parameters.resting_potential.to_numpy()[network.neuron_type]
        sees = connectome.cell_types["photoreceptor"].to_numpy()[network.neuron_type]
        factor = step / np.maximum(tau, step) if method == "euler" else 1 - np.exp(-step / tau)
        voltage, trace = np.where(np.isnan(held), rest, held), []
        for k, frame in enumerate(frames):
            drive = rest + matrix @ (transmission * np.maximum(voltage, 0))
            drive = drive + sees * frame[network.neuron_column]
            drive = drive + (0 if current is None else current[k])
            voltage = np.where(np.isnan(held), voltage + factor * (drive - voltage), held)
            trace.append(voltage)
        return np.array(trace)

    return scipy_run


@pytest.fixture(scope="session")
def pullback_by_hand():
    """The derivative of a run that tests/reference_adjoint.py works out by hand."""
    return run_path(str(HERE / "reference_adjoint.py"))["pullback"]


@pytest.fixture(scope="session")
def boards():
    """What tests/boards.py holds: boards that are made up."""
    return SimpleNamespace(**run_path(str(HERE / "boards.py")))


@pytest.fixture
def no_stability_check(monkeypatch):
    """Has fits of this process call every model stable: whether one is, is told elsewhere."""
    from neuroflysim.fit.stability import Stability

    stable = Stability(stable=True, reason="stable", unrest=0.0, largest_voltage=1.0)
    monkeypatch.setattr("neuroflysim.fit.run.check_stability", lambda *_, **__: stable)


@pytest.fixture(scope="session")
def flow_scores():
    """What scores candidates of a recipe by their numbers (tests/flow_scores.py)."""
    return run_path(str(HERE / "flow_scores.py"))["FlowScores"]


@pytest.fixture(scope="session")
def lobes():
    """Draws small lobes and imports them (tests/lobes.py)."""
    return SimpleNamespace(**run_path(str(HERE / "lobes.py")))


@pytest.fixture(scope="session")
def shared():
    """Where the larger reference data lies, if it does."""
    return SHARED


@pytest.fixture(scope="session")
def has_reference():
    """Tells whether a file of reference data is here."""
    return lambda name: _path(name) is not None


@pytest.fixture(scope="session")
def reference():
    """Loads a file of reference data, from the repository or from beside it."""

    def load(name):
        path = _path(name)
        if path is None:
            pytest.skip(f"{name} is not in tests/data, and ../shared/reference is not here")
        return np.load(path)

    return load


@pytest.fixture(scope="session")
def with_counts_of():
    """Gives a connectome the float32 synapse counts of flyvis."""

    def change(values, connectome):
        key = ["source_type", "target_type", "du", "dv"]
        offsets = connectome.offsets.set_index(key)
        names = zip(
            values["off_source"],
            values["off_target"],
            values["off_du"],
            values["off_dv"],
            strict=True,
        )
        offsets.loc[list(names), "synapse_count"] = values["off_n_syn_effective"].astype(float)
        return nfs.Connectome(
            connectome.cell_types.reset_index(),
            connectome.connections.reset_index(),
            offsets.reset_index(),
        )

    return change


def _path(name):
    for folder in (OWN_REFERENCE, SHARED / "reference"):
        if (folder / name).is_file():
            return folder / name
    return None
