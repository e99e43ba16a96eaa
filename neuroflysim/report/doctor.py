"""Looks at what the machine offers to neuroflysim, and says how to mend what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import brian2
import numpy as np
from attrs import frozen
from brian2.codegen.runtime.cython_rt.extension_manager import get_cython_cache_dir
from brian2.devices.device import runtime_device

from neuroflysim import load_connectome
from neuroflysim.errors import InvalidValueError, NeuroFlySimError, SimulationError
from neuroflysim.machine.free_memory import bytes_in_words
from neuroflysim.machine.processor import MARCH, processor_name
from neuroflysim.parameters import Parameters
from neuroflysim.simulation import simulate
from neuroflysim.simulation.brian_state import borrowed_brian
from neuroflysim.simulation.build_trouble import ROOM, room_in
from neuroflysim.simulation.compiling import (
    checked_flags,
    compiling_into_our_cache,
    require_compiler,
)
from neuroflysim.simulation.devices.cuda_toolkit import (
    find_curand,
    find_gpus,
    find_nvcc,
    output_of,
)

_FLOAT = np.dtype(np.float64)


@frozen
class Finding:
    """One thing that was looked at."""

    what: str
    state: str  #: "works", "missing" or "broken"
    detail: str
    cure: str = ""
    optional: bool = False


def examine() -> Iterator[Finding]:
    """Yield what works and what does not, the necessary things first; each as it is known."""
    checks: tuple[Callable[[], Finding], ...] = (
        _python,
        _brian2,
        _linear_algebra,
        _processor,
        _compiler,
        _cython_cache,
        _simulation("runtime"),
        _simulation("cpp_standalone"),
        _nvcc,
        _curand,
        _gpu,
        _brian2cuda,
    )
    for check in checks:
        yield check()


def _python() -> Finding:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("Python", "works", detail)


def _brian2() -> Finding:
    detail = f"Brian2 {brian2.__version__}, numpy {np.__version__}"
    return Finding("Brian2", "works", detail)


def _compiler() -> Finding:
    name = os.environ.get("CXX", "g++")
    path = shutil.which(name.split()[0])
    if path is None:
        return Finding(
            "C++ compiler",
            "missing",
            f"{name} is not on the PATH",
            "install g++ (Debian and Ubuntu: apt install g++; macOS: xcode-select --install;"
            " conda: conda install cxx-compiler). Without it only engine='synapses' runs, slowly,"
            " with numpy.",
        )
    first_line = output_of([path, "--version"]).splitlines()[:1]
    with borrowed_brian(runtime_device, _FLOAT):
        try:
            compiler, arguments = checked_flags()
        except NeuroFlySimError as error:
            return Finding("C++ compiler", "broken", str(error), "mend that")
    return Finding(
        "C++ compiler", "works", f"{''.join(first_line)}; {compiler}: {' '.join(arguments)}"
    )


def _processor() -> Finding:
    try:
        detail = f"{processor_name()}; the environment variable {MARCH} names another"
        return Finding("processor", "works", detail)
    except InvalidValueError as error:
        return Finding("processor", "broken", str(error), "set the variable anew, or unset it")


def _cython_cache() -> Finding:
    """Compile into the cache what is not there yet: that it is writable does not say that it works.

    Nothing else tells of a full disk, or of a compiler that misses a part.
    """
    folder = Path(get_cython_cache_dir())
    try:
        with (
            borrowed_brian(runtime_device, _FLOAT),
            compiling_into_our_cache() as folder,
        ):
            require_compiler(anew=True)
        full = [place for place in (folder, Path(tempfile.gettempdir())) if room_in(place) < ROOM]
        if full:
            raise SimulationError(f"the disk of {full[0]} is full, or nearly")
    except (NeuroFlySimError, OSError) as error:
        cure = "do as it says; brian2.prefs.codegen.runtime.cython.cache_dir names another folder"
        return Finding("Cython cache", "broken", str(error), cure)
    n_pieces = sum(1 for _ in folder.glob("*.so"))
    pieces = "1 piece" if n_pieces == 1 else f"{n_pieces} pieces"
    whole = folder.parent
    size = bytes_in_words(sum(_sizes_of_files(whole)))
    return Finding(
        "Cython cache",
        "works",
        f"{folder}, {pieces} for this processor; {size} in {whole}"
        " (brian2.clear_cache('cython') empties it)",
    )


def _sizes_of_files(folder: Path) -> Iterator[int]:
    for file in folder.rglob("*"):
        with suppress(OSError):  # another process may remove it meanwhile
            yield file.lstat().st_size


def _linear_algebra() -> Finding:
    """Multiply matrices in a process of its own: some processors and BLAS libraries end it."""
    code = (
        "import numpy as np; rng = np.random.default_rng(0);"
        "a = rng.random((721, 3000)); b = rng.random((3000, 40));"
        "assert np.allclose((a @ b)[0, 0], (a[0] * b[:, 0]).sum());"
        "a, b = a.astype('f'), b.astype('f'); a @ b; a[0] @ b; np.linalg.solve(b[:40], b[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    if done.returncode == 0:
        return Finding("linear algebra", "works", "numpy multiplies matrices")
    return Finding(
        "linear algebra",
        "broken",
        f"numpy ends by itself where it multiplies matrices (exit status {done.returncode})",
        "unset the environment variable OPENBLAS_CORETYPE, or install another version of numpy",
    )


def _simulation(device: str) -> Callable[[], Finding]:
    def check() -> Finding:
        connectome = load_connectome()
        try:
            responses = simulate(
                np.full((3, 1), 0.5),
                connectome=connectome,
                extent=0,
                device=device,
                parameters=Parameters.uniform(connectome),
                initial="rest",
                progress=False,
            )
        except Exception as error:  # whatever goes wrong here is what the user wants to know
            return Finding(
                f"device {device}",
                "broken",
                f"{type(error).__name__}: {error}",
                "see the C++ compiler and the Cython cache above",
            )
        by = "Cython" if device == "runtime" else "C++"
        detail = f"{responses.voltage.sizes['cell_type']} neurons ran, compiled by {by}"
        return Finding(f"device {device}", "works", detail)

    return check


def _nvcc() -> Finding:
    path = find_nvcc()
    if path is None:
        return Finding(
            "nvcc",
            "missing",
            "the CUDA compiler is not on the PATH, in CUDA_PATH or in /usr/local/cuda",
            "only needed for a GPU: install the CUDA toolkit",
            optional=True,
        )
    lines = output_of([str(path), "--version"]).splitlines()
    release = [line.strip() for line in lines if "release" in line]
    return Finding("nvcc", "works", f"{(release or lines or ['?'])[-1]}; {path}", optional=True)


def _curand() -> Finding:
    nvcc = find_nvcc()
    curand = find_curand(nvcc) if nvcc else None
    if curand is None:
        return Finding(
            "curand",
            "missing",
            "nvcc does not find curand, nor is it among Python's packages" if nvcc else "no nvcc",
            "only needed for a GPU: pip install nvidia-curand (CUDA 13) or nvidia-curand-cu12",
            optional=True,
        )
    detail = "nvcc links it" if curand.library is None else f"nvcc links that in {curand.library}"
    return Finding("curand", "works", detail, optional=True)


def _gpu() -> Finding:
    gpus = find_gpus()
    if not gpus:
        return Finding("GPU", "missing", "no NVIDIA GPU answers", "not needed", optional=True)
    names = "; ".join(gpu.split(" (UUID")[0] for gpu in gpus)
    return Finding("GPU", "works", names, optional=True)


def _brian2cuda() -> Finding:
    try:
        detail = f"{version('brian2cuda')}, for device cuda_standalone"
        return Finding("brian2cuda", "works", detail, optional=True)
    except PackageNotFoundError:
        return Finding(
            "brian2cuda",
            "missing",
            "not installed",
            "only needed for a GPU: pip install 'neuroflysim[cuda]' (GPL-3.0)",
            optional=True,
        )
