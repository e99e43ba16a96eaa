"""The study of the demonstration: direction tuning of T4 and T5 in flies and in a fitted model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs
import pandas as pd
from matplotlib import pyplot as plt

from neuroflysim.analysis import direction_selectivity_index, peak_response
from neuroflysim.ensembles import Ensemble
from neuroflysim.experiments import compare, load_study
from neuroflysim.experiments.study import Study
from neuroflysim.files import written_whole
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.plotting import plot_curves, save_figure
from neuroflysim.plotting.tuning import T4_AND_T5

STUDY, MEASURE = "maisak2013", "tuning_curve"


def replay_a_study(
    ensemble: Ensemble, folder: Path, lattice: Lattice, say: Callable[[str], None]
) -> list[Path]:
    """Show the moving edges of a study to the first model of an ensemble, and to its start.

    Parameters
    ----------
    ensemble : Ensemble
    folder : Path
    lattice : Lattice
    say : callable
        Told what goes on.

    Returns
    -------
    list of Path
        The table of the comparison, and curves of the fly beside those of the model.
    """
    study, name = load_study(STUDY), f"{ensemble.name}/{ensemble.names[0]}"
    say(f"replaying {study.citation} ... to {name} and to the untrained start")
    # Its other measures would take other stimuli.
    asked = attrs.evolve(study, measures={MEASURE: study.measures[MEASURE]})
    answers = {
        who: _answer(asked, parameters, lattice)
        for who, parameters in (("untrained", ensemble.start), (name, ensemble[0]))
    }
    say(f"{'medians over T4a to T5d':24}{'tuning, r with the fly':>24}{'selectivity index':>20}")
    for who, (table, selectivity) in answers.items():
        say(f"{who:24}{table['agreement'].median():>24.2f}{selectivity:>20.2f}")
    table, _ = answers[name]
    files = [folder / f"{STUDY}.csv", folder / f"{STUDY}.png"]
    with written_whole(files[0]) as temporary:
        table.to_csv(temporary, index=False)
    figure = plot_curves(table, "angle").flat[0].figure
    figure.text(0.98, 0.99, f"{name} and {STUDY}", ha="right", va="top", fontsize=8)
    save_figure(figure, files[1], dpi=120)
    plt.close(figure)
    return files


def _answer(study: Study, parameters: Parameters, lattice: Lattice) -> tuple[pd.DataFrame, float]:
    """Return rows of the fly beside the model, and how large the selectivity of the model is.

    A correlation does not see the size: an untrained network has tuning curves of nearly the right
    shape, and is hardly selective.
    """
    seen = []
    table = compare(
        parameters,
        study,
        lattice=lattice,
        progress=False,
        watch=lambda _users, _luminance, responses: seen.append(responses),
    )
    index = direction_selectivity_index(peak_response(seen[0]))[0]
    own = [index.sel(cell_type=name, intensity=1 if name < "T5" else 0) for name in T4_AND_T5]
    table = table[table["measure"] == MEASURE]
    return table, float(pd.Series([one.item() for one in own]).median())
