"""Direction tuning of T4 and T5 in a fitted model (the script of the README)."""

from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim import degree
from neuroflysim.plotting import plot_direction_tuning

connectome = nfs.load_connectome()
parameters = nfs.load_parameters("flow/000")  # fitted to optic flow, not to recordings
edges = nfs.protocols.moving_edge(angle=range(0, 360, 30), speed=110 * degree / second)
responses = nfs.simulate(
    edges, connectome=connectome, parameters=parameters, extent=15, time_step=10 * ms
)
peak = nfs.analysis.peak_response(responses, end=edges.stim_time)
print(nfs.analysis.direction_selectivity_index(peak).sel(cell_type=["T4a", "T5a"]).to_series())
plot_direction_tuning(peak)[0, 0].figure.savefig("direction_tuning.png", dpi=110)
