"""A whole fit: from a recipe and a seed to parameters, and to the record of how they came about."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome, checked_connectome, load_connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit import folder as files
from neuroflysim.fit.checkpoint import Checkpoint
from neuroflysim.fit.evaluation import Evaluator
from neuroflysim.fit.identity import Identity
from neuroflysim.fit.objective import coordinates_of, worlds_of
from neuroflysim.fit.recipe import RECIPES, Recipe, Stage
from neuroflysim.fit.record import sealed_record
from neuroflysim.fit.stability import check_stability
from neuroflysim.machine.cores import available_cores
from neuroflysim.machine.processor import processor_name
from neuroflysim.parameters import Parameters
from neuroflysim.progress import progress_bar, telling
from neuroflysim.workers import open_workers

#: What every result is judged on: worlds of this contrast and brightness, as many of them, with
#: these seeds, painted and moved as the recipe says. The 2 keeps them apart from those of all
#: generations. Nothing is searched here.
JUDGED = Stage(evaluations=4, population=4, step_size=1, contrast=(0.12, 0.35))
JUDGED_TEXTURES = 32
JUDGED_SEEDS = tuple([0, 0, 2, repeat] for repeat in range(4))


@frozen(eq=False, repr=False)
class Fit:
    """The result of a fit.

    Parameters
    ----------
    parameters : Parameters
        Where the search ended: the middle of its distribution.
    record : dict
        How they came about and how good they are; what `fit.json` holds. What would not be a
        number, of a model that runs away, is None.
    learning_curve : DataFrame
        One row a generation: stage, generation, evaluations, r2_median, r2_best, loss_best,
        step_size, failed (candidates that ran away), seconds.
    folder : Path or None
        Where all this was written.
    """

    parameters: Parameters
    record: dict
    learning_curve: pd.DataFrame
    folder: Path | None

    @property
    def r2(self) -> float:
        """Explained part of the flow on worlds that no generation saw; NaN if it ran away."""
        r2 = self.record["r2"]
        return np.nan if r2 is None else r2

    @property
    def stable(self) -> bool:
        """Whether the model settles at grey and never runs away; a model that does not failed."""
        return self.record["stability"]["stable"]

    def __repr__(self) -> str:
        failed = "" if self.stable else f", failed: {self.record['stability']['reason']}"
        return (
            f"<Fit: R2 {self.r2:.3f} on fresh worlds, {self.record['evaluations']} evaluations,"
            f" seed {self.record['seed']}{failed}>"
        )


def fit(
    recipe: str | Recipe = "flow",
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
    *,
    connectome: Connectome | None = None,
    processes: int | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    resume: bool = False,
    other_processor: bool = False,
    progress: bool = True,
    command: str = "",
) -> Fit:
    """Fit the free parameters to the task of a recipe.

    Parameters
    ----------
    recipe : str or Recipe
        One of `RECIPES` by its name, or a recipe of one's own.
    seed : int
        The result depends on recipe, seed and connectome, and not on how many processes compute;
        on another kind of processor last digits differ, and a search enlarges what differs.
    folder : path-like, optional
        Where to write, after every generation what is needed to go on, and in the end the result.
    connectome : Connectome, optional
        The embedded one, if not given.
    processes : int, optional
        That score candidates. As many as there are cores, if not given; 1 is this one.
    threads : int, optional
        Of this process if there is no other; as many as there are cores, if not given.
    cluster : str, optional
        Address of a Dask scheduler that spreads the work, or "local" for one on this machine. Each
        worker must have one thread.
    resume : bool
        Go on where a fit in the folder was stopped; begin, if there is none.
    other_processor : bool
        Go on with a fit that was begun on another kind of processor, too. It does not end as it
        would have ended there; the record names both.
    progress : bool
        Show a progress line.
    command : str
        What was typed, for the record.

    Returns
    -------
    Fit

    Raises
    ------
    InvalidValueError
        If the folder holds another fit, one that is not to be resumed, or one that runs.
    FileError
        If the disk is full. What was computed stays, and can be resumed.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> short = nfs.Recipe(
    ...     readout="all", pooling=1, textures=2,
    ...     stages=[nfs.Stage(evaluations=8, population=4, step_size=0.3)])
    >>> fit = nfs.fit(short, seed=1, processes=1, progress=False)
    >>> fit.learning_curve[["generation", "evaluations"]].to_numpy().tolist()
    [[1, 4], [2, 8]]
    """
    recipe = named_recipe(recipe)
    seed = checks.whole_number("seed", seed)
    connectome = load_connectome() if connectome is None else checked_connectome(connectome)
    identity = Identity.of(recipe, seed, connectome)
    if folder is not None:
        here = None if other_processor else processor_name()
        folder = files.prepared(folder, resume, identity, here)
        if files.is_finished(folder):
            return Fit(*files.read(folder, connectome), folder)
    with ExitStack() as stack:
        stack.enter_context(telling(progress))
        stack.enter_context(files.nothing_lost(folder))
        stack.enter_context(files.held(folder))
        workers = stack.enter_context(open_workers(processes, cluster))
        threads = available_cores() if threads is None else threads
        run = _Run(recipe, connectome, identity, folder, workers, threads)
        run.search_to_the_end(progress)
        parameters, curve = run.parameters, run.learning_curve
        record = sealed_record(run.judged(command), parameters, curve)
        result = Fit(parameters, record, curve, folder)
        if folder is not None:
            files.write(folder, result.parameters, result.record, result.learning_curve)
    return result


def load_fit(folder: str | os.PathLike[str], *, connectome: Connectome | None = None) -> Fit:
    """Read a finished fit from its folder, whatever version of the package wrote it.

    Parameters
    ----------
    folder : path-like
        What `fit` was given as ``folder``, or the command as ``-o``.
    connectome : Connectome, optional
        What was fitted; the embedded one if not given.

    Returns
    -------
    Fit

    Raises
    ------
    InvalidValueError
        If the fit is not finished, or a file is missing, was changed, or is of another connectome.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> nfs.load_fit("results")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: results holds no finished fit: fit.json is not there...
    """
    if not isinstance(folder, str | os.PathLike):
        raise InvalidTypeError(f"folder must name the folder of a fit, but is {folder!r}.")
    folder = Path(folder)
    connectome = load_connectome() if connectome is None else checked_connectome(connectome)
    if not files.is_finished(folder):
        raise InvalidValueError(
            f"{folder} holds no finished fit: {files.RECORD} is not there, or the checkpoint still"
            " is; nfs.fit(..., resume=True) goes on with one that was stopped."
        )
    return Fit(*files.read(folder, connectome), folder)


def named_recipe(recipe: str | Recipe) -> Recipe:
    """Return a recipe by its name, or one's own as it is."""
    if isinstance(recipe, Recipe):
        return recipe
    if not isinstance(recipe, str):
        raise InvalidTypeError(f"recipe is {recipe!r}, but must be a name or a Recipe.")
    return RECIPES[checks.one_of("recipe", recipe, RECIPES)]


def r2_on_fresh_worlds(evaluator: Evaluator, recipe: Recipe, z: np.ndarray) -> np.ndarray:
    """Return R2 on the worlds that results are judged on, which no generation sees.

    Parameters
    ----------
    evaluator : Evaluator
    recipe : Recipe
    z : ndarray, shape (candidate, parameter)

    Returns
    -------
    ndarray, shape (repeat, candidate)
    """
    begun = [
        evaluator.begin(z, worlds_of(recipe, JUDGED, seed, JUDGED_TEXTURES))
        for seed in JUDGED_SEEDS
    ]
    return np.stack([evaluator.finish(one).r2 for one in begun])


class _Run:
    """A fit that is under way."""

    def __init__(self, recipe, connectome, identity, folder, workers, threads):
        from neuroflysim.fit.search import Search  # pycma takes a moment to import

        self._recipe, self._folder, self._identity = recipe, folder, identity
        self._coordinates = coordinates_of(recipe, connectome)
        self._evaluator = Evaluator(recipe, connectome, workers, threads)
        self._threads = threads
        self._began = time.perf_counter(), time.process_time()
        stored, here = files.checkpoint(folder), processor_name()
        self._search = Search(recipe, identity.seed, self._coordinates.n)
        if stored is None:
            self._rows, self._spent, self._processors = [], (0.0, 0.0), [here]
            self._save()
        else:
            files.go_on(self._search, stored, folder)
            self._rows, self._spent = stored.rows, stored.seconds
            others = stored.processors if stored.processors[-1] != here else stored.processors[:-1]
            self._processors = [*others, here]

    def search_to_the_end(self, progress: bool) -> None:
        """Ask for candidates, score them on worlds, tell the losses; and again."""
        search = self._search
        bar = progress_bar(
            progress,
            total=self._recipe.evaluations,
            initial=search.evaluations,
            unit="evaluation",
        )
        with bar, ThreadPoolExecutor(1) as painter:
            worlds = painter.submit(worlds_of, self._recipe, search.stage, search.world_seed)
            while not search.finished:
                candidates, seen = search.ask(), worlds.result()
                # The next worlds are made while these are looked at.
                following = search.next_worlds()
                if following is not None:
                    worlds = painter.submit(worlds_of, self._recipe, *following)
                scores = self._evaluator.scores(candidates, seen)
                stage = search.stage_number
                generation = search.generation + 1
                search.tell(candidates, scores.loss)
                self._rows.append(self._row(stage, generation, scores))
                self._save()
                bar.set_description(f"generation {len(self._rows)}", refresh=False)
                row = self._rows[-1]
                told = {"R2": f"{row['r2_median']:.3f}", "sigma": f"{row['step_size']:.3f}"}
                bar.set_postfix(told, refresh=False)
                bar.update(len(candidates))

    def _row(self, stage: int, generation: int, scores) -> dict:
        good = scores.r2[~np.isnan(scores.r2)]
        return {
            "stage": stage + 1,
            "generation": generation,
            "evaluations": self._search.evaluations,
            "r2_median": float(np.median(good)) if len(good) else np.nan,
            "r2_best": float(good.max()) if len(good) else np.nan,
            "loss_best": float(scores.loss.min()),
            "step_size": self._search.step_size,
            "failed": len(scores.r2) - len(good),
            "seconds": round(self._seconds[0], 3),
        }

    @property
    def _seconds(self) -> tuple[float, float]:
        """Seconds of the clock and of all cores, those before a stop included."""
        clock = time.perf_counter() - self._began[0]
        cores = time.process_time() - self._began[1] + self._evaluator.core_seconds
        return self._spent[0] + clock, self._spent[1] + cores

    def _save(self) -> None:
        if self._folder is not None:
            Checkpoint(
                self._identity, self._search.state, self._processors, self._rows, self._seconds
            ).save(self._folder)

    @property
    def parameters(self) -> Parameters:
        return self._coordinates.parameters(self._search.mean)

    @property
    def learning_curve(self) -> pd.DataFrame:
        return pd.DataFrame(self._rows)

    def judged(self, command: str) -> dict:
        """Return the record of the fit, with what it is worth on fresh worlds."""
        r2 = r2_on_fresh_worlds(self._evaluator, self._recipe, self._search.mean[None])[:, 0]
        stability = check_stability(self.parameters, threads=self._threads)
        seconds, core_seconds = self._seconds
        return {
            **attrs.asdict(self._identity),
            "processors": self._processors,
            "command": command or "neuroflysim.fit, from Python",
            "evaluations": self._search.evaluations,
            "r2": _or_none(float(r2.mean())),
            "r2_repeats": [_or_none(value) for value in r2.tolist()],
            "stability": {name: _or_none(value) for name, value in attrs.asdict(stability).items()},
            "seconds": round(seconds, 2),
            "core_seconds": round(core_seconds, 2),
            "parameters_sha256": self.parameters.checksum,
        }


def _or_none(value):
    """Return a value that JSON knows: it has no word for what is not a number."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
