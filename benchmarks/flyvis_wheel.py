"""The published models of flyvis, as the distribution flycns 0.7.0 holds them: read and checked.

    pip download --no-deps flycns==0.7.0

gets the wheel. Nothing of it is imported or run: its arrays are plain numbers beside a manifest
that names their shapes, and flyvis' licence travels with them.
"""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
from attrs import frozen

from neuroflysim import Parameters
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError

WHEEL = "flycns-0.7.0-py3-none-any.whl"
SHA256 = "2a6057aab9653d6ff8ed1736825bbb1008235c6c297ddf56181a80290cc8745d"
FOLDER = "flycns/data/flyvis-1.2.0-ensemble"
LICENSE = "LICENSE-flyvis.txt"


@frozen(eq=False)
class Wheel:
    """What the wheel holds of flyvis."""

    manifest: dict
    arrays: dict[str, np.ndarray]
    license: str

    @property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of each array."""
        return {one["name"]: one["sha256"] for one in self.manifest["arrays"]}


def read_wheel(path: Path, sha256: str = SHA256) -> Wheel:
    """Read the wheel, if it and all of its arrays are what was published.

    Parameters
    ----------
    path : path-like
    sha256 : str
        Of the wheel.
    """
    content = Path(path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise InvalidValueError(
            f"{path} has SHA-256 {found}, but {WHEEL} of PyPI has {sha256}; download that one."
        )
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(f"{FOLDER}/manifest.json"))
        raw = {one["name"]: archive.read(f"{FOLDER}/{one['file']}") for one in manifest["arrays"]}
        text = archive.read(f"{FOLDER}/{LICENSE}").decode()
    arrays = {}
    for one in manifest["arrays"]:
        name, found = one["name"], hashlib.sha256(raw[one["name"]]).hexdigest()
        if found != one["sha256"]:
            raise InvalidValueError(
                f"{path}: {name} has SHA-256 {found}, but its manifest says {one['sha256']}."
            )
        dtype = np.dtype(one["dtype"]).newbyteorder("<")
        arrays[name] = np.frombuffer(raw[name], dtype).reshape(one["shape"])
    return Wheel(manifest, arrays, text)


def models_of(wheel: Wheel, connectome: Connectome) -> dict[str, Parameters]:
    """Return the parameters of all models by name, checked against our connectome.

    Types and connections must stand in our order; signs, and the synapse counts at each offset,
    must be ours.

    Parameters
    ----------
    wheel : Wheel
    connectome : Connectome
    """
    arrays, types = wheel.arrays, wheel.manifest["strings"]["type"]
    ends = zip(arrays["pair_source"], arrays["pair_target"], strict=True)
    pairs = [(types[source], types[target]) for source, target in ends]
    joining = connectome.connections.index.drop(connectome.connections_without_pairs(15))
    for what, found, known in (
        ("cell types", types, connectome.cell_types.index),
        ("connections", pairs, joining),
    ):
        if found != list(known):
            raise InvalidValueError(f"the {what} of {WHEEL} stand in another order than ours.")
    groups = zip(arrays["group_pair"], arrays["group_du"], arrays["group_dv"], strict=True)
    alike = {
        "cell_types": types,
        "connections": pairs,
        "edges_sign": arrays["pair_sign"],
        "offsets": [(*pairs[pair], str(du), str(dv)) for pair, du, dv in groups],
        "edges_syn_count": np.log(arrays["group_n_syn"].astype(float)),
    }
    return {
        f"{k:03d}": Parameters.from_flyvis(
            connectome,
            {
                **alike,
                "nodes_bias": shortest(bias),
                "nodes_time_const": shortest(time_constant),
                "edges_syn_strength": shortest(strength),
            },
        )
        for k, (bias, time_constant, strength) in enumerate(
            zip(arrays["bias"], arrays["time_const_s"], arrays["strength"], strict=True)
        )
    }


def shortest(values: np.ndarray) -> np.ndarray:
    """Return float32 values as the numbers with the fewest digits that give them back.

    Parameters
    ----------
    values : ndarray of float32
    """
    return np.array([float(str(value)) for value in values])
