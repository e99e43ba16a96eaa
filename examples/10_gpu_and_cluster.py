"""
10. Run on a GPU and on a cluster
=================================

Most questions fit on a laptop: the whole eye, two dozen stimuli and a handful of models take
seconds. This tutorial is for when yours do not. It goes from the cheap to the expensive: first do
not compute twice, then use more processes, then more machines, and then perhaps another kind of
machine.
"""

import numpy as np
import pandas as pd
from brian2 import ms, second
from dask.distributed import Client, LocalCluster
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim import degree

N_WORKERS = 2  # as many as your machine has cores; on a cluster, hundreds
N_MODELS = 8  # of the 15 of the ensemble
EXTENT = 4  # radius of the eye in columns; 15 is the eye of the published model
TYPES = [f"T{kind}{letter}" for kind in (4, 5) for letter in "abcd"]

# %%
# One machine: compile once
# -------------------------
# ``simulate`` prepares a network and throws it away. For a loop, prepare it once: ``compile``
# takes the same arguments, and ``program.run`` takes other parameters or another stimulus of as
# many frames. Conditions and candidates in one call are computed side by side, which is quicker
# than one after the other; ``program.memory`` tells beforehand what a run takes.
#
# All that runs stands below ``if __name__ == "__main__"``. The workers of a cluster are new
# Python processes that read this file from the top: what is not below that line runs in each of
# them.

if __name__ == "__main__":
    model = nfs.load_parameters("flow/000")
    edge = nfs.protocols.moving_edge(
        angle=[180, 0], intensity=1, speed=110 * degree / second, tail_time=0 * second
    )
    with nfs.compile(
        edge, connectome=model.connectome, extent=EXTENT, time_step=10 * ms, dtype="float32"
    ) as program:
        print(f"a run takes about {program.memory / 1e6:.0f} MB")
        for factor in (0.5, 1, 2):
            slower = model.replace(
                time_constant={"CT1(M10)": factor * model.time_constant["CT1(M10)"] * second}
            )
            peak = (
                nfs.analysis.peak_response(program.run(slower))
                .sel(cell_type="T4a")
                .isel(candidate=0)
            )
            both = f"{peak.sel(angle=180):.2f} to the left, {peak.sel(angle=0):.2f} to the right"
            print(f"CT1(M10) {factor:g} times as slow: T4a answers {both}")

# %%
# ``threads`` are as many as there are cores, and ``dtype="float32"`` halves the memory. What your
# machine offers, and what is missing for more, is told in a shell:
#
# .. code-block:: text
#
#    neuroflysim doctor
#
# Many processes: Dask
# --------------------
# A cluster wants a function that does one piece of work from the beginning, and gives back
# something small: a table and not all voltages. One piece here is one model of an ensemble.


def selectivity(name):
    """Return index and preferred direction of T4 and T5 of a model, in a tidy table."""
    parameters = nfs.load_parameters(name)
    edges = nfs.protocols.moving_edge(
        angle=range(0, 360, 45), speed=110 * degree / second, tail_time=0 * second
    )
    responses = nfs.simulate(
        edges,
        connectome=parameters.connectome,
        parameters=parameters,
        extent=EXTENT,
        time_step=20 * ms,
        dtype="float32",
        threads=1,
        progress=False,
    )
    peak = nfs.analysis.peak_response(responses)
    measures = {
        "index": nfs.analysis.direction_selectivity_index(peak),
        "direction": nfs.analysis.preferred_direction(peak),
    }
    rows = [
        {
            "model": name,
            "cell_type": kind,
            **{
                measure: values.sel(cell_type=kind, intensity=int(kind.startswith("T4"))).item()
                for measure, values in measures.items()
            },
        }
        for kind in TYPES
    ]
    return pd.DataFrame(rows)


# %%
# A cluster of two workers on this machine. **Each worker has one thread**: Brian2 has one device
# in a process, so two simulations in two threads of one process would get into each other's way.
# On a real cluster only the line that makes ``cluster`` differs, for example
# ``dask_jobqueue.SLURMCluster(cores=16, processes=16, ...)``; see :doc:`/fitting`.

if __name__ == "__main__":
    names = [f"flow/{name}" for name in nfs.load_ensemble("flow").names[:N_MODELS]]
    with (
        LocalCluster(n_workers=N_WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        pieces = client.map(selectivity, names)
        table = pd.concat(client.gather(pieces), ignore_index=True)
    print(f"{table['model'].nunique()} models")
    print(table.groupby("cell_type")["index"].describe()[["min", "50%", "max"]].round(2))

# %%
# Each dot is one cell type of one model: the farther from the middle, the more selective, and the
# angle is its preferred direction. The subtypes fall into four bundles, as in the fly.

if __name__ == "__main__":
    figure, axes = plt.subplots(
        1, 2, figsize=(8, 4), subplot_kw={"projection": "polar"}, layout="constrained"
    )
    for ax, family in zip(axes, ("T4", "T5"), strict=True):
        for letter, color in zip("abcd", plt.color_sequences["petroff10"], strict=False):
            own = table[table["cell_type"] == family + letter]
            ax.plot(
                np.deg2rad(own["direction"]),
                own["index"],
                "o",
                ms=5,
                alpha=0.8,
                color=color,
                label=letter,
            )
        ax.set_title(f"{family}, {'bright' if family == 'T4' else 'dark'} edges")
        ax.set_xticks(np.deg2rad([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"])
        ax.set_rlim(0, 0.8)
        ax.set_rticks([0.4, 0.8])
    axes[1].legend(frameon=False, loc="center left", bbox_to_anchor=(1.15, 0.5))
    # sphinx_gallery_thumbnail_number = -1
    plt.show()

# %%
# A fit on a cluster
# ------------------
# A fit needs no script: it deals out its candidates by itself, to a scheduler that runs already
# or to a cluster on this machine.
#
# .. code-block:: python
#
#    nfs.fit("flow", seed=0, folder="results/fit/000", cluster="tcp://10.0.0.1:8786")
#    nfs.fit("flow", seed=0, folder="results/fit/000", cluster="local")
#
# Many seeds need no scheduler at all: a job array in which each job says ``neuroflysim fit flow
# --seed $SLURM_ARRAY_TASK_ID --processes 1 --resume`` does as well.
#
# A GPU
# -----
# One argument of :func:`neuroflysim.simulate` makes a CUDA program of the same equations, by way
# of brian2cuda:
#
# .. code-block:: python
#
#    responses = nfs.simulate(
#        edges,
#        connectome=model.connectome,
#        parameters=models,
#        device="cuda_standalone",
#        dtype="float32",
#    )
#
# It needs a CUDA toolkit and ``pip install "neuroflysim[cuda]"``. **This part did not run when
# this page was made.** The programs compile, and the tests run what is in them on a processor;
# but they have not been run on a GPU yet. If you have one, begin with ``python
# benchmarks/gpu.py``, which checks all voltages against those of the CPU. Compiling takes about
# half a minute at each call of ``simulate``, so what takes seconds on a CPU is not worth it.
#
# Now you
# -------
# Take the loop over ``factor`` above to the cluster: one piece of work for each of twenty time
# constants of CT1(M10), or for each of the 65 cell types. Which ones make T4a lose its direction?
