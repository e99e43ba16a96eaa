"""Programs for an NVIDIA GPU: written by brian2cuda, compiled by nvcc.

brian2cuda (GPL-3.0) is an extra that users install themselves; it is imported when this device is
asked for and never before. A program can be compiled without a GPU, but not run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from brian2 import prefs
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from neuroflysim.errors import SimulationError
from neuroflysim.simulation.brian_state import borrowed_brian, flags_for_processor
from neuroflysim.simulation.devices.cuda_toolkit import find_curand, find_gpus, find_nvcc, linkable
from neuroflysim.simulation.devices.standalone import StandaloneProgram

#: Without a GPU to compile for, a program is compiled for this one (H100, H200).
COMPUTE_CAPABILITY_WITHOUT_GPU = 9.0

#: brian2cuda notes how long the steps took when the last of them is started: add what is left.
WAIT_FOR_GPU = """{
    const auto _steps_started = std::chrono::high_resolution_clock::now();
    CUDA_SAFE_CALL(cudaDeviceSynchronize());
    Network::_last_run_time += std::chrono::duration<double>(
        std::chrono::high_resolution_clock::now() - _steps_started).count();
}"""

_BACKEND = "devices.cuda_standalone.cuda_backend"


class CudaProgram(StandaloneProgram):
    """Runs on an NVIDIA GPU, as a program that brian2cuda writes and nvcc compiles once."""

    large_runs = True

    def _make_device(self, folder: Path) -> CPPStandaloneDevice:
        include, library = _require_toolkit()
        from neuroflysim.simulation.devices.cuda_one_source import OneSourceDevice

        device = OneSourceDevice()
        device.insert_code("after_network_run", WAIT_FOR_GPU)
        if library is not None:
            device.include_dirs += [str(include)]
            device.library_dirs += [str(linkable(library, folder / "curand"))]
            device.runtime_library_dirs += [str(library)]
        return device

    @contextmanager
    def _building(self) -> Iterator[None]:
        preferences = _preferences()
        with borrowed_brian(self._device, self._plan.dtype, preferences), _less_talk(), _one_gpu():
            yield

    def _run(self, arguments: list[str]) -> None:
        if _gpu_is_missing():
            raise SimulationError(
                "the program is compiled, but there is no NVIDIA GPU to run it (`nvidia-smi -L`"
                " lists none): go on where there is one, or use device='cpp_standalone'."
            )
        super()._run(arguments)


def _require_toolkit() -> tuple[Path | None, Path | None]:
    """Return the folders of curand's header and library, if nvcc has to be told.

    Raises
    ------
    SimulationError
        If something is missing; says what to install.
    """
    needs = "device='cuda_standalone' needs"
    if find_spec("brian2cuda") is None:
        raise SimulationError(
            f"{needs} brian2cuda (GPL-3.0), which is not installed: pip install"
            " 'neuroflysim[cuda]'."
        )
    nvcc = find_nvcc()
    if nvcc is None:
        raise SimulationError(
            f"{needs} the CUDA compiler, but there is no nvcc on the PATH or in /usr/local/cuda:"
            " install the CUDA toolkit, or set the environment variable CUDA_PATH to its folder."
        )
    curand = find_curand(nvcc)
    if curand is None:
        raise SimulationError(
            f"{needs} curand, but {nvcc} does not find its header and library, and neither does"
            " Python: pip install nvidia-curand (CUDA 13) or nvidia-curand-cu12."
        )
    return curand.include, curand.library


def _preferences() -> dict[str, Any]:
    """Return the preferences in which a program is built, beside those of the user."""
    nvcc_options = prefs[f"{_BACKEND}.extra_compile_args_nvcc"]
    name = "codegen.cpp.extra_compile_args_gcc"
    host_options = flags_for_processor().get(name, prefs[name]) or []
    wanted = {
        # Since CUDA 13 its headers ask for C++17, whereas brian2cuda and Brian2 say C++11.
        f"{_BACKEND}.extra_compile_args_nvcc": [*nvcc_options, "-std=c++17"],
        name: [o for o in host_options if "-std=" not in o],
    }
    if _gpu_is_missing():
        capability = prefs[f"{_BACKEND}.compute_capability"] or COMPUTE_CAPABILITY_WITHOUT_GPU
        wanted[f"{_BACKEND}.detect_gpus"] = False
        wanted[f"{_BACKEND}.gpu_id"] = 0
        wanted[f"{_BACKEND}.compute_capability"] = capability
    return wanted


def _gpu_is_missing() -> bool:
    """Tell whether no GPU is found; False if the user told brian2cuda not to look for one."""
    return bool(prefs[f"{_BACKEND}.detect_gpus"]) and not find_gpus()


@contextmanager
def _less_talk() -> Iterator[None]:
    """Keep brian2cuda from telling all its preferences at each build; its warnings stay."""
    logger = logging.getLogger("brian2.brian2cuda")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _one_gpu() -> Iterator[None]:
    """Let brian2cuda choose the GPU by the preferences of now, and forget its choice at the end.

    Otherwise it keeps its first choice, whatever the preferences say later.
    """
    from brian2cuda.utils import gputools  # pyright: ignore[reportMissingImports]  (an extra)

    gputools.reset_gpu_selection()
    try:
        gputools.select_gpu()
    except Exception as error:  # it takes apart what nvidia-smi prints, with assertions
        raise SimulationError(
            "brian2cuda could not tell which GPU to compile for"
            f" ({type(error).__name__}: {error}): set brian2.prefs.{_BACKEND}.detect_gpus to False"
            " and gpu_id and compute_capability beside it to what you have."
        ) from error
    try:
        yield
    finally:
        gputools.reset_gpu_selection()
