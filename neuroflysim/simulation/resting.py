"""Rest states under uniform light, far from the border, without any simulation.

They solve V = V_rest + W max(V, 0) + x, the fixed point of the published equations (`GRADED`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim import checks, lattice
from neuroflysim.connectome import require_columnar
from neuroflysim.errors import InvalidTypeError, InvalidValueError, SimulationError
from neuroflysim.parameters import Parameters


def rest_state(parameters: Parameters, luminance: float = 0.5) -> pd.Series:
    """Return the mean-field rest state: one voltage for each cell type.

    Cell types that have a cell in every column see the mean input from strided types here,
    whereas in truth their input differs from column to column: see `rest_state_by_column`.

    Parameters
    ----------
    parameters : Parameters
    luminance : float, 0 to 1

    Returns
    -------
    Series by cell_type

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome(), grey_voltage=0.5)
    >>> bool((abs(nfs.rest_state(start) - 0.5) < 1e-12).all())
    True
    """
    luminance = _checked(parameters, luminance)
    photoreceptor = parameters.connectome.cell_types["photoreceptor"]
    drive = parameters.resting_potential + luminance * photoreceptor
    return pd.Series(
        _fixed_point(parameters.type_weights.to_numpy(), drive.to_numpy()),
        index=drive.index,
        name="voltage",
    )


def rest_state_by_column(parameters: Parameters, luminance: float = 0.5) -> pd.Series:
    """Return the exact rest state of an endless lattice: by cell type and column.

    The lattice repeats after the least common multiple of the strides, in the embedded connectome
    after 3 columns along u and 2 along v.

    Parameters
    ----------
    parameters : Parameters
    luminance : float, 0 to 1

    Returns
    -------
    Series by (cell_type, u, v)
        Columns u and v of one period; (0, 0) is the rest state of the central cells.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> voltage = nfs.rest_state_by_column(nfs.Parameters.uniform(nfs.load_connectome()))
    >>> round(float(voltage["Tm3", 0, 0]), 3)
    0.505
    """
    luminance = _checked(parameters, luminance)
    connectome = parameters.connectome
    require_columnar(connectome, "this rest state is that of an endless lattice")
    types = connectome.cell_types
    period_u, period_v = (int(np.lcm.reduce(types[name])) for name in ("stride_u", "stride_v"))
    u, v = (grid.ravel() for grid in np.mgrid[:period_u, :period_v])
    places = [
        (name, int(a), int(b))
        for name, row in types.iterrows()
        for a, b in zip(u, v, strict=True)
        if lattice.on_stride(a, b, row["stride_u"], row["stride_v"])
    ]
    index = {place: k for k, place in enumerate(places)}
    weights = np.zeros((len(places), len(places)))
    strength = parameters.to_vector()[-connectome.n_connections :]
    per_offset = strength[connectome.offset_connection] * connectome.signed_counts
    offsets = zip(connectome.offsets.itertuples(), per_offset, strict=True)
    for row, weight in offsets:
        for a, b in zip(u, v, strict=True):
            source = (row.source_type, int(a), int(b))
            target = (row.target_type, int((a + row.du) % period_u), int((b + row.dv) % period_v))
            if source in index and target in index:
                weights[index[target], index[source]] += weight
    names = [name for name, _, _ in places]
    drive = parameters.resting_potential + luminance * types["photoreceptor"]
    return pd.Series(
        _fixed_point(weights, drive.loc[names].to_numpy()),
        index=pd.MultiIndex.from_tuples(places, names=["cell_type", "u", "v"]),
        name="voltage",
    )


def _checked(parameters, luminance) -> float:
    if not isinstance(parameters, Parameters):
        raise InvalidTypeError(
            f"parameters must be Parameters, but is {type(parameters).__name__}."
        )
    if len(parameters.connectome.electrical_offsets):
        raise InvalidValueError(
            "the connectome has gap junctions, which the fixed point of the published equations"
            " does not know; simulate grey, or take a connectome without them."
        )
    return checks.finite_number("luminance", luminance, 0, 1)


def _fixed_point(weights: np.ndarray, drive: np.ndarray) -> np.ndarray:
    """Solve V = drive + weights max(V, 0): damped Newton steps, exact once the signs are right."""
    voltage = drive.copy()
    identity = np.eye(len(drive))
    for _ in range(200):
        residual = voltage - drive - weights @ np.maximum(voltage, 0)
        size = np.abs(residual).max()
        if size < 1e-12 * max(1.0, np.abs(voltage).max()):
            return voltage
        try:
            step = np.linalg.solve(identity - weights * (voltage > 0), residual)
        except np.linalg.LinAlgError:  # a gain of exactly 1
            break
        for scale in 0.5 ** np.arange(12):
            trial = voltage - scale * step
            rest = trial - drive - weights @ np.maximum(trial, 0)
            if np.abs(rest).max() < size:
                break
        voltage = trial
    raise SimulationError(
        "no rest state was found: with these parameters the network may have none (runaway"
        " activity) or several; simulate with initial='grey' to see what it does."
    )
