"""Tables and pictures of the ensembles in the box, for docs/ensembles.md.

Predictions are simulated: some 10 core-seconds a model. Everything else is read from the tables.

    python docs/figures/ensembles.py
"""

from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.ensembles import ensemble_names
from neuroflysim.experiments import score_and_match
from neuroflysim.plotting import plot_predictions, plot_score_and_match
from neuroflysim.report.ensembles import describe_ensembles, describe_predictions

HERE = Path(__file__).parent
SCORES = ("r2", "task_r2", "task_r2_worlds")


def main():
    """Write ensembles.txt, and for each ensemble score_and_match and predictions."""
    (HERE / "ensembles.txt").write_text(describe_ensembles() + "\n", encoding="utf-8")
    matches, agreements = [], []
    for name in ensemble_names():
        ensemble = nfs.load_ensemble(name)
        for score in SCORES:
            found = score_and_match(ensemble.table, score).round(2).to_string()
            matches.append(f"{name}, {score}\n{found}\n")
        untrained = pd.Series(ensemble.record["untrained"], dtype=float)
        axes = plot_score_and_match(ensemble.table, untrained=untrained)
        axes[0].figure.savefig(HERE / f"score_and_match_{name}.png", dpi=110)
        table = nfs.predictions(ensemble)
        table.to_csv(HERE / f"predictions_{name}.csv", float_format="%.4g")
        agreements.append(f"{name}\n{describe_predictions(table)}\n")
        axes = plot_predictions(table)
        axes[0].figure.savefig(HERE / f"predictions_{name}.png", dpi=110)
        plt.close("all")
    nothing = ["There are no ensembles in the box.\n"]
    for file, parts in (("score_and_match.txt", matches), ("predictions.txt", agreements)):
        (HERE / file).write_text("\n".join(parts or nothing), encoding="utf-8")


if __name__ == "__main__":
    main()
