"""Runs the numerical tests in the code paths of other processors: `make paths`.

numpy and OpenBLAS choose code by the processor, and so does the compiler. Results then differ in
their last digits, and so no test may ask for those. Say `python tests/code_paths.py oldest` for one
path; its name tells what it is.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]

#: Tests whose numbers come out of logarithms, sums, solvers and compiled loops.
FILES = """
    direction_selectivity eye fit_core fit_settling flow_clips flow_worlds lattice_engine
    periodic_lattice reduction rest_state simulation_laws spatial_measures tangential_input
    task_score temporal_measures tuning
"""

#: Tests in these files, by parts of their names, that a code path leaves out: they are compiled for
#: processors of their own, count what is whole, or compile other equations for laws of theirs.
LEFT_OUT = """
    any_connectome any_dynamics constants_of_the_dynamics other_dynamics_need shares_hold
    short_vectors state_variables_may taps_of_the_layout threads_make
"""


def paths() -> dict[str, dict[str, str]]:
    """What the environment of each path is, of those that this processor has."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return {}
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    wide = [name for name in found if name.startswith(("X86_V4", "AVX512"))]
    own = {"none": {}}
    if wide:
        own["numpy without AVX-512"] = {"NPY_DISABLE_CPU_FEATURES": " ".join(wide)}
        own["OpenBLAS for SkylakeX"] = {"OPENBLAS_CORETYPE": "SkylakeX"}
        own["compiled for x86-64-v3"] = {"NEUROFLYSIM_MARCH": "x86-64-v3"}
    without_vectors = {"NPY_DISABLE_CPU_FEATURES": " ".join(found)} if found else {}
    nehalem, v2 = {"OPENBLAS_CORETYPE": "Nehalem"}, {"NEUROFLYSIM_MARCH": "x86-64-v2"}
    own |= {
        "numpy without AVX2 and FMA": without_vectors,
        "OpenBLAS for Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
        "OpenBLAS for Nehalem": nehalem,
        "compiled for x86-64-v2": v2,
        "oldest": {**without_vectors, **nehalem, **v2},
    }
    return {name: added for name, added in own.items() if added}


def run(name: str, added: dict[str, str]) -> bool:
    """Run the tests in one path, and say which one; whether they passed."""
    told = " ".join(f"{key}={value!r}" for key, value in added.items())
    print(f"== numerical tests in another code path: {name} ({told})", flush=True)
    files = [f"tests/test_{word}.py" for word in FILES.split()]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal", *files]
    command += ["-k", f"not ({' or '.join(LEFT_OUT.split())})"]
    began = time.monotonic()
    own = {"CPPFLAGS": "-g0", "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": ""}
    environment = {**os.environ, **own, **added}
    passed = subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
    took = time.monotonic() - began
    print(f"== {name}: {'passed' if passed else 'FAILED'} in {took:.0f} s", flush=True)
    return passed


def main() -> int:
    """Run the paths that are named, or all."""
    known = paths()
    if not known:
        print(f"no other code paths are known for {platform.machine()}; none was run")
        return 0
    names = sys.argv[1:] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"there is no path {unknown[0]!r}; there are {', '.join(known)}")
        return 2
    results = {name: run(name, known[name]) for name in names}
    print("== code paths that were run, beside that of this processor:", ", ".join(results))
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
