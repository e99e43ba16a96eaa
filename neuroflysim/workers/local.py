"""Workers on this machine: processes that wait for functions to call.

They are started by a command of their own and not by `multiprocessing`, which would run the
script of the user again in each of them. They end with the process that started them, however it
ends and whatever they are at: their input is closed then.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import Any, BinaryIO, cast

from neuroflysim import checks
from neuroflysim.errors import SimulationError
from neuroflysim.workers import process as served

#: How often a call is repeated whose worker died.
MOST_DEATHS = 3


class LocalWorkers:
    """Processes that call functions, each one at a time.

    Each begins when there is a call for it and all others are at work.

    Parameters
    ----------
    n_workers : int

    Examples
    --------
    >>> with LocalWorkers(2) as workers:
    ...     halves = [workers.submit(divmod, number, 2) for number in (5, 6)]
    ...     print([half.result() for half in halves])
    [(2, 1), (3, 0)]
    """

    def __init__(self, n_workers: int):
        self.n_workers = checks.whole_number("processes", n_workers, 1)
        self._threads = ThreadPoolExecutor(n_workers, thread_name_prefix="neuroflysim-worker")
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()  # those that began come first
        self._all = [_Worker() for _ in range(n_workers)]
        for worker in self._all:
            self._idle.put(worker)
        self._closed, self._lock = False, threading.Lock()

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    @property
    def n_beside(self) -> int:
        """All of them share the memory of this machine."""
        return self.n_workers

    #: See `Workers`.
    at_hand = True

    @property
    def process_ids(self) -> list[int]:
        """Of the workers that began, as the system knows them."""
        return [worker.process.pid for worker in self._all if worker.process is not None]

    def submit(self, function: Callable, *arguments: Any) -> Future:
        """Have a worker call a function that it can import; what is raised is raised by `result`.

        A call whose worker dies is made again, by a new worker.
        """
        return self._threads.submit(self._call, pickle.dumps((function, arguments)))

    def as_completed(self, pieces: Sequence[Future]) -> Iterator[Future]:
        """Yield pieces as they are done."""
        return as_completed(pieces)

    def cancel(self, pieces: Sequence[Future]) -> None:
        """Let go of pieces; a worker that is at one brings it to its end."""
        for piece in pieces:
            piece.cancel()

    def _call(self, call: bytes) -> Any:
        worker = self._idle.get()
        try:
            if worker.process is None:
                self._start(worker)
            for _ in range(MOST_DEATHS):
                try:
                    good, result = worker.ask(call)
                    break
                except (EOFError, OSError):
                    self._start(worker)
            else:
                raise SimulationError(
                    f"{MOST_DEATHS} worker processes died over the same piece of work; perhaps the"
                    " memory is short: take fewer processes."
                )
        finally:
            self._idle.put(worker)
        if not good:
            raise result
        return result

    def _start(self, worker: _Worker) -> None:
        with self._lock:  # else it might come after `close` has ended all that there are
            if self._closed:
                raise SimulationError("the workers were stopped.") from None
            worker.start()

    def close(self) -> None:
        """End the workers, in the middle of their work if need be."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._all:
            worker.forget()


class _Worker:
    """A process at the other end of two pipes."""

    def __init__(self):
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Begin, in place of a process that died if there was one."""
        self.kill()
        self.forget()
        # A session of its own: Ctrl-C in a terminal goes to all processes of a session.
        self.process = subprocess.Popen(
            [sys.executable, "-P", served.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        )

    def ask(self, call: bytes) -> tuple[bool, Any]:
        process = cast(subprocess.Popen, self.process)
        served.write(cast(BinaryIO, process.stdin), call)
        return pickle.loads(served.read(cast(BinaryIO, process.stdout)))

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    def forget(self) -> None:
        if self.process is None:
            return
        self.process.wait()
        for pipe in filter(None, (self.process.stdin, self.process.stdout)):
            with suppress(OSError):  # what could not be written any more
                pipe.close()
