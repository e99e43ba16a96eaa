"""Workers of a Dask cluster: on this machine, or wherever its scheduler has some."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from contextlib import contextmanager
from multiprocessing import resource_tracker

from neuroflysim import checks
from neuroflysim.cores import available_cores
from neuroflysim.errors import InvalidValueError, SimulationError

#: Address that stands for a cluster on this machine.
LOCAL = "local"

#: How often work is given to other workers after its own died, before it counts as the cause.
MOST_DEATHS = 1000

#: Seconds in which a scheduler must answer.
PATIENCE = 20


class DaskWorkers:
    """Workers of a Dask cluster that call functions.

    Parameters
    ----------
    address : str
        Of a scheduler, for example "tcp://10.0.0.1:8786", or "local".
        Each of its workers must have one thread, or what it is asked to do raises
        InvalidValueError.
    n_workers : int, optional
        Of a local cluster; as many as there are cores, if not given.
    """

    def __init__(self, address: str = LOCAL, n_workers: int | None = None):
        dask, distributed = _imported()
        self._killed = distributed.scheduler.KilledWorker
        self._cluster = None
        if address == LOCAL:
            n_workers = available_cores() if n_workers is None else n_workers
            settings = {"distributed.scheduler.allowed-failures": MOST_DEATHS}
            with dask.config.set(settings), _interrupts_held():
                self._cluster = distributed.LocalCluster(
                    n_workers=checks.whole_number("processes", n_workers, 1),
                    threads_per_worker=1,
                    dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                )
        try:
            self._client = distributed.Client(self._cluster or address, timeout=PATIENCE)
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
        """How many there are now; they may come and go."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def submit(self, function: Callable, *arguments) -> _Piece:
        """Have a worker call a function that it can import; what is raised is raised by `result`.

        A call whose worker dies is made again, by another worker.
        """
        return _Piece(self, function, arguments)

    def close(self) -> None:
        """Leave the cluster; end it if it is on this machine."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


class _Piece:
    """A call that is repeated if the scheduler gives it up because workers died over it."""

    def __init__(self, workers: DaskWorkers, function: Callable, arguments: tuple):
        self._workers = workers
        self._call = function, arguments
        self._submit()

    def _submit(self) -> None:
        self._future = self._workers._client.submit(_on_one_thread, *self._call, pure=False)

    def result(self):
        for _ in range(MOST_DEATHS):
            try:
                return self._future.result()
            except self._workers._killed:  # a scheduler of somebody else gives up after three
                self._submit()
        raise SimulationError("workers of the cluster die over and over; see their logs.")


def _imported():
    try:
        import dask
        import distributed
        import distributed.scheduler
    except ImportError as error:
        raise InvalidValueError(
            f"a cluster needs Dask, which cannot be imported ({error}); pip install"
            ' "neuroflysim[cluster]".'
        ) from None
    return dask, distributed


def _on_one_thread(function: Callable, arguments: tuple):
    """Call a function on a worker that does nothing else meanwhile.

    All threads of a process would share one network, and Brian2's device.
    """
    import distributed

    worker = distributed.get_worker()
    if worker.state.nthreads != 1:
        raise InvalidValueError(
            f"the worker at {worker.address} has {worker.state.nthreads} threads, but must have"
            " one: start it by `dask worker ADDRESS --nworkers N --nthreads 1` (dask-jobqueue:"
            " processes as many as cores)."
        )
    return function(*arguments)


@contextmanager
def _interrupts_held():
    """Let processes that are started meanwhile never see Ctrl-C: it is this one that stops them.

    What a thread does not let through, the threads and processes that it starts do not either. To
    ignore it is not enough: Brian2 puts a handler of its own in the place.
    """
    resource_tracker.ensure_running()  # it would let it through again, were it started later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
