"""Mutate the files that users hand over, read each mutant, and count what comes of it.

Nonsense must be refused with an error that names the file; what is taken must mean what the file
says. Pixels and samples that a format does not protect are counted apart.

    python benchmarks/mutants.py                     all kinds, 600 mutants of each
    python benchmarks/mutants.py --kind nwb          one kind
    python benchmarks/mutants.py --only nwb:17       one mutant, with all that is known of it
"""

import argparse
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import machine
import results
from mutated.kinds import KINDS
from mutated.reporting import failures, table, told
from mutated.running import run
from neuroflysim.machine.cores import available_cores


def main() -> None:
    """Mutate what was asked for."""
    asked = _arguments()
    if asked.only:
        show(asked.only, asked.keep)
        return
    names = [asked.kind] if asked.kind else list(KINDS)
    rows = many(names, range(asked.seed, asked.seed + asked.count), asked.processes)
    text = table(rows) + "".join(f"\n{told(row)}" for row in failures(rows))
    if asked.kind or asked.dry:
        print(text)
    else:
        write(rows, text)


def many(names: list[str], seeds: range, processes: int) -> list[dict]:
    """Return what came of the mutants of some kinds, each kind in a process of its own."""
    with ThreadPoolExecutor(processes) as pool:
        found = list(pool.map(lambda name: run(name, seeds), names))
    return [row for rows in found for row in rows]


def write(rows: list[dict], text: str, folder: Path = results.FOLDER) -> None:
    """Keep the table, and the failed mutants in a file of their own."""
    heading = f"{machine.headline()}; each mutant is KIND:SEED"
    results.write("mutants", heading, text, failures(rows) or [{"kind": "none failed"}], folder)


def show(named: str, keep: Path | None) -> None:
    """Print what came of one mutant, and keep its folder if that is wanted."""
    name, _, seed = named.partition(":")
    for key, value in run(name, [int(seed)])[0].items():
        print(f"{key}: {value}")
    if keep is not None:
        from mutated.judging import make_original, mutant

        with tempfile.TemporaryDirectory() as place:
            place = Path(place)
            make_original(KINDS[name], place / "original")
            mutant(KINDS[name], int(seed), place / "original", place / "mutant")
            shutil.copytree(place / "mutant", keep, symlinks=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=list(KINDS), help="one kind only; nothing is kept then")
    parser.add_argument("--count", type=int, default=600, help="mutants of each kind")
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--processes", type=int, default=available_cores())
    parser.add_argument("--dry", action="store_true", help="keep nothing in results/")
    parser.add_argument("--only", metavar="KIND:SEED", help="one mutant")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="copy the mutant of --only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
