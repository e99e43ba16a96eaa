"""The free parameters as rows of a table, and by how much each is moved at a time.

Time constants and strengths are positive numbers on a scale of ratios: what counts is by which part
of itself each changes, so a derivative is taken by the natural logarithm. Resting potentials may be
0 or negative: theirs is by the voltage itself, in units of voltage. What another dynamics declares
says of itself which of both it is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.parameters import Parameters

#: What is taken by its logarithm, of the published model.
_BY_LOGARITHM = {"time_constant": True, "resting_potential": False, "synapse_strength": True}


def parameter_rows(parameters: Parameters) -> pd.DataFrame:
    """Return a row for each number of `Parameters.to_vector`, in its order.

    Returns
    -------
    DataFrame
        Columns parameter (time_constant and so on), cell_type, source_type, target_type (empty text
        where there is none) and by_logarithm.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> rows = parameter_rows(nfs.Parameters.uniform(nfs.load_connectome()))
    >>> len(rows), rows["parameter"].unique().tolist()
    (735, ['time_constant', 'resting_potential', 'synapse_strength'])
    """
    types = list(parameters.connectome.cell_types.index)
    pairs = list(parameters.connectome.connections.index)
    own = parameters.declaration.parameters
    rows = [
        *(
            (name, each, "", "")
            for name in ("time_constant", "resting_potential")
            for each in types
        ),
        *(("synapse_strength", "", source, target) for source, target in pairs),
        *((name, each, "", "") for name in own for each in types),
    ]
    table = pd.DataFrame(rows, columns=["parameter", "cell_type", "source_type", "target_type"])
    by_logarithm = _BY_LOGARITHM | {name: one.scale == "log" for name, one in own.items()}
    return table.assign(by_logarithm=table["parameter"].map(by_logarithm))


def scales(candidates: list[Parameters]) -> np.ndarray:
    """Return what a derivative is multiplied with to be one by the logarithm, where it is one.

    Returns
    -------
    ndarray, shape (candidate, parameter)
    """
    by_logarithm = parameter_rows(candidates[0])["by_logarithm"].to_numpy()
    values = np.array([each.to_vector() for each in candidates])
    return np.where(by_logarithm, values, 1.0)


def label_of(row: pd.Series) -> str:
    """Return how a row is called in pictures and on the command line.

    Examples
    --------
    >>> label_of(pd.Series({"parameter": "synapse_strength", "cell_type": "",
    ...                     "source_type": "Mi1", "target_type": "T4a"}))
    'Mi1 to T4a'
    """
    if row["parameter"] == "synapse_strength":
        return f"{row['source_type']} to {row['target_type']}"
    return f"{row['parameter'].replace('_', ' ')} of {row['cell_type']}"
