"""What a device is given, and what it must offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from attrs import field, frozen

from neuroflysim.simulation.devices.outcome import Run
from neuroflysim.simulation.model import Model
from neuroflysim.simulation.settling import watched_steps

Values = dict[str, np.ndarray]
#: Takes the steps before a stimulus, its first frame and its end (None: all), and gives values
#: of the display.
Show = Callable[[int, int, int | None], Values]
Progress = Callable[[int], object]


@frozen
class Plan:
    """What a program is built for."""

    build: Callable[[int], Model] = field(repr=False)  #: takes the number of rows of the display
    time_step: float  #: seconds
    dtype: np.dtype
    n_lead: int  #: steps before each stimulus, not recorded
    n_frames: int  #: steps of a stimulus
    needs_compiler: bool  #: whether Brian2's numpy target would not do

    @property
    def n_rows(self) -> int:
        """Rows of the display: one for all of the lead, and the frames."""
        return self.n_frames + (self.n_lead > 0)

    @property
    def n_watched(self) -> int:
        """Steps at the end of the lead in which the network must have settled."""
        return watched_steps(self.n_lead, self.time_step)


class Device(Protocol):
    """A program that a device has built for a `Plan`, and that runs it with other values.

    All arrays are NumPy arrays of the process that asks. Those that go in are read and not kept;
    those that come out are the caller's. Variables are named as in Brian2: a name leads to the
    one group that owns it (`Model.owner`), and values are in its order. Times are in seconds.

    A device whose `goes_on` is true also has `begin`, which returns the state after the lead and
    the first frames; its `run` goes on from there with the frames after them. To the bit, it must
    be the same whether frames are shown by `begin` or by `run`. From one device to another,
    voltages agree within rounding of the plan's `dtype` and not to the bit: compilers differ.
    """

    #: Whether a run may go on from the state in which another one ended.
    goes_on: bool

    #: Whether a run starts so slowly that as much should be in it as memory has room for.
    large_runs: bool

    def __init__(self, plan: Plan): ...

    def run(
        self,
        values: Values,
        show: Show,
        n_common: int,
        progress: Progress,
        traces: bool = True,
        to_the_end: bool = True,
        n_frames: int | None = None,
    ) -> Run:
        """Show a stimulus, and the lead before it unless `begin` did.

        Parameters
        ----------
        values : dict of str to ndarray
            Parameters and state, in the order of the neurons or of their weights.
        show : callable
            Gives the values of the display.
        n_common : int
            Frames that `begin` showed; 0 for a device that does not go on.
        progress : callable
            Told how many steps were made.
        traces : bool
            Whether voltages are recorded.
        to_the_end : bool
            Whether to go on when a voltage ran away, for the sake of the others.
        n_frames : int, optional
            Of the stimulus that are wanted, those of `begin` among them; all, if not given. A
            device may run them all in any case.
        """
        ...

    def close(self) -> None:
        """Free memory and files; nothing runs afterwards."""
        ...
