r"""Which combinations of parameters recorded responses fix, and which they leave open.

If a model predicts voltages with an error of the same size everywhere, what a recording tells of
parameters is the Fisher information matrix,

.. math::

    F = \sum_T F_T, \qquad
    F_T = \frac{1}{n} \sum_{c, t} \frac{\partial V_{T c t}}{\partial \theta}
          \left( \frac{\partial V_{T c t}}{\partial \theta} \right)^{\!\top},

here with means over conditions c and times t, so that a step d of the parameters changes the
voltage of a recorded cell of type T by a mean square of :math:`d^\top F_T d`. It is the matrix of
the Gauss-Newton method, too. Directions with large eigenvalues are stiff: data fix them. Sloppy
ones have small eigenvalues, and data leave them open.

The matrix has as many rows as there are parameters. Two runs for each of them, with a little more
and a little less of it, give the derivatives of all voltages; so do runs backwards, one for each
voltage, of which there are many more. Where few cell types are recorded their derivatives are
summed up with random signs r instead, each sum in one run backwards,

.. math::

    g = \frac{1}{\sqrt n} \sum_{c, t} r_{c t} \frac{\partial V_{T c t}}{\partial \theta},
    \qquad \langle g\, g^\top \rangle = F_T,

and the mean over m of them, by cell type, stands for the matrix. Along a direction that was chosen
without them its relative error is at most :math:`\sqrt{2/m}` for one cell type, and less for the
sum over many, whose errors are independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from attrs import frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.gradients.coordinates import parameter_rows, scales
from neuroflysim.gradients.differentiating import TAKEN
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.progress import progress_bar
from neuroflysim.simulation import Program, compile
from neuroflysim.stimulus.protocol import Protocol

#: Bytes of the derivatives by voltages that are laid out at a time.
CHUNK_BYTES = 100_000_000

#: How many candidates a program is compiled for.
TOGETHER = 64

#: By how much a parameter is moved for a difference, in its coordinate.
STEP = 1e-4


@frozen(eq=False, repr=False, slots=False)
class FisherInformation:
    """What recordings of cell types tell of the parameters, around one model or several.

    Coordinates are logarithms of time constants and strengths, and resting potentials as they are.

    Attributes
    ----------
    projections : DataArray, dims (cell_type, projection, parameter)
        Derivatives of voltages of each recorded cell type; the mean of their outer products is the
        matrix of the type.
    is_exact : bool
        Whether it is, or comes of sums with random signs.
    """

    projections: xr.DataArray
    is_exact: bool

    def __repr__(self) -> str:
        sizes = self.projections.sizes
        return (
            f"<FisherInformation: {sizes['cell_type']} cell_type, {sizes['projection']} projection,"
            f" {sizes['parameter']} parameter>"
        )

    def matrix(self, cell_types: Sequence[str] | None = None) -> xr.DataArray:
        """Return the matrix, if these cell types are recorded, or all.

        Returns
        -------
        DataArray, dims (parameter, other_parameter)
        """
        chosen = self._of(cell_types)
        return xr.DataArray(chosen.T @ chosen, dims=("parameter", "other_parameter"))

    def _of(self, cell_types: Sequence[str] | None, half: slice = slice(None)) -> np.ndarray:
        """Return projections below each other, so that their outer product is the matrix."""
        chosen = self.projections[:, half]
        if cell_types is not None:
            known = chosen["cell_type"].to_numpy().tolist()
            names = checks.words("cell_types", cell_types)
            chosen = chosen.sel(
                cell_type=[checks.one_of("a recorded cell type", name, known) for name in names]
            )
        stacked = chosen.to_numpy().reshape(-1, chosen.sizes["parameter"])
        return stacked / np.sqrt(chosen.sizes["projection"])

    @cached_property
    def _decomposed(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues, the largest first, and directions, one a row."""
        values, vectors = np.linalg.eigh(self.matrix().to_numpy())
        return values[::-1].clip(min=0), vectors[:, ::-1].T

    @property
    def spectrum(self) -> xr.DataArray:
        """The eigenvalues, stiff directions first, dims (direction,).

        The sum over recorded cell types of the mean squared change of voltage that a unit step
        along each direction makes. There are no more above 0 than there are projections.
        """
        return xr.DataArray(self._decomposed[0], dims="direction", name="spectrum")

    @property
    def directions(self) -> xr.DataArray:
        """The eigenvectors, dims (direction, parameter), each of length 1."""
        labels = {
            name: c for name, c in self.projections.coords.items() if c.dims == ("parameter",)
        }
        return xr.DataArray(self._decomposed[1], dims=("direction", "parameter"), coords=labels)

    @property
    def checked_spectrum(self) -> xr.DataArray:
        """The spectrum along directions that were found without it, dims (direction,).

        Half of the projections give directions, and the other half tells what a step along them
        does: where this is far from `spectrum`, there are too few projections.
        """
        n = self.projections.sizes["projection"]
        if self.is_exact or n < 2:
            told = "it is exact" if self.is_exact else "there is one projection, take two or more"
            raise InvalidValueError(f"the spectrum cannot be checked by halves of it: {told}.")
        one, other = (self._of(None, half) for half in (slice(0, n // 2), slice(n // 2, None)))
        vectors = np.linalg.eigh(one.T @ one)[1][:, ::-1]
        return xr.DataArray(((other @ vectors) ** 2).sum(axis=0), dims="direction")

    def n_fixed(
        self,
        cell_types: Sequence[str] | None = None,
        *,
        noise: float = 0.1,
        prior: float = 0.5,
    ) -> float:
        r"""Return how many directions a recording of cell types fixes.

        The sum of :math:`\lambda / (\lambda + 1)` over the eigenvalues of the matrix in units of
        what was known before: 1 for a direction that the recording fixes, 0 for one of which it
        tells nothing.

        Parameters
        ----------
        cell_types : sequence of str, optional
            Recorded together; all, if not given.
        noise : float
            Root mean squared difference of voltage that a recording tells apart.
        prior : float
            How well each coordinate was known before, as a standard deviation.
        """
        noise = checks.finite_number("noise", noise, minimum=1e-12)
        prior = checks.finite_number("prior", prior, minimum=0)
        singular = np.linalg.svd(self._of(cell_types), compute_uv=False)
        weighed = (singular * prior / noise) ** 2
        return float((weighed / (weighed + 1)).sum())

    def by_cell_type(self, *, noise: float = 0.1, prior: float = 0.5) -> pd.Series:
        """Return how many directions each cell type fixes if it is recorded alone, largest first.

        Parameters
        ----------
        noise, prior : float
            See `n_fixed`.
        """
        names = self.projections["cell_type"].to_numpy().tolist()
        fixed = {name: self.n_fixed([name], noise=noise, prior=prior) for name in names}
        series = pd.Series(fixed, name="n_fixed").rename_axis("cell_type")
        return series.sort_values(ascending=False, kind="stable")

    def spread(self, parameters: Sequence[Parameters]) -> xr.DataArray:
        """Return by how much models differ along each direction, dims (direction,).

        The variance of their coordinates. A strength of 0 has no logarithm; it counts as a
        thousandth of the median over the models, or of the smallest strength where that is 0.

        Parameters
        ----------
        parameters : Ensemble or list of Parameters
            Two or more.
        """
        models = checked_candidates(parameters, at_least=2)
        return xr.DataArray(
            np.var(_coordinates(models) @ self._decomposed[1].T, axis=0, ddof=1), dims="direction"
        )


def fisher_information(
    stimulus: Protocol | npt.ArrayLike,
    parameters: Parameters | Sequence[Parameters],
    *,
    cell_types: Sequence[str] | None = None,
    n_projections: int | None = None,
    seed: int = 0,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    memory_limit: float | None = None,
    progress: bool = True,
    **options: Any,
) -> FisherInformation:
    """Return what recorded responses to a stimulus tell of the parameters.

    Parameters
    ----------
    stimulus : Protocol or array_like
        See `simulate`.
    parameters : Parameters, Ensemble or list of Parameters
        Of several the information is the mean.
    cell_types : sequence of str, optional
        Whose central cells are recorded; all, if not given.
    n_projections : int, optional
        How many sums with random signs are taken for each cell type, each a run backwards: the
        more, the smaller the error. Two runs forwards for each parameter, if not given, which is
        exact but for the kinks of outputs, and pays from a few hundred projections on.
    seed : int
        Of the signs.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns. Extent 15, if not
        given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    memory_limit : float, optional
        Bytes that may be taken.
    progress : bool
    **options
        Given to `compile`: connectome, time_step, method, initial, dynamics, dtype, threads.

    Returns
    -------
    FisherInformation

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import ms
    >>> found = nfs.fisher_information(
    ...     nfs.protocols.flash(intensity=1, stim_time=100*ms, tail_time=0*ms),
    ...     nfs.load_parameters("flow/000"), cell_types=["L1", "Mi1"], n_projections=4, extent=1,
    ...     time_step=10*ms, progress=False)
    >>> found.matrix().shape
    (735, 735)
    """
    candidates = checked_candidates(parameters, options.pop("connectome", None))
    lattice = chosen_lattice(lattice, extent)
    checks.option_names("fisher_information", options, compile, (*TAKEN, "record"))
    known = list(candidates[0].connectome.cell_types.index)
    names = known if cell_types is None else checks.words("cell_types", cell_types)
    names = [checks.one_of("a recorded cell type", name, known) for name in names]
    if not names:
        raise InvalidValueError("cell_types is empty; name one cell type or more.")
    if n_projections is not None:
        n_projections = checks.whole_number("n_projections", n_projections, minimum=1)
    random = np.random.default_rng(checks.whole_number("seed", seed))
    cells = np.array([known.index(name) for name in names])
    program = compile(
        stimulus,
        connectome=candidates[0].connectome,
        n_candidates=TOGETHER,
        lattice=lattice,
        memory_limit=memory_limit,
        progress=progress,
        **options,
    )
    n_runs = 2 * len(candidates[0].to_vector())
    if n_projections is not None:
        n_runs = len(cells) * n_projections
    bar = progress_bar(progress, total=len(candidates) * n_runs, desc="information", delay=2)
    with program, bar:
        projected = [
            _by_differences(program, one, cells, bar)
            if n_projections is None
            else _projected(program, one, cells, n_projections, random, memory_limit, bar)
            for one in candidates
        ]
    labelled = _labelled(_of_all_models(projected), names, candidates[0])
    return FisherInformation(labelled, is_exact=n_projections is None)


def _of_all_models(projected: list[np.ndarray]) -> np.ndarray:
    """Return projections of all models, which may be of different number, as one array."""
    most = max(one.shape[1] for one in projected)
    # A mean outer product does not know of rows of zeros if the others are that much longer.
    alike = [
        np.pad(one, ((0, 0), (0, most - one.shape[1]), (0, 0))) * np.sqrt(most / one.shape[1])
        for one in projected
    ]
    return np.concatenate(alike, axis=1)


def _labelled(projections: np.ndarray, names: list[str], one: Parameters) -> xr.DataArray:
    rows = parameter_rows(one)
    labels = {
        name: ("parameter", np.array(rows[name].tolist()))
        for name in ("parameter", "source_type", "target_type")
    }
    of_type = ("parameter", np.array(rows["cell_type"].tolist()))
    return xr.DataArray(
        projections,
        dims=("cell_type", "projection", "parameter"),
        coords={"cell_type": names, "of_type": of_type, **labels},
    )


def _by_differences(program: Program, one: Parameters, cells: np.ndarray, bar) -> np.ndarray:
    """Return rows whose mean outer product is the matrix, shape (cell_type, row, parameter)."""
    vector = one.to_vector()
    by_logarithm = parameter_rows(one)["by_logarithm"].to_numpy()
    n_values = int(np.prod(program.run(one, progress=False).voltage.shape[1:]))
    at_once = max(1, int(CHUNK_BYTES / (16 * n_values)))
    slopes = []
    for first in range(0, len(vector), at_once):
        moved = range(first, min(first + at_once, len(vector)))
        changed = []
        for k in moved:
            for step in (STEP, -STEP):
                other = vector.copy()
                other[k] = vector[k] * np.exp(step) if by_logarithm[k] else vector[k] + step
                changed.append(one.with_vector(other))
        voltage = program.run(changed, progress=False).voltage.to_numpy()[..., cells]
        slopes.append((voltage[::2] - voltage[1::2]) / (2 * STEP))
        bar.update(len(changed))
    derivative = np.concatenate(slopes)  # (parameter, condition, time, cell)
    n_samples = derivative.shape[1] * derivative.shape[2]
    flat = derivative.reshape(len(vector), n_samples, len(cells)) / np.sqrt(n_samples)
    n_rows = min(flat.shape[:2])
    triangular = [np.linalg.qr(flat[..., k].T, mode="r") for k in range(len(cells))]
    return np.array(triangular) * np.sqrt(n_rows)


def _projected(
    program: Program,
    one: Parameters,
    cells: np.ndarray,
    n_projections: int,
    random: np.random.Generator,
    memory_limit: float | None,
    bar,
) -> np.ndarray:
    """Return derivatives summed up with random signs, shape (cell_type, projection, parameter)."""
    voltage = program.run(one, progress=False).voltage
    shape, scale = voltage.shape[1:], scales([one])[0]
    which = np.repeat(cells, n_projections)
    at_once = max(1, int(CHUNK_BYTES / (8 * np.prod(shape))))
    found = []
    for first in range(0, len(which), at_once):
        chosen = which[first : first + at_once]
        by_voltage = np.zeros((len(chosen), *shape))
        for row, cell in enumerate(chosen):
            signs = random.integers(0, 2, shape[:2]) * 2 - 1
            by_voltage[row, :, :, cell] = signs / np.sqrt(signs.size)
        pulled = program.pullback(
            [one] * len(chosen), by_voltage, memory_limit=memory_limit, progress=False
        )
        found.append(np.asarray(pulled.to_vector(), dtype=np.float64) * scale)
        bar.update(len(chosen))
    return np.concatenate(found).reshape(len(cells), n_projections, -1)


def _coordinates(models: list[Parameters]) -> np.ndarray:
    """Return logarithms where a parameter has one, shape (model, parameter)."""
    values = np.array([each.to_vector() for each in models])
    by_logarithm = parameter_rows(models[0])["by_logarithm"].to_numpy()
    positive = values[:, by_logarithm]
    middle = np.median(positive, axis=0)
    smallest = positive[positive > 0].min(initial=1.0)
    floor = 1e-3 * np.where(middle > 0, middle, smallest)
    values[:, by_logarithm] = np.log(np.maximum(positive, floor))
    return values
