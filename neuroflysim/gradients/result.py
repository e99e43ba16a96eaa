"""What a gradient is: derivatives of measures by parameters and by the stimulus, with names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from attrs import frozen

from neuroflysim import checks
from neuroflysim.gradients.coordinates import parameter_rows, scales
from neuroflysim.parameters import Parameters


@frozen(eq=False, repr=False)
class Gradient:
    """Derivatives of one measure or several, by every parameter and every pixel of the stimulus.

    Attributes
    ----------
    value : DataArray, dims (measure, candidate)
    derivative : DataArray, dims (measure, candidate, parameter)
        By the numbers of `Parameters.to_vector`, in SI units; coordinates along parameter say which
        each is.
    stimulus : DataArray, dims (measure, condition, time, column)
        By the luminance, summed over candidates: times are the ends of the steps in which a frame
        is seen, as those of voltages.
    voltage : DataArray
        What was recorded, as `simulate` returns it.
    candidates : list of Parameters
    """

    value: xr.DataArray
    derivative: xr.DataArray
    stimulus: xr.DataArray
    voltage: xr.DataArray
    candidates: list[Parameters]

    def __repr__(self) -> str:
        told = ", ".join(self.value["measure"].to_numpy().tolist())
        sizes = self.derivative.sizes
        return (
            f"<Gradient of {told}: {sizes['candidate']} candidate, {sizes['parameter']} parameter>"
        )

    @property
    def relative(self) -> xr.DataArray:
        """The derivative by the logarithm of time constants and strengths; of others, itself.

        What a measure would change by if a parameter became e times as large, on a straight line: a
        hundredth of it is what 1 % more does.
        """
        scale = xr.DataArray(scales(self.candidates), dims=("candidate", "parameter"))
        return (self.derivative * scale).transpose(*self.derivative.dims)

    def of(self, parameter: str) -> xr.DataArray:
        """Return the derivatives by one kind of parameter, such as "time_constant".

        Returns
        -------
        DataArray, dims (measure, candidate, cell_type) or (measure, candidate, connection)
        """
        kinds = self.derivative["parameter"].to_numpy()
        checks.one_of("parameter", parameter, dict.fromkeys(kinds.tolist()))
        chosen = self.derivative.isel(parameter=kinds == parameter).drop_vars("parameter")
        if parameter == "synapse_strength":
            return chosen.drop_vars("cell_type").rename(parameter="connection")
        chosen = chosen.drop_vars(["source_type", "target_type"])
        return chosen.swap_dims(parameter="cell_type").drop_vars("parameter", errors="ignore")

    @property
    def time_constant(self) -> xr.DataArray:
        """By time constants, in 1/s."""
        return self.of("time_constant")

    @property
    def resting_potential(self) -> xr.DataArray:
        """By resting potentials."""
        return self.of("resting_potential")

    @property
    def synapse_strength(self) -> xr.DataArray:
        """By synapse strengths, labelled by source and target type."""
        return self.of("synapse_strength")

    @property
    def table(self) -> pd.DataFrame:
        """A row for each measure, candidate and parameter.

        With its value, the `derivative`, and the `relative` one.
        """
        rows = parameter_rows(self.candidates[0]).drop(columns="by_logarithm")
        relative = self.relative
        parts = [
            rows.assign(
                measure=str(name),
                candidate=k,
                value=one.to_vector(),
                derivative=self.derivative.sel(measure=name)[k].to_numpy(),
                relative=relative.sel(measure=name)[k].to_numpy(),
            )
            for name in self.value["measure"].to_numpy()
            for k, one in enumerate(self.candidates)
        ]
        table = pd.concat(parts, ignore_index=True)
        return table[["measure", "candidate", *rows, "value", "derivative", "relative"]]


def labelled_gradient(
    values: dict[str, np.ndarray],
    pulled: dict,
    voltage: xr.DataArray,
    candidates: list[Parameters],
) -> Gradient:
    """Return a gradient of what `Program.pullback` gave for each measure.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (candidate,)
    pulled : mapping of str to what a pullback returns
    voltage : DataArray
    candidates : list of Parameters
    """
    names = list(values)
    rows = parameter_rows(candidates[0])
    derivative = np.array([np.asarray(pulled[name].to_vector()) for name in names])
    lost = np.isnan([values[name] for name in names])
    derivative[lost] = np.nan
    stimulus = np.array([np.asarray(pulled[name].stimulus) for name in names])
    of_conditions = {
        name: each.variable
        for name, each in voltage.coords.items()
        if each.dims in (("condition",), ("time",))
    }
    own = {"measure": names, "parameters_sha256": voltage.coords.get("parameters_sha256")}
    own = {name: each for name, each in own.items() if each is not None}
    return Gradient(
        value=xr.DataArray(
            [values[name] for name in names], dims=("measure", "candidate"), coords=own
        ),
        derivative=xr.DataArray(
            derivative,
            dims=("measure", "candidate", "parameter"),
            coords={
                **own,
                **{
                    name: ("parameter", np.array(rows[name].tolist()))
                    for name in ("parameter", "cell_type", "source_type", "target_type")
                },
            },
        ),
        stimulus=xr.DataArray(
            stimulus,
            dims=("measure", "condition", "time", "column"),
            coords={"measure": names, **of_conditions},
            attrs={
                name: voltage.attrs[name]
                for name in ("time_step", "extent", "boundary", "size")
                if name in voltage.attrs
            },
        ),
        voltage=voltage,
        candidates=candidates,
    )
