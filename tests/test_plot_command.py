"""`neuroflysim plot` tells what a file lacks, and how to mend it, in the words of the shell."""

import numpy as np
import pytest
import xarray as xr

import neuroflysim as nfs

TIME = np.array([-0.1, 0.0, 0.1, 0.2])


def responses(dims=(), time=TIME, along=None, n_candidates=1, cells="cell_type", **attrs):
    """Return made-up responses of L1 and Mi1, with conditions that these labels tell apart."""
    along = along or {"intensity": [0.0, 1.0]}
    n = len(next(iter(along.values())))
    sizes = {"candidate": n_candidates, "condition": n, "time": len(time), cells: 2}
    if dims:
        sizes = {"candidate": 1, "condition": n, "trial": 3, "time": len(time), cells: 2}
    names = {cells: ["L1", "Mi1"]}
    if cells == "neuron":
        names = {
            "cell_type": ("neuron", ["L1", "Mi1"]),
            **{name: ("neuron", [0, 0]) for name in "uv"},
        }
    values = np.random.default_rng(0).uniform(size=tuple(sizes.values()))
    labels = {name: ("condition", column) for name, column in along.items()}
    return nfs.Responses(
        xr.DataArray(
            values, dims=tuple(sizes), coords={"time": time, **names, **labels},
            attrs={"time_step": 0.1, **attrs},
        )
    )  # fmt: skip


def grid(**values):
    columns = np.meshgrid(*values.values(), indexing="ij")
    return {name: column.ravel() for name, column in zip(values, columns, strict=True)}


EDGES = grid(angle=[0.0, 90.0, 180.0], intensity=[0.0, 1.0], speed=[28.0, 50.0])
FLASHES = {"center_u": [0, 1, 0, 1], "center_v": [0, 0, 0, 0], "intensity": [0.0, 0.0, 1.0, 1.0]}
L1 = ("--cell-types", "L1")
CENTRAL = responses()
ALL = responses(cells="neuron")

#: Responses in file.nc, what is asked, and what the error says.
TOLD = {
    "no cell types": (CENTRAL, (), "--cell-types T4a,T5a"),
    "an unknown cell type": (CENTRAL, ("--cell-types", "L1,Mi2"), "--cell-types is 'Mi2'"),
    "a condition that is not there": (
        ALL, ("--kind", "activity", *L1, "--condition", "2"), "--condition is 2, but there are 2"),
    "a candidate that is not there": (
        CENTRAL, (*L1, "--candidate", "1"), "--candidate is 1, but the only one is 0"),
    "trials": (responses(("trial",)), L1, "simulate again without --trials"),
    "a map of central cells": (CENTRAL, ("--kind", "activity", *L1), "simulate with --record all"),
    "a movie of central cells": (CENTRAL, ("--kind", "movie", *L1), "--record Mi1,T4a"),
    "a time after the end": (
        ALL, ("--kind", "activity", *L1, "--time", "300"),
        "--time is 300 ms, but the responses in file.nc last from -100 ms to 200 ms"),
    "tuning without directions": (
        CENTRAL, ("--kind", "tuning", *L1), "--set angle=0,90,180,270"),
    "tuning at several speeds": (
        responses(along=EDGES), ("--kind", "tuning", *L1),
        "vary with speed (28, 50), too; draw those at one value, as by --at speed=28"),
    "fields of no flashes": (
        CENTRAL, ("--kind", "receptive_field", *L1), "simulate column_flash"),
    "fields at several intensities": (
        responses(along=FLASHES), ("--kind", "receptive_field", *L1), "--at intensity=0"),
    "fields with no time before": (
        responses(along=FLASHES, time=TIME + 0.2), ("--kind", "receptive_field", *L1),
        '--set "pre_time=500 ms"'),
    "a value that was not shown": (
        responses(along=EDGES), ("--kind", "tuning", *L1, "--at", "speed=30"), "only 28.0, 50.0"),
}  # fmt: skip

#: Words of Python, by which nobody mends anything in a shell.
OF_PYTHON = ("record=", ".sel", ".isel", "cell_types", "*ms", "nfs.", "protocols.", "[")


@pytest.mark.parametrize("case", TOLD)
def test_what_a_file_lacks_is_told_in_the_words_of_the_shell(
    case, run_command, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shown, asked, told = TOLD[case]
    shown.save("file.nc")
    output = "a.gif" if "movie" in asked else "a.png"
    code, _, errors = run_command("plot", "file.nc", *asked, "-o", output)
    assert code == 2
    assert told in errors
    assert not [word for word in OF_PYTHON if word in errors]


@pytest.mark.parametrize(
    ("shown", "asked"),
    [
        (CENTRAL, L1),
        (ALL, ("--kind", "activity", *L1)),
        (responses(along=EDGES), ("--kind", "tuning", *L1, "--at", "speed=28")),
        (responses(along=FLASHES), ("--kind", "receptive_field", *L1, "--at", "intensity=0")),
    ],
)
def test_what_the_errors_say_mends_it(shown, asked, run_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown.save("file.nc")
    code, _, errors = run_command("plot", "file.nc", *asked, "-o", "a.png")
    assert code == 0, errors
    assert (tmp_path / "a.png").stat().st_size > 1000
