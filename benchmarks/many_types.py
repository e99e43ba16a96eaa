"""See whether time and memory go with the pairs of cells, whatever the number of types.

python benchmarks/many_types.py            # writes benchmarks/results/many_types.txt and .csv
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

import machine
import results

#: Cell types, connections of these, and offsets of a connection. The first is the embedded one.
CASES = ((65, 605, 0), (200, 5_000, 1), (200, 5_000, 4))
EXTENT, N_FRAMES, ROUNDS = 15, 50, 3


def main() -> None:
    """Write the table; each case is measured in an interpreter of its own."""
    if len(sys.argv) > 1:
        print(json.dumps(measured(*map(int, sys.argv[1:]))))
        return
    rows = []
    for case in CASES:
        done = subprocess.run(
            [sys.executable, __file__, *map(str, case)], check=True, capture_output=True, text=True
        )
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1], flush=True)
    write(rows)


def made_up(n_types: int, n_connections: int, n_offsets: int):
    """Return a random connectome, or the embedded one if no offsets are asked for."""
    import neuroflysim as nfs

    if n_offsets == 0:
        return nfs.load_connectome()
    rng = np.random.default_rng(0)
    names = np.array([f"T{k:03}" for k in range(n_types)])
    types = pd.DataFrame({"cell_type": names, "stride_u": 1, "stride_v": 1})
    types["photoreceptor"] = np.arange(n_types) < 8
    types["output"] = np.arange(n_types) >= n_types // 2
    chosen = rng.choice(n_types**2, n_connections, replace=False)
    pairs = pd.DataFrame(
        {"source_type": names[chosen // n_types], "target_type": names[chosen % n_types]}
    )
    signs = rng.choice([-1, 1], n_connections)
    offsets = pd.concat(
        pairs.assign(du=du, dv=dv, synapse_count=rng.uniform(1, 9, n_connections), filled=False)
        for du, dv in ((0, 0), (1, -1), (0, 1), (-1, 0))[:n_offsets]
    )
    return nfs.Connectome(types, pairs.assign(sign=signs, sign_reference=""), offsets)


def measured(n_types: int, n_connections: int, n_offsets: int) -> dict:
    """Return a row: seconds to build and of a step, and memory beyond that of the package."""
    from brian2 import ms

    import neuroflysim as nfs

    connectome = made_up(n_types, n_connections, n_offsets)
    parameters = nfs.Parameters.uniform(connectome, total_input=0.9)
    frames = np.full((1, N_FRAMES, 721), 0.5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    network = connectome.network(EXTENT)
    with nfs.compile(
        frames, connectome=connectome, extent=EXTENT, time_step=20 * ms, dtype="float32"
    ) as program:
        program.run(parameters)
        built, best = time.perf_counter() - start, np.inf
        for _ in range(ROUNDS):
            start = time.perf_counter()
            program.run(parameters)
            best = min(best, time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "types": n_types,
        "connections": n_connections,
        "neurons": int(network.n_neurons),
        "pairs": int(network.n_pairs),
        "build_and_first_run_seconds": built,
        "run_seconds": float(best),
        "ns_per_pair_and_frame": 1e9 * float(best) / N_FRAMES / network.n_pairs,
        "memory_bytes": 1024 * memory,
    }


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "types": lambda row: str(row["types"]),
        "connections": lambda row: str(row["connections"]),
        "neurons": lambda row: f"{row['neurons']:,}",
        "pairs": lambda row: f"{row['pairs']:,}",
        "built and run first, s": lambda row: f"{row['build_and_first_run_seconds']:.1f}",
        f"{N_FRAMES} frames, s": lambda row: f"{row['run_seconds']:.2f}",
        "ns per pair": lambda row: f"{row['ns_per_pair_and_frame']:.3f}",
        "memory, MB": lambda row: f"{row['memory_bytes'] / 1e6:.0f}",
        "bytes per pair": lambda row: f"{row['memory_bytes'] / row['pairs']:.0f}",
    }
    text = f"{machine.headline()}; extent {EXTENT}, float32, grey before it included\n"
    (folder / "many_types.txt").write_text(text + results.table(rows, columns) + "\n")
    pd.DataFrame(rows).to_csv(folder / "many_types.csv", index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
