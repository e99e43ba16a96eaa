"""Describe the machine that times come from.

python benchmarks/machine.py
"""

import os
import platform
import shutil
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("neuroflysim", "brian2", "Cython", "numpy", "scipy")
#: Where Linux describes the caches of the first core.
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
#: Bytes taken for a cache that the system does not tell about.
USUAL_CACHES = {"L1": 32 << 10, "L2": 1 << 20, "L3": 16 << 20}


def describe() -> str:
    """Return some lines: processor, cores, caches, memory, compiler, versions, date."""
    sizes = ", ".join(f"{name} {_bytes(size)}" for name, size in caches().items())
    lines = {
        "processor": f"{processor()}, {platform.machine()}",
        "cores at hand": cores(),
        "caches of a core": sizes + " (L3 is shared)",
        "memory": _bytes(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")),
        "system": platform.system(),
        "compiler": _compiler_version(),
        "Python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "date": time.strftime("%Y-%m-%d"),
        "load before": _load(),
    }
    return "\n".join(f"{name:17} {value}" for name, value in lines.items())


def headline() -> str:
    """Return processor and date in one line, to stand above a table."""
    return f"{processor()}, {cores()} cores, {time.strftime('%Y-%m-%d')}"


def processor() -> str:
    """Name the processor as the system does."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def caches() -> dict[str, int]:
    """Return the bytes of the data caches that one core reads through, smallest first."""
    sizes = dict(USUAL_CACHES)
    for folder in sorted(CACHES.glob("index*")):
        level, kind, size = (
            (folder / name).read_text().strip() for name in ("level", "type", "size")
        )
        if kind != "Instruction" and f"L{level}" in sizes:
            sizes[f"L{level}"] = int(size.rstrip("K")) << 10
    return sizes


def compiler() -> str:
    """Return the C++ compiler to call."""
    name = os.environ.get("CXX", "g++")
    if shutil.which(name) is None:
        raise SystemExit(f"The C++ compiler {name} was not found; install it, or name one in CXX.")
    return name


def _compiler_version() -> str:
    said = subprocess.run([compiler(), "--version"], check=True, capture_output=True, text=True)
    return said.stdout.splitlines()[0]


def _load() -> str:
    # Others at work on the same cores spoil times; a reader can tell from this.
    return f"{os.getloadavg()[0]:.1f} processes, mean of the last minute"


def _bytes(size: int) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.4g} {unit}"
        size /= 1024
    raise AssertionError


if __name__ == "__main__":
    text = describe()
    print(text)
    (Path(__file__).parent / "results" / "machine.txt").write_text(text + "\n")
