"""Finds what programs for a GPU need: the CUDA compiler, the library curand, and a GPU."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen


@frozen
class Curand:
    """Where NVIDIA's library of random numbers lies, which every program of brian2cuda links."""

    #: Folders of the header and of the library; None where nvcc finds both by itself.
    include: Path | None = None
    library: Path | None = None


def find_nvcc() -> Path | None:
    """Return the CUDA compiler, looked for where brian2cuda looks: CUDA_PATH, the PATH, usual."""
    places = [Path(os.environ["CUDA_PATH"], "bin", "nvcc")] if "CUDA_PATH" in os.environ else []
    on_path = shutil.which("nvcc")
    if on_path is not None:
        places.append(Path(on_path))
    places += [Path("/usr/local/cuda/bin/nvcc"), Path("/opt/cuda/bin/nvcc")]
    return next((path for path in places if path.is_file()), None)


def find_curand(nvcc: Path) -> Curand | None:
    """Return the first possible place of curand that a small program compiles and links with."""
    return next((place for place in _curand_places() if _links(nvcc, place)), None)


def find_gpus() -> list[str]:
    """Return the NVIDIA GPUs as nvidia-smi lists them."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return []
    return [
        line for line in output_of(["nvidia-smi", "-L"]).splitlines() if line.startswith("GPU ")
    ]


def linkable(library: Path, folder: Path) -> Path:
    """Return a new folder with curand named as the linker looks for it: without a version."""
    folder.mkdir()
    (folder / "libcurand.so").symlink_to(sorted(library.glob("libcurand.so*"))[0])
    return folder


def _curand_places() -> Iterator[Curand]:
    """Give nvcc's own folders, then those of the packages nvidia-curand and nvidia-curand-cu12."""
    yield Curand()
    package = find_spec("nvidia")
    for folder in (package and package.submodule_search_locations) or ():
        for library in sorted(Path(folder).glob("*/lib/libcurand.so*")):
            yield Curand(library.parents[1] / "include", library.parent)


def _links(nvcc: Path, place: Curand) -> bool:
    with tempfile.TemporaryDirectory(prefix="neuroflysim-") as name:
        folder = Path(name)
        source = folder / "curand.cpp"
        source.write_text(
            "#include <curand.h>\n"
            "int main() { curandGenerator_t none = 0; return curandDestroyGenerator(none); }\n"
        )
        options = []
        if place.library is not None:
            options = [f"-I{place.include}", f"-L{linkable(place.library, folder / 'library')}"]
        program = folder / "program"
        output_of([str(nvcc), *options, str(source), "-lcurand", "-o", str(program)])
        return program.is_file()


def output_of(command: list[str]) -> str:
    """Return what a command prints, nothing where it is missing or fails."""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
