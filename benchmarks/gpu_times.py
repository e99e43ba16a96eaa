"""Time programs of a device, and PyTorch on the same work."""

from contextlib import ExitStack
from functools import partial

import limits
import results
import work
from gpu_programs import Apart, Way, flicker
from peers import Arrays, ScipyCSR
from timing import interleaved, seconds
from torch_peers import PEERS, find_torch

#: Lanes that are timed, by way; the engine "synapses" shows one lane after the other.
LANES = {
    "lattice": (1, 16, 64, 256, 1024),
    "synapses": (1,),
    **dict.fromkeys(PEERS, (1, 16, 64)),
}
#: Steps of a short and of a long run: on a GPU a step is short, and the first one is not.
LENGTHS = (20, 420)
#: Voltages of a peer may be apart from scipy's by so much, in float32.
TOLERANCE = 1e-4


def measure(device: str, extent: int, rounds: int, lanes=LANES, lengths=LENGTHS) -> list[dict]:
    """Return a row for each way and number of lanes; all take turns."""
    parameters = work.start()
    with ExitStack() as stack:
        programs = {
            way: stack.enter_context(Apart(way, extent, lengths))
            for way in (
                Way(engine, device, n_lanes)
                for engine in ("lattice", "synapses")
                for n_lanes in lanes[engine]
            )
        }
        together = {way: program.lanes_of_a_run() for way, program in programs.items()}
        peers = peer_ways(parameters, extent, lanes, lengths)
        ways = {(way, "inside"): program.inside for way, program in programs.items()}
        ways |= {(way, "whole"): program.whole for way, program in programs.items()}
        ways |= {(way, "inside"): run for way, run in peers.items()}
        timings = interleaved(ways, lengths, rounds)
    n_pairs = parameters.connectome.network(extent).n_pairs
    inside = {way: timings[way, "inside"] for way in [*programs, *peers]}
    whole = inside | {way: timings[way, "whole"] for way in programs}
    return [
        {
            "way": way.name,
            "device": way.device,
            "lanes": way.n_lanes,
            "lanes_of_a_run": together.get(way, way.n_lanes),
            "lane_step_seconds": inside[way].step / way.n_lanes,
            "spread": inside[way].spread,
            "whole_lane_step_seconds": whole[way].step / way.n_lanes,
            "beside_seconds": whole[way].beside,
            "n_pairs": n_pairs,
        }
        for way in inside
    ]


def peer_ways(parameters, extent: int, lanes: dict, lengths: tuple[int, ...]) -> dict:
    """Return what makes steps with PyTorch, frames being on its device already."""
    torch, place = find_torch()
    if torch is None:
        return {}
    arrays, ways = Arrays.of(parameters, extent), {}
    for name, peer in PEERS.items():
        steps = peer(torch, place, arrays)
        check_same_work(steps, name, parameters, extent)
        for n_lanes in lanes[name]:
            shown = {
                n_steps: steps.shown(flicker(n_lanes, n_steps).luminance(extent).to_numpy())
                for n_steps in lengths
            }
            way = Way(name, place, n_lanes)
            ways[way] = partial(_seconds_of, steps, shown)
    return ways


def _seconds_of(steps, shown: dict, n_steps: int) -> float:
    return seconds(steps.run, shown[n_steps])


def check_same_work(steps, name: str, parameters, extent: int, n_steps: int = 20) -> None:
    """Stop if the voltages of a peer and of scipy differ; `step_time` compares scipy with ours."""
    frames = work.frames(2, n_steps, extent)
    other = steps.run(steps.shown(frames))
    apart = float(abs(ScipyCSR(parameters, extent).run(frames) - other).max())
    print(f"largest difference of voltages between {name} and scipy: {apart:.1e}")
    if not apart < TOLERANCE:
        raise SystemExit(f"{name} does not compute the same: nothing was timed.")


def write(rows: list[dict], heading: str, folder=results.FOLDER) -> None:
    """Write the table."""
    for row in rows:
        operations = limits.OPERATIONS_PER_PAIR * row["n_pairs"]
        row["operations_per_second"] = operations / row["lane_step_seconds"]
    columns = {
        "way": lambda row: row["way"],
        "device": lambda row: row["device"],
        "lanes": lambda row: str(row["lanes"]),
        "in one run": lambda row: str(row["lanes_of_a_run"]),
        "ms per lane and step": lambda row: f"{row['lane_step_seconds'] * 1e3:.5f}",
        "spread": lambda row: f"{row['spread']:.0%}",
        "GFLOP/s": lambda row: f"{row['operations_per_second'] / 1e9:.1f}",
        "whole, ms": lambda row: f"{row['whole_lane_step_seconds'] * 1e3:.5f}",
        "ms beside steps": lambda row: f"{row['beside_seconds'] * 1e3:.1f}",
    }
    results.write("gpu", heading, results.table(rows, columns), rows, folder)
