"""Recordings as tables: a column for each trial, a row for each sample, and our own."""

from __future__ import annotations

import re

import numpy as np

import neuroflysim as nfs
from mutated import plain
from mutated.kinds.kind import Kind
from mutated.plain import require

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "min": 60.0}
#: Labels that are texts, whatever they look like; others are numbers where all of them are.
TEXTS = ("file", "channel", "cell_type")


def _wide(folder) -> None:
    rows = [f"{10 * k},{-60 + k % 3},{-61.5 + k / 4}\n" for k in range(8)]
    (folder / "cell.csv").write_text("time (ms),first (mV),second (mV)\n" + "".join(rows))


def _long(folder) -> None:
    rows = [
        f"{k / 10},{trial},T4a,{90 * trial},{5 + trial * k / 8}\n"
        for trial in range(3)
        for k in range(4)
    ]
    (folder / "cell.csv").write_text("time (s),trial,cell_type,angle,F (a.u.)\n" + "".join(rows))


def _own(folder) -> None:
    recording("wide").save(folder / "cell.csv")


def recording(_: str) -> nfs.Recording:
    """Return a recording of two trials, with labels."""
    import xarray as xr

    return nfs.Recording(
        xr.DataArray(
            [[-60.0, -58.5, -57.25, -57.0], [-61.0, -60.0, -59.5, -59.25]],
            dims=("trial", "time"),
            coords={
                "time": [0.0, 0.1, 0.2, 0.3],
                "cell_type": ("trial", ["Mi1", "Tm3"]),
                "intensity": ("trial", [0.0, 1.0]),
            },
            attrs={"units": "mV", "time_zero": "stimulus onset"},
        )
    )


def _read(path):
    return _plain(nfs.load_recording(path, cell_type="Mi1"))


def _read_long(path):
    return _plain(nfs.load_recording(path, trial="trial", values="F"))


def _read_own(path):
    return _plain(nfs.load_recording(path))


def _plain(recording):
    signal = recording.signal
    labels = {name: signal[name].to_numpy() for name in recording.labels}
    if "cell_type" in signal.coords:
        labels["cell_type"] = signal["cell_type"].to_numpy()
    return {
        "signal": signal.to_numpy(),
        "time": signal["time"].to_numpy(),
        "units": recording.units,
        "labels": {name: _typed([str(v) for v in values]) for name, values in labels.items()},
    }


def _split(name: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]", name)
    return (found[1], found[2].strip()) if found and found[1] else (name, "")


def _table(folder) -> tuple[dict[str, list[str]], dict[str, str]]:
    columns = plain.columns_of(plain.text_of(folder / "cell.csv"))
    named = [_split(name) for name in columns]
    require(len(dict(named)) == len(named), "two columns of one name")
    require(len(next(iter(columns.values()))) > 0, "no rows")
    return dict(zip(dict(named), columns.values(), strict=True)), dict(named)


def _times(texts, unit: str) -> np.ndarray:
    require(unit in SECONDS, "no unit of time")
    times = SECONDS[unit] * np.array([plain.number(text) for text in texts])
    require(len(times) > 1 and bool((np.diff(times) > 0).all()), "time does not grow")
    even = np.linspace(times[0], times[-1], len(times))
    require(bool(np.abs(times - even).max() <= 0.1 * (even[1] - even[0])), "uneven times")
    return even


def _typed(texts):
    try:
        return [plain.number(text) for text in texts]
    except plain.Nonsense:
        return list(texts)


def _expected_wide(folder, original, mutation):
    columns, units = _table(folder)
    require("time" in columns, "no time")
    times = _times(columns.pop("time"), units.pop("time"))
    require(len(set(units.values())) == 1 and all(units.values()), "units")
    signal = [[plain.number(text) for text in column] for column in columns.values()]
    labels = {"cell_type": ["Mi1"] * len(signal)}
    return {"signal": signal, "time": times, "units": units.popitem()[1], "labels": labels}


def _expected_long(value: str):
    def expected(folder, original, mutation):
        columns, units = _table(folder)
        require({"time", "trial", value} <= columns.keys(), "a column is missing")
        trials = columns.pop("trial")
        require(all(trials), "a trial without a name")
        rows = {trial: [k for k, t in enumerate(trials) if t == trial] for trial in trials}
        times = [
            _times([columns["time"][k] for k in places], units["time"]) for places in rows.values()
        ]
        lengths = {len(one) for one in times}
        require(len(lengths) == 1, "trials of different lengths")
        steps = [one[1] - one[0] for one in times]
        require(max(steps) - min(steps) <= 1e-6 * steps[0], "trials of different steps")
        signal = [[plain.number(columns[value][k]) for k in places] for places in rows.values()]
        require(bool(units[value]), "no unit")
        labels = {}
        for name, column in columns.items():
            if name in ("time", value):
                continue
            told = [{column[k] for k in places} for places in rows.values()]
            require(all(len(one) == 1 for one in told), f"{name} has two values in a trial")
            labels[name] = _typed([one.pop() for one in told])
        return {
            "signal": signal,
            "time": times[0],
            "units": units[value],
            "labels": labels,
        }

    return expected


def _kind(name, make, read, expected) -> Kind:
    return Kind(
        name=f"recording-{name}",
        title="recordings CSV",
        make=make,
        forms={"cell.csv": "csv"},
        main="cell.csv",
        read=read,
        expected=expected,
        tolerance=1e-9,
    )


KINDS = [
    _kind("wide", _wide, _read, _expected_wide),
    _kind("long", _long, _read_long, _expected_long("F")),
    _kind("own", _own, _read_own, _expected_long("signal")),
]
