"""Draw tuning curves of T4 and T5 as the report shows them, beside those of flies.

report.png: of the untrained start; replayed.png: of a fitted model.
"""

from pathlib import Path

import neuroflysim as nfs
from neuroflysim.plotting import plot_curves

HERE = Path(__file__).parent

start = nfs.Parameters.uniform(nfs.load_connectome())
for name, model in (("report", start), ("replayed", nfs.load_parameters("flow/000"))):
    table = nfs.compare(model, "maisak2013")
    axes = plot_curves(table[table["measure"] == "tuning_curve"], over="angle")
    axes[0, 0].figure.savefig(HERE / f"{name}.png", dpi=130)
