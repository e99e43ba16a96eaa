"""Workers of a Dask cluster: on this machine, or wherever its scheduler has some."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from neuroflysim import checks
from neuroflysim._version import __version__
from neuroflysim.errors import InvalidValueError, SimulationError
from neuroflysim.machine.cores import available_cores
from neuroflysim.workers.local_cluster import MOST_DEATHS, LocalCluster

#: Address that stands for a cluster on this machine.
LOCAL = "local"

#: Seconds in which a scheduler must answer.
PATIENCE = 20

#: Seconds between two looks at what is done.
BETWEEN_LOOKS = 0.02

#: Seconds without any worker, after which it is told what is waited for, and given up.
UNTIL_TOLD, UNTIL_GIVEN_UP = 5, 3600


class DaskWorkers:
    """Workers of a Dask cluster that call functions.

    Parameters
    ----------
    address : str
        Of a scheduler, for example "tcp://10.0.0.1:8786", or "local".
        Each of its workers must have one thread and the same version of the package, or what it
        is asked to do raises InvalidValueError.
    n_workers : int, optional
        Of a local cluster; as many as there are cores, if not given.
    """

    def __init__(self, address: str = LOCAL, n_workers: int | None = None):
        distributed = _imported()
        self._killed = distributed.scheduler.KilledWorker
        self._address = address
        self._cluster = None
        self._alone_since: float | None = None
        if address == LOCAL:
            n_workers = available_cores() if n_workers is None else n_workers
            self._cluster = LocalCluster(checks.whole_number("processes", n_workers, 1))
        where = address if self._cluster is None else self._cluster.scheduler
        try:
            # Not the default of the process: its user's settings stay as they are.
            self._client = distributed.Client(where, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise InvalidValueError(
                f"no Dask scheduler answers at {address!r} ({error}); start one with `dask"
                " scheduler`, or write 'local'."
            ) from None

    def __enter__(self) -> DaskWorkers:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    @property
    def n_workers(self) -> int:
        """How many there are now, and 1 where there is none; they may come and go."""
        return max(1, self._n_there())

    @property
    def n_beside(self) -> int:
        """How many there are now on the machine that has most of them."""
        hosts = Counter(urlsplit(address).hostname for address in self._there())
        return max(hosts.values(), default=1)

    #: See `Workers`: they are taken because others are to do the work.
    at_hand = False

    def _n_there(self) -> int:
        return len(self._there())

    def _there(self) -> list[str]:
        """Return the addresses of the workers."""
        return list(self._client.scheduler_info(n_workers=-1)["workers"])

    def submit(self, function: Callable, *arguments: Any) -> _Piece:
        """Have a worker call a function that it can import; what is raised is raised by `result`.

        A call whose worker dies is made again, by another worker.
        """
        return _Piece(self, function, arguments)

    def as_completed(self, pieces: Sequence[_Piece]) -> Iterator[_Piece]:
        """Yield pieces as they are done."""
        waiting, looked = list(pieces), time.monotonic()
        while waiting:
            done = [piece for piece in waiting if piece.done()]
            waiting = [piece for piece in waiting if piece not in done]
            yield from done
            if not done:
                time.sleep(BETWEEN_LOOKS)
                if time.monotonic() - looked > UNTIL_TOLD:
                    self.watch()
                    looked = time.monotonic()

    def cancel(self, pieces: Sequence[_Piece]) -> None:
        """Let go of pieces; a worker that is at one brings it to its end."""
        self._client.cancel([piece.future for piece in pieces if not piece.done()])

    def watch(self) -> None:
        """Tell whoever waits for a result that there is no worker, and give up after an hour."""
        if self._n_there():
            self._alone_since = None
            return
        now = time.monotonic()
        if self._cluster is not None:
            self._alone_since = self._alone_since or now
            self._cluster.require_alive(now - self._alone_since)
            return
        if self._alone_since is None:
            self._alone_since = now
            self._tell(
                f"the scheduler at {self._address} has no worker; waiting for one, for"
                f" {UNTIL_GIVEN_UP / 60:g} minutes. Start some with `dask worker ADDRESS --nthreads"
                " 1`; if you did, see what they wrote before they ended."
            )
        if now - self._alone_since > UNTIL_GIVEN_UP:
            raise SimulationError(
                f"the scheduler at {self._address} had no worker for {UNTIL_GIVEN_UP / 60:g}"
                " minutes; start some, see why those ended that there were, and ask again (a fit"
                " goes on where it was stopped with --resume, resume=True)."
            )

    @staticmethod
    def _tell(text: str) -> None:
        tqdm.write(f"neuroflysim: {text}", file=sys.stderr)

    def close(self) -> None:
        """Leave the cluster; end it if it is on this machine."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


class _Piece:
    """A call that is repeated if the scheduler gives it up because workers died over it."""

    def __init__(self, workers: DaskWorkers, function: Callable, arguments: tuple):
        self._workers = workers
        self._call = function, arguments, __version__
        self._submit()

    def _submit(self) -> None:
        self.future = self._workers._client.submit(_on_one_thread, *self._call, pure=False)

    def done(self) -> bool:
        """Return whether `result` need not wait."""
        return self.future.done()

    def result(self):
        """Return what the call returns; what it raised is raised."""
        for _ in range(MOST_DEATHS):
            try:
                return self._waited_for()
            except self._workers._killed:  # a scheduler of somebody else gives up after three
                self._submit()
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] != "neuroflysim":
                    raise
                raise InvalidValueError(
                    f"a worker of the cluster has no neuroflysim ({error}); install version"
                    f" {__version__} where the workers run, as it is here."
                ) from None
        raise SimulationError("workers of the cluster die over and over; see their logs.")

    def _waited_for(self):
        while True:
            try:
                return self.future.result(timeout=UNTIL_TOLD)
            except TimeoutError:
                if self.future.done():  # the function raised it
                    raise
            self._workers.watch()


def _imported():
    try:
        import distributed
        import distributed.scheduler
    except ImportError as error:
        raise InvalidValueError(
            f"a cluster needs Dask, which cannot be imported ({error}); pip install"
            ' "neuroflysim[cluster]".'
        ) from None
    return distributed


def _on_one_thread(function: Callable, arguments: tuple, version: str):
    """Call a function on a worker that does nothing else meanwhile.

    All threads of a process would share one network, and Brian2's device.
    """
    import distributed

    worker = distributed.get_worker()
    if version != __version__:
        raise InvalidValueError(
            f"the worker at {worker.address} has neuroflysim {__version__}, but the work was"
            f" started with {version}; install the same version on both."
        )
    if worker.state.nthreads != 1:
        raise InvalidValueError(
            f"the worker at {worker.address} has {worker.state.nthreads} threads, but must have"
            " one: start it by `dask worker ADDRESS --nworkers N --nthreads 1` (dask-jobqueue:"
            " processes as many as cores)."
        )
    return function(*arguments)
