"""Draw docs/figures/convergence.png: the error of both integration methods against the step."""

from pathlib import Path

import numpy as np
import pandas as pd
from brian2 import ms
from matplotlib import pyplot as plt

import neuroflysim as nfs

STEPS = (0.5, 1, 2, 4, 5, 10, 20)  # ms
FINE = 0.05  # ms
CONNECTOME = nfs.load_connectome()
FLASH = nfs.protocols.flash(intensity=1, pre_time=0 * ms, stim_time=200 * ms, tail_time=200 * ms)
COLORS = {"euler": "#D55E00", "exponential_euler": "#0072B2"}
NAMES = {"euler": "Euler, time constants raised to the step", "exponential_euler": "exponential"}


def run(parameters, method, step):
    """Voltages of the central cells, shape (time, cell_type), and their times in ms."""
    voltage = nfs.simulate(
        FLASH, connectome=CONNECTOME, parameters=parameters, extent=2, initial="grey",
        method=method, time_step=step * ms, progress=False,
    ).voltage[0, 0]  # fmt: skip
    return voltage.sel(cell_type="L1"), voltage.to_numpy()[round(20 / step) - 1 :: round(20 / step)]


def with_time_constants(seconds):
    """The count-proportional start with other time constants."""
    start = nfs.Parameters.uniform(CONNECTOME)
    names = CONNECTOME.cell_types.index
    return nfs.Parameters.from_tables(
        CONNECTOME,
        time_constant=pd.Series(np.broadcast_to(seconds, len(names)), names),
        resting_potential=start.resting_potential, synapse_strength=start.synapse_strength,
    )  # fmt: skip


def main():
    """Draw both panels."""
    rng = np.random.default_rng(0)
    mixed = with_time_constants(np.exp(rng.uniform(np.log(0.005), np.log(0.2), 65)))
    quick = with_time_constants(0.005)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    _, reference = run(mixed, "exponential_euler", FINE)
    for method, color in COLORS.items():
        errors = [abs(run(mixed, method, step)[1] - reference).max() for step in STEPS]
        left.loglog(STEPS, errors, "o-", color=color, label=NAMES[method])
        for step, error in zip(STEPS, errors, strict=True):
            print(f"{method:18} step {step:4} ms  largest error {error:.2e}")
    left.loglog(STEPS, 0.7 * errors[0] * np.array(STEPS) / STEPS[0], "k:", label="first order")
    left.set(
        xlabel="time step (ms)", ylabel="largest error of the voltage",
        title="65 central cells, time constants 5 to 200 ms",
    )  # fmt: skip
    left.legend()
    fine, _ = run(quick, "exponential_euler", FINE)
    right.plot(fine["time"] * 1000, fine, "k", lw=1, label=f"step {FINE} ms")
    for method, color in COLORS.items():
        trace, _ = run(quick, method, 20)
        right.plot(trace["time"] * 1000, trace, "o-", ms=4, color=color, label=NAMES[method])
    right.set(
        xlabel="time (ms)", ylabel="voltage of L1",
        title="time constants 5 ms, step 20 ms",
    )  # fmt: skip
    right.legend()
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
