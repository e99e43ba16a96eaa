"""Programs of a device in processes of their own, which wait for orders."""

from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context

import numpy as np
from attrs import frozen
from brian2 import Hz, second

import neuroflysim as nfs
import work
from timing import seconds

#: Nothing that has threads, or holds a GPU, is forked.
SPAWN = get_context("spawn")


@frozen
class Way:
    """One way to make the steps, by its name in `LANES`."""

    name: str
    device: str
    n_lanes: int


class Apart:
    """Programs in a process of their own, which waits for orders: so several are built at once.

    Parameters
    ----------
    way : Way
        An engine and its device.
    extent : int
    lengths : tuple of int
        Steps of each program.
    """

    def __init__(self, way: Way, extent: int, lengths: tuple[int, ...]):
        self._way, self._whole = way, {}
        self._pipe, other = SPAWN.Pipe()
        arguments = (other, way, extent, lengths)
        self._process = SPAWN.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        other.close()

    def __enter__(self) -> "Apart":
        return self

    def __exit__(self, *_) -> None:
        if self._process.is_alive():
            self._pipe.send(None)
        self._process.join()

    def lanes_of_a_run(self) -> int:
        """Wait until all is built, and return how many lanes one run computes."""
        return self._answer()

    def inside(self, n_steps: int) -> float:
        """Run, and return the seconds that the steps took inside the program."""
        self._pipe.send(n_steps)
        inside, self._whole[n_steps] = self._answer()
        return inside

    def whole(self, n_steps: int) -> float:
        """Return the seconds of the same run from outside: `inside` comes before."""
        return self._whole.pop(n_steps)

    def _answer(self):
        try:
            answer = self._pipe.recv()
        except EOFError:
            answer = "the process ended"
        if isinstance(answer, str):
            raise SystemExit(f"{self._way} stopped: {answer}")
        return answer


def _serve(pipe, way: Way, extent: int, lengths: tuple[int, ...]) -> None:
    """Build, then run whenever told to."""
    parameters = work.start()
    build = partial(work.compiled, extent=extent, engine=way.name, device=way.device)
    try:
        with ExitStack() as stack:
            programs = {
                n_steps: stack.enter_context(build(parameters, flicker(way.n_lanes, n_steps)))
                for n_steps in lengths
            }
            lanes = programs[lengths[0]]._setup.lanes.n_used
            pipe.send(lanes)
            while (n_steps := pipe.recv()) is not None:
                whole = seconds(programs[n_steps].run, parameters, progress=False)
                n_runs = -(-way.n_lanes // lanes)
                pipe.send((n_runs * _last_run_time(programs[n_steps]), whole))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")


def _last_run_time(program) -> float:
    """Return the seconds of the last run's steps, as the program itself has measured them."""
    ((built, _),) = program._runner._built.values()
    return built._device._last_run_time


def flicker(n_lanes: int, n_steps: int) -> nfs.Protocol:
    """Return a grating for each lane. Equations: frames would be read anew before each run."""
    return nfs.Protocol(
        name="flicker",
        equations="luminance = 0.5 + 0.5*sin(2*pi*(x/30 + frequency*t)) : 1",
        parameters={"frequency": np.linspace(1, 10, n_lanes) * Hz},
        pre_time=0 * second,
        stim_time=n_steps * work.TIME_STEP * second,
        tail_time=0 * second,
    )
