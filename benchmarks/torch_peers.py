"""Steps as a program in PyTorch makes them, in float32; PyTorch is optional.

`Scatter` does what flyvis does: gather by source, times a weight, scatter to the target.
`SparseCSR` is the product of a sparse matrix instead. Neither is compiled, captured in a graph or
tuned.
"""

import warnings

import numpy as np

from peers import Arrays


def find_torch():
    """Return PyTorch and the device to use; (None, None) with a printed reason if there is none."""
    try:
        import torch
    except (ImportError, OSError) as error:
        print(f"PyTorch is left out: {type(error).__name__}: {error}")
        return None, None
    place = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"PyTorch {torch.__version__} on {place}")
    return torch, place


class _Steps:
    """Euler steps from the resting potentials.

    Parameters
    ----------
    torch : module
    place : str
        PyTorch's name of a device.
    arrays : Arrays
    """

    #: Axis of the neurons, of two; the lanes are the other one.
    axis: int

    def __init__(self, torch, place: str, arrays: Arrays):
        self._torch = torch
        self._arrays = {
            name: torch.from_numpy(np.ascontiguousarray(values)).to(place)
            for name, values in (
                ("weight", arrays.weight),
                ("rest", arrays.rest),
                ("factor", arrays.factor),
                ("source", arrays.source.astype(np.int64)),
                ("target", arrays.target.astype(np.int64)),
                ("seeing", arrays.seeing.astype(np.int64)),
                ("column", arrays.column.astype(np.int64)),
                ("central", arrays.central.astype(np.int64)),
            )
        }
        self._place = place

    def shown(self, frames: np.ndarray):
        """Return frames of shape (lane, time, column) as `run` takes them, on the device."""
        axes = (1, 0, 2) if self.axis == 1 else (1, 2, 0)
        laid = np.ascontiguousarray(frames.transpose(axes), dtype=np.float32)
        return self._torch.from_numpy(laid).to(self._place)

    def run(self, shown) -> np.ndarray:
        """Return the voltages of the central cells, shape (time, cell_type, lane)."""
        with self._torch.no_grad():
            trace = self._torch.stack(list(self._steps(shown)))
        trace = trace.cpu().numpy()  # waits for the device
        return trace.swapaxes(1, 2) if self.axis == 1 else trace

    def _steps(self, shown):
        arrays, axis = self._arrays, self.axis
        n_lanes = shown.shape[2 - axis]
        # One number for each neuron, to be combined with all lanes.
        rest, factor = (arrays[name].unsqueeze(1 - axis) for name in ("rest", "factor"))
        voltage = rest.repeat_interleave(n_lanes, dim=1 - axis)
        for frame in shown:
            drive = self._inputs(voltage.relu())
            drive += rest
            drive.index_add_(axis, arrays["seeing"], frame.index_select(axis, arrays["column"]))
            drive -= voltage
            drive *= factor
            voltage += drive
            yield voltage.index_select(axis, arrays["central"])


class Scatter(_Steps):
    """As flyvis does it: lanes first."""

    axis = 1

    def _inputs(self, output):
        by_pair = output.index_select(1, self._arrays["source"])
        by_pair *= self._arrays["weight"]
        return self._torch.zeros_like(output).index_add_(1, self._arrays["target"], by_pair)


class SparseCSR(_Steps):
    """By the product of a sparse matrix with the outputs of all lanes, which lie innermost."""

    axis = 0

    def __init__(self, torch, place: str, arrays: Arrays):
        super().__init__(torch, place, arrays)
        ends = torch.stack([self._arrays["target"], self._arrays["source"]])
        size = (len(arrays.rest),) * 2
        with warnings.catch_warnings():  # that this layout is in beta, and not checked
            warnings.simplefilter("ignore")
            matrix = torch.sparse_coo_tensor(ends, self._arrays["weight"], size)
            self._matrix = matrix.to_sparse_csr()

    def _inputs(self, output):
        return self._matrix @ output


#: Peers by the names that they have in tables.
PEERS = {"torch scatter": Scatter, "torch CSR": SparseCSR}
