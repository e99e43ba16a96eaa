"""Time several ways of doing the same, turn by turn, so that a noisy moment spoils no ratio."""

import statistics
import time
from collections.abc import Callable, Container, Hashable

from attrs import frozen


@frozen
class Timing:
    """What one way took."""

    step: float  #: seconds of one step of all lanes
    beside: float  #: seconds that a run costs beside its steps
    spread: float  #: range of the middle half of the long runs, as a part of their median


def seconds(function: Callable, *arguments, **options) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    function(*arguments, **options)
    return time.perf_counter() - begin


def interleaved(
    ways: dict[Hashable, Callable[[int], float]],
    lengths: tuple[int, int],
    rounds: int,
    seldom: Container = (),
) -> dict[Hashable, Timing]:
    """Time each way once a round, on a short and on a long run.

    A step is the slope between both; what remains of a run is beside its steps.

    Parameters
    ----------
    ways : dict of callables
        Each takes a number of steps, makes them, and returns the seconds that took.
    lengths : (int, int)
        Steps of a short and of a long run.
    rounds : int
        The medians over the rounds count. A round before the first is not counted.
    seldom : container of names
        Ways that take long and have run before: timed in the first round that counts, no other.
    """
    times = {name: {n_steps: [] for n_steps in lengths} for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            if name in seldom and turn != 1:
                continue
            for n_steps in lengths:
                taken = way(n_steps)
                if turn > 0:
                    times[name][n_steps].append(taken)
    return {name: _timing(taken, *lengths) for name, taken in times.items()}


def in_turn(ways: dict[Hashable, Callable[[], float]], rounds: int) -> dict[Hashable, Timing]:
    """Time each way once a round, as a whole: there is nothing beside the one step.

    Parameters
    ----------
    ways : dict of callables
        Each does its work once and returns the seconds that took.
    rounds : int
        As in `interleaved`.
    """
    times = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            taken = way()
            if turn > 0:
                times[name].append(taken)
    median = {name: statistics.median(taken) for name, taken in times.items()}
    return {
        name: Timing(median[name], 0.0, _middle_half(taken) / median[name])
        for name, taken in times.items()
    }


def _timing(times: dict[int, list[float]], short: int, long: int) -> Timing:
    median = {n_steps: statistics.median(taken) for n_steps, taken in times.items()}
    step = (median[long] - median[short]) / (long - short)
    return Timing(step, median[short] - short * step, _middle_half(times[long]) / median[long])


def _middle_half(values: list[float]) -> float:
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return high - low
