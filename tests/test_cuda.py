"""Programs for a GPU: what they need, that they compile, and that they agree where one is."""

import os
import re
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms, prefs

import neuroflysim as nfs
from neuroflysim.simulation.devices import cuda, cuda_toolkit

HERE = Path(__file__).parent
NOISY = nfs.Dynamics(
    name="noisy_twice",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance) / time_constant
                  + 0.1*xi_a/second**0.5 + 0.2*xi_b/second**0.5 : 1
    output = voltage*int(voltage > 0) : 1
    """,
)
FRAMES = np.random.default_rng(0).uniform(size=(5, 7))


def missing():
    """Return why no program for a GPU can be compiled here, or None."""
    if find_spec("brian2cuda") is None:
        return "brian2cuda is not installed"
    nvcc = cuda_toolkit.find_nvcc()
    if nvcc is None:
        return "there is no nvcc"
    return None if cuda_toolkit.find_curand(nvcc) else "nvcc finds no curand"


def compile(connectome, **options):
    defaults = {"extent": 1, "device": "cuda_standalone", "dtype": "float32"}
    return nfs.compile(FRAMES, connectome=connectome, **{**defaults, **options})


@pytest.fixture(scope="module")
def needs_toolkit():
    reason = missing()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module", params=["lattice", "synapses"])
def compiled(request, connectome, tmp_path_factory, needs_toolkit):
    """A program, the folder that holds it, and what compiling it left changed."""
    import brian2cuda
    from brian2cuda.utils import gputools

    assert brian2cuda.cuda_standalone_device

    def state():
        return str(prefs.as_file), dict(os.environ), dict(gputools._gpu_selection)

    folder = tmp_path_factory.mktemp("cuda")
    before = state()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        program = compile(connectome, engine=request.param)
    (written,) = folder.glob("neuroflysim-*")
    with program:
        yield program, written, before == state()


@pytest.mark.compile
def test_a_program_compiles_without_a_gpu(compiled):
    _, folder, _ = compiled
    assert os.access(folder / "main", os.X_OK)
    assert not list(folder.glob("code_objects/*.o"))  # all of it in one source file


@pytest.mark.compile
def test_the_generated_code_computes_in_the_type_asked_for(compiled):
    _, folder, _ = compiled
    # Brian2 appends a number to the name while an earlier model in this process is not yet gone.
    (written,) = folder.glob("code_objects/neurons_stateupdater_codeobject*.cu")
    update = written.read_text()
    assert "float* _ptr_array_neurons_voltage" in update
    assert "luminance + resting_potential" in update
    summed = list(folder.glob("code_objects/synapses_summed_variable_*.cu"))
    if summed:
        assert "_brian_atomicAdd(&_ptr_array_neurons_synaptic_input" in summed[0].read_text()
    else:
        kernels = update.partition("__global__")[2]
        assert kernels and "atomic" not in kernels, "the lattice engine pulls"


@pytest.mark.compile
def test_the_program_takes_parameters_and_frames_of_each_run(compiled):
    _, folder, _ = compiled
    text = (folder / "objects.cu").read_text()
    lattice = "weights.weight" in text
    owner, weights = ("by_type", "weights") if lattice else ("neurons", "synapses")
    for name in (
        f"{owner}.time_constant",
        "neurons.voltage",
        f"{weights}.weight",
        "display._frames",
    ):
        assert f'name == "{name}"' in text


@pytest.mark.compile
def test_compiling_leaves_preferences_and_environment_as_they_were(compiled):
    assert compiled[2]


@pytest.mark.compile
def test_the_time_of_a_run_includes_waiting_for_the_gpu(compiled):
    steps = (compiled[1] / "main.cu").read_text().partition(".run(")[2]
    assert steps.index("cudaDeviceSynchronize") < steps.index("_last_run_time +=")


def test_a_run_on_a_gpu_has_as_many_lanes_as_its_memory_has_room_for(connectome):
    from neuroflysim.simulation.lattice_engine import lanes

    network, dtype = connectome.network(15), np.dtype("float32")
    assert lanes(1, 1000, network, dtype, True).n_conditions == 1000
    assert lanes(1, 1000, network, dtype, False).n_lanes == 16
    assert lanes(100, 1000, network, dtype, True).n_lanes < 2000


@pytest.mark.compile
def test_without_a_gpu_running_says_so(compiled, start):
    if cuda_toolkit.find_gpus():
        pytest.skip("there is a GPU")
    with pytest.raises(nfs.SimulationError, match=r"no NVIDIA GPU.*cpp_standalone"):
        compiled[0].run(start)


@pytest.mark.compile
def test_voltages_on_a_gpu_agree_with_those_in_this_process(compiled, connectome, start):
    if not cuda_toolkit.find_gpus():
        pytest.skip("there is no GPU")
    here = nfs.simulate(FRAMES, connectome=connectome, parameters=start, extent=1)
    there = compiled[0].run(start)
    assert abs(there.voltage - here.voltage).max() < 1e-5


def thrust_folder():
    """Return the toolkit's folder of Thrust, where no other header of CUDA lies."""
    nvcc = [cuda_toolkit.find_nvcc(), "--dryrun", "-x", "cu", "none.cu"]
    said = subprocess.run(nvcc, capture_output=True, text=True).stderr
    return next(iter(re.findall(r'"([^"]+/cccl)"', said)), None)


#: What every program includes, which takes longer to read than all that a program says itself.
HEADERS = """
#include <thrust/device_vector.h>
#include <thrust/host_vector.h>
#include <cuda_runtime.h>
"""


@pytest.fixture(scope="module")
def build_for_the_cpu(tmp_path_factory):
    """Compiles a program with the kernels as loops; see cuda_on_cpu/cuda_runtime.h."""
    thrust = thrust_folder()
    if thrust is None:
        pytest.skip("before CUDA 13, Thrust lies among the headers that cuda_on_cpu stands for")
    folder = tmp_path_factory.mktemp("headers")
    headers = folder / "headers.h"
    headers.write_text(HEADERS)
    paths = [f"-I{path}" for path in (".", HERE / "cuda_on_cpu", thrust)]
    compiler = ["g++", "-std=c++17", "-O1", "-w", "-DTHRUST_DEVICE_SYSTEM=4", *paths]
    as_header = [*compiler, "-x", "c++-header", headers, "-o", f"{headers}.gch"]
    subprocess.run(as_header, cwd=folder, check=True)

    def build_for_the_cpu(_, program, *__):
        for source in Path(program).rglob("*.cu"):
            code = source.read_text()
            source.write_text(re.sub(r"(\w+)<<<(.*?)>>>", r"cpu_launch(\1, \2)", code))
        source = ["-x", "c++", "-include", headers, "program.cu", "-o", "main"]
        subprocess.run([*compiler, *source], cwd=program, check=True)

    return build_for_the_cpu


def with_a_cell_that_stands_once(parameters):
    """It pools over T4a and projects back, with one weight and with one for each column."""
    pools = [
        nfs.Pool("T4a", "wide", "int(y < 3)"),
        nfs.Pool("wide", "Tm3"),
        nfs.Pool("wide", "Mi1", "exp(-x/10)", sign=-1),
    ]
    return parameters.extended(
        parameters.connectome.with_pools(pools),
        time_constant={"wide": 10 * ms},
        resting_potential={"wide": 0.2},
        synapse_strength={(each.source_type, each.target_type): 0.1 for each in pools},
    )


# Each pair of an engine or a type of numbers with a stimulus: each program is long to compile.
@pytest.mark.compile
@pytest.mark.parametrize(
    ("engine", "dtype", "dynamics", "stimulus"),
    [
        ("lattice", "float64", "adapting", "perturbed flies"),
        ("lattice", "float32", "coupled", "a protocol on a periodic lattice"),
        ("lattice", "float64", "conductance", "timed flies"),
        ("synapses", "float32", "adapting", "timed flies"),
        ("synapses", "float64", "graded", "a protocol on a periodic lattice"),
        ("lattice", "float64", NOISY, "trials"),
    ],
)
def test_the_program_computes_the_same_on_a_cpu(
    dtype,
    engine,
    dynamics,
    stimulus,
    connectome,
    start,
    random_parameters,
    needs_toolkit,
    build_for_the_cpu,
    monkeypatch,
):
    from neuroflysim.simulation.devices.cuda_one_source import OneSourceDevice

    monkeypatch.setattr(OneSourceDevice, "compile_source", build_for_the_cpu)
    for name, value in (("detect_gpus", False), ("gpu_id", 0), ("compute_capability", 9.0)):
        preference = f"devices.cuda_standalone.cuda_backend.{name}"
        monkeypatch.setitem(prefs, preference, value)
    candidates = [start, random_parameters]
    if dynamics == "adapting":
        values = {"adaptation_strength": start.time_constant * 9, "adaptation_time": {"Mi1": 0.1}}
        candidates = [each.with_dynamics(dynamics, **values) for each in candidates]
    elif dynamics == "coupled":
        connectome = nfs.load_connectome("gap_junctions")
        candidates = [
            nfs.Parameters.from_vector(connectome, each.to_vector()) for each in candidates
        ]
    where, flies, noise = {"extent": 1}, None, {}
    shown = np.random.default_rng(1).uniform(size=(2, 5, 7))
    if stimulus == "timed flies":
        some = {"start": 2 * ms, "stop": 6 * ms}
        flies = [
            (nfs.Clamp("Mi1", 0.4), nfs.Clamp("Mi1", 0.9, columns=(0, 0), **some)),
            (
                nfs.Silence("Mi9", columns=[(0, 0), (0, 1)], **some),
                nfs.Cut("L1", "Mi1", columns=(0, 0), stop=4 * ms),
                nfs.Change("R1", time_constant=30 * ms, start=4 * ms),
            ),
        ]
        if dynamics == "graded":
            candidates = [with_a_cell_that_stands_once(each) for each in candidates]
            connectome = candidates[0].connectome
    elif stimulus == "perturbed flies":
        cells = (nfs.Clamp("Mi1", 0.4, columns=(0, 0)), nfs.Silence("Tm3", columns=(0, 1)))
        flies = [(*cells, nfs.Activate("Mi9", [0.1, 0.2, 0.3, 0.4, 0.5])), nfs.Activate("L1", 0.1)]
    elif stimulus == "trials":
        noise = {"trials": 2, "seed": 2**40 + 3}
    else:
        where = {"lattice": nfs.Lattice(size=(3, 4))}
        shown = nfs.protocols.moving_edge(angle=[0, 200], intensity=1, pre_time=60 * ms)
    own = [
        nfs.simulate(
            shown,
            connectome=connectome,
            parameters=order,
            perturbations=flies,
            dynamics=dynamics,
            **where,
            **noise,
        ).voltage.to_numpy()
        for order in (candidates, candidates[::-1])
    ]
    with nfs.compile(
        shown, connectome=connectome, n_candidates=2, perturbations=flies, engine=engine,
        dtype=dtype, device="cuda_standalone", dynamics=dynamics, **where, **noise,
    ) as program:  # fmt: skip
        # What one run leaves is not seen by the next.
        for order, expected in zip((candidates, candidates[::-1]), own, strict=True):
            other = program.run(order, perturbations=flies).voltage.to_numpy()
            assert abs(other - expected).max() < {"float64": 1e-12, "float32": 1e-5}[dtype]


@pytest.mark.compile
@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ("find_spec", r"brian2cuda.*not installed.*neuroflysim\[cuda\]"),
        ("find_nvcc", "no nvcc on the PATH.*CUDA_PATH"),
        ("find_curand", "nvcc does not find its header.*pip install nvidia-curand"),
    ],
)
def test_what_is_missing_is_said_with_its_cure(absent, message, connectome, monkeypatch):
    for name in ("find_spec", "find_nvcc", "find_curand"):
        answer = None if name == absent else Path("nvcc")
        monkeypatch.setattr(cuda, name, lambda *_, answer=answer: answer)
    with pytest.raises(nfs.SimulationError, match=message):
        compile(connectome)


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Makes a shell script that stands first on the PATH."""

    def make(name, script, folder="path"):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    monkeypatch.delenv("CUDA_PATH", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    return make


def test_the_compiler_is_looked_for_in_cuda_path_first(tool, monkeypatch):
    on_path, own = tool("nvcc", ""), tool("nvcc", "", folder="cuda/bin")
    assert cuda_toolkit.find_nvcc() == on_path
    monkeypatch.setenv("CUDA_PATH", str(own.parents[1]))
    assert cuda_toolkit.find_nvcc() == own


@pytest.mark.slow
def test_curand_is_what_a_program_links_with(tool):
    links = tool("nvcc", 'for last; do :; done; touch "$last"')
    assert cuda_toolkit.find_curand(links) == cuda_toolkit.Curand()
    assert cuda_toolkit.find_curand(tool("other", "exit 1")) is None
    assert cuda_toolkit.find_curand(Path("no such compiler")) is None


@pytest.mark.slow
def test_gpus_are_those_that_nvidia_smi_lists_and_cuda_may_see(tool, monkeypatch):
    tool("nvidia-smi", "echo 'GPU 0: NVIDIA H100 (UUID: GPU-1)'\necho '  MIG 1g.10gb Device 0:'")
    assert cuda_toolkit.find_gpus() == ["GPU 0: NVIDIA H100 (UUID: GPU-1)"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert cuda_toolkit.find_gpus() == []
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    tool("nvidia-smi", "echo 'no driver' >&2; exit 9")
    assert cuda_toolkit.find_gpus() == []
