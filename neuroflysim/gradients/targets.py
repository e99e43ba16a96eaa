"""How far voltages are from a target: their mean squared difference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError


@frozen(eq=False)
class MeanSquaredError:
    """The mean squared difference of voltages from a target.

    Parameters
    ----------
    target : array_like
        Wanted voltages, of a shape that goes with (condition, time, cell_type) of the voltages. Of
        a DataArray with the dimension cell_type only these types count.
    weight : array_like, optional
        How much each squared difference counts, of a shape that goes with that of the target, 0 or
        more; all the same, if not given. Weight 0 leaves out what is not known.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[1.0, 5.0], [3.0, 5.0]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"cell_type": ["L1", "Mi1"]})
    >>> target = xr.DataArray([[0.0]], dims=("time", "cell_type"), coords={"cell_type": ["L1"]})
    >>> value, derivative = MeanSquaredError(target).value_and_derivative(voltage)
    >>> value.tolist(), derivative[0, 0].tolist()  # (1 + 9) / 2
    ([5.0], [[1.0, 0.0], [3.0, 0.0]])
    """

    target: xr.DataArray | npt.ArrayLike = field()
    weight: npt.ArrayLike | None = None
    name = "mean_squared_error"

    def __attrs_post_init__(self):
        checks.numeric_array("the target", np.asarray(self.target))  # tells where it is NaN
        if self.weight is not None:
            weight = checks.numeric_array("the weight", np.asarray(self.weight))
            if weight.min(initial=0) < 0 or not weight.any():
                raise InvalidValueError("weight must be 0 or more, and somewhere above 0.")

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        chosen = self._chosen(voltage)
        values = voltage.to_numpy()[..., chosen]
        target = _laid_out("target", self._values(voltage), values.shape[1:])
        weight = np.ones(1) if self.weight is None else np.asarray(self.weight, float)
        weight = _laid_out("weight", weight, values.shape[1:])
        weight = weight / weight.sum()
        error = values - target
        derivative = np.zeros(voltage.shape)
        derivative[..., chosen] = 2 * weight * error
        return (weight * error**2).sum(axis=(1, 2, 3)), derivative

    def _chosen(self, voltage: xr.DataArray) -> np.ndarray:
        """Return which cells the target has, on the last dimension of the voltages."""
        last = voltage.dims[-1]
        if not isinstance(self.target, xr.DataArray) or "cell_type" not in self.target.dims:
            return np.arange(voltage.sizes[last])
        if last != "cell_type":
            raise InvalidValueError(
                "the target is by cell_type, but all columns are recorded: give it by neuron."
            )
        known = voltage["cell_type"].to_numpy().tolist()
        wanted = self.target["cell_type"].to_numpy().tolist()
        return np.array(
            [
                known.index(checks.one_of("a cell type of the target", each, known))
                for each in wanted
            ]
        )

    def _values(self, voltage: xr.DataArray) -> np.ndarray:
        if not isinstance(self.target, xr.DataArray):
            return np.asarray(self.target, float)
        names = [str(name) for name in voltage.dims[1:]]
        for name in self.target.dims:
            checks.one_of("a dimension of the target", name, names)
        missing = [name for name in names if name not in self.target.dims]
        ordered = self.target.expand_dims(missing).transpose(*names)
        return ordered.to_numpy().astype(float)


def _laid_out(name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        raise InvalidValueError(
            f"{name} has shape {values.shape}, which does not go with the voltages of one"
            f" candidate, {shape}: conditions, samples and cells."
        ) from None
