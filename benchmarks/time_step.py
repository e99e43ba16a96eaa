"""What a longer time step costs: how far each model that was fitted here is from itself at 1 ms.

Edges of both contrasts in 12 directions cross the eye at the default speed. For each model and step
the table tells, over the eight types T4 and T5: the correlation of the traces while the edges pass,
how far the traces are apart against how far they are from rest, how far the direction selectivity
index is off, and how much voltages still move at the end of the second of grey (of any central
cell). Some 20 s a model on one core, at extent 15.

    python benchmarks/time_step.py
"""

import argparse

import numpy as np
import pandas as pd
from brian2 import ms

import neuroflysim as nfs
import results
from neuroflysim.analysis import direction_selectivity_index, peak_response
from neuroflysim.ensembles import ensemble_names

#: Steps in milliseconds, the one that is compared with first. All divide 20 ms or are multiples.
STEPS = (1, 2, 5, 10, 20)
COARSE = 20
TYPES = [f"{name}{subtype}" for name in ("T4", "T5") for subtype in "abcd"]
#: Of grey before the edges, within which movement is looked for.
PRE = 200 * ms


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    fitted_here = [
        name for name in ensemble_names() if nfs.load_ensemble(name).record["recipe"] is not None
    ]
    parser.add_argument("ensembles", nargs="*", default=fitted_here)
    parser.add_argument("--most", type=int, help="models of each ensemble, the first ones")
    parser.add_argument("--extent", type=int, default=15)
    parser.add_argument("--method", default="euler")
    options = parser.parse_args()
    rows = []
    for name in options.ensembles:
        ensemble = nfs.load_ensemble(name)
        for model, parameters in list(zip(ensemble.names, ensemble, strict=True))[: options.most]:
            rows += measure(f"{name}/{model}", parameters, options.extent, options.method)
            print(pd.DataFrame(rows[-len(STEPS) + 1 :]).to_string(header=False), flush=True)
    write(rows, options.extent, options.method)


def measure(model: str, parameters, extent: int = 15, method: str = "euler", steps=STEPS) -> list:
    """Return a row for each step but the first."""
    shown = {}
    for step in steps:
        try:
            shown[step] = show(parameters, extent, method, step)
        except nfs.UnsettledError as error:  # it has no traces to compare with this step
            print(f"{model}: {error}", flush=True)
    fine = shown[steps[0]]
    rows = []
    for step in steps[1:]:
        if step not in shown:
            rows.append({"model": model, "step_ms": step, "movement_at_grey": np.inf})
            continue
        found = shown[step]
        row = {"model": model, "step_ms": step, "movement_at_grey": found["movement"]}
        change, wanted = found["change"], fine["change"]
        by_type = np.moveaxis(change, -1, 0).reshape(len(TYPES), -1)
        wanted = np.moveaxis(wanted, -1, 0).reshape(len(TYPES), -1)
        row["least_r"] = min(np.corrcoef(a, b)[0, 1] for a, b in zip(by_type, wanted, strict=True))
        apart = np.sqrt(np.mean((by_type - wanted) ** 2, 1) / np.mean(wanted**2, 1))
        row["largest_distance"], row["mean_distance"] = apart.max(), apart.mean()
        off = abs(found["index"] - fine["index"])
        row["largest_index_error"] = float(off.max())
        row["mean_index_error"] = float(off.mean())
        rows.append(row)
    return rows


def show(parameters, extent: int, method: str, step: float) -> dict:
    """Return what is compared: changes of the voltage every 20 ms, indices, movement at grey."""
    edges = nfs.protocols.moving_edge(pre_time=PRE, tail_time=0 * ms)
    shown = nfs.simulate(
        edges, connectome=parameters.connectome, parameters=parameters, extent=extent,
        time_step=step * ms, method=method, dtype="float32", progress=False,
    )  # fmt: skip
    voltage = shown.voltage[0]
    before = voltage.sel(time=slice(None, 1e-9)).to_numpy()
    every = round(COARSE / step)
    n_pre = round(float(PRE) / (step / 1000))
    kept = slice(n_pre + every - 1, n_pre + 20 * every, every)  # the ends of 20 ms, up to 0.4 s
    change = voltage.isel(time=kept).sel(cell_type=TYPES) - voltage.isel(time=n_pre - 1).sel(
        cell_type=TYPES
    )
    peak = peak_response(shown, end="passage").sel(cell_type=TYPES)
    return {
        "change": change.transpose("condition", "time", "cell_type").to_numpy().astype(float),
        "index": direction_selectivity_index(peak).max("intensity").to_numpy(),
        "movement": float(np.ptp(before, axis=1).max()),
    }


def write(rows: list[dict], extent: int, method: str, folder=results.FOLDER) -> None:
    """Write the table: for each ensemble and step the median and the worst model."""
    table = pd.DataFrame(rows)
    table["ensemble"] = table["model"].str.partition("/")[0]
    summary = []
    for (ensemble, step), group in table.groupby(["ensemble", "step_ms"]):
        entry = {"ensemble": ensemble, "step_ms": step, "models": len(group)}
        for name in ("least_r", "largest_distance", "largest_index_error", "movement_at_grey"):
            worst = group[name].min() if name == "least_r" else group[name].max()
            entry |= {f"{name}_median": group[name].median(), f"{name}_worst": worst}
        summary.append(entry)

    def both(name: str, form: str):
        return lambda row: f"{row[name + '_median']:{form}} / {row[name + '_worst']:{form}}"

    columns = {
        "ensemble": lambda row: row["ensemble"],
        "models": lambda row: str(row["models"]),
        "step (ms)": lambda row: f"{row['step_ms']:g}",
        "least r": both("least_r", ".4f"),
        "apart": both("largest_distance", ".1%"),
        "index off": both("largest_index_error", ".3f"),
        "moves at grey": both("movement_at_grey", ".2g"),
    }
    heading = (
        f"against {STEPS[0]} ms, method {method}, extent {extent}; of the worst of T4 and T5;"
        " median over models / worst model"
    )
    results.write("time_step", heading, results.table(summary, columns), rows, folder)


if __name__ == "__main__":
    main()
