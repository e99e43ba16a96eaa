"""The inputs of cells, for a page: which sources at which offsets, and how strong they are."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim.connectome import Connectome, checked_connectome, load_connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters


def inputs_of(
    signal: xr.DataArray,
    cell_types: list[str],
    connectome: Connectome | None,
    parameters: Parameters | None,
) -> dict:
    """Return what the page tells of inputs, or why it tells nothing.

    Parameters
    ----------
    signal : DataArray, dims (condition, time, cell)
        Of one candidate, with the attributes that `simulate` writes.
    cell_types : list of str
        Targets.
    connectome : Connectome, optional
        That in the box, if the responses are of it.
    parameters : Parameters, optional
        Those of the candidate; they tell how strong an input is.

    Returns
    -------
    dict
        ``why_not`` alone; or extent or size, ``strides`` by cell type, ``weighted`` (whether
        strengths are known), ``driven`` (whether what arrives can be computed), and ``of``: for
        each target a list of [source, sign, strength, [[du, dv, count], ...]].
    """
    connectome = _chosen(signal, connectome, parameters)
    border = {name: signal.attrs[name] for name in ("extent", "size") if name in signal.attrs}
    if connectome is None or not border:
        return {"why_not": "The connectome of these responses was not given."}
    strengths = None if parameters is None else parameters.synapse_strength
    signs = connectome.connections["sign"]
    types = connectome.cell_types
    found: dict[str, dict[str, list]] = {
        name: {} for name in cell_types if name in types.index and name not in _once(connectome)
    }
    rows = connectome.offsets[["source_type", "target_type", "du", "dv", "synapse_count"]]
    for source, target, du, dv, count in rows.itertuples(index=False, name=None):
        if target not in found:
            continue
        pair = source, target
        if source not in found[target]:
            strength = None if strengths is None else float(f"{strengths[pair]:.6g}")
            found[target][source] = [source, int(signs[pair]), strength, []]
        found[target][source][3].append([int(du), int(dv), round(float(count), 4)])
    strides = types[["stride_u", "stride_v"]].to_numpy().tolist()
    return {
        **{name: np.asarray(value).tolist() for name, value in border.items()},
        "strides": dict(zip(types.index, strides, strict=True)),
        "weighted": strengths is not None,
        "driven": strengths is not None and _is_published_and_intact(signal),
        "of": {target: list(sources.values()) for target, sources in found.items()},
    }


def _once(connectome: Connectome) -> set[str]:
    return set(connectome.single_types)


def _chosen(
    signal: xr.DataArray, connectome: Connectome | None, parameters: Parameters | None
) -> Connectome | None:
    """Return the connectome of the responses; raise if what was given is another one."""
    if parameters is not None and not isinstance(parameters, Parameters):
        raise InvalidTypeError(
            f"parameters must be Parameters, but is {type(parameters).__name__};"
            " nfs.load_parameters('flow/000') gives some."
        )
    if parameters is not None:
        made_with = signal.coords.get("parameters_sha256")
        if made_with is not None and made_with.item() != parameters.checksum:
            raise InvalidValueError(
                "these responses were not made with these parameters: their checksums differ;"
                " give those that nfs.simulate was given, or leave parameters out."
            )
        connectome = parameters.connectome if connectome is None else connectome
    made_of = signal.attrs.get("connectome_sha256")
    if connectome is None:
        embedded = load_connectome()
        return embedded if embedded.checksum == made_of else None
    if made_of is not None and checked_connectome(connectome).checksum != made_of:
        raise InvalidValueError(
            "these responses were not made with this connectome: their checksums differ; give the"
            " one that nfs.simulate was given, or leave it out."
        )
    return checked_connectome(connectome)


def _is_published_and_intact(signal: xr.DataArray) -> bool:
    """Whether what arrives at a cell is the sum of strength times count times rectified voltage."""
    fly = signal.coords["perturbation"].item() if "perturbation" in signal.coords else "intact"
    return signal.attrs.get("dynamics") == "graded" and fly == "intact" and signal.name == "voltage"
