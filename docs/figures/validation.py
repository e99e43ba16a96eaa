"""Validate the untrained start, for docs/validation.md: validation.csv and validation.png.

Takes some 20 seconds on two cores.

    python docs/figures/validation.py
"""

from pathlib import Path

import pandas as pd

import neuroflysim as nfs
from neuroflysim.plotting import plot_validation

HERE = Path(__file__).parent


def main():
    """Write the numbers with both kinds of edges, and draw those with true ones."""
    tables = {edges: nfs.validate(edges=edges) for edges in ("true", "flyvis")}
    table = pd.DataFrame(
        {
            "untrained start": tables["true"]["untrained_start"],
            "with flyvis' edges": tables["flyvis"]["untrained_start"],
            "flyvis, published": tables["true"]["flyvis"],
            "lowest": tables["true"]["flyvis_min"],
            "highest": tables["true"]["flyvis_max"],
        }
    )
    table.to_csv(HERE / "validation.csv", float_format="%.3g")
    print(table.to_string(float_format="{:.2f}".format))
    plot_validation(tables["true"])[0].figure.savefig(HERE / "validation.png", dpi=110)


if __name__ == "__main__":
    main()
