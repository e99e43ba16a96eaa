"""Whether a fitted model behaves on the full eye: it must settle at grey, and never run away."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from attrs import frozen

from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.errors import RunawayActivityError
from neuroflysim.fit.settling import GREY_FRAMES, first_voltage, ranges
from neuroflysim.flow.clip_times import TIME_STEP
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.eye_worlds import layered_worlds
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice
from neuroflysim.machine.cores import available_cores
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.simulation import compile
from neuroflysim.simulation.grey import grey_frames
from neuroflysim.simulation.settling import TOLERANCE, unasked

#: No voltage may be larger than this on any clip; in trained models the largest are about 10.
CAP = 50.0

#: The extra clips: worlds of high contrast that no fit sees.
N_SCENES, SEED, CONTRAST = 2, 2024, (0.8, 1.5)

#: What failed, if nothing did.
STABLE = "stable"


@frozen(kw_only=True)
class Stability:
    """What the check found.

    Parameters
    ----------
    stable : bool
    reason : str
        "stable", or what went wrong.
    unrest : float
        Range of the voltage over the last 0.5 s of 2 s of grey, of the cell where it is largest.
    largest_voltage : float
        Largest magnitude of a voltage on the extra clips; not a number if it ran away.
    """

    stable: bool
    reason: str
    unrest: float
    largest_voltage: float


def check_stability(
    parameters: Parameters,
    *,
    lattice: Lattice = DEFAULT_LATTICE,
    threads: int | None = None,
    dynamics: Dynamics | str = GRADED,
) -> Stability:
    """Show 2 s of grey and worlds of high contrast to a model, on a lattice with borders.

    Parameters
    ----------
    parameters : Parameters
    lattice : Lattice
    threads : int, optional
        As many as there are cores, if not given.
    dynamics : Dynamics or str
        With the published one, the network begins at its rest state on an endless lattice. That
        is known of no other; then it rests at grey for a second more before it is watched.

    Returns
    -------
    Stability

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome(), total_input=0.5)
    >>> check_stability(start, lattice=nfs.Lattice(extent=3)).stable
    True
    """
    dynamics = checked_dynamics(dynamics)
    checked_candidates(parameters, dynamics=dynamics)
    clips = _extra_clips(lattice)
    grey = grey_frames(GREY_FRAMES, clips.lattice)[None]
    unrest = largest = np.nan
    known = dynamics == GRADED
    neuron_type = parameters.connectome.network(lattice).neuron_type
    voltage = first_voltage(parameters)[neuron_type] if known else None
    compiled = compile(
        grey,
        connectome=parameters.connectome,
        lattice=lattice,
        initial="rest" if known else "grey",
        record="all",
        dtype="float32",
        time_step=TIME_STEP,
        threads=available_cores() if threads is None else threads,
        dynamics=dynamics,
    )
    with compiled as program, unasked():

        def shown(luminance):
            shown = program.run(parameters, luminance, initial=voltage, progress=False)
            return shown.voltage[0, 0]

        try:
            at_grey = shown(grey)
            moved = ranges(at_grey.to_numpy())
            unrest = float(moved.max())
            if unrest > TOLERANCE:
                cell = at_grey.cell_type[int(moved.argmax())].item()
                reason = (
                    f"it does not settle at grey: the voltage of a {cell} changes by"
                    f" {unrest:.2g} between 1.5 and 2 s"
                )
                return Stability(
                    stable=False, reason=reason, unrest=unrest, largest_voltage=largest
                )
            largest = max(float(np.abs(shown(clip[None])).max()) for clip in clips.luminance)
        except RunawayActivityError as error:
            what = "at grey" if np.isnan(unrest) else "on worlds of high contrast"
            reason = f"it runs away {what}: {error}"
            return Stability(stable=False, reason=reason, unrest=unrest, largest_voltage=largest)
    if largest > CAP:
        reason = f"a voltage of {largest:.3g} on worlds of high contrast is beyond {CAP:g}"
        return Stability(stable=False, reason=reason, unrest=unrest, largest_voltage=largest)
    return Stability(stable=True, reason=STABLE, unrest=unrest, largest_voltage=largest)


@lru_cache(maxsize=1)
def _extra_clips(lattice: Lattice) -> Clips:
    """Return the worlds of high contrast; to paint them takes as long as to show them."""
    return layered_worlds(
        N_SCENES,
        seed=SEED,
        lattice=lattice,
        contrast=CONTRAST,
        n_frames=GREY_FRAMES,
        time_step=TIME_STEP,
    )
