"""See how long neurons and synapses of some size take to become a connectome, and what memory.

python benchmarks/import_size.py [ROWS ...]

The first line is a lobe of the size of the model (45,669 neurons, drawn by `sample_neurons`). The
others are tables of so many rows on disk, as the male CNS has 152 million: 169,715 typed neurons in
65 types and 2,611 columns, and half of the rows are of fragments without a type.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow

import machine
import neuroflysim as nfs
import results
from neuroflysim.connectome.sampling import FIRST_ID

ROWS = (2_000_000, 10_000_000, 40_000_000)
#: Rows that are made and written together.
_AT_ONCE = 1_000_000
#: Radius of the lobe of the large tables, reach of their offsets, and share of typed rows.
EXTENT, REACH, TYPED = 29, 3, 0.5


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", type=int, default=ROWS)
    parser.add_argument("--child", help="folder of tables to import, and nothing else")
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(imported(Path(arguments.child))))
        return
    write([measure("csv", None), *(measure("feather", n) for n in arguments.rows)])


def measure(file_format: str, n_rows: int | None, extent: int = EXTENT) -> dict:
    """Return a row of the table: files are made, and imported by an interpreter of its own."""
    with tempfile.TemporaryDirectory() as folder:
        if n_rows is None:
            lobe = nfs.sample_neurons(nfs.load_connectome(), seed=0)
            lobe.save(folder, file_format)
        else:
            write_tables(Path(folder), n_rows, extent)
        command = [sys.executable, __file__, "--child", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return {"format": file_format, **json.loads(done.stdout.splitlines()[-1])}


def write_tables(folder: Path, n_rows: int, extent: int = EXTENT) -> None:
    """Write a lobe with so many rows of synapses, made piece by piece."""
    random = np.random.default_rng(0)
    lattice, types = nfs.Lattice(extent=extent), nfs.load_connectome().cell_types.index
    n_columns, n_types = lattice.n_columns, len(types)
    n_neurons = n_columns * n_types
    drawn = pd.unique(random.integers(2**40, size=2 * n_neurons))[:n_neurons]
    ids = (FIRST_ID + drawn).astype(np.uint64)
    u, v = np.tile(lattice.columns, (n_types, 1)).T
    pd.DataFrame(
        {
            "id": ids,
            "cell_type": np.repeat(types.to_numpy(), n_columns),
            "transmitter": "acetylcholine",
            "p": u,
            "q": v,
        }
    ).to_feather(folder / "neurons.feather")
    steps = nfs.Lattice(extent=REACH).columns
    fields = [("pre", arrow.uint64()), ("post", arrow.uint64()), ("synapses", arrow.int32())]
    schema = arrow.schema(fields)
    # As the published file: compressed, in record batches of 64 thousand rows.
    options = arrow.ipc.IpcWriteOptions(compression="lz4")
    with (
        arrow.OSFile(str(folder / "synapses.feather"), "wb") as file,
        arrow.ipc.new_file(file, schema, options=options) as writer,
    ):
        for first in range(0, n_rows, _AT_ONCE):
            n = min(_AT_ONCE, n_rows - first)
            column, step = (
                random.integers(n_columns, size=n),
                steps[random.integers(37, size=n)],
            )
            other = lattice.index(*(lattice.columns[column] + step).T)
            kinds = random.integers(n_types, size=(2, n))
            pre = ids[kinds[0] * n_columns + column]
            post = ids[kinds[1] * n_columns + np.where(other < 0, column, other)]
            fragment = random.random(n) > TYPED
            pre[fragment] = (FIRST_ID + 2**40 + random.integers(2**40, size=n))[fragment]
            count = random.geometric(0.3, size=n).astype(np.int32)
            table = arrow.table([pre, post, count], schema=schema)
            writer.write_table(table, max_chunksize=65_536)


def imported(folder: Path) -> dict:
    """Import the tables of a folder; return seconds, bytes and sizes."""
    peak = {"RssAnon": 0, "VmRSS": 0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for line in Path("/proc/self/status").read_text().splitlines():
                name, _, value = line.partition(":")
                if name in peak:
                    peak[name] = max(peak[name], int(value.split()[0]) * 1024)

    watcher = threading.Thread(target=watch, daemon=True)  # an error ends it, too
    watcher.start()
    tables = [next(folder.glob(f"{name}.*")) for name in ("neurons", "synapses")]
    columns = next(folder.glob("columns.*"), None)
    start, cpu = time.perf_counter(), time.process_time()
    found = nfs.connectome_from_neurons(
        *tables,
        columns,
        axes="auto" if columns else [[1, 0], [0, 1]],
        min_offset=0,
        min_connection=0,
    )
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    done.set()
    watcher.join()
    record = found.provenance
    return {
        "rows": record["rows"],
        "file_bytes": sum(table.get("bytes", 0) for table in record["tables"]),
        "neurons": sum(row["cells"] for row in record["cell_types"]),
        "connections": found.n_connections,
        "seconds": seconds,
        "processor_seconds": cpu,
        "memory_bytes": peak["RssAnon"],
        "memory_with_mapped_files_bytes": peak["VmRSS"],
    }


def write(rows: list[dict], folder: Path = results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "rows": lambda row: f"{row['rows']:,}",
        "format": lambda row: row["format"],
        "file MB": lambda row: f"{row['file_bytes'] / 1e6:.0f}",
        "neurons": lambda row: f"{row['neurons']:,}",
        "seconds": lambda row: f"{row['seconds']:.1f}",
        "of a core": lambda row: f"{row['processor_seconds']:.1f}",
        "peak GB": lambda row: f"{row['memory_bytes'] / 1e9:.2f}",
        "with mapped files": lambda row: f"{row['memory_with_mapped_files_bytes'] / 1e9:.2f}",
    }
    heading = f"Neurons and synapses to a connectome, from files. {machine.headline()}"
    results.write("import_size", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
