"""A network in this process that goes through its steps forwards and then backwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import evolve, field, frozen
from brian2.devices.device import runtime_device

from neuroflysim.simulation.brian_state import one_at_a_time
from neuroflysim.simulation.build_trouble import told_as_ours
from neuroflysim.simulation.devices import Plan, Progress, Run, Values
from neuroflysim.simulation.devices.runtime import LINE, RuntimeProgram
from neuroflysim.simulation.model import Model

#: Variables of the engine with derivatives.
_BY_STRENGTH, _BY_TYPE, _BY_LIGHT = "_strength_sums", "_type_sums", "_light_back"


@frozen(eq=False)
class Derivatives:
    """What a way back gave, in the order of the engine's arrays."""

    by_strength: np.ndarray = field(repr=False)
    by_type: np.ndarray = field(repr=False)
    by_state: Values = field(repr=False)  #: at the beginning


class ReverseProgram(RuntimeProgram):
    """Runs steps that are kept, and goes back through them.

    Parameters
    ----------
    plan : Plan
        Of a setup that keeps steps.
    """

    def __init__(self, plan: Plan):
        super().__init__(evolve(plan, build=lambda n_rows: _on_lines(plan.build(n_rows))))
        self._neurons = self._model.cells.neurons.variables
        backward = self._model.cells.backward
        if backward is None:
            raise ValueError("the setup of this plan keeps no steps")
        self._backward = backward

    @property
    def n_strengths(self) -> int:
        """Number of strengths by which there are derivatives, see `Strengths`."""
        return int(self._array("_n_strengths")[0])

    def forwards(self, values: Values, n_steps: int, keep: bool, progress: Progress) -> Run:
        """Make steps from the state that is among the values.

        Parameters
        ----------
        values : dict of str to ndarray
            Those of the display among them.
        n_steps : int
        keep : bool
            Whether to keep the steps.
        progress : callable
        """
        run = self._run({**values, "_keeps": np.array([keep])}, n_steps, progress, False, True)
        if keep:
            for name, value in self.state().items():
                kept = self._array(f"_kept_{name}").reshape(-1, len(value))
                kept[n_steps] = value
        return run

    def read_voltage(self, first: int, where: np.ndarray, into: np.ndarray) -> None:
        """Copy voltages after kept steps.

        Parameters
        ----------
        first : int
            Of the kept steps.
        where : ndarray of int, shape (place,)
            Places in the array of the neurons.
        into : ndarray, shape (step, place)
            Of as many steps as are wanted.
        """
        n_cells = len(self._array("voltage"))
        kept = self._array("_kept_voltage").reshape(-1, n_cells)
        states = kept[first + 1 : first + 1 + len(into)]
        np.take(states, where, axis=1, out=into, mode="clip")  # "raise" would copy it once more

    def begin_backwards(self, by_state: Values) -> None:
        """Forget all derivatives but some by the state at the end, and let the others be 0.

        Parameters
        ----------
        by_state : dict of str to ndarray
        """
        for name in (_BY_STRENGTH, _BY_TYPE, *self._adjoints()):
            self._array(name)[:] = by_state.get(name.removeprefix("_adjoint_"), 0)
        self._set("_returns", 0)

    def backwards(
        self,
        n_steps: int,
        to_the_start: bool,
        of_loss: Callable[[int], np.ndarray],
        see: Callable[[int, np.ndarray], None],
        progress: Progress,
    ) -> None:
        """Go back through the steps that were kept last.

        Parameters
        ----------
        n_steps : int
        to_the_start : bool
            Whether the first of them is that of the run.
        of_loss : callable
            Takes the number of a kept state, and gives the derivatives of the loss by its
            recorded voltages.
        see : callable
            Is given the number of a step and the derivatives by light then.
        progress : callable
        """
        loss, light = self._array("_of_loss"), self._array(_BY_LIGHT)
        numbers = [self._array(n) for n in ("_slot_now", "_returns", "_goes_back", "_turn")]
        slot_now, returns, goes_back, turn = numbers
        last = 0 if to_the_start else 1  # what comes before is kept next, and its last state, too
        with one_at_a_time(), told_as_ours(), np.errstate(all="ignore"):
            for slot in range(n_steps, last - 1, -1):
                loss[:] = of_loss(slot)
                slot_now[0], goes_back[0] = slot, slot > 0
                self._backward.run()
                returns[0], turn[0] = 1, 1 - turn[0]
                if slot > 0:
                    see(slot - 1, light)
            progress(n_steps)

    def derivatives(self) -> Derivatives:
        """Return what the way back gave."""
        return Derivatives(
            by_strength=self._array(_BY_STRENGTH).copy(),
            by_type=self._array(_BY_TYPE).copy(),
            by_state={n.removeprefix("_adjoint_"): self._array(n).copy() for n in self._adjoints()},
        )

    def _adjoints(self) -> list[str]:
        return [f"_adjoint_{name}" for name in self._model.state_variables]

    def _array(self, name: str) -> np.ndarray:
        return self._neurons[name].get_value()

    def _set(self, name: str, value: int) -> None:
        self._array(name)[:] = value


def _on_lines(model: Model) -> Model:
    """Let the arrays for kept steps begin at lines of the cache, without touching what is in them.

    They are large: the system gives memory for them when it is first written to.
    """
    for name, variable in model.cells.neurons.variables.items():
        if name.startswith("_kept_"):
            size = variable.dtype.itemsize * variable.size
            room = np.zeros(size + LINE, dtype=np.uint8)
            first = -room.ctypes.data % LINE
            runtime_device.arrays[variable] = room[first : first + size].view(variable.dtype)
    return model
