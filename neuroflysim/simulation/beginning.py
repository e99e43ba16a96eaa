"""The beginning of a stimulus that all of its conditions have in common, simulated once.

First the network rests at grey, and then most stimuli show a second of one background before their
conditions part. Until then a candidate does the same in all of them. So a beginning takes a lane
for each candidate instead of one for each condition, and those of intact flies are kept for the
next stimulus that begins alike. Voltages are the same to the last bit: no lane touches another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable

import numpy as np
from attrs import evolve, field, frozen
from brian2 import prefs

from neuroflysim.parameters import Parameters
from neuroflysim.simulation.brian_state import flags_for_processor
from neuroflysim.simulation.cache import Kept
from neuroflysim.simulation.devices import Run, Values, first_times
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.settling import Movement

#: Bytes of the beginnings that a process keeps: a model of 721 columns takes 0.2 MB in float32.
MOST_BYTES = 1e8

#: Preferences of Brian2 on which the bits of a voltage may depend.
FLAGS = ("codegen.cpp.extra_compile_args", "codegen.cpp.extra_compile_args_gcc")


@frozen
class Beginning:
    """What one candidate does until conditions part."""

    state: Values = field(repr=False)  #: at its end, each of shape (neuron,)
    #: By variable, each of shape (time, recorded); None if none were kept.
    traces: Values | None = field(repr=False)
    #: Seconds since the run began, lead included; 0: never. None if that holds for all neurons.
    runaway_time: np.ndarray | None = field(repr=False)
    lead: Movement | None = field(repr=False)  #: at the end of the lead, each of shape (recorded,)

    @property
    def n_bytes(self) -> int:
        """Bytes of its arrays."""
        moved = [] if self.lead is None else [self.lead.range, self.lead.swing]
        traces = (self.traces or {}).values()
        arrays = [*self.state.values(), *traces, self.runaway_time, *moved]
        return sum(array.nbytes for array in arrays if array is not None)


def beginnings(run: Run, state: Values, lanes: Lanes) -> list[Beginning]:
    """Return what each candidate of a run did, in the first of its conditions."""
    first = np.arange(lanes.n_candidates) * lanes.n_conditions
    states = {name: lanes.by_lane(values)[first] for name, values in state.items()}
    traces = {name: lanes.traces(each)[:, 0] for name, each in (run.traces or {}).items()}
    away = None if run.runaway_time is None else lanes.by_lane(run.runaway_time)[first]
    leads = movements(run.lead, lanes) or [None] * len(first)
    return [
        Beginning(
            state={name: values[k].copy() for name, values in states.items()},
            traces={name: each[k].copy() for name, each in traces.items()} or None,
            runaway_time=away[k].copy() if away is not None and away[k].any() else None,
            lead=lead,
        )
        for k, lead in enumerate(leads)
    ]


def movements(lead: Movement | None, lanes: Lanes) -> list[Movement]:
    """Return how voltages of each candidate of a run moved, at most in any condition."""
    if lead is None:
        return []
    extents = [lanes.traces(moved[None])[:, :, 0].max(axis=1) for moved in (lead.range, lead.swing)]
    return [Movement(*both) for both in zip(*extents, strict=True)]


def spread(begun: list[Beginning], lanes: Lanes) -> Values:
    """Return the state from which lanes go on, given the beginning of each candidate."""
    names = begun[0].state if begun else ()
    return {name: _by_lane([each.state[name] for each in begun], lanes) for name in names}


def gone_on(begun: list[Beginning], run: Run, lanes: Lanes, time_before: float) -> Run:
    """Return a run with what came before it; as it is, if nothing did."""
    if not begun:
        return run
    away = None
    if any(each.runaway_time is not None for each in begun):
        never = np.zeros(len(next(iter(begun[0].state.values()))))
        times = [never if each.runaway_time is None else each.runaway_time for each in begun]
        away = _by_lane(times, lanes)
    common, lead = None, None
    if begun[0].traces is not None:
        kept = [each.traces for each in begun if each.traces is not None]
        common = {name: np.stack([each[name] for each in kept]) for name in kept[0]}
    if begun[0].lead is not None:
        extents = [[getattr(b.lead, name) for b in begun] for name in ("range", "swing")]
        lead = Movement(*(np.repeat(moved, lanes.n_conditions, 0).reshape(-1) for moved in extents))
    away = first_times(away, run.runaway_time, time_before)
    return evolve(run, common=common, runaway_time=away, lead=lead)


def _by_lane(by_candidate: list[np.ndarray], lanes: Lanes) -> np.ndarray:
    return lanes.arrange(np.stack(by_candidate)[lanes.candidate])


#: Beginnings of intact flies, by what they depend on.
KEPT = Kept(MOST_BYTES)


def what_it_depends_on(
    setup: Setup, parameters: Parameters, *others: Hashable, arrays: Iterable[np.ndarray] = ()
) -> Hashable:
    """Return on what the voltages of a candidate depend, beside the network and its dynamics.

    Parameters
    ----------
    setup : Setup
    parameters : Parameters
    *others : hashable
        What else matters to who asks,
    arrays : iterable of ndarray
        and what of it is arrays.
    """
    content = hashlib.blake2b(digest_size=16)
    for array in (parameters.to_vector(), setup.recorded, *arrays):
        content.update(f"{array.dtype.str}{array.shape}".encode())
        content.update(np.ascontiguousarray(array))
    flags = repr([flags_for_processor(), *(prefs[name] for name in FLAGS)])
    return (
        setup.method, setup.time_step, setup.dtype.str, setup.perturbed, content.digest(),
        flags, *others,
    )  # fmt: skip
