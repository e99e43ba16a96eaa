"""Asking candidates whether they settled at grey, and with which time step they would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import evolve

from neuroflysim.simulation import settling
from neuroflysim.simulation.beginning import what_it_depends_on
from neuroflysim.simulation.engine_contract import RUNAWAY_VOLTAGE, Setup
from neuroflysim.simulation.settling import Movement
from neuroflysim.simulation.work import Candidate, Work

#: Takes a setup and candidates, and returns how much voltages of each move at grey.
MovesNow = Callable[[Setup, list[Candidate]], np.ndarray]


def require_settled(
    leads: dict[int, Movement],
    work: Work,
    setup: Setup,
    engine: str,
    moves_now: MovesNow,
    may_raise: bool,
) -> None:
    """Raise or warn if voltages of candidates have not settled at grey.

    Parameters
    ----------
    leads : dict of int to Movement
        How recorded voltages of each candidate moved at the end of the lead.
    work : Work
    setup : Setup
    engine : str
    moves_now : callable
        Asked with shorter steps where a voltage swings.
    may_raise : bool
        See `settling.tell`.
    """
    network, recorded = setup.network, setup.recorded
    found = {}
    for candidate, lead in leads.items():
        if not np.nanmax(np.append(lead.range, 0)) < RUNAWAY_VOLTAGE:
            continue  # it ran away, which is told otherwise
        for amounts, swings in ((lead.range, False), (lead.swing, True)):  # a swing counts more
            gone = work.candidates[candidate].effects.at(0).ablated[recorded]
            amounts = np.where(gone, 0, amounts)
            if not np.nanmax(np.append(amounts, 0)) > settling.TOLERANCE:
                continue
            neuron = recorded[np.nanargmax(amounts)]
            u, v = network.columns[network.neuron_column[neuron]]
            found[candidate] = settling.Unsettled(
                candidate=int(candidate),
                who=work.name(candidate),
                cell=f"{network.cell_types[network.neuron_type[neuron]]} at column ({u}, {v})",
                amount=float(np.nanmax(amounts)),
                swings=swings,
            )

    def moves_at(time_step: float, candidates: list[int]) -> np.ndarray:
        other = evolve(setup, time_step=time_step, room=work.room)
        return _moves([work.candidates[k] for k in candidates], other, engine, moves_now)

    if found:
        settling.tell(list(found.values()), setup.time_step, moves_at, may_raise)


def _moves(chosen: list[Candidate], setup: Setup, engine: str, moves_now: MovesNow) -> np.ndarray:
    """Return how much voltages of candidates move at grey; none is asked the same twice."""
    keys = [
        what_it_depends_on(setup, each.changed(), engine, arrays=each.effects.before_stimulus())
        for each in chosen
    ]
    owners = (setup.network, setup.dynamics)
    missing = [k for k, key in enumerate(keys) if settling.ASKED.get(key, *owners) is None]
    moved = moves_now(setup, [chosen[k] for k in missing]) if missing else []
    for k, amount in zip(missing, moved, strict=True):
        settling.ASKED.put(keys[k], float(amount), settling.BYTES_OF_AN_ANSWER, *owners)
    now = dict(zip(missing, moved, strict=True))
    return np.array(
        [now[k] if k in now else settling.ASKED.get(keys[k], *owners) for k in range(len(keys))]
    )
