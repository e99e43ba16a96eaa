"""Build and run one program in an interpreter of its own, so that its memory can be told apart.

    python benchmarks/case.py '{"extent": 15, "conditions": 16}'

Writes one line of JSON. `growth.py` and `build_time.py` run it.
"""

import json
import resource
import subprocess
import sys
import time

BEGIN = time.perf_counter()

from contextlib import ExitStack  # noqa: E402

import peers  # noqa: E402
import work  # noqa: E402
from timing import interleaved, seconds  # noqa: E402

IMPORTED = time.perf_counter()

DEFAULTS = {
    "extent": work.EXTENT,
    "candidates": 1,
    "conditions": 1,
    "engine": "lattice",
    "device": "runtime",
    "threads": 1,
    "rounds": 0,  # of timing steps; none: only the first program is built and run
    "peer": False,  # time scipy as well
}


def in_an_interpreter_of_its_own(case: dict, environment: dict | None = None) -> dict:
    """Run this script and return what it measured, after what the case was."""
    said = subprocess.run(
        [sys.executable, __file__, json.dumps(case)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    if said.returncode != 0:
        raise SystemExit(f"the case {case} failed:\n{said.stderr[-2000:]}")
    return {**DEFAULTS, **case, **json.loads(said.stdout.splitlines()[-1])}


def measure(case: dict) -> dict:
    """Return the times and the memory of a case, in seconds and bytes."""
    case = {**DEFAULTS, **case}
    imported_memory = peak_memory()
    parameters = work.start()
    candidates = [parameters] * case["candidates"]
    options = {name: case[name] for name in ("engine", "device", "threads")}
    options |= {"extent": case["extent"], "n_candidates": case["candidates"]}
    short, long = work.LENGTHS
    with ExitStack() as stack:
        begin = time.perf_counter()
        own = work.own_way(stack, candidates, case["conditions"], (long,), **options)
        found = {
            "import_seconds": IMPORTED - BEGIN,
            "build_seconds": time.perf_counter() - begin,
            "first_run_seconds": own(long),
            "imported_memory_bytes": imported_memory,
            "peak_memory_bytes": peak_memory(),
            "n_pairs": parameters.connectome.network(case["extent"]).n_pairs,
        }
        if case["rounds"]:  # only now: the memory of one program counts
            other = work.own_way(stack, candidates, case["conditions"], (short,), **options)
            ways = {"own": lambda n_steps: {short: other, long: own}[n_steps](n_steps)}
            ways |= peer_way(parameters, case)
            timings = interleaved(ways, work.LENGTHS, case["rounds"])
            found |= {f"{name}_step_seconds": timing.step for name, timing in timings.items()}
            found["beside_seconds"] = timings["own"].beside
    return found


def peer_way(parameters, case: dict) -> dict:
    """Return scipy's way, if the case wants it."""
    if not case["peer"]:
        return {}
    scipy = peers.ScipyCSR(parameters, case["extent"])
    n_lanes = case["candidates"] * case["conditions"]
    return {
        "scipy": lambda n_steps: seconds(scipy.run, work.frames(n_lanes, n_steps, case["extent"]))
    }


def peak_memory() -> int:
    """Return the most bytes that this process has held so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
