"""Time the sums of the lattice engine alone, and what was tried to make them quicker.

Each line changes one thing: the order of the segments, where the packed array begins, how many sums
are kept in registers, whether all lanes share a weight, and how long the vectors of the processor
are (here it could take the place of an older one). The last line reads all outputs from the first
cache, which no network does: it is what this kernel could reach at most.

    python benchmarks/kernel.py
"""

import re
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

import numpy as np

import limits
import machine
import results
import work
from neuroflysim.simulation.lattice_engine.code_objects import PACKAGE
from neuroflysim.simulation.lattice_engine.layout import make_layout

SOURCE = Path(__file__).with_suffix(".cpp")
LANES = 16
#: Columns of the packed array that fit into the first cache with 16 lanes.
IN_FIRST_CACHE = 200
#: Name of each variant, and what is other than in the engine.
VARIANTS = {
    "as in the engine, a weight for each lane": {},
    "one weight for all lanes": {"one_weight": True},
    "segments by cell type instead of by row": {"by_type": True},
    "packed array 16 bytes off a line of the cache": {"off_line": 4},
    "4 sums in registers": {"accumulators": 4},
    "8 sums in registers": {"accumulators": 8},
    "16 sums in registers": {"accumulators": 16},
    "as for a processor without AVX-512": {"flags": ("-mno-avx512f",)},
    "as for a processor without AVX": {"flags": ("-march=x86-64",)},
    "4 lanes": {"lanes": 4},
    "1 lane": {"lanes": 1},
    "all outputs in the first cache, one weight": {"one_weight": True, "first_cache": True},
}


def main(rounds: int = 400) -> None:
    """Write the table."""
    parameters = work.start()
    network = parameters.connectome.network(work.EXTENT)
    write(measure(parameters.connectome, network, rounds), network, limits.measure())


def measure(connectome, network, rounds: int) -> list[dict]:
    """Return a row for each variant."""
    layout = make_layout(network, connectome.offsets)
    with tempfile.TemporaryDirectory() as name:
        return [
            {"variant": variant, **time_variant(Path(name), layout, connectome, rounds, **changes)}
            for variant, changes in VARIANTS.items()
        ]


def time_variant(
    folder: Path, layout, connectome, rounds, *, lanes=LANES, one_weight=False, by_type=False,
    off_line=0, accumulators=None, first_cache=False, flags=(),
) -> dict:  # fmt: skip
    """Compile and run kernel.cpp with one thing changed."""
    header = resources.files(PACKAGE).joinpath("synaptic_sums.h").read_text()
    if accumulators is not None:
        header = re.sub(r"(most_accumulators = )\d+", rf"\g<1>{accumulators}", header)
    (folder / "synaptic_sums.h").write_text(header)
    tap_position = layout.tap_position % IN_FIRST_CACHE if first_cache else layout.tap_position
    segments = np.argsort(layout.segment_neuron) if by_type else np.arange(layout.n_segments)
    taps = [np.arange(*layout.segment_first_tap[k : k + 2]) for k in segments]
    order, counts = np.concatenate(taps), [len(own) for own in taps]
    tables = (
        layout.segment_size[segments],
        layout.segment_position[segments],
        np.cumsum([0, *counts]),
        tap_position[order],
        layout.tap_offset[order],
        [layout.n_positions, len(connectome.offsets), lanes, one_weight],
    )
    with open(folder / "tables", "wb") as file:
        for table in tables:
            np.array([len(table), *table], dtype=np.int32).tofile(file)
    program = folder / "kernel"
    flags = ["-O3", "-march=native", "-ffast-math", "-std=c++11", f"-I{folder}", *flags]
    subprocess.run([machine.compiler(), *flags, SOURCE, "-o", program], check=True)
    arguments = [folder / "tables", str(off_line), str(rounds)]
    said = subprocess.run([program, *arguments], check=True, capture_output=True, text=True)
    median, least = map(float, said.stdout.split())
    return {"lanes": lanes, "step_seconds": median, "least_step_seconds": least}


def write(rows: list[dict], network, bounds, folder=results.FOLDER) -> None:
    """Write the table, with the rate as a part of what the core can do."""

    def rate(row: dict) -> float:
        return limits.OPERATIONS_PER_PAIR * network.n_pairs * row["lanes"] / row["step_seconds"]

    columns = {
        "sums alone": lambda row: row["variant"],
        "ms per lane and step": lambda row: f"{row['step_seconds'] / row['lanes'] * 1e3:.4f}",
        "least": lambda row: f"{row['least_step_seconds'] / row['lanes'] * 1e3:.4f}",
        "GFLOP/s": lambda row: f"{rate(row) / 1e9:.1f}",
        "of FMA limit": lambda row: f"{rate(row) / bounds.operations:.0%}",
    }
    heading = f"{machine.headline()}; float32, one core, {network.n_pairs} pairs"
    results.write("kernel", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
