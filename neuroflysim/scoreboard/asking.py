"""What models of a row are asked, connectome by connectome: numbers of validate, and studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from neuroflysim.connectome import Connectome
from neuroflysim.experiments.model_values import model_values
from neuroflysim.experiments.study import Study
from neuroflysim.experiments.tangential import askable
from neuroflysim.parameters import Parameters
from neuroflysim.scoreboard.agreements import agreements_of, columns_of
from neuroflysim.scoreboard.entry import Models
from neuroflysim.validation.measures import START, validation_measures
from neuroflysim.validation.summary import KEYS, numbers_by_model


def numbers_of(models: Models, options: dict) -> pd.DataFrame:
    """Return the numbers of `validate`, one line a model.

    Parameters
    ----------
    models : Models
    options : dict
        lattice, workers, progress and dynamics, as of `judge`.
    """
    return pd.concat(
        [
            _numbers(names, [models.parameters[name] for name in names], whole, models, options)
            for whole, names in _alike(models.parameters).items()
        ]
    )


def agreements_with(models: Models, studies: Sequence[Study], options: dict) -> pd.DataFrame:
    """Return the agreements of `agreements_of`, one line a model; NaN for what cannot be asked.

    Parameters
    ----------
    models : Models
    studies : sequence of Study
    options : dict
        lattice, workers, progress and dynamics, as of `judge`.
    """
    found = []
    for connectome, names in _alike(models.parameters).items():
        chosen, asked = [models.parameters[name] for name in names], askable(studies, connectome)
        values = model_values(asked, chosen, runaway="nan", ask_settled=False, **options)
        found.append(agreements_of(asked, values).set_axis(names))
    both = pd.concat(found)
    return both[[column for column in columns_of(studies).index if column in both.columns]]


def _numbers(
    names: list[str],
    chosen: list[Parameters],
    connectome: Connectome,
    models: Models,
    options: dict,
) -> pd.DataFrame:
    """Return the numbers of `validate`, one line a model."""
    measures = validation_measures(
        chosen[:-1],
        # In the place of the untrained start, which would be simulated for each row again.
        start=chosen[-1],
        names=names[:-1],
        connectome=connectome,
        readout=models.readout,
        task=True,
        runaway="nan",
        **options,
    )
    return numbers_by_model(measures)[list(KEYS)].rename(index={START: names[-1]})


def _alike(parameters: Mapping[str, Parameters]) -> dict[Connectome, list[str]]:
    """Return the names of the models by their connectome."""
    found: dict[Connectome, list[str]] = {}
    for name, one in parameters.items():
        found.setdefault(one.connectome, []).append(name)
    return found
