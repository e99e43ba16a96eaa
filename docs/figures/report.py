"""Draw docs/figures/report.png: tuning curves as the report shows them, for the untrained start."""

from pathlib import Path

import neuroflysim as nfs
from neuroflysim.plotting import plot_curves

start = nfs.Parameters.uniform(nfs.load_connectome())
table = nfs.compare(start, "maisak2013")
axes = plot_curves(table[table["measure"] == "tuning_curve"], over="angle")
axes[0, 0].figure.savefig(Path(__file__).with_suffix(".png"), dpi=130)
