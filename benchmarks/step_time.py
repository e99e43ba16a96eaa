"""Time one step of the network at extent 15, beside a sparse matrix product of scipy.

Each engine and device simulates the same stimulus with the same parameters in float32, in one
process and one thread, turn by turn; the median of the rounds counts. What a run costs beside its
steps is the difference between a long and a short run, and told apart.

    python benchmarks/step_time.py
"""

import platform
import statistics
import time

import numpy as np
import scipy.sparse

import neuroflysim as nfs
from neuroflysim.simulation.model import offset_weights

EXTENT, ROUNDS = 15, 5
SHORT, LONG = 20, 120  # steps
BATCHES = (1, 4, 16, 64)
WAYS = (
    ("lattice", "runtime"),
    ("lattice", "cpp_standalone"),
    ("synapses", "runtime"),
    ("synapses", "cpp_standalone"),
)


def scipy_step(parameters, n_lanes: int) -> float:
    """Seconds of one Euler step by scipy CSR, all lanes, float32."""
    network = parameters.connectome.network(EXTENT)
    weight = offset_weights(parameters)[network.pair_offset].astype(np.float32)
    shape = (network.n_neurons,) * 2
    matrix = scipy.sparse.csr_matrix((weight, (network.pair_target, network.pair_source)), shape)
    rest = parameters.resting_potential.to_numpy()[network.neuron_type].astype(np.float32)
    if n_lanes > 1:
        rest = np.repeat(rest[:, None], n_lanes, axis=1)
    voltage, times = rest.copy(), []
    for _ in range(20):
        begin = time.perf_counter()
        drive = rest + matrix @ np.maximum(voltage, 0)
        voltage += np.float32(0.4) * (drive - voltage)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def program_step(engine: str, device: str, parameters, n_lanes: int) -> tuple[float, float]:
    """Seconds of one step, all lanes, and of what a run costs beside its steps."""
    rng = np.random.default_rng(0)
    medians = {}
    for n_steps in (SHORT, LONG):
        frames = rng.uniform(size=(n_lanes, n_steps, 721))
        with nfs.compile(
            frames, connectome=parameters.connectome, extent=EXTENT, engine=engine, device=device,
            dtype="float32", initial="rest",
        ) as program:  # fmt: skip
            program.run(parameters, progress=False)
            times = []
            for _ in range(ROUNDS):
                begin = time.perf_counter()
                program.run(parameters, progress=False)
                times.append(time.perf_counter() - begin)
        medians[n_steps] = statistics.median(times)
    step = (medians[LONG] - medians[SHORT]) / (LONG - SHORT)
    return step, medians[SHORT] - SHORT * step


def main() -> None:
    """Print a table: milliseconds per lane and step, and how many times faster than scipy."""
    parameters = nfs.Parameters.uniform(nfs.load_connectome())
    print(f"{processor()}; extent {EXTENT}, float32, one thread, {time.strftime('%Y-%m-%d')}")
    print("lanes  engine    device          ms per lane and step   times scipy   ms beside steps")
    for n_lanes in BATCHES:
        peer = scipy_step(parameters, n_lanes) / n_lanes * 1e3
        print(f"{n_lanes:5}  scipy CSR                 {peer:20.3f}  {1:12.1f}")
        for engine, device in WAYS:
            if engine == "synapses" and n_lanes > 4:
                continue  # one lane after the other: the same per lane
            step, beside = program_step(engine, device, parameters, n_lanes)
            lane = step / n_lanes * 1e3
            print(
                f"{n_lanes:5}  {engine:8}  {device:14}  {lane:20.3f}  {peer / lane:12.1f}"
                f"  {beside * 1e3:16.1f}",
                flush=True,
            )


def processor() -> str:
    """Name the processor as the system does."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
