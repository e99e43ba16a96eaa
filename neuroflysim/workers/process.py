"""What a process of `LocalWorkers` runs.

It imports nothing but Python's own until it is asked to call something, and so starts at once.
What goes through its pipes is pickled: messages between a process and those that it started itself,
whom it has to trust anyway. Nothing is read from a file.
"""

import os
import pickle
import queue
import struct
import sys
import threading
from typing import BinaryIO

_LENGTH = struct.Struct("<Q")


def write(pipe: BinaryIO, content: bytes) -> None:
    """Send bytes to the other end of a pipe."""
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def read(pipe: BinaryIO) -> bytes:
    """Return what `write` sent; raise EOFError if the other end is gone."""
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return _exactly(pipe, length)


def _exactly(pipe: BinaryIO, length: int) -> bytes:
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return content


def serve() -> None:
    """Call functions until the input ends: then nobody is left who could ask."""
    # What others print must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(calls,), daemon=True).start()
    first = calls.get()
    from neuroflysim.machine.quiet_brian import leave_no_logs, say_nothing_of_the_cache

    say_nothing_of_the_cache()
    leave_no_logs()
    calls.put(first)
    while True:
        answer = answer_to(calls.get())
        try:
            write(answers, answer)
        except BrokenPipeError:
            os._exit(0)


def _listen(calls: queue.SimpleQueue) -> None:
    """Pass on what is to be called; end at the end of the input, in the midst of a call, too."""
    try:
        while True:
            calls.put(read(sys.stdin.buffer))
    except EOFError:
        os._exit(0)


def answer_to(call: bytes) -> bytes:
    """Return whether a call went well, and what it returned or raised, pickled."""
    try:
        function, arguments = pickle.loads(call)
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:
        try:
            answer = pickle.dumps((False, error))
            pickle.loads(answer)  # errors with arguments of their own often fail only here
            return answer
        except Exception:
            from neuroflysim.errors import SimulationError

            told = SimulationError(f"a worker failed: {type(error).__name__}: {error}")
            return pickle.dumps((False, told))


if __name__ == "__main__":
    serve()
