"""Build, check and time programs for a GPU, all in one call on a machine that has one.

    python benchmarks/gpu.py

Compares voltages with those computed in this process and stops if they differ; then times both
engines, and PyTorch where it can be imported. Takes some minutes, and needs CUDA's nvcc and the
extra `neuroflysim[cuda]`. docs/benchmarks.md tells how to carry packages to a machine that cannot
fetch them:

    pip wheel --no-deps --wheel-dir build/wheels .
    pip download --no-deps --dest build/wheels brian2==2.10.1 brian2cuda==1.0b1 h5netcdf

and there, where the other packages are installed:

    python -m pip install --no-index --no-deps --target build/site build/wheels/*.whl
    PYTHONPATH=build/site python benchmarks/gpu.py

Without a GPU, `--device cpp_standalone` goes the same way in C++:

    python benchmarks/gpu.py --device cpp_standalone --quick --extent 1 --out FOLDER
"""

import argparse
import subprocess
from pathlib import Path

import gpu_checks
import gpu_times
import machine
import results
import work
from neuroflysim.simulation.devices.cuda_toolkit import find_gpus, find_nvcc

ROUNDS = 3
#: Lanes, steps of both runs and rounds of a quick look.
QUICK_LANES = {name: lanes[:2] for name, lanes in gpu_times.LANES.items()}
QUICK_LENGTHS, QUICK_ROUNDS = (10, 60), 1


def main() -> None:
    """Write the tables."""
    options = parsed()
    if options.device == "cuda_standalone" and not find_gpus():
        raise SystemExit("There is no NVIDIA GPU (`nvidia-smi -L` lists none): nothing to time.")
    described = f"{machine.describe()}\n{gpu_lines()}\n"
    print(described, flush=True)
    chosen = gpu_checks.cases(options.extent, options.quick)
    heading = f"{machine.headline()}; device {options.device} against runtime"
    gpu_checks.write(gpu_checks.compare(chosen, options.device), heading, options.out)
    more = {"lanes": QUICK_LANES, "lengths": QUICK_LENGTHS} if options.quick else {}
    rows = gpu_times.measure(options.device, options.extent, options.rounds, **more)
    heading = f"{described}\nextent {options.extent}, {rows[0]['n_pairs']} pairs, float32, Euler"
    gpu_times.write(rows, heading, options.out)


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options, those of the command line if no others are given."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--device", default="cuda_standalone", choices=("cuda_standalone", "cpp_standalone")
    )
    parser.add_argument("--extent", type=int, default=work.EXTENT, help="of the large lattice")
    parser.add_argument("--rounds", type=int, help=f"of timing; {ROUNDS} if not given")
    parser.add_argument("--quick", action="store_true", help="few cases and lanes, one round")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder of the tables")
    options = parser.parse_args(arguments)
    if options.rounds is None:
        options.rounds = QUICK_ROUNDS if options.quick else ROUNDS
    return options


def gpu_lines() -> str:
    """Return some lines: GPU, driver, compiler."""
    asked = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    nvcc = find_nvcc()
    compiler = [line for line in _said([str(nvcc), "--version"]) if "release" in line]
    lines = {
        "GPU, its driver": "; ".join(_said(asked)) or "none",
        "nvcc": compiler[0] if nvcc and compiler else "none",
    }
    return "\n".join(f"{name:17} {value}" for name, value in lines.items())


def _said(command: list[str]) -> list[str]:
    """Return the lines that a command prints, none where it is missing or fails."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return said.stdout.strip().splitlines()


if __name__ == "__main__":
    main()
