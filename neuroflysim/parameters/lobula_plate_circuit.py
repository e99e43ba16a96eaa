"""The circuit `lobula_plate`: two tangential cells, HS and VS, and the cells that inhibit them.

T4 and T5 excite the tangential cells of the layer in which they end. Those of the neighbouring
layer, which prefer the opposite direction, excite local inhibitory cells, LPi, which inhibit the
tangential cell: so it is hyperpolarised by motion in its null direction.

No source gives the strength of any of these synapses, only that inhibition balances excitation. The
numbers here are ours and were fitted to nothing.
"""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from neuroflysim.connectome import Connectome, Pool, checked_connectome, load_connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters.parameters import Parameters

#: Where HS is sensitive: over azimuth as fitted by Fenk et al., Curr. Biol. 24, 2913 (2014) to the
#: recordings of Schnell et al., J. Neurophysiol. 103, 1646 (2010): the sixth power of the cosine of
#: half the distance from 60 degrees of its own side. The middle of the model's eye is taken to look
#: 75 degrees to the side, and x grows towards the front; this, and the elevation, are ours.
HS_WEIGHT = "cos((x - 15)*pi/360)**6*exp(-(y/40)**2)"

#: Where VS is sensitive: along a vertical stripe in the middle of the eye. Ours.
VS_WEIGHT = "exp(-(x/30)**2)"

#: Subtypes of T4 and T5 and the layers in which they end: Maisak et al., Nature 500, 212 (2013).
#: Main excitation and inhibition through LPi: Leonhardt et al., PLoS ONE 12, e0189019 (2017). LPi
#: inhibit cells of the opposite preferred direction: Mauss et al., Cell 162, 351 (2015). That
#: LPi2-1 does for HS what LPi3-4 does for VS follows from the names of the layers: ours.
_T4T5 = "Maisak2013; Leonhardt2017"
_LPI = "Mauss2015; Leonhardt2017"

#: tangential cell, its weight, the letter of what excites it, what inhibits it, and its letter.
_CIRCUIT = (("HS", HS_WEIGHT, "a", "LPi2-1", "b"), ("VS", VS_WEIGHT, "d", "LPi3-4", "c"))

#: What it adds to a connectome, and what it takes from one.
CELL_TYPES = tuple(name for cell, _, _, inhibitor, _ in _CIRCUIT for name in (inhibitor, cell))
SOURCES = tuple(kind + letter for kind in ("T4", "T5") for letter in "abcd")

#: Ours: an eye of extent 15 gives HS and VS the mean of T4 and that of T5, by weight.
EXCITATION = {"HS": 1 / 245, "VS": 1 / 293}

#: Of inhibition over excitation: they balance (Ammer et al., Nat. Neurosci. 26, 1894 (2023), of
#: conductances; taken for the currents of these equations). What comes of it is a prediction: in a
#: fly, null motion hyperpolarises HS 0.4 times as much as preferred motion depolarises it (Schnell
#: 2010, as Fenk 2014 read it).
INHIBITION = 1.0

#: Ours, in seconds.
TIME_CONSTANT = 0.02


def lobula_plate(connectome: Connectome | None = None) -> Connectome:
    """Return a connectome with two tangential cells of the lobula plate, and what inhibits them.

    HS sums up T4a and T5a over the eye and prefers motion from front to back; VS sums up T4d and
    T5d and prefers motion downwards. LPi2-1 and LPi3-4, with a cell in every column, are excited
    by the subtypes that prefer the opposite direction, and inhibit HS and VS.

    Parameters
    ----------
    connectome : Connectome, optional
        With the eight subtypes of T4 and T5; the embedded one if not given.

    Returns
    -------
    Connectome
        With the new types and connections after its own. References stand in its connections.

    Examples
    --------
    >>> lobula_plate()
    <Connectome: 69 cell types (2 once per eye), 615 connections, 2382 offsets>
    >>> lobula_plate().inputs("HS")["sign"].to_dict()
    {'T4a': 1, 'T5a': 1, 'LPi2-1': -1}
    """
    return _extended(load_connectome() if connectome is None else checked_connectome(connectome))


@lru_cache(maxsize=8)
def _extended(connectome: Connectome) -> Connectome:
    for name in CELL_TYPES:
        if name in connectome.cell_types.index:
            raise InvalidValueError(
                f"the connectome has {name} already; the circuit is added once, to a connectome"
                " without its cells."
            )
    cell_types, connections = connectome.cell_types.reset_index(), connectome.connections
    local = [
        (f"{kind}{letter}", inhibitor)
        for _, _, _, inhibitor, letter in _CIRCUIT
        for kind in ("T4", "T5")
    ]
    more_types = pd.DataFrame({"cell_type": list(dict.fromkeys(name for _, name in local))}).assign(
        stride_u=1, stride_v=1, photoreceptor=False, output=False
    )
    pairs = pd.DataFrame(local, columns=["source_type", "target_type"])
    more = connectome.with_tables(
        cell_types=pd.concat(
            [cell_types, more_types.reindex(columns=cell_types.columns, fill_value=True)]
        ),
        connections=pd.concat(
            [connections.reset_index(), pairs.assign(sign=1, sign_reference="Mauss2015")]
        ).fillna(""),
        offsets=pd.concat(
            [connectome.offsets, pairs.assign(du=0, dv=0, synapse_count=1.0, filled=False)]
        ),
    )
    return more.with_pools(
        [
            Pool(source, target, weight, sign, reference)
            for target, weight, letter, inhibitor, _ in _CIRCUIT
            for source, sign, reference in (
                (f"T4{letter}", 1, _T4T5),
                (f"T5{letter}", 1, _T4T5),
                (inhibitor, -1, _LPI),
            )
        ]
    )


def with_lobula_plate(parameters: Parameters) -> Parameters:
    """Return a model with the tangential cells HS and VS, and what inhibits them.

    Parameters
    ----------
    parameters : Parameters
        Of a connectome with T4 and T5, for example of a fitted model.

    Returns
    -------
    Parameters
        Of `lobula_plate` of their connectome, with the same values and those of the new cells.
        The strengths of the new synapses are ours, from no source, and were fitted to nothing.

    Notes
    -----
    All other cells do what they did: nothing of the circuit projects back.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> more = with_lobula_plate(nfs.load_parameters("flow/000"))
    >>> strength = more.synapse_strength
    >>> round(float(strength["LPi2-1", "HS"] / strength["T4a", "HS"]), 2)
    1.0
    """
    if not isinstance(parameters, Parameters):
        raise InvalidTypeError(
            f"parameters must be Parameters, but is {type(parameters).__name__}; of an ensemble,"
            " write [nfs.with_lobula_plate(model) for model in ensemble]."
        )
    strength = {}
    for target, _, excites, inhibitor, opposite in _CIRCUIT:
        for kind in ("T4", "T5"):
            strength[f"{kind}{excites}", target] = EXCITATION[target]
            strength[f"{kind}{opposite}", inhibitor] = 1.0
        strength[inhibitor, target] = INHIBITION * EXCITATION[target]
    return parameters.extended(
        lobula_plate(parameters.connectome),
        time_constant=dict.fromkeys(CELL_TYPES, TIME_CONSTANT),
        resting_potential=dict.fromkeys(CELL_TYPES, 0.0),
        synapse_strength=strength,
    )
