"""Make steps with flyvis when told to, and say how long they took.

Run by `peers.Flyvis` with another interpreter, so it imports nothing of ours.

    python flyvis_step.py EXTENT TIME_STEP

Writes the versions, then for each line `STEPS LANES THREADS` of the input the seconds taken. The
parameters are flyvis's own; how long a step takes does not depend on them.
"""

import os
import sys
import time

# flyvis logs, and its parts may print: what this program says must stand alone.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import flyvis  # noqa: E402
import torch  # noqa: E402
from datamate import Namespace  # noqa: E402
from flyvis.network import Network  # noqa: E402


def main() -> None:
    """Build the network and serve until the input ends."""
    extent, time_step = int(sys.argv[1]), float(sys.argv[2])
    network = build(extent)
    answer(f"flyvis {flyvis.__version__}, torch {torch.__version__}")
    n_columns = 3 * extent * (extent + 1) + 1
    for line in sys.stdin:
        n_steps, n_lanes, threads = map(int, line.split())
        torch.set_num_threads(threads)
        shown = torch.rand(n_lanes, n_steps, 1, n_columns)
        answer(seconds(network, shown, time_step))


def build(extent: int) -> Network:
    """Build the published network with its default parameters."""
    connectome = Namespace(
        type="ConnectomeFromAvgFilters", file="fib25-fib19_v2.2.json", extent=extent, n_syn_fill=1
    )
    network = Network(connectome=connectome)
    # Network.simulate wants it without gradients, and in evaluation mode.
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad = False
    return network


@torch.no_grad()
def seconds(network: Network, shown: torch.Tensor, time_step: float) -> float:
    """Simulate from the resting potentials."""
    begin = time.perf_counter()
    network.simulate(shown, time_step, initial_state=None)
    return time.perf_counter() - begin


def answer(text) -> None:
    """Say one line."""
    ANSWERS.write(f"{text}\n")
    ANSWERS.flush()


if __name__ == "__main__":
    main()
