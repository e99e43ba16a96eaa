"""Write voltages that flyvis 1.2.0 itself computes with three of its published models.

Run with an interpreter that has flyvis and PyTorch (CPU), so it imports nothing of ours:

    FLYVIS_ROOT_DIR=folder/for/flyvis python benchmarks/flyvis_voltages.py \\
        flycns-0.7.0-py3-none-any.whl tests/data/flyvis/published_models_ext3.npz

The parameters are read from the wheel in flyvis' own order, and not by anything of ours: so the
test against this file sees a mistake of either side.
"""

import argparse
import json
import zipfile

import flyvis
import numpy as np
import torch
from datamate import Namespace
from flyvis.network import Network

FOLDER = "flycns/data/flyvis-1.2.0-ensemble"
MODELS = (0, 9, 49)
TIME_STEP = 0.02
ARRAYS = {
    "bias": "nodes_bias",
    "time_const_s": "nodes_time_const",
    "strength": "edges_syn_strength",
}


def main() -> None:
    """Show one stimulus to each of the models and write what the central cells do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel")
    parser.add_argument("output")
    parser.add_argument("--extent", type=int, default=3)
    options = parser.parse_args()
    values = published(options.wheel)
    network = build(options.extent)
    shown = stimulus(options.extent)
    frames = torch.from_numpy(shown)[None, :, None]
    central = []
    for model in MODELS:
        for name, parameter in ARRAYS.items():
            # a tensor of its own: flyvis clamps in place
            getattr(network, parameter).data = torch.from_numpy(values[name][model].copy())
        activity = network.simulate(frames, dt=TIME_STEP, as_layer_activity=True)
        types = network.node_params.bias.keys
        central.append(np.stack([activity.central[name][0].numpy() for name in types], axis=-1))
    np.savez_compressed(
        options.output,
        models=[f"{model:03d}" for model in MODELS],
        cell_types=types,
        extent=options.extent,
        time_step=TIME_STEP,
        stimulus=shown,
        central=np.stack(central),
        versions=[f"flyvis {flyvis.__version__}", f"torch {torch.__version__}"],
    )


def published(wheel: str) -> dict[str, np.ndarray]:
    """Return the arrays of the wheel that are parameters, in the order of flyvis."""
    with zipfile.ZipFile(wheel) as archive:
        manifest = json.loads(archive.read(f"{FOLDER}/manifest.json"))
        return {
            one["name"]: np.frombuffer(
                archive.read(f"{FOLDER}/{one['file']}"), one["dtype"]
            ).reshape(one["shape"])
            for one in manifest["arrays"]
            if one["name"] in ARRAYS
        }


def build(extent: int) -> Network:
    """Build the published network."""
    connectome = Namespace(
        type="ConnectomeFromAvgFilters", file="fib25-fib19_v2.2.json", extent=extent, n_syn_fill=1
    )
    return Network(connectome=connectome)


def stimulus(extent: int) -> np.ndarray:
    """Return 40 frames: a bright flash, grey, a dark flash, then noise in each column."""
    n_columns = 3 * extent * (extent + 1) + 1
    shown = np.full((40, n_columns), 0.5, dtype=np.float32)
    shown[2:10], shown[14:20] = 1.0, 0.0
    shown[20:] = np.random.default_rng(20).random((20, n_columns), dtype=np.float32)
    return shown


if __name__ == "__main__":
    main()
