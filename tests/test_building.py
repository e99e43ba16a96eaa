"""Compiling: what is built where, what is believed of it, and what is said when it fails."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import brian2
import numpy as np
import pytest
from brian2.codegen.runtime.cython_rt.extension_manager import get_cython_extensions
from brian2.devices.device import runtime_device

import neuroflysim as nfs
from neuroflysim.machine import processor
from neuroflysim.simulation import build_trouble
from neuroflysim.simulation.brian_state import borrowed_brian
from neuroflysim.simulation.compiling import (
    checked_flags,
    compiling_into_our_cache,
    require_compiler,
)

#: Compiles the pieces of a small network in no time, and prints the sum of its voltages.
SIMULATE = """
import brian2, numpy as np, neuroflysim as nfs
brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-std=c++11", "-O0"]
connectome = nfs.load_connectome()
responses = nfs.simulate(
    np.full((3, 1), 0.5), connectome=connectome, extent=0, initial="rest",
    parameters=nfs.Parameters.uniform(connectome))
print(repr(float(responses.voltage.sum())))
"""

#: Compiles the one piece by which it is known whether anything compiles.
TRY = """
import brian2, sys
from brian2.devices.device import runtime_device
import neuroflysim
from neuroflysim.simulation.brian_state import borrowed_brian
from neuroflysim.simulation.compiling import compiling_into_our_cache, require_compiler
brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-O0"]
{before}
try:
    with borrowed_brian(runtime_device, float), compiling_into_our_cache():
        require_compiler()
except neuroflysim.NeuroFlySimError as error:
    print(error)
else:
    print("right")
"""


def python(code, *options, **environment):
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def attempt(before="", **environment):
    """What a process prints that compiles one piece, after some code."""
    process = python(TRY.format(before=before), **environment)
    assert process.returncode == 0, process.stderr[-2000:]
    return process.stdout.strip()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A home folder in which the pieces of `SIMULATE` are compiled, and what it printed."""
    home = tmp_path_factory.mktemp("home")
    process = python(SIMULATE, "-W", "error", HOME=str(home))
    assert process.returncode == 0, process.stderr[-2000:]
    assert process.stderr == ""
    return home, process.stdout


@pytest.mark.compile
def test_all_pieces_lie_in_the_folder_of_one_processor(built):
    cache = built[0] / ".cython" / "brian_extensions"
    (folder,) = cache.iterdir()
    pieces = list(folder.glob("*.so"))
    assert len(pieces) >= 4  # a trial, the screen, the recorder, the lattice
    assert all((folder / f"{p.name.partition('.')[0]}.checksum.lock").is_file() for p in pieces)
    # Brian2's clear_cache removes these, and else nothing.
    known = tuple(get_cython_extensions())
    assert all(file.name.endswith(known) for file in folder.iterdir())


@pytest.mark.compile
def test_what_is_damaged_is_named_and_compiled_anew(built, tmp_path):
    home = shutil.copytree(built[0], tmp_path / "home")
    pieces = sorted(home.rglob("*.so"), key=lambda path: path.stat().st_size)
    nothing, half, flipped, unknown = pieces[:4]
    nothing.write_bytes(b"")
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    next(home.rglob(f"{unknown.name.partition('.')[0]}.checksum.lock")).unlink()
    mended = python(SIMULATE, HOME=str(home))
    assert mended.stdout == built[1], mended.stderr[-2000:]
    for piece in pieces[:4]:
        assert f"{piece} is not what was built" in mended.stderr
    again = python(SIMULATE, HOME=str(home))
    assert (again.stdout, again.stderr) == (built[1], "")
    for piece in home.rglob("*.so"):
        (checksum,) = home.rglob(f"{piece.name.partition('.')[0]}.checksum.lock")
        assert checksum.read_text() == hashlib.sha256(piece.read_bytes()).hexdigest()


def folder():
    with borrowed_brian(runtime_device, np.float64), compiling_into_our_cache() as here:
        return here


def test_each_processor_and_each_set_of_flags_has_a_folder(monkeypatch):
    folders = [folder()]
    with monkeypatch.context() as patch:
        patch.setattr(processor, "_features", lambda: frozenset({"sse2", "popcnt"}))
        folders.append(folder())
    with monkeypatch.context() as patch:
        patch.setattr(processor, "_model", lambda: "another processor")
        folders.append(folder())
    for name, value in (("NEUROFLYSIM_MARCH", "x86-64"), ("CXXFLAGS", "-mtune=generic")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            folders.append(folder())
    with monkeypatch.context() as patch:
        name = "codegen.cpp.extra_compile_args_gcc"
        patch.setitem(brian2.prefs, name, [*brian2.prefs[name], "-O2"])
        folders.append(folder())
    assert len(set(folders)) == len(folders)
    assert folder() == folders[0]


x86 = pytest.mark.skipif(
    not {"sse2", "popcnt"} <= processor._features(), reason="levels are of x86-64 processors"
)


@pytest.mark.compile
@x86
def test_an_older_processor_can_be_asked_for(monkeypatch):
    with borrowed_brian(runtime_device, np.float64):
        native = checked_flags()[1]
    monkeypatch.setenv("NEUROFLYSIM_MARCH", "x86-64-v2")
    with borrowed_brian(runtime_device, np.float64):
        older = checked_flags()[1]
    assert "-march=x86-64-v2" in older
    assert set(older) - {"-march=x86-64-v2"} == set(native) - {"-march=native"}
    assert "x86-64-v2" in processor.processor_name()
    assert "-march=native" in brian2.prefs["codegen.cpp.extra_compile_args_gcc"]


@pytest.mark.compile
@x86
@pytest.mark.parametrize("name", ["x86-64-v99", "nonsense", "x86-64 -O0", "-v2"])
def test_what_is_no_processor_is_refused(name, monkeypatch):
    monkeypatch.setenv("NEUROFLYSIM_MARCH", name)
    with (
        pytest.raises(nfs.InvalidValueError, match="NEUROFLYSIM_MARCH"),
        borrowed_brian(runtime_device, np.float64),
    ):
        checked_flags()


@x86
def test_code_that_this_processor_cannot_run_is_refused(monkeypatch):
    monkeypatch.setenv("NEUROFLYSIM_MARCH", "x86-64-v3")
    monkeypatch.setattr(processor, "_features", lambda: frozenset({"sse2", "popcnt"}))
    with pytest.raises(nfs.InvalidValueError, match=r"lacks .*avx2"):
        processor.march()


@pytest.mark.compile
@pytest.mark.parametrize(
    "name",
    ['a b/quo"te/back\\slash/$HOME/line\nbreak', "b[0]", "st*r", "{a,b}", "日本"],
)
def test_folders_of_any_name_are_compiled_in(name, tmp_path, monkeypatch):
    home = tmp_path / name
    monkeypatch.setitem(brian2.prefs, "codegen.runtime.cython.cache_dir", str(home))
    with borrowed_brian(runtime_device, np.float64), compiling_into_our_cache():
        require_compiler()
    assert len(list(home.rglob("*.so"))) == 1


@pytest.mark.compile
@pytest.mark.parametrize(
    ("before", "environment", "told"),
    [
        ("", {"PATH": "/nowhere"}, "is not on the PATH: install g"),
        ("", {"HOME": "/dev/null", "TMPDIR": "{here}"}, "^right$"),
        ("import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (40_000,) * 2)", {}, "does not fit"),
        ("import os; os.close(2); os.close(1); os.dup2(os.open('{out}', 1), 1)", {}, "^right$"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said(before, environment, told, tmp_path):
    import re

    (tmp_path / "out").touch()
    before = before.replace("{out}", str(tmp_path / "out"))
    told_of = {name: value.replace("{here}", str(tmp_path)) for name, value in environment.items()}
    said = attempt(before, **{"HOME": str(tmp_path), **told_of})
    said += (tmp_path / "out").read_text().strip()
    assert re.search(told, said), said


@pytest.mark.compile
@pytest.mark.parametrize("what", ["no stderr", "numpy is preferred"])
def test_what_does_not_matter_does_not_stand_in_the_way(what, tmp_path, monkeypatch):
    monkeypatch.setitem(brian2.prefs, "codegen.runtime.cython.cache_dir", str(tmp_path))
    if what == "no stderr":
        monkeypatch.setattr(sys, "stderr", None)
    else:
        monkeypatch.setitem(brian2.prefs, "codegen.target", "numpy")
    with borrowed_brian(runtime_device, np.float64), compiling_into_our_cache():
        require_compiler()
    assert len(list(tmp_path.rglob("*.so"))) == 1


def test_a_full_disk_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(build_trouble, "room_in", lambda place: 1e5 if place == tmp_path else 1e12)
    full = OSError(28, "No space left on device", str(tmp_path / "piece"))
    told = str(build_trouble.trouble(full, "", tmp_path))
    assert f"the disk of {tmp_path} is full" in told
    log = "g++: fatal error: error writing to x.s: No space left on device"
    assert "full" in str(build_trouble.trouble(RuntimeError("g++ failed"), log, tmp_path))


@pytest.mark.compile
def test_numpy_as_a_preference_is_for_plain_brian2(monkeypatch, connectome, start):
    frames = np.random.default_rng(0).uniform(size=(4, 1))

    def once(engine):
        return nfs.simulate(
            frames, connectome=connectome, parameters=start, extent=0, initial="rest", engine=engine
        ).voltage.to_numpy()

    monkeypatch.setitem(brian2.prefs, "codegen.target", "numpy")
    lattice, synapses = once("lattice"), once("synapses")
    assert np.abs(lattice - synapses).max() < 1e-12
    assert brian2.prefs["codegen.target"] == "numpy"


@pytest.fixture
def slow_compiler(tmp_path):
    """Environment of a compiler that takes for ever over a C++ program, and the mark it leaves."""
    compiler, mark = tmp_path / "bin" / "g++", tmp_path / "compiling"
    compiler.parent.mkdir()
    compiler.write_text(
        f'#!/bin/sh\ncase "$*" in *program.cpp*) echo $$ > "{mark}"; exec sleep 600;; esac\n'
        f'exec "{shutil.which("g++")}" "$@"\n'
    )
    compiler.chmod(0o755)
    path = f"{compiler.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path}, mark


COMMAND = [
    "-m", "neuroflysim", "simulate", "flash", "--extent", "0", "--device", "cpp_standalone",
    "-o", "never.nc",
]  # fmt: skip
IN_PYTHON = """
import neuroflysim as nfs
connectome = nfs.load_connectome()
try:
    nfs.simulate(nfs.protocols.flash(), connectome=connectome, extent=0, device="cpp_standalone",
                 parameters=nfs.Parameters.uniform(connectome))
except KeyboardInterrupt:
    raise SystemExit(99)
"""


@pytest.mark.compile
@pytest.mark.parametrize(
    ("words", "whole_group", "code"), [(COMMAND, True, 130), (["-c", IN_PYTHON], False, 99)]
)
def test_ctrl_c_ends_a_compilation(words, whole_group, code, slow_compiler, tmp_path):
    environment, mark = slow_compiler
    process = subprocess.Popen(
        [sys.executable, *words], cwd=tmp_path, env=environment, start_new_session=True
    )
    try:
        while not (mark.exists() and mark.read_text().strip()):
            assert process.poll() is None
            time.sleep(0.05)
        send = os.killpg if whole_group else os.kill
        send(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == code
    finally:
        process.kill()
        process.wait()
    compiler = int(mark.read_text())
    with pytest.raises(ProcessLookupError):  # it may take the system a moment
        for _ in range(200):
            os.kill(compiler, 0)
            time.sleep(0.05)


@pytest.mark.compile
def test_killed_workers_leave_no_files(tmp_path):
    code = f"""
    import time, os
    from pathlib import Path
    from neuroflysim.workers.local import LocalWorkers
    with LocalWorkers(1) as workers:
        workers.submit(divmod, 5, 2).result()
        print(*(file.name for file in Path({str(tmp_path)!r}).glob("brian_*")))
    """
    environment = {"TMPDIR": str(tmp_path)}
    process = python(
        "from neuroflysim.machine.quiet_brian import leave_no_logs\nleave_no_logs()\n"
        + textwrap.dedent(code),
        **environment,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    assert process.stdout.split() == []
    assert not list(tmp_path.iterdir())


JOBS = [
    (engine, dtype, device)
    for engine in ("lattice", "synapses")
    for dtype in ("float64", "float32")
    for device in ("runtime",)
] + [("lattice", "float32", "cpp_standalone")]


@pytest.mark.compile
def test_threads_simulate_as_one_after_the_other(connectome, start):
    frames = np.random.default_rng(1).uniform(size=(3, 7))

    def once(job):
        engine, dtype, device = job
        return nfs.simulate(
            frames, connectome=connectome, parameters=start, extent=1, initial="rest",
            engine=engine, dtype=dtype, device=device, progress=False,
        ).voltage  # fmt: skip

    jobs = [*JOBS, *JOBS[:-1]]  # the last compiles each time
    alone = [once(job) for job in JOBS]
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(once, jobs))
    for job, found, expected in zip(jobs, together, [*alone, *alone[:-1]], strict=True):
        assert found.dtype == job[1]
        assert (found == expected).all(), job


@pytest.mark.compile
def test_threads_may_share_a_program(connectome, start, random_parameters):
    frames = np.random.default_rng(2).uniform(size=(4, 7))
    with nfs.compile(frames, connectome=connectome, extent=1) as program:
        both = [start, random_parameters]
        alone = [program.run(each).voltage for each in both]
        with ThreadPoolExecutor(4) as threads:
            together = list(threads.map(lambda k: program.run(both[k % 2]).voltage, range(12)))
    assert all((found == alone[k % 2]).all() for k, found in enumerate(together))


@pytest.mark.compile
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_forked_while_a_thread_simulates_can_simulate():
    code = """
    import os, threading, warnings
    import brian2, numpy as np
    from brian2.devices.device import runtime_device
    from neuroflysim.simulation.brian_state import borrowed_brian
    warnings.simplefilter("ignore")
    before, borrowed, done = str(brian2.prefs.as_file), threading.Event(), threading.Event()

    def borrow():
        with borrowed_brian(runtime_device, np.float32):
            borrowed.set()
            done.wait()

    thread = threading.Thread(target=borrow)
    thread.start()
    borrowed.wait()
    child = os.fork()
    if child == 0:
        good = str(brian2.prefs.as_file) == before
        with borrowed_brian(runtime_device, np.float32):
            pass
        os._exit(0 if good else 3)
    status = os.waitpid(child, 0)[1]
    done.set()
    thread.join()
    assert status == 0, status
    assert str(brian2.prefs.as_file) == before
    """
    process = python(code)
    assert process.returncode == 0, process.stderr[-2000:]
