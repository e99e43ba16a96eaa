"""Showing the stimuli of a study to the model."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.dynamics import GRADED, checked_dynamics
from neuroflysim.errors import InvalidValueError, RunawayActivityError, UnsettledError
from neuroflysim.experiments.database import load_study
from neuroflysim.experiments.study import Experiment, Study, StudyOrName
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.perturbations import Flies, Fly
from neuroflysim.responses import Responses
from neuroflysim.simulation import Program, simulate


def replay(
    study: StudyOrName,
    parameters: Parameters | Sequence[Parameters],
    experiment: str | None = None,
    *,
    lattice: int | Lattice = DEFAULT_LATTICE,
    extent: int | None = None,
    time_step: Quantity | None = None,
    perturbations: Flies = None,
    **options: Any,
) -> Responses:
    """Show the stimulus of a study to the model, and to the flies that the study perturbed.

    Parameters
    ----------
    study : str, path-like or Study
        Name of a study of the database (see `studies`), or a folder.
    parameters : Parameters, Ensemble or list of Parameters
    experiment : str, optional
        Which one of the study's experiments; the first, if not given.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    extent : int, optional
        Another name for a whole number as `lattice`.
    time_step : Quantity [s], optional
        That of the experiment, if not given.
    perturbations : Perturbation or list, optional
        Other flies than those of the experiment, as in `simulate`; [None] for the intact one alone.
    **options
        Given to `simulate`: record, method, device, dtype, progress and so on.

    Returns
    -------
    Responses
        Voltages as the model has them. What an electrode or indicator would show of them tells
        `neuroflysim.analysis.recorded`. If the study perturbed flies, they stand beside the
        intact one along candidate; the coordinate perturbation has their names, and
        ``responses.under("l1_silenced")`` takes those of one.

    Raises
    ------
    InvalidValueError
        If the study has no such experiment, or none at all: says why.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> responses = nfs.replay("gruntman2019", start, "flash", extent=1, dtype="float32")
    >>> responses.voltage["intensity"].to_numpy().tolist()
    [0, 1]

    Flies whose L1 or L2 passes on nothing, beside intact ones:

    >>> responses = nfs.replay("joesch2010", start, "moving_edges", extent=1, dtype="float32")
    >>> responses.voltage["perturbation"].to_numpy().tolist()
    ['intact', 'l1_silenced', 'l2_silenced']
    """
    dynamics = checked_dynamics(options.get("dynamics", GRADED))
    candidates = checked_candidates(parameters, options.pop("connectome", None), dynamics=dynamics)
    lattice = chosen_lattice(lattice, extent)
    checks.option_names("replay", options, simulate, ("parameters",))
    chosen = chosen_experiment(load_study(study), experiment)
    step = chosen.time_step if time_step is None else time_step
    luminance = chosen.build().luminance(lattice, step)
    if perturbations is not None:
        options["perturbations"] = perturbations
    elif chosen.perturbations:
        options["perturbations"] = chosen.flies
    return show(luminance, candidates, lattice=lattice, time_step=step, **options)


def chosen_experiment(study: Study, name: str | None) -> Experiment:
    """Return one experiment of a study, the first if no name is given.

    Parameters
    ----------
    study : Study
    name : str or None
    """
    if not study.experiments:
        reasons = "; ".join(f"{name}: {why}" for name, why in study.not_replayed.items())
        raise InvalidValueError(f"nothing of {study.key} can be replayed ({reasons}).")
    if name is None:
        return next(iter(study.experiments.values()))
    if not isinstance(name, str) or name not in study.experiments:
        raise InvalidValueError(
            f"{study.key} has no experiment {name!r}; it has {', '.join(study.experiments)}."
        )
    return study.experiments[name]


def show(
    luminance: xr.DataArray, parameters: Parameters | Sequence[Parameters], **options: Any
) -> Responses:
    """Show rendered luminance to the model.

    Frames need no code of their own; equations would be compiled for each protocol.

    Parameters
    ----------
    luminance : DataArray, dims (condition, time, column)
    parameters : Parameters, Ensemble or list of Parameters
    **options
        Given to `simulate`.

    Returns
    -------
    Responses
    """
    candidates = checked_candidates(parameters)
    connectome = candidates[0].connectome
    return simulate(luminance, connectome=connectome, parameters=candidates, **options)


def show_to_flies(
    program: Program,
    candidates: list[Parameters],
    flies: list[Fly],
    *,
    runaway: str = "raise",
    first: int = 0,
    until: np.ndarray | None = None,
) -> Responses:
    """Show what a program was compiled for to the intact fly and to perturbed ones.

    A model that is stable may lose what holds it when something is taken away. Such a fly has no
    response, so its voltages are NaN, and the others are not held up by it. With runaway="nan", the
    same holds of a fly that cannot be had, because its connectome lacks what is to be cut.

    Parameters
    ----------
    program : Program
    candidates : list of Parameters
    flies : list of Fly
        The first one intact.
    runaway : {"raise", "nan"}
        What is done if the activity of the intact fly runs away: raise, or leave its voltages NaN,
        too. With the second, a network that swings at grey is no error either, but is told.
    first : int
        Number of the first candidate among all that there are, for what is told, and for noise.
    until : ndarray of int, shape (condition,), optional
        See `Program.run`.

    Returns
    -------
    Responses
        Without the coordinate perturbation, if there is the intact fly only.

    Raises
    ------
    RunawayActivityError
        If the activity of the intact fly grows beyond all bounds.
    """
    several = len(flies) > 1
    options = {"progress": False, "until": until}
    together = flies if several else None
    try:
        with counted_from(first * len(flies)):
            return program.run(
                candidates, perturbations=together, runaway=runaway, first_number=first, **options
            )
    except RunawayActivityError:
        if not several:
            raise
    except InvalidValueError:
        if not several or runaway == "raise":
            raise
    alone = {**options, "runaway": runaway}
    with counted_from(first):
        intact = program.run(
            candidates, perturbations=flies[:1], first_number=first, **alone
        ).voltage
    parts: list[xr.DataArray] = []
    for number, candidate in enumerate(candidates):
        own = intact.isel(candidate=[number])
        parts.append(own)
        for fly in flies[1:]:
            try:
                with counted_from(first + number):
                    found = program.run(
                        candidate, perturbations=[fly], first_number=first + number, **alone
                    )
                parts.append(found.voltage)
            except (RunawayActivityError, InvalidValueError) as error:
                if isinstance(error, InvalidValueError) and runaway == "raise":
                    raise
                nothing = xr.full_like(own, np.nan)
                parts.append(nothing.assign_coords(perturbation=("candidate", [fly.label])))
    return Responses(xr.concat(parts, dim="candidate", combine_attrs="override"))


def ran_away(responses: Responses, n_flies: int) -> np.ndarray:
    """Return of which candidates even the intact fly has no voltages, shape (candidate,).

    Parameters
    ----------
    responses : Responses
        From `show_to_flies`.
    n_flies : int
    """
    intact = responses.voltage.isel(candidate=slice(None, None, n_flies)).to_numpy()
    return np.isnan(intact).reshape(len(intact), -1).all(axis=1)


@contextmanager
def counted_from(first: int) -> Iterator[None]:
    """Have warnings and errors of simulations count candidates from another number than 0.

    Parameters
    ----------
    first : int
    """
    if first == 0:
        yield
        return

    def counted(text) -> str:
        return re.sub(
            r"\bcandidate (\d+)", lambda found: f"candidate {first + int(found[1])}", text
        )

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except (RunawayActivityError, UnsettledError) as error:
            raise type(error)(counted(str(error))) from None
    for one in caught:
        text = counted(str(one.message))
        warnings.warn_explicit(text, one.category, one.filename, one.lineno)
