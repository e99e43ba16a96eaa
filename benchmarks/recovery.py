"""Fit eight parameters to noisy recordings that a model made: do its own values come back?

For each dynamics and seed a model with known parameters is shown noise of black and white columns,
and six of its cell types are recorded in eight trials each, with as much noise as signal in each
sample. The fit begins with the eight parameters 30 % off, up or down by chance. One of four noise
sequences is held out. Gain and offset of recordings are known (as of a voltage in the unit of the
model), or fitted beside the parameters (as of any other signal).

A fit that is done is kept with its folder: stopped at any time, this goes on where it was.

    python benchmarks/recovery.py
    python benchmarks/recovery.py --dynamics graded --seeds 1 --evaluations 640
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from brian2 import Hz, ms, second
from scipy.stats import t

import machine
import neuroflysim as nfs
import results

ROOT = Path(__file__).parents[1]

#: Which are recorded, and the time constants that are fitted.
CELL_TYPES = ("L1", "L2", "Mi1", "Tm3", "Tm1", "Tm2")
TIME_CONSTANTS = [f"time_constant[{name}]" for name in CELL_TYPES]

#: What else is fitted, by dynamics; and what is so in the model that is recorded, if not usual.
STRENGTHS = ["synapse_strength[L1 -> Tm3]", "synapse_strength[L2 -> Tm2]"]
OTHERS = {
    "graded": STRENGTHS,
    "adapting": ["adaptation_strength[Mi1]", "adaptation_strength[Tm1]"],
    "conductance": STRENGTHS,
}
TRUE = {"adapting": {f"adaptation_strength[{name}]": 0.8 for name in CELL_TYPES}}

#: By what is known of recordings.
GAINS = {"known": {"gain": 1.0, "offset": 0.0}, "fitted": {}}

LATTICE, TIME_STEP, RATE = nfs.Lattice(size=6), 10 * ms, 100 * Hz
SHOWN = {"update_time": 40 * ms, "contrast": 0.8, "pre_time": 200 * ms, "tail_time": 100 * ms}
SECONDS, NOISE_SEEDS, HELD_OUT = 2.0, (0, 1, 2, 3), 3
TRIALS, NOISE, OFF = 8, 1.0, 0.3
EVALUATIONS, POPULATION, STEP_SIZE = 1_280, 32, 0.5


def main() -> None:
    """Fit what is not there yet, and write the table of what is."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--dynamics", nargs="+", choices=OTHERS, default=list(OTHERS))
    words.add_argument("--gains", nargs="+", choices=GAINS, default=list(GAINS))
    words.add_argument("--seeds", type=int, default=5, help="seeds 0, 1, ...: how many")
    words.add_argument("--evaluations", type=int, default=EVALUATIONS)
    words.add_argument("--folder", type=Path, default=ROOT / "results" / "recovery")
    words.add_argument("--figures", type=Path, default=results.FOLDER, help="for the table")
    given = words.parse_args()
    rows = []
    for dynamics in given.dynamics:
        for gain in given.gains:
            for seed in range(given.seeds):
                folder = given.folder / f"{dynamics}_{gain}_{seed}"
                rows += recovered(dynamics, gain, seed, folder, given.evaluations)
    write(rows, given.figures)


def stimulus() -> nfs.Protocol:
    """Return noise of black and white columns."""
    return nfs.protocols.white_noise(
        "binary", seed=list(NOISE_SEEDS), stim_time=SECONDS * second, **SHOWN
    )


def truth(dynamics: str) -> nfs.Parameters:
    """Return the model that is recorded."""
    parameters = nfs.Parameters.uniform(nfs.load_connectome(), dynamics=dynamics)
    return with_values(parameters, TRUE.get(dynamics, {}))


def with_values(parameters: nfs.Parameters, values: dict) -> nfs.Parameters:
    """Return parameters with other values of some names."""
    vector, names = parameters.to_vector(), list(parameters.names)
    for name, value in values.items():
        vector[names.index(name)] = value
    return parameters.with_vector(vector)


def values_of(parameters: nfs.Parameters, names: list[str]) -> np.ndarray:
    """Return the values of some names."""
    listed = list(parameters.names)
    return parameters.to_vector()[[listed.index(name) for name in names]]


def recorded(dynamics: str, shown: nfs.Protocol, seed: int) -> nfs.Recording:
    """Return noisy trials of the cell types."""
    responses = nfs.simulate(
        shown, parameters=truth(dynamics), lattice=LATTICE, time_step=TIME_STEP, dynamics=dynamics
    )
    voltage, chance = responses.voltage[0], np.random.default_rng([seed, 0])
    trials, labels = [], []
    for name in CELL_TYPES:
        for condition, noise_seed in enumerate(shown.conditions["seed"]):
            trace = voltage.sel(cell_type=name)[condition].to_numpy()
            noise = NOISE * trace.std() * chance.standard_normal((TRIALS, len(trace)))
            trials.append(trace + noise)
            labels += [(name, noise_seed)] * TRIALS
    cell_type, noise_seed = map(list, zip(*labels, strict=True))
    first = float(responses.voltage["time"][0])
    return nfs.Recording.from_array(
        np.concatenate(trials),
        rate=RATE,
        unit="1",
        cell_type=cell_type,
        onsets=-first * second,
        conditions={"seed": noise_seed},
    )


def objective(dynamics: str, gain: str, seed: int) -> nfs.RecordingObjective:
    """Return what is fitted to."""
    shown = stimulus()
    return nfs.RecordingObjective(
        recorded(dynamics, shown, seed),
        shown,
        lattice=LATTICE,
        time_step=TIME_STEP,
        held_out={"seed": HELD_OUT},
        **GAINS[gain],
    )


def start(dynamics: str, seed: int) -> nfs.Parameters:
    """Return the model with what is fitted off by 30 %, up or down."""
    names = free_names(dynamics)
    up = np.random.default_rng([seed, 1]).random(len(names)) < 0.5
    true = truth(dynamics)
    off = values_of(true, names) * np.where(up, 1 + OFF, 1 - OFF)
    return with_values(true, dict(zip(names, off, strict=True)))


def free_names(dynamics: str) -> list[str]:
    """Return the names of what is fitted."""
    return [*TIME_CONSTANTS, *OTHERS[dynamics]]


def pattern_of(name: str) -> str:
    """Return what `nfs.fit` is told of a name: "synapse_strength:L1->Tm3"."""
    return name.replace("[", ":").replace("]", "").replace(" ", "")


def recovered(dynamics, gain, seed, folder: Path, evaluations: int) -> list[dict]:
    """Return a row for each parameter of a fit: what it was, began as and was found to be."""
    names, begin = free_names(dynamics), start(dynamics, seed)
    fit = nfs.fit(
        objective(dynamics, gain, seed),
        seed=seed,
        folder=folder,
        dynamics=dynamics,
        free=[pattern_of(name) for name in names],
        start=begin,
        evaluations=evaluations,
        population=POPULATION,
        step_size=STEP_SIZE,
        processes=1,
        threads=1,
        resume=True,
        progress=False,
    )
    values = zip(
        names,
        values_of(truth(dynamics), names),
        values_of(begin, names),
        values_of(fit.parameters, names),
        strict=True,
    )
    rows = [
        {
            "dynamics": dynamics,
            "gain": gain,
            "seed": seed,
            "parameter": name,
            "true": true,
            "start": first,
            "found": found,
            "error_percent": 100 * (found / true - 1),
            "held_out": fit.score,
            "core_seconds": fit.record["core_seconds"],
            "evaluations": fit.record["evaluations"],
        }
        for name, true, first, found in values
    ]
    errors = np.abs([row["error_percent"] for row in rows])
    print(
        f"{dynamics}, gain {gain}, seed {seed}: off by {np.median(errors):.1f} % (median),"
        f" {errors.max():.1f} % (most), {fit.record['core_seconds']:.0f} core-seconds",
        flush=True,
    )
    return rows


def write(rows: list[dict], folder: Path = results.FOLDER) -> None:
    """Write how far fits are off, and by parameter the interval over seeds."""
    table = pd.DataFrame(rows)
    table["off"] = table["error_percent"].abs()
    fits = [
        {"dynamics": dynamics, "gain": gain, **_of_fits(group)}
        for (dynamics, gain), group in table.groupby(["dynamics", "gain"], sort=False)
    ]
    parameters = [
        {"dynamics": dynamics, "gain": gain, "parameter": name, **_interval(group)}
        for (dynamics, gain, name), group in table.groupby(
            ["dynamics", "gain", "parameter"], sort=False
        )
    ]
    text = results.table(
        fits,
        {
            "dynamics": lambda row: row["dynamics"],
            "gain, offset": lambda row: row["gain"],
            "fits": lambda row: str(row["fits"]),
            "off (median)": lambda row: f"{row['median']:.1f} %",
            "of seeds": lambda row: f"{row['least']:.1f} to {row['most']:.1f} %",
            "off (most)": lambda row: f"{row['worst']:.1f} %",
            "held out": lambda row: f"{row['held_out']:.3f}",
            "evaluations": lambda row: f"{row['evaluations']:,}",
            "core-s of a fit": lambda row: f"{row['core_seconds']:.0f}",
        },
    )
    by_parameter = results.table(
        parameters,
        {
            "dynamics": lambda row: row["dynamics"],
            "gain, offset": lambda row: row["gain"],
            "parameter": lambda row: row["parameter"],
            "error": lambda row: f"{row['mean']:+.1f} %",
            "95 % interval": lambda row: f"{row['low']:+.1f} to {row['high']:+.1f} %",
        },
    )
    heading = (
        f"Eight parameters, 30 % off, fitted to {len(CELL_TYPES)} cell types that a model made,"
        f" {TRIALS} trials with as much noise as signal ({machine.headline()})"
    )
    middle = "\nBy parameter: mean of the error over seeds, and its interval (Student's t)"
    results.write(
        "recovery", heading, f"{text}\n{middle}\n{by_parameter}", table.to_dict("records"), folder
    )


def _of_fits(rows: pd.DataFrame) -> dict:
    """Return how far the fits of a dynamics are off."""
    by_seed = rows.groupby("seed")["off"].median()
    return {
        "fits": len(by_seed),
        "median": rows["off"].median(),
        "least": by_seed.min(),
        "most": by_seed.max(),
        "worst": rows["off"].max(),
        "held_out": rows["held_out"].mean(),
        "evaluations": int(rows["evaluations"].max()),
        "core_seconds": rows["core_seconds"].max(),
    }


def _interval(rows: pd.DataFrame) -> dict:
    """Return the mean of errors over seeds, and where the true mean lies with 95 %."""
    errors = rows["error_percent"].to_numpy()
    n, mean = len(errors), errors.mean()
    reach = t.ppf(0.975, n - 1) * errors.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
    return {"mean": mean, "low": mean - reach, "high": mean + reach}


if __name__ == "__main__":
    main()
