"""A whole fit: from a recipe and a seed to parameters, and to the record of how they came about."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit import folder as files
from neuroflysim.fit.checkpoint import Checkpoint
from neuroflysim.fit.contract import Objective, Scores
from neuroflysim.fit.evaluation import Evaluator
from neuroflysim.fit.identity import Identity
from neuroflysim.fit.learning_curve import score_columns
from neuroflysim.fit.objectives import ResponsesObjective
from neuroflysim.fit.plan import require_derivative, stages_of
from neuroflysim.fit.problem import problem_of
from neuroflysim.fit.recipe import Recipe
from neuroflysim.fit.record import score_keys, sealed_record
from neuroflysim.fit.result import Fit
from neuroflysim.fit.stability import check_stability
from neuroflysim.machine.cores import available_cores
from neuroflysim.machine.processor import processor_name
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.seen import checked_seen
from neuroflysim.progress import progress_bar, telling
from neuroflysim.stimulus.protocol import Protocol
from neuroflysim.workers import open_workers


def fit(
    objective: str | Recipe | Objective | Callable = "flow",
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
    *,
    stimulus: Protocol | npt.ArrayLike | None = None,
    dynamics: Dynamics | str = GRADED,
    free: Any = None,
    start: Parameters | str | os.PathLike[str] | None = None,
    search: str | None = None,
    evaluations: int | None = None,
    population: int | None = None,
    step_size: float | None = None,
    connectome: Connectome | None = None,
    processes: int | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    resume: bool = False,
    other_processor: bool = False,
    progress: bool = True,
    command: str = "",
) -> Fit:
    """Fit free parameters to a task, or to what was recorded.

    Parameters
    ----------
    objective : str, Recipe, Objective or callable
        One of `RECIPES` by its name, a recipe of one's own, another objective (`FlowTask`,
        `RecordingObjective`, `StudyObjective`, `WeightedSum`), or a function of `Responses` that
        returns a number, the smaller the better.
    seed : int
        The result depends on objective, seed and connectome, and not on how many processes
        compute; on another kind of processor last digits differ, and a search enlarges what
        differs.
    folder : path-like, optional
        Where to write, after every generation what is needed to go on, and in the end the result.
    stimulus : Protocol or array_like, optional
        With a function of `Responses` as objective, what it is to see the responses to: short for
        `ResponsesObjective`, which has more options.
    dynamics : Dynamics, str or path-like
        Equations of the neurons, as in `simulate`.
    free : str, Free, DataFrame, path-like, or sequence of str and Free, optional
        What the search moves, for example "time_constant:T4*"; everything, if not given. What is
        not free stays as it is at the start.
    start : Parameters or path-like, optional
        Where the search begins: parameters, a file of them, or a model such as "flow/000". If not
        given, strengths that go with synapse counts, as in all recipes.
    search : str, optional
        One of `neuroflysim.fit.searches.SEARCHES`; that of the objective, if not given.
    evaluations, population : int, optional
        Of the search, in place of those of the objective; of several stages, evaluations are dealt
        out as they were.
    step_size : float, optional
        Standard deviation along each coordinate at the start of each stage; that of the objective,
        if not given, and for "open-es", which keeps its step, no more than 0.1.
    connectome : Connectome, optional
        That of the start, or the embedded one, if not given.
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
    seed = checks.whole_number("seed", seed)
    asked: Any = objective
    if stimulus is not None:
        asked = _of_responses(asked, stimulus)
    if threads is not None:
        checks.whole_number("threads", threads, 1)
    problem = problem_of(asked, connectome, dynamics=dynamics, start=start, free=free)
    checked_seen(problem.objective.seen())  # before the search, not at its end
    stages = stages_of(problem.objective, search, evaluations, population, step_size)
    require_derivative(problem.objective, stages)
    connectome = problem.model.connectome
    identity = Identity.of(problem, stages, seed)
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
        run = _Run(problem, stages, identity, folder, workers, threads)
        run.search_to_the_end(progress)
        parameters, curve = run.parameters, run.learning_curve
        record = sealed_record(run.judged(command), parameters, curve)
        result = Fit(parameters, record, curve, folder)
        if folder is not None:
            files.write(folder, result.parameters, result.record, result.learning_curve)
    return result


def _of_responses(function: Any, stimulus: Any) -> ResponsesObjective:
    """Return the objective of a function; raise if something else came with a stimulus."""
    if not callable(function):
        raise InvalidValueError(
            f"stimulus is what a function of responses sees the responses to, but objective is"
            f" {str(function)[:60]}. A recording goes with its stimulus as"
            " nfs.RecordingObjective(recording, stimulus); all other objectives know what they"
            " show: leave stimulus out."
        )
    return ResponsesObjective(function, stimulus)


def scores_judged(evaluator: Evaluator, objective: Objective, z: np.ndarray) -> np.ndarray:
    """Return scores on what results are judged on, which no generation sees.

    Parameters
    ----------
    evaluator : Evaluator
    objective : Objective
    z : ndarray, shape (candidate, coordinate)

    Returns
    -------
    ndarray, shape (repeat, candidate)
        No repeats, if the objective holds nothing out.
    """
    begun = [evaluator.begin(z, shown) for shown in objective.judged_on()]
    return np.array([evaluator.finish(one).score for one in begun]).reshape(-1, len(z))


class _Run:
    """A fit that is under way."""

    def __init__(self, problem, stages, identity, folder, workers, threads):
        from neuroflysim.fit.search import Search  # pycma takes a moment to import

        self._problem, self._folder, self._identity = problem, folder, identity
        self._objective, self._stages = problem.objective, stages
        self._evaluator = Evaluator(problem, workers, threads)
        self._threads = threads
        self._began = time.perf_counter(), time.process_time()
        stored, here = files.checkpoint(folder), processor_name()
        self._search = Search(stages, identity.seed, problem.coordinates.n)
        if stored is None:
            self._rows, self._spent, self._processors = [], (0.0, 0.0), [here]
            self._save()
        else:
            files.go_on(self._search, stored, folder)
            self._rows, self._spent = stored.rows, stored.seconds
            others = stored.processors if stored.processors[-1] != here else stored.processors[:-1]
            self._processors = [*others, here]

    def search_to_the_end(self, progress: bool) -> None:
        """Ask for candidates, score them on what is shown, tell the losses; and again."""
        search, shown_in = self._search, self._objective.shown
        bar = progress_bar(
            progress,
            total=sum(stage.generations * stage.population for stage in self._stages),
            initial=search.evaluations,
            unit="evaluation",
        )
        with bar, ThreadPoolExecutor(1) as painter:
            shown = painter.submit(shown_in, search.stage, search.world_seed)
            while not search.finished:
                candidates, seen = search.ask(), shown.result()
                # What comes next is painted while this is looked at.
                following = search.next_worlds()
                if following is not None:
                    shown = painter.submit(shown_in, *following)
                gradient = None
                if search.by_gradient:
                    scores, gradient = self._evaluator.scores_and_gradient(candidates, seen)
                else:
                    scores = self._evaluator.scores(candidates, seen)
                # One candidate that runs away now and then is passed over by those that follow it.
                if not (search.by_gradient and self._rows):
                    self._require_some_good(scores)
                stage = search.stage_number
                generation = search.generation + 1
                search.tell(candidates, scores.loss, gradient)
                self._rows.append(self._row(stage, generation, scores))
                self._save()
                bar.set_description(f"generation {len(self._rows)}", refresh=False)
                row, name = self._rows[-1], self._objective.score_name
                told = {
                    name: f"{row[score_columns(name)[0]]:.3f}",
                    "sigma": f"{row['step_size']:.3f}",
                }
                bar.set_postfix(told, refresh=False)
                bar.update(len(candidates))

    def _require_some_good(self, scores: Scores) -> None:
        """Raise if there is nothing to learn; the generations before stay, and can go on."""
        if np.isnan(scores.score).all():
            raise InvalidValueError(
                f"all {len(scores.score)} candidates of generation {len(self._rows) + 1} failed:"
                f" their {self._objective.score_name} is not a number, because they ran away or the"
                " objective says so. Begin with a start that works (start=), let less move (free=),"
                " or take smaller steps (step_size=)."
            )

    def _row(self, stage: int, generation: int, scores: Scores) -> dict:
        good = scores.score[~np.isnan(scores.score)]
        median, best = score_columns(self._objective.score_name)
        return {
            "stage": stage + 1,
            "generation": generation,
            "evaluations": self._search.evaluations,
            median: float(np.median(good)) if len(good) else np.nan,
            best: float(good.max()) if len(good) else np.nan,
            "loss_best": float(scores.loss.min()),
            "step_size": self._search.step_size,
            "failed": len(scores.score) - len(good),
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
                self._identity,
                self._search.state,
                self._processors,
                self._rows,
                self._objective.score_name,
                self._seconds,
            ).save(self._folder)

    @property
    def parameters(self) -> Parameters:
        found = self._problem.coordinates.parameters(self._search.mean)
        return found.with_seen(self._objective.seen())

    @property
    def learning_curve(self) -> pd.DataFrame:
        return pd.DataFrame(self._rows)

    def judged(self, command: str) -> dict:
        """Return the record of the fit, with what it is worth on what it did not see."""
        found, objective = self._search.mean[None], self._objective
        scores = scores_judged(self._evaluator, objective, found)[:, 0]
        held_out = bool(len(scores))
        if not held_out:
            shown = objective.shown(self._search.stage, self._search.world_seed)
            scores = self._evaluator.scores(found, shown).score
        stability = check_stability(
            self.parameters, threads=self._threads, dynamics=self._problem.model.dynamics
        )
        seconds, core_seconds = self._seconds
        score, repeats = score_keys(objective.score_name)
        return {
            **attrs.asdict(self._identity),
            "processors": self._processors,
            "command": command or "neuroflysim.fit, from Python",
            "evaluations": self._search.evaluations,
            "score": objective.score_name,
            "held_out": held_out,
            "seen": list(self.parameters.seen),
            score: _or_none(float(scores.mean())),
            repeats: [_or_none(value) for value in scores.tolist()],
            "stability": {name: _or_none(value) for name, value in attrs.asdict(stability).items()},
            "seconds": round(seconds, 2),
            "core_seconds": round(core_seconds, 2),
            "parameters_sha256": self.parameters.checksum,
        }


def _or_none(value):
    """Return a value that JSON knows: it has no word for what is not a number."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
