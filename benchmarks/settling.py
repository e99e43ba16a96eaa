"""Does a small eye tell which fits do not settle on the full one? For docs/fit_notebook.md.

A fit asks a small eye for each candidate (`neuroflysim.fit.settling`); the check of a fitted model
takes the full one. This reads folders of finished fits, the failed ones too, and sets both side by
side. Half a second a model:

    python benchmarks/settling.py results/fit/flow_short results/fit/flow
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.folder import RECORD, read
from neuroflysim.fit.settling import Settling, first_voltage
from neuroflysim.simulation.settling import TOLERANCE

TABLE = Path(__file__).parents[1] / "docs" / "figures" / "settling.txt"


def main() -> None:
    """Ask all models of all folders; write a table, and how well one eye tells of the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, help="of fits: 000, 001, ...")
    parser.add_argument("-o", "--output", type=Path, default=TABLE)
    options = parser.parse_args()
    connectome = nfs.load_connectome()
    settling = Settling(Model(connectome, GRADED), threads=1)
    parts = [described(folder, connectome, settling) for folder in options.folders]
    text = "\n\n".join(parts) + "\n"
    options.output.write_text(text)
    print(text)


def described(folder: Path, connectome: nfs.Connectome, settling: Settling) -> str:
    """Return a table of the fits of a folder, the most restless ones on the full eye first."""
    table = pd.DataFrame([asked(path, connectome, settling) for path in fits_in(folder)])
    table = table.sort_values("full eye", ascending=False)
    settles = table["full eye"] <= TOLERANCE
    order = table[["full eye", "small eye"]].rank().corr().iloc[0, 1]
    title = (
        f"{folder.name}: {settles.sum()} of {len(table)} settle on the full eye"
        f" (within {TOLERANCE:g}); rank correlation of both eyes {order:.2f}"
    )
    return f"{title}\n{table.to_string(index=False, float_format='{:.2g}'.format)}"


def fits_in(folder: Path) -> list[Path]:
    """Return the folders of the fits, by name."""
    return sorted(path.parent for path in folder.glob(f"*/{RECORD}"))


def asked(path: Path, connectome: nfs.Connectome, settling: Settling) -> dict:
    """Return how restless a fit is on both eyes; not a number, if it ran away."""
    parameters, record, _ = read(path, connectome)
    unrest = record["stability"]["unrest"]
    one = Candidates(np.empty((1, 0)), [parameters], first_voltage(parameters)[None])
    return {
        "seed": record["seed"],
        "full eye": np.nan if unrest is None else unrest,
        "small eye": settling.unrest(one)[0],
    }


if __name__ == "__main__":
    main()
