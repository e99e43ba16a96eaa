"""Draw screen.png: each cell type of flow/000 silenced in turn, 24 moving edges shown."""

from pathlib import Path

import numpy as np
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.plotting import plot_screen

edges = nfs.protocols.moving_edge(angle=np.arange(0, 360, 30), intensity=[0, 1])
table = nfs.screen(edges, parameters=nfs.load_parameters("flow/000"), extent=8, time_step=20 * ms)
axes = plot_screen(table)
axes.figure.savefig(Path(__file__).parent / "screen.png", dpi=100)
