"""Take the gradient of measures: one run forwards, and one backwards for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from neuroflysim import checks
from neuroflysim.dynamics import GRADED, checked_dynamics
from neuroflysim.gradients.contract import DifferentiableMeasure
from neuroflysim.gradients.named import evaluated, named_measures
from neuroflysim.gradients.result import Gradient, labelled_gradient
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.simulation import Program, compile
from neuroflysim.stimulus.protocol import Protocol

#: Options of `compile` that a gradient has no use for, or decides itself.
TAKEN = ("n_candidates", "perturbations", "reduction", "variables", "trials", "seed")


def gradient(
    loss: Any,
    stimulus: Protocol | npt.ArrayLike,
    parameters: Parameters | Sequence[Parameters],
    *,
    cell_type: str | None = None,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    memory_limit: float | None = None,
    runaway: str = "raise",
    progress: bool = True,
    **options: Any,
) -> Gradient:
    """Return the derivative of measures by every parameter and by every pixel of the stimulus.

    Parameters
    ----------
    loss : str, measure, callable, or sequence or mapping of them
        A name such as "direction_selectivity_index", with `cell_type`; a measure of
        `neuroflysim.gradients`; or a function of voltages (a DataArray as `simulate` returns it, in
        float64) that returns its values, one for each candidate, and its derivatives, an array of
        the shape of the voltages. Each of several costs a run backwards.
    stimulus : Protocol or array_like, shape (time, column) or (condition, time, column)
        See `simulate`.
    parameters : Parameters, Ensemble or list of Parameters
        One candidate or many.
    cell_type : str, optional
        Of measures that are given by their names.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns. Extent 15, if not
        given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    memory_limit : float, optional
        Bytes that may be taken, see `Program.pullback`.
    runaway : {"raise", "nan"}
        What a candidate does whose activity runs away: raise RunawayActivityError, or have NaN
        while the others keep theirs.
    progress : bool
    **options
        Given to `compile`: connectome (that of the parameters, if not given), time_step, method,
        initial, record, dynamics, dtype (float64, if not given), threads.

    Returns
    -------
    Gradient

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a measure has no derivative, a cell type is not known, a target is not a number, or the
        memory limit is too small.
    RunawayActivityError
        If a voltage becomes NaN or leaves all bounds.

    Examples
    --------
    What makes the central T4a prefer a direction, in a small eye?

    >>> import neuroflysim as nfs
    >>> found = nfs.gradient(
    ...     "direction_selectivity_index", nfs.protocols.moving_edge(angle=[0, 90, 180, 270]),
    ...     nfs.load_parameters("flow/000"), cell_type="T4a", extent=2, progress=False)
    >>> found
    <Gradient of direction_selectivity_index: 1 candidate, 735 parameter>
    >>> found.relative.sizes["parameter"], found.stimulus.sizes["column"]
    (735, 19)
    """
    measures = named_measures(loss, cell_type)
    dynamics = checked_dynamics(options.get("dynamics", GRADED))
    candidates = checked_candidates(parameters, options.pop("connectome", None), dynamics=dynamics)
    checks.option_names("gradient", options, compile, TAKEN)
    program = compile(
        stimulus,
        connectome=candidates[0].connectome,
        n_candidates=len(candidates),
        lattice=chosen_lattice(lattice, extent),
        memory_limit=memory_limit,
        progress=progress,
        **options,
    )
    with program:
        return gradient_of_program(
            program, measures, candidates, None, memory_limit, runaway, progress
        )


def gradient_of_program(
    program: Program,
    measures: Mapping[str, DifferentiableMeasure],
    candidates: list[Parameters],
    stimulus: npt.ArrayLike | None = None,
    memory_limit: float | None = None,
    runaway: str = "raise",
    progress: bool = True,
) -> Gradient:
    """Return a gradient by a program that is compiled already.

    Parameters
    ----------
    program : Program
    measures : mapping of str to measure
    candidates : list of Parameters
    stimulus : array_like, optional
        See `Program.run`.
    memory_limit, runaway, progress
        See `gradient`.
    """
    voltage = program.run(candidates, stimulus=stimulus, runaway=runaway, progress=progress).voltage
    exact = voltage.astype(np.float64)
    values, pulled = {}, {}
    for name, one in measures.items():
        values[name], by_voltage = evaluated(name, one, exact)
        pulled[name] = program.pullback(
            candidates,
            by_voltage,
            stimulus=stimulus,
            memory_limit=memory_limit,
            runaway=runaway,
            progress=progress,
        )
    return labelled_gradient(values, pulled, xr.DataArray(voltage), candidates)
