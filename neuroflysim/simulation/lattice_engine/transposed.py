"""The layout of the transposed connections: sources and targets exchanged, offsets negated.

What targets send back to their sources, step by step backwards, is a sum over inputs of the same
form as that which went forwards.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import pandas as pd
from attrs import evolve

from neuroflysim.connectome import Network
from neuroflysim.simulation.lattice_engine.layout import Layout, make_layout

#: By network: it has the offsets of one connectome.
_LAYOUTS: WeakKeyDictionary[Network, Layout] = WeakKeyDictionary()


def transposed_layout(network: Network, offsets: pd.DataFrame) -> Layout:
    """Return where what is sent back lies, and which taps each segment of neurons sums up.

    Its segments are those of the layout of `network`, its weights the same.

    Parameters
    ----------
    network : Network
    offsets : DataFrame
        See `Setup.offsets`.
    """
    if network not in _LAYOUTS:
        backwards = evolve(
            network,
            pair_source=network.pair_target,
            pair_target=network.pair_source,
            electrical_source=network.electrical_target,
            electrical_target=network.electrical_source,
        )
        _LAYOUTS[network] = make_layout(backwards, _transposed(offsets))
    return _LAYOUTS[network]


def _transposed(offsets: pd.DataFrame) -> pd.DataFrame:
    return offsets.assign(
        source_type=offsets["target_type"],
        target_type=offsets["source_type"],
        du=-offsets["du"],
        dv=-offsets["dv"],
    )
