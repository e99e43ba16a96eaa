"""Dealing out pieces of work, to this process or to many: what comes of them is the same."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from attrs import field, frozen
from tqdm import tqdm

from neuroflysim.machine.cores import one_core
from neuroflysim.machine.free_memory import shared_memory
from neuroflysim.progress import progress_bar, telling
from neuroflysim.workers.contract import Workers
from neuroflysim.workers.one_thread import one_thread

#: Into so many bundles, at least, work is cut for each worker: the last ones end together.
BUNDLES_PER_WORKER = 4


def spread(
    function: Callable[[Any, Any], Any],
    pieces: Sequence,
    workers: Workers | None = None,
    *,
    common: Any = None,
    made_of: Callable[[Any], Hashable] | None = None,
    progress: bool = True,
    unit: str = "piece",
    bar: tqdm | None = None,
) -> Generator[Any, None, None]:
    """Call a function for each piece of work, and yield what it returns in the order of the pieces.

    Workers begin the pieces in their order, too, so put those first that take longest. They
    compute on one core each. Linear algebra takes one thread wherever it is done, for with others
    it returns other last digits.

    Parameters
    ----------
    function : callable
        Takes `common` and a piece; workers must be able to import it.
    pieces : sequence
        Of anything that can be pickled. How the work is cut must not depend on the workers, or
        last digits might.
    workers : Workers, optional
        This process, if not given.
    common : object
        What all pieces need. A worker keeps it from one piece to the next.
    made_of : callable, optional
        Takes a piece, and tells what has to be made for it first, a network say. Pieces in a row
        for which it is the same are given to one worker together, which makes it once.
    progress : bool
        Show a progress bar over the pieces.
    unit : str
        What the bar counts.
    bar : tqdm, optional
        One that is open already and counts these pieces among others, instead of a new one.

    Yields
    ------
    object
        What the function returned.

    Raises
    ------
    Exception
        The first that a piece raises, as soon as it does; what has not begun then never does.

    Warns
    -----
    Warning
        What workers warn of, once for each text.

    Examples
    --------
    >>> from operator import mul
    >>> list(spread(mul, [1, 2, 3], common=10, progress=False))
    [10, 20, 30]
    """
    pieces = list(pieces)
    told = bar
    if told is None:
        told = progress_bar(progress, total=len(pieces), unit=unit, leave=False)
    try:
        if workers is None or (len(pieces) == 1 and workers.at_hand):
            yield from _here(function, common, pieces, told, progress)
        else:
            n_most = max(1, len(pieces) // (BUNDLES_PER_WORKER * workers.n_workers))
            bundles = bundled(pieces, made_of, n_most)
            yield from _elsewhere(function, common, bundles, told, workers)
    finally:
        if bar is None:
            told.close()


def bundled(pieces: Sequence, made_of: Callable[[Any], Hashable] | None, n_most: int) -> list[list]:
    """Return pieces in their order, those in a row together that are made of the same.

    Parameters
    ----------
    pieces : sequence
    made_of : callable or None
        See `spread`; None: each piece is a bundle of its own.
    n_most : int
        Pieces of a bundle, at most.

    Examples
    --------
    >>> bundled([11, 12, 13, 21, 31, 32], lambda piece: piece // 10, n_most=2)
    [[11, 12], [13], [21], [31, 32]]
    """
    if made_of is None:
        return [[piece] for piece in pieces]
    alike = [list(some) for _, some in groupby(pieces, made_of)]
    return [some[k : k + n_most] for some in alike for k in range(0, len(some), n_most)]


def _here(function: Callable, common: Any, pieces: list, bar: tqdm, progress: bool) -> Iterator:
    for piece in pieces:
        with one_thread(), telling(progress):
            result = function(common, piece)
        bar.update()
        yield result


def _elsewhere(
    function: Callable, common: Any, bundles: list[list], bar: tqdm, workers: Workers
) -> Iterator:
    told: set[_Warned] = set()
    packed = pickle.dumps(common)
    begun = [workers.submit(_called, function, packed, some, workers.n_beside) for some in bundles]
    place = {id(one): number for number, one in enumerate(begun)}
    done, following = {}, 0
    try:
        for one in workers.as_completed(begun):
            results, warned = one.result()
            for warning in warned:
                if warning not in told:
                    told.add(warning)
                    warning.tell()
            bar.update(len(results))
            done[place[id(one)]] = results
            while following in done:
                yield from done.pop(following)
                following += 1
    finally:
        workers.cancel(begun)


@frozen
class _Warned:
    """A warning of a worker; of the same text it is the same."""

    text: str
    category: type[Warning]
    file: str = field(eq=False)
    line: int = field(eq=False)

    def tell(self) -> None:
        warnings.warn_explicit(self.text, self.category, self.file, self.line)


def _called(
    function: Callable, packed: bytes, pieces: list, n_beside: int
) -> tuple[list, list[_Warned]]:
    """Call a function for pieces where this is called; return what it returned and warned of."""
    common = _unpacked(packed)
    with (
        one_core(),
        one_thread(),
        shared_memory(n_beside),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")  # whether one is shown is decided where it is told
        results = [function(common, piece) for piece in pieces]
    warned = [_Warned(str(one.message), one.category, one.filename, one.lineno) for one in caught]
    return results, list(dict.fromkeys(warned))


@lru_cache(maxsize=2)
def _unpacked(packed: bytes):
    return pickle.loads(packed)  # a message between processes of ours; no file
