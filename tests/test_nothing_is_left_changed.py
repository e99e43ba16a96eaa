"""Importing and simulating leave Python, logging and Brian2 as they were."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from brian2.devices.device import reset_device, set_device

import neuroflysim as nfs


def run(code, folder, check=True):
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or process.returncode == 0, process.stderr[-3000:]
    return process


SNAPSHOT = """
    import logging, os, warnings
    import brian2, matplotlib

    def snapshot():
        root = logging.getLogger()
        return {
            "preferences": str(brian2.prefs.as_file),
            "device": type(brian2.get_device()).__name__,
            "built on run": getattr(brian2.get_device(), "build_on_run", None),
            "default clock": float(brian2.defaultclock.dt),
            "logging": (root.level, list(map(repr, root.handlers))),
            "brian2 logging": (logging.getLogger("brian2").level,),
            "folder": os.getcwd(),
            "environment": dict(os.environ),
            "warnings": list(warnings.filters),
            "numpy errors": __import__("numpy").geterr(),
            "random state": __import__("numpy").random.get_state()[1].tolist(),
            "pictures": matplotlib.rcParams.copy(),
        }
"""


@pytest.mark.slow
def test_importing_changes_no_preference_no_logging_and_writes_no_file(tmp_path):
    code = textwrap.dedent(SNAPSHOT) + textwrap.dedent("""
        before = snapshot()
        import neuroflysim
        for name in set(neuroflysim.__all__) - {"plotting"}:
            getattr(neuroflysim, name)
        after = snapshot()
        assert before == after, [k for k in before if before[k] != after[k]]
        import sys
        assert "typer" not in sys.modules
        assert "neuroflysim.plotting" not in sys.modules
        assert "brian2cuda" not in sys.modules
    """)
    process = run(code, tmp_path)
    assert not list(tmp_path.iterdir())
    assert process.stdout == ""


@pytest.mark.compile
@pytest.mark.parametrize("own_device", ["runtime", "cpp_standalone"])
def test_simulating_leaves_the_users_brian2_as_it_was(own_device, tmp_path):
    code = textwrap.dedent(SNAPSHOT) + textwrap.dedent(f"""
        import numpy as np
        import neuroflysim as nfs
        from brian2 import *
        set_device({own_device!r}, directory="own", build_on_run=False)
        defaultclock.dt = 0.3*ms
        group = NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", method="exact", name="neurons")
        group.v = 1
        connectome = nfs.load_connectome()
        try:
            import dask.array  # xarray does if it is there; its sparse matrices add warning filters
        except ImportError:
            pass
        nfs.simulate  # whose import is looked at above
        before = snapshot()
        runs = [("runtime", "float32"), ("runtime", "float64"), ("cpp_standalone", "float32")]
        for where, dtype in runs:
            nfs.simulate(np.full((3, 7), 0.5), connectome=connectome, extent=1, dtype=dtype,
                         parameters=nfs.Parameters.uniform(connectome), device=where)
            after = snapshot()
            assert before == after, (where, dtype, [k for k in before if before[k] != after[k]])
        network = Network(group)
        network.run(3*ms)
        if {own_device!r} == "cpp_standalone":
            prefs.codegen.cpp.extra_compile_args_gcc = ["-O0"]  # a dozen files in no time
            device.build(directory="own")
        assert allclose(group.v[:], exp(-0.3))
    """)
    run(code, tmp_path)
    left = {entry.name for entry in tmp_path.iterdir()}
    assert left == (set() if own_device == "runtime" else {"own"})


@pytest.mark.compile
def test_two_simulations_in_one_process_do_not_disturb_each_other(
    connectome, start, random_parameters
):
    import neuroflysim as nfs

    frames = np.random.default_rng(0).uniform(size=(5, 7))

    def once(parameters, device="runtime"):
        return nfs.simulate(
            frames,
            connectome=connectome,
            parameters=parameters,
            extent=1,
            device=device,
            progress=False,
        ).voltage.to_numpy()

    first = once(start)
    once(random_parameters, "cpp_standalone")
    once(random_parameters)
    assert (once(start) == first).all()


@pytest.mark.compile
def test_several_processes_may_simulate_at_once(tmp_path):
    code = textwrap.dedent("""
        import brian2, numpy as np, neuroflysim as nfs
        brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-std=c++11", "-O0"]  # in no time
        connectome = nfs.load_connectome()
        responses = nfs.simulate(
            np.full((7, 19), 0.7), connectome=connectome, extent=2,
            parameters=nfs.Parameters.uniform(connectome), device={device!r}, progress=False)
        print(repr(responses.voltage.to_numpy().sum()))
    """)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code.format(device=device)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": str(tmp_path)},  # an empty cache for all of them
        )
        for device in ("runtime", "cpp_standalone", "runtime")
    ]
    sums = {process.communicate()[0] for process in processes}
    assert all(process.returncode == 0 for process in processes)
    assert len(sums) == 1
    assert float(sums.pop().removeprefix("np.float64(").rstrip(")\n")) > 0


@pytest.mark.compile
def test_a_program_steps_the_same_whatever_device_the_user_has_taken_since(connectome):
    frames = np.random.default_rng(0).random((2, 5, 36))
    model = nfs.Parameters.uniform(connectome)
    with nfs.compile(
        frames, connectome=connectome, lattice=nfs.Lattice(size=6), record="all"
    ) as program:
        before = program.run(model, progress=False).voltage
        set_device("cpp_standalone", build_on_run=False)
        try:
            after = program.run(model, frames, progress=False).voltage
        finally:
            reset_device()
    np.testing.assert_array_equal(before, after)
