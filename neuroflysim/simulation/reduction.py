"""What a program may keep of the responses instead of traces: sums of products.

They are what a linear readout needs: the outputs of some cell types multiplied with each other and
with the targets of a task, summed over columns and times while the network runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import hexagonal_distance


def _as_names(cell_types: Sequence[str]) -> tuple[str, ...]:
    if isinstance(cell_types, str) or not np.iterable(cell_types):
        raise InvalidTypeError(f"cell_types must be a list of names, but is {cell_types!r}.")
    names = tuple(checks.words("cell_types", cell_types))
    repeated = sorted({name for name in names if names.count(name) > 1})
    if not names or repeated:
        what = f"names {repeated[0]!r} twice" if repeated else "is empty"
        raise InvalidValueError(f"cell_types {what}; name each cell type to be summed once.")
    return names


@frozen
class SumsOfProducts:
    """Sums of the products of features, over columns and times.

    The features of a column are the number 1, the output of each cell type, and the targets. From
    their sums follow means, covariances and a linear regression of targets on outputs.

    Parameters
    ----------
    cell_types : list of str
        They must have a cell in every column.
    n_targets : int
        Numbers that a task wants to be read out at each column.
    pooling : int
        Outputs are averaged over all columns up to this distance, and only columns count for which
        all these exist. 1 averages over 7 columns.

    Examples
    --------
    >>> sums = SumsOfProducts(["T4a", "T5a"], n_targets=2)
    >>> sums.features
    ('one', 'T4a', 'T5a', 'target_0', 'target_1')
    """

    cell_types: tuple[str, ...] = field(converter=_as_names)
    n_targets: int = field(default=0, converter=partial(checks.whole_number, "n_targets"))
    pooling: int = field(default=0, converter=partial(checks.whole_number, "pooling"))

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        targets = (f"target_{k}" for k in range(self.n_targets))
        return ("one", *self.cell_types, *targets)

    @property
    def n_products(self) -> int:
        """Number of pairs of features, a feature with itself included."""
        return len(self.features) * (len(self.features) + 1) // 2

    def centers(self, network: Network) -> np.ndarray:
        """Return the columns that count."""
        return np.flatnonzero((self._neighbours(network) >= 0).all(axis=1))

    def sites(self, network: Network) -> np.ndarray:
        """Return the columns that are averaged at each column that counts, shape (site, column).

        Raises
        ------
        InvalidValueError
            If a cell type is unknown or has no cell in some column, or no column counts.
        """
        for name in self.cell_types:
            checks.one_of("a cell type of the sums", name, network.cell_types)
            index = network.cell_types.index(name)
            if (network.neuron_type == index).sum() < network.lattice.n_columns:
                raise InvalidValueError(
                    f"{name} has no cell in some columns, so that its output there cannot be"
                    " summed; leave it out."
                )
        sites = self._neighbours(network)[self.centers(network)]
        if not len(sites):
            raise InvalidValueError(
                f"with a pooling of {self.pooling}, no column of {network.lattice} has all its"
                " neighbours; use a larger lattice or less pooling."
            )
        return sites

    def _neighbours(self, network: Network) -> np.ndarray:
        reach = range(-self.pooling, self.pooling + 1)
        shifts = [(u, v) for u in reach for v in reach if hexagonal_distance(u, v) <= self.pooling]
        u, v = network.columns.T
        return np.stack([network.lattice.index(u + du, v + dv) for du, dv in shifts], axis=1)

    def checked_targets(
        self, targets: npt.ArrayLike | None, shape: tuple[int, int, int]
    ) -> np.ndarray:
        """Return targets of shape (condition, time, column, target).

        Parameters
        ----------
        targets : array_like or None
            Of that shape, or without the axis of columns if all columns want the same.
        shape : (int, int, int)
            Conditions, times and columns.
        """
        full = (*shape, self.n_targets)
        if targets is None and self.n_targets == 0:
            return np.zeros(full)
        if targets is None:
            raise InvalidValueError(
                f"targets are missing: the program sums up {self.n_targets} of them."
            )
        values = checks.numeric_array("targets", targets)
        if values.shape == (*shape[:2], self.n_targets):
            values = values[:, :, None]
        elif values.shape != full:
            raise InvalidValueError(
                f"targets has shape {values.shape}, but must be {(*shape[:2], self.n_targets)} or"
                f" {full}: (condition, time, target) or (condition, time, column, target)."
            )
        return np.broadcast_to(values, full)

    def labelled(self, sums: np.ndarray) -> xr.DataArray:
        """Return sums of shape (candidate, condition, product) as symmetric matrices."""
        n_features = len(self.features)
        one, other = np.triu_indices(n_features)
        product = np.empty((n_features, n_features), dtype=int)
        product[one, other] = product[other, one] = np.arange(self.n_products)
        names = list(self.features)
        return xr.DataArray(
            np.take(sums, product, axis=2),
            dims=("candidate", "condition", "feature", "other_feature"),
            coords={"feature": names, "other_feature": names},
            name="sums_of_products",
        )


def checked_frame_weight(frame_weight: npt.ArrayLike | None, n_frames: int) -> np.ndarray:
    """Return how much each frame counts; all the same if None."""
    if frame_weight is None:
        return np.ones(n_frames)
    weight = checks.numeric_array("frame_weight", frame_weight)
    if weight.shape != (n_frames,):
        raise InvalidValueError(
            f"frame_weight has shape {weight.shape}, but the stimulus has {n_frames} frames."
        )
    return weight
