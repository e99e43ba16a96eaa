"""Tables and pictures of the ensembles in the box, for docs/ensembles.md.

Predictions are simulated: some 10 core-seconds a model. Everything else is read from the tables.

    python docs/figures/ensembles.py
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.ensembles import ensemble_names
from neuroflysim.plotting import plot_predictions, plot_score_and_match
from neuroflysim.report.ensembles import describe_ensembles, describe_predictions
from neuroflysim.validation import score_and_match

HERE = Path(__file__).parent
SCORES = ("r2", "task_r2", "task_r2_worlds")
#: Fewer models are no sample: they are held against no aim, and nothing is correlated over them.
FEWEST = 10
#: Of these the page shows pictures and predictions; flow_short is much as flow.
SHOWN = ("flow", "flow_t4t5")
#: What is told of the models and of their start, in the words of `validate --json`.
NUMBERS = (
    "r2", "task_r2", "task_r2_worlds", "polarity_correct", "polarity_r", "direction_selective",
    "dsi_median", "preferred_direction_error_deg", "dsi_r", "t4_tuning_r", "t5_tuning_r",
    "t4_tuning_r_best", "t5_tuning_r_best",
)  # fmt: skip
#: What the project aimed at before there was an ensemble, for the median of its models: at least
#: this, but of the error at most.
AIMS = {
    "polarity_correct": 31, "direction_selective": 8, "dsi_median": 0.5,
    "preferred_direction_error_deg": 8, "dsi_r": 0.92, "t4_tuning_r": 0.9, "t5_tuning_r": 0.88,
    "task_r2": 0.45,
}  # fmt: skip


def main():
    """Write numbers, aims and matches, and draw and predict what is shown."""
    (HERE / "ensembles.txt").write_text(describe_ensembles() + "\n", encoding="utf-8")
    (HERE / "ensembles_numbers.txt").write_text(numbers() + "\n", encoding="utf-8")
    (HERE / "ensembles_aims.txt").write_text(aims() + "\n", encoding="utf-8")
    (HERE / "score_and_match.txt").write_text(matches(), encoding="utf-8")
    agreements = []
    for name in SHOWN:
        ensemble = nfs.load_ensemble(name)
        untrained = pd.Series(ensemble.record["untrained"], dtype=float)
        axes = plot_score_and_match(ensemble.table, untrained=untrained)
        axes[0].figure.savefig(HERE / f"score_and_match_{name}.png", dpi=110)
        table = nfs.predictions(ensemble)
        table.to_csv(HERE / f"predictions_{name}.csv", float_format="%.4g")
        agreements.append(f"{name}\n{describe_predictions(table)}\n")
        axes = plot_predictions(table)
        axes[0].figure.savefig(HERE / f"predictions_{name}.png", dpi=110)
        plt.close("all")
    (HERE / "predictions.txt").write_text("\n".join(agreements), encoding="utf-8")


def numbers() -> str:
    """Lay out median and range of the models of each ensemble, beside its start."""
    columns = []
    for name in ensemble_names():
        ensemble = nfs.load_ensemble(name)
        table = ensemble.table.loc[ensemble.names].reindex(columns=NUMBERS)
        start = [ensemble.record["untrained"].get(word) for word in NUMBERS]
        columns += [
            [
                str(len(ensemble)),
                f"{len(ensemble.stable)} of {len(ensemble.table)}",
                *map(_range, table.to_numpy().T),
            ],
            ["", "", *("" if value is None else f"{value:.3g}" for value in start)],
        ]
    titles = [title for name in ensemble_names() for title in (name, "its start")]
    frame = pd.DataFrame(dict(enumerate(columns)), index=["models", "stable", *NUMBERS])
    return frame.set_axis(titles, axis=1).to_string()


def matches() -> str:
    """Lay out how each score goes with each match, in the ensembles that are large enough.

    All models that have parameters take part: those of flyvis were published whether stable here
    or not, and of ours all that have parameters are stable.
    """
    ensembles = [nfs.load_ensemble(name) for name in ensemble_names()]
    tables = {one.name: one.table.loc[one.names].drop(columns="stable") for one in ensembles}
    return "\n".join(
        f"{name}, {score}\n{score_and_match(table, score).round(2).to_string()}\n"
        for name, table in tables.items()
        if len(table) >= FEWEST
        for score in SCORES
        if score in table
    )


def aims() -> str:
    """Lay out the medians beside what they should be, and by how much they miss it.

    The aims are those of the fits of this project, so only its ensembles are held against them.
    """
    frame = pd.DataFrame({"aim": {key: f"{aim:g}" for key, aim in AIMS.items()}})
    for name in ensemble_names():
        ensemble = nfs.load_ensemble(name)
        if ensemble.record["recipe"] is not None and len(ensemble) >= FEWEST:
            median = ensemble.table.loc[ensemble.names, list(AIMS)].median()
            frame[name] = [_beside(key, value) for key, value in median.items()]
    return frame.to_string()


def _beside(key: str, value: float) -> str:
    missed = value / AIMS[key] - 1 if "error" in key else 1 - value / AIMS[key]
    return f"{value:.3g}" + (f", missed by {missed:.1%}" if missed > 0 else "")


def _range(values) -> str:
    known = values[~np.isnan(values)]
    if not len(known):  # a score that only fits of this package have
        return ""
    told = f"{np.median(known):.3g} ({min(known):.3g}..{max(known):.3g})"
    return told if len(known) == len(values) else f"{told} of {len(known)}"


if __name__ == "__main__":
    main()
