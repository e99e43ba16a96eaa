"""Workers on this machine: processes that wait for functions to call.

They are started by a command of their own and not by `multiprocessing`, which would run the
script of the user again in each of them. They end with the process that started them, however it
ends: their input is closed then.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO

from neuroflysim import checks
from neuroflysim.errors import SimulationError

#: How often a call is repeated whose worker died.
MOST_DEATHS = 3

_LENGTH = struct.Struct("<Q")


class LocalWorkers:
    """Processes that call functions, each one at a time.

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
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all = [_Worker() for _ in range(n_workers)]
        for worker in self._all:
            self._idle.put(worker)
        self._closed = False

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    @property
    def process_ids(self) -> list[int]:
        """Of the workers, as the system knows them."""
        return [worker.process.pid for worker in self._all]

    def submit(self, function: Callable, *arguments) -> Future:
        """Have a worker call a function that it can import; what is raised is raised by `result`.

        A call whose worker dies is made again, by a new worker.
        """
        return self._threads.submit(self._call, pickle.dumps((function, arguments)))

    def _call(self, call: bytes) -> Any:
        worker = self._idle.get()
        try:
            for _ in range(MOST_DEATHS):
                try:
                    good, result = worker.ask(call)
                    break
                except (EOFError, OSError):
                    if self._closed:
                        raise SimulationError("the workers were stopped.") from None
                    worker.restart()
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

    def close(self) -> None:
        """End the workers, in the middle of their work if need be."""
        self._closed = True
        for worker in self._all:
            worker.process.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._all:
            worker.forget()


class _Worker:
    """A process at the other end of two pipes."""

    def __init__(self):
        self.restart()

    def restart(self) -> None:
        if hasattr(self, "process"):
            self.process.kill()
            self.forget()
        # A session of its own: Ctrl-C in a terminal goes to all processes of a session.
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def ask(self, call: bytes) -> tuple[bool, Any]:
        _write(self.process.stdin, call)
        return pickle.loads(_read(self.process.stdout))

    def forget(self) -> None:
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):  # what could not be written any more
                pipe.close()


def _write(pipe: BinaryIO, content: bytes) -> None:
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def _read(pipe: BinaryIO) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return _exactly(pipe, length)


def _exactly(pipe: BinaryIO, length: int) -> bytes:
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return content


def serve() -> None:
    """Call functions until the input ends: what a worker does."""
    # What others print must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            call = _read(sys.stdin.buffer)
        except EOFError:
            return
        try:
            function, arguments = pickle.loads(call)
            answer = (True, function(*arguments))
        except Exception as error:
            answer = (False, error)
        try:
            _write(answers, pickle.dumps(answer))
        except BrokenPipeError:
            return
