"""Profile how the time is spent when models are asked about all studies, by room of the package.

One process, one thread, processor time, 721 columns; what is compiled once on a machine has been.
Another checkout, say of the commit before, is profiled in turn with this one.

python benchmarks/profile_studies.py [--models 2] [--studies all] [--beside ../before]
"""

import argparse
import cProfile
import json
import os
import pstats
import subprocess
import sys
import time
from pathlib import Path

import machine
import results

#: What is counted as what: the file and the function in which time is spent, all within included.
ROOMS = {
    "rendering": (("protocol.py", "luminance"),),
    "building": (("simulating.py", "compile"),),
    "steps that conditions share": (("devices.py", "begin"), ("runtime.py", "begin")),
    "other steps": (("devices.py", "_run"), ("runtime.py", "_run")),
    "measures": (
        ("measuring.py", "measured"),
        ("answering.py", "measured"),
        ("answers.py", "measured"),
    ),
}
HERE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Profile both checkouts, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=2)
    parser.add_argument("--studies", nargs="+", default=["all"])
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--only", action="store_true", help="print one profile of this process")
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(profile(chosen.models, chosen.studies)))
        return
    folders = {"this": HERE} | ({"before": chosen.beside.resolve()} if chosen.beside else {})
    asked = ["--models", str(chosen.models), "--studies", *chosen.studies]
    taken = {name: elsewhere(folder, asked) for name, folder in folders.items()}
    write(taken, chosen.models, " ".join(chosen.studies))


def elsewhere(folder: Path, asked: list[str]) -> dict[str, float]:
    """Return the profile of a checkout, made by a process of its own on one core."""
    core = min(os.sched_getaffinity(0))
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--only", *asked],
        env={**os.environ, "PYTHONPATH": str(folder)},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    if Path(found.pop("package")) != folder / "neuroflysim":
        raise SystemExit(f"the package of {folder} was not imported")
    return found


def profile(n_models: int, studies: list[str]) -> dict:
    """Return seconds of processor time by room, of this process."""
    import neuroflysim as nfs

    models = list(nfs.load_ensemble("flow"))[:n_models]
    chosen = "all" if studies == ["all"] else studies
    nfs.compare(models[:1], chosen, extent=1, progress=False)  # compiles
    watch = cProfile.Profile(time.process_time)
    begin = time.process_time()
    watch.runcall(nfs.compare, models, chosen, progress=False)
    total = time.process_time() - begin
    spent = rooms(pstats.Stats(watch).stats)
    return {"package": str(Path(nfs.__file__).parent), **spent, "all": total}


def rooms(stats: dict) -> dict[str, float]:
    """Return seconds by room, from the statistics of a profile."""
    spent = dict.fromkeys(ROOMS, 0.0)
    for (file, _, function), (*_, cumulative, _callers) in stats.items():
        for room, places in ROOMS.items():
            if "neuroflysim" in file and (Path(file).name, function) in places:
                spent[room] += cumulative
    spent["other steps"] -= spent["steps that conditions share"]
    return spent


def write(
    taken: dict[str, dict[str, float]], n_models: int, studies: str, folder=results.FOLDER
) -> None:
    """Write the table."""
    rows = []
    for room in [*ROOMS, "rest", "all"]:
        row = {"room": room}
        for name, spent in taken.items():
            rest = spent["all"] - sum(spent[each] for each in ROOMS)
            row[name] = rest if room == "rest" else spent[room]
            row[f"share_{name}"] = row[name] / spent["all"]
        rows.append(row)
    columns = {"": lambda row: row["room"]}
    for name in taken:
        columns[f"{name} (s)"] = lambda row, name=name: f"{row[name]:.1f}"
        columns[f"{name} (%)"] = lambda row, name=name: f"{100 * row[f'share_{name}']:.0f}"
    heading = f"{machine.headline()}; compare, models of flow: {n_models}, one thread"
    heading += f"\nstudies: {studies}; processor time, profiled"
    text = results.table(rows, columns)
    if "before" in taken:
        text += f"\nbefore / this: {taken['before']['all'] / taken['this']['all']:.2f}"
    results.write("profile_studies", heading, text, rows, folder)


if __name__ == "__main__":
    main()
