"""Responses that are made up, and what their page holds, read without a line of the package."""

import base64
import json
import re
import zlib

import numpy as np
import xarray as xr

import neuroflysim as nfs

EVIL = "</script><script>alert('\"&')</script>"
TYPES = ["R1", "L1", "Mi1", "Tm3", "T4a", "Lawf2"]
EXTENT = 3


def made_up(connectome, parameters):
    """Made up: two candidates, three conditions, some types in all columns."""
    neurons = connectome.network(EXTENT).neurons
    neurons = neurons[neurons["cell_type"].isin(TYPES)]
    rng = np.random.default_rng(2)
    times = np.round(np.arange(-10, 30) * 0.02, 12)
    scale = 10.0 ** (neurons["cell_type"].map(TYPES.index).to_numpy() - 2)  # types differ in size
    values = rng.normal(size=(2, 3, len(times), len(neurons))).cumsum(axis=2) * scale
    signal = xr.DataArray(
        values, dims=("candidate", "condition", "time", "neuron"), name="voltage",
        coords={
            "time": times, **{name: ("neuron", neurons[name]) for name in ("cell_type", "u", "v")},
            "angle": ("condition", [0.0, 90.0, 180.0]), "speed": ("condition", [50.0] * 3),
            "parameters_sha256": ("candidate", ["0" * 64, parameters.checksum]),
        },
        attrs={
            "stimulus": EVIL, "extent": EXTENT, "dynamics": "graded", "time_step": 0.02,
            "stim_time": 0.4, "connectome_sha256": connectome.checksum,
        },
    )  # fmt: skip
    return nfs.Responses(signal)


def held(page):
    """What the page says that it holds."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.html)
    return json.loads(text)


def decoded(data, one):
    """The values of a cell type, (condition, time, cell), read without a line of the package."""
    values = []
    for text in one["data"]:
        halves = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
        low, high = halves.reshape(2, len(data["times"]), -1).astype(int)
        whole = np.cumsum(low + 256 * high, axis=0) % 65536
        values.append(np.where(whole == 65535, np.nan, one["low"] + one["step"] * whole))
    return np.array(values)
