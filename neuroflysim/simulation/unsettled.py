"""Telling of candidates that have not settled at grey, and with which time step they would.

A voltage swings either because the time step is so long that each step overshoots, which is an
error of the simulation, or because the network itself oscillates, which is a finding. A shorter
step tells them apart.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from attrs import evolve, frozen

from neuroflysim.errors import UnsettledError, UnsettledWarning
from neuroflysim.simulation.beginning import what_it_depends_on
from neuroflysim.simulation.cache import Kept
from neuroflysim.simulation.engine_contract import RUNAWAY_VOLTAGE, Setup
from neuroflysim.simulation.grey import GREY_TIME
from neuroflysim.simulation.settling import TOLERANCE, WATCHED_TIME, Movement
from neuroflysim.simulation.work import Candidate, Work

#: A swing above this, which the time step alone brings about, makes results meaningless: half of
#: what a photoreceptor answers when grey turns white.
MEANINGLESS = 0.25

#: How often the step is halved in search of one with which a network settles, and the shortest
#: step that is tried, in seconds.
MOST_HALVINGS, SHORTEST_STEP = 6, 0.0005

#: How much voltages move at grey with the steps that were tried, by all on which it depends. The
#: answers of ten thousand are kept.
BYTES_OF_AN_ANSWER = 1000
ASKED = Kept(10_000 * BYTES_OF_AN_ANSWER)

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
        See `tell`.
    """
    network, recorded = setup.network, setup.recorded
    found = {}
    for candidate, lead in leads.items():
        if not np.nanmax(np.append(lead.range, 0)) < RUNAWAY_VOLTAGE:
            continue  # it ran away, which is told otherwise
        for amounts, swings in ((lead.range, False), (lead.swing, True)):  # a swing counts more
            gone = work.candidates[candidate].effects.at(0).ablated[recorded]
            amounts = np.where(gone, 0, amounts)
            if not np.nanmax(np.append(amounts, 0)) > TOLERANCE:
                continue
            neuron = recorded[np.nanargmax(amounts)]
            u, v = network.columns[network.neuron_column[neuron]]
            found[candidate] = Unsettled(
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
        euler = len(network.electrical_row) and setup.method == "euler"
        or_else = "method='exponential_euler' (for the gap junctions) " if euler else ""
        tell(list(found.values()), setup.time_step, moves_at, may_raise, or_else)


def _moves(chosen: list[Candidate], setup: Setup, engine: str, moves_now: MovesNow) -> np.ndarray:
    """Return how much voltages of candidates move at grey; none is asked the same twice."""
    keys = [
        what_it_depends_on(setup, each.changed(), engine, arrays=each.effects.before_stimulus())
        for each in chosen
    ]
    owners = (setup.network, setup.dynamics)
    missing = [k for k, key in enumerate(keys) if ASKED.get(key, *owners) is None]
    moved = moves_now(setup, [chosen[k] for k in missing]) if missing else []
    for k, amount in zip(missing, moved, strict=True):
        ASKED.put(keys[k], float(amount), BYTES_OF_AN_ANSWER, *owners)
    now = dict(zip(missing, moved, strict=True))
    return np.array([now[k] if k in now else ASKED.get(keys[k], *owners) for k in range(len(keys))])


@frozen
class Unsettled:
    """A candidate that did not settle, and the cell that moved most."""

    candidate: int
    who: str  #: the candidate in words
    cell: str
    amount: float
    swings: bool


def tell(
    found: list[Unsettled],
    time_step: float,
    moves_at: Callable,
    may_raise: bool,
    or_else: str = "",
) -> None:
    """Raise or warn of candidates that have not settled.

    Parameters
    ----------
    found : list of Unsettled
    time_step : float
        In seconds.
    moves_at : callable
        Takes a time step and candidates, and returns how much voltages of each still move with it.
    may_raise : bool
        Whether a large swing that the time step alone brings about is an error, and not only a
        warning.
    or_else : str
        What else would do where the time step is too long.
    """
    open_cases = [each for each in found if each.swings]
    cured: dict[int, float] = {}
    for step in shorter_steps(time_step):
        if not open_cases:
            break
        moved = moves_at(step, [each.candidate for each in open_cases])
        cured |= {
            e.candidate: step for e, m in zip(open_cases, moved, strict=True) if m <= TOLERANCE
        }
        open_cases = [each for each in open_cases if each.candidate not in cured]
    by_step = [each for each in found if each.candidate in cured]
    own_swing = [each for each in found if each.swings and each.candidate not in cured]
    drifting = [each for each in found if not each.swings]
    if by_step:
        step = min(cured.values())
        message = (
            f"{_what(by_step, time_step)}. That comes from the time step, which is too long: with"
            f" {1000 * step:.3g} ms {_it(by_step)} at rest by then. Use time_step={_rounded(step)}"
            f"*ms or less, {or_else}or initial='rest' to go on all the same."
        )
        if may_raise and max(each.amount for each in by_step) > MEANINGLESS:
            raise UnsettledError(message)
        warnings.warn(message, UnsettledWarning, stacklevel=2)
    if own_swing:
        least = 1000 * min(shorter_steps(time_step), default=time_step)
        warnings.warn(
            f"{_what(own_swing, time_step)}. It does so with steps down to {least:.3g} ms, too: the"
            " network itself does not come to rest, and what is shown meets it on the move.",
            UnsettledWarning,
            stacklevel=2,
        )
    if drifting:
        warnings.warn(
            f"{_what(drifting, time_step)}. It goes one way, as slow cells do; what is shown meets"
            " the network before it is at rest. Show more grey before (pre_time), or give initial"
            " voltages.",
            UnsettledWarning,
            stacklevel=2,
        )


def _what(found: list[Unsettled], time_step: float) -> str:
    """Return what moves most, and how many others do."""
    worst = max(found, key=lambda each: each.amount)
    moves = "swings" if worst.swings else "moves"
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return (
        f"the network has not settled after {GREY_TIME:g} s of grey, with a time step of"
        f" {1000 * time_step:.4g} ms: the voltage of {worst.cell} {moves} by {worst.amount:.2g} in"
        f" the last {WATCHED_TIME:g} s ({worst.who}{others})"
    )


def _it(found: list) -> str:
    return "it is" if len(found) == 1 else f"this and {len(found) - 1} more candidates are"


def _rounded(step: float) -> str:
    """Return milliseconds that are no longer, with two digits."""
    digits = 1 - int(np.floor(np.log10(1000 * step)))
    return f"{np.floor(1000 * step * 10**digits + 1e-9) / 10**digits:g}"


def shorter_steps(time_step: float) -> list[float]:
    """Return the steps that are tried if a network does not settle, in seconds."""
    halved = [time_step / 2**k for k in range(1, MOST_HALVINGS + 1)]
    return [step for step in halved if step >= SHORTEST_STEP]
