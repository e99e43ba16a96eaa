"""Train flyvis for an iteration when told to, and say how long it took.

Run by `peers.Flyvis` with another interpreter, so it imports nothing of ours.

    python flyvis_train.py EXTENT TIME_STEP

Writes the versions, then for each line `FRAMES MOVIES THREADS` of the input the seconds taken. An
iteration is what flyvis' solver does with a batch, with random movies and flow in the place of
Sintel's, and without its penalty: the network from a steady state, the decoder of its flow task,
the l2 norm of the error, gradients through time, Adam.
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
from flyvis.task.decoder import DecoderGAVP  # noqa: E402

#: Of flyvis' flow task and optimizer.
DECODER = {"shape": [8, 2], "kernel_size": 5, "const_weight": 0.001, "p_dropout": 0.5}
LEARNING_RATE = 5e-5


def main() -> None:
    """Build network and decoder and serve until the input ends."""
    extent, time_step = int(sys.argv[1]), float(sys.argv[2])
    network = Network(
        connectome=Namespace(
            type="ConnectomeFromAvgFilters",
            file="fib25-fib19_v2.2.json",
            extent=extent,
            n_syn_fill=1,
        )
    )
    decoder = DecoderGAVP(network.connectome, **DECODER)
    parameters = [*network.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    answer(f"flyvis {flyvis.__version__}, torch {torch.__version__}")
    n_columns = 3 * extent * (extent + 1) + 1
    for line in sys.stdin:
        n_frames, n_movies, threads = map(int, line.split())
        torch.set_num_threads(threads)
        movies = torch.rand(n_movies, n_frames, 1, n_columns)
        flow = torch.rand(n_movies, n_frames, 2, n_columns)
        rest = network.steady_state(t_pre=0.5, dt=time_step, batch_size=n_movies, value=0.5)
        begin = time.perf_counter()
        iteration(network, decoder, optimizer, movies, flow, time_step, rest)
        answer(time.perf_counter() - begin)


def iteration(network, decoder, optimizer, movies, flow, time_step, rest) -> None:
    """Make one step of the training."""
    network.stimulus.zero(*movies.shape[:2])
    network.stimulus.add_input(movies)
    optimizer.zero_grad()
    activity = network(network.stimulus(), time_step, state=rest)
    error = (decoder(activity) - flow).flatten(1).norm(dim=1).mean()
    error.backward()
    optimizer.step()


def answer(text) -> None:
    """Say one line."""
    ANSWERS.write(f"{text}\n")
    ANSWERS.flush()


if __name__ == "__main__":
    main()
