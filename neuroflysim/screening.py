"""Perturb the model in many ways, one after the other, and tabulate what that does to a measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy.typing as npt
import pandas as pd
import xarray as xr
from attrs import frozen
from tqdm import tqdm

from neuroflysim import checks
from neuroflysim.analysis import voltage_range
from neuroflysim.dynamics import GRADED, checked_dynamics
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.experiments.pieces import LANES
from neuroflysim.experiments.replaying import counted_from
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.perturbations import INTACT, Flies, Silence, flies_of
from neuroflysim.progress import progress_bar
from neuroflysim.responses import Responses
from neuroflysim.simulation import Program, compile
from neuroflysim.stimulus.protocol import Protocol
from neuroflysim.workers import Workers, open_workers, spread
from neuroflysim.workers.sending import require_sendable

#: Bytes of the voltages that are kept at a time.
VOLTAGE_BYTES = 200_000_000

#: What several processes can compute with: a program for a GPU would be compiled by each of them.
DEVICE = "runtime"


def screen(
    stimulus: Protocol | npt.ArrayLike,
    measure: Callable[[Responses], xr.DataArray] = voltage_range,
    *,
    parameters: Parameters | Sequence[Parameters],
    perturbations: Flies = None,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    progress: bool = True,
    processes: int | None = 1,
    cluster: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Show a stimulus to the intact fly and to perturbed ones, and compare a measure.

    Parameters
    ----------
    stimulus : Protocol or array_like
        See `simulate`.
    measure : callable
        Takes `Responses` and returns one number for each candidate and cell type, such as
        `analysis.voltage_range` or `analysis.direction_selectivity_index`; dimensions that it
        leaves of the conditions become columns of the table.
    parameters : Parameters, Ensemble or list of Parameters
    perturbations : list, optional
        Flies as in `simulate`. Each cell type silenced in turn, if not given.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    progress : bool
    processes, cluster
        Who share the work, as in `compare`; the table is the same. Other processes must be able to
        import the measure, so it may be no lambda then.
    **options
        Given to `compile`: connectome (that of the parameters, if not given), time_step, dtype
        (float32, if not given), record and so on.

    Returns
    -------
    DataFrame
        A row for each candidate, perturbation and cell type: the measure in the intact and in the
        perturbed fly, and `change`, the second minus the first.

    Raises
    ------
    InvalidValueError
        If a perturbation does not fit the connectome, the measure returns other dimensions, or
        something cannot be sent to the processes that are to share the work.

    Examples
    --------
    Which of the inputs of T4 matters for how much it responds to bright edges?

    >>> import neuroflysim as nfs
    >>> table = screen(
    ...     nfs.protocols.moving_edge(angle=[0, 180], intensity=1),
    ...     parameters=nfs.load_parameters("flow/000"),
    ...     perturbations=[nfs.Silence(name) for name in ("Mi1", "Tm3", "Mi9")],
    ...     extent=2, progress=False)
    >>> t4a = table[table["cell_type"] == "T4a"].set_index("perturbation")
    >>> bool((t4a["change"] != 0).all())
    True
    """
    dynamics = checked_dynamics(options.get("dynamics", GRADED))
    candidates = checked_candidates(parameters, options.pop("connectome", None), dynamics=dynamics)
    connectome, lattice = candidates[0].connectome, chosen_lattice(lattice, extent)
    checks.option_names("screen", options, compile, ("n_candidates", "perturbations", "reduction"))
    if perturbations is None:
        perturbations = [Silence(name) for name in connectome.cell_types.index]
    flies = [fly for fly in flies_of(perturbations) if fly.label != INTACT]
    if not flies:
        raise InvalidValueError("perturbations holds the intact fly only, which is always shown.")
    given = {"connectome": connectome, "lattice": lattice, "dtype": "float32"}
    screening = Screening(stimulus, measure, candidates, flies, {**given, **options})
    with open_workers(processes, cluster) as workers:
        if workers is not None and options.get("device", DEVICE) != DEVICE:
            raise InvalidValueError(
                f"device is {options['device']!r}, whose programs each process would compile for"
                f" itself; take device={DEVICE!r}, or processes=1 and no cluster."
            )
        require_sendable(workers, measure=measure, stimulus=stimulus, options=options)
        bar = progress_bar(progress, total=len(candidates), unit="piece", delay=3, leave=False)
        with screening, bar:
            return _table(screening, workers, bar)


def _table(screening: Screening, workers: Workers | None, bar: tqdm) -> pd.DataFrame:
    shared = {"workers": workers, "common": screening, "bar": bar}
    numbers, n_flies = range(len(screening.candidates)), len(screening.flies)
    intact = list(spread(screened, [Piece(number) for number in numbers], **shared))
    # As many together as fill the vectors of a processor, but not more than the memory holds.
    at_once = min(LANES // intact[0].n_conditions, VOLTAGE_BYTES // intact[0].n_bytes, n_flies)
    at_once = max(1, at_once)
    starts = range(0, n_flies, at_once)
    pieces = [Piece(number, first, at_once) for number in numbers for first in starts]
    bar.total = len(numbers) + len(pieces)
    tables = [
        _rows(piece.number, intact[piece.number].values.isel(candidate=0, drop=True), found.values)
        for piece, found in zip(pieces, spread(screened, pieces, **shared), strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


@frozen
class Piece:
    """Some perturbed flies of a candidate, or the intact one."""

    number: int  #: of the candidate
    first: int = 0  #: of the flies
    at_once: int = 0  #: flies; the last piece may have fewer, and 0 is the intact fly


class Screening:
    """What is shown and measured: all that the pieces of the work have in common.

    Parameters
    ----------
    stimulus, measure
        See `screen`.
    candidates : list of Parameters
    flies : list of Fly
        Perturbed ones.
    options : dict
        Of `compile`.
    """

    def __init__(
        self,
        stimulus: Protocol | npt.ArrayLike,
        measure: Callable,
        candidates: list,
        flies: list,
        options: dict,
    ):
        self.stimulus, self.measure, self.options = stimulus, measure, options
        self.candidates, self.flies = candidates, flies
        self._programs: dict[int, Program] = {}

    def program(self, at_once: int) -> Program:
        """Return the network for so many flies, 0 for an intact one; each process has its own."""
        if at_once not in self._programs:
            flies = {"perturbations": self.flies[:at_once]} if at_once else {}
            self._programs[at_once] = compile(self.stimulus, **flies, **self.options)
        return self._programs[at_once]

    def __getstate__(self) -> dict:
        return {**vars(self), "_programs": {}}

    def __enter__(self) -> Screening:
        return self

    def __exit__(self, *_) -> None:
        while self._programs:
            self._programs.popitem()[1].close()


@frozen(eq=False)
class Screened:
    """What was measured of some flies, and how large their responses are."""

    values: xr.DataArray
    n_conditions: int
    n_bytes: int


def screened(screening: Screening, piece: Piece) -> Screened:
    """Measure some flies of a candidate, wherever this is called.

    Parameters
    ----------
    screening : Screening
    piece : Piece
    """
    candidate = screening.candidates[piece.number]
    flies = screening.flies[piece.first : piece.first + piece.at_once]
    program = screening.program(piece.at_once)
    with counted_from(0 if flies else piece.number):  # else the fly is named
        responses = program.run(
            candidate,
            progress=False,
            perturbations=flies or None,
            first_number=piece.number,
        )
    values, voltage = _measured(screening.measure, responses), responses.voltage
    if flies:
        values = values.assign_coords(candidate=voltage["perturbation"].to_numpy())
    return Screened(values, voltage.sizes["condition"], voltage.nbytes)


def _measured(measure: Callable, responses: Responses) -> xr.DataArray:
    values = measure(responses)
    if not isinstance(values, xr.DataArray) or not {"candidate", "cell_type"} <= set(values.dims):
        dims = f" with dimensions {values.dims}" if isinstance(values, xr.DataArray) else ""
        raise InvalidTypeError(
            f"measure returned {type(values).__name__}{dims}, but must return a DataArray with the"
            " dimensions candidate and cell_type, as the functions of nfs.analysis do of central"
            " cells."
        )
    return values.reset_coords(drop=True)


def _rows(number: int, intact: xr.DataArray, perturbed: xr.DataArray) -> pd.DataFrame:
    """Return the rows of some flies of one candidate, a column for each dimension."""
    both = xr.Dataset({"intact": intact, "perturbed": perturbed.rename(candidate="perturbation")})
    ordered = ["perturbation", "cell_type", *(set(both.dims) - {"perturbation", "cell_type"})]
    table = both.to_dataframe(dim_order=ordered).reset_index()
    table.insert(0, "candidate", number)
    return table.assign(change=table["perturbed"] - table["intact"])
