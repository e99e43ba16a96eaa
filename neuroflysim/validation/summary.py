"""The validation as a plain dict, for files and for programs that read them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from neuroflysim.validation.fitted import fitted_quantities
from neuroflysim.validation.headline import headline_numbers
from neuroflysim.validation.measures import START
from neuroflysim.validation.task import TASK_QUANTITIES

#: Keys of the summary, and what the number is called in the table of `validate`.
KEYS = {
    "polarity_correct": "polarity_count",
    "polarity_r": "polarity_r",
    "direction_selective": "direction_selective",
    "dsi_median": "dsi_median",
    "preferred_direction_error_deg": "preferred_direction_error",
    "dsi_r": "dsi_r",
    "t4_tuning_r": "tuning_r_T4_at_one_speed",
    "t5_tuning_r": "tuning_r_T5_at_one_speed",
    "t4_tuning_r_best": "tuning_r_T4",
    "t5_tuning_r_best": "tuning_r_T5",
    "task_r2": "task_r2",
}


def numbers_by_model(measures: xr.Dataset) -> pd.DataFrame:
    """Return the numbers of each candidate: those of `KEYS`, and all of the task.

    Parameters
    ----------
    measures : Dataset
        From `validation_measures` with ``task=True``.

    Returns
    -------
    DataFrame
        Indexed by candidate, the untrained start last.
    """
    numbers = headline_numbers(measures["flash_response_index"], measures["peak_response"])
    task = [name for name in TASK_QUANTITIES if name in measures]
    found = xr.merge([numbers, measures[task].reset_coords(drop=True)]).to_dataframe()
    table = found.rename(columns={name: key for key, name in KEYS.items()})
    return table[[*KEYS, *(name for name in task if name not in KEYS)]]


def validation_summary(measures: xr.Dataset) -> dict:
    """Return what ``neuroflysim validate --json`` prints.

    Parameters
    ----------
    measures : Dataset
        From `validation_measures` with ``task=True``.

    Returns
    -------
    dict
        median (over the models, each number by itself; what a model lacks is left out), models
        (a list of dicts, each with model, its name) and untrained (the start), all with the keys
        `KEYS`. What is not a number is None. Where models were fitted to recordings, fitted lists
        the keys that are judged by these.
    """
    table = numbers_by_model(measures)[list(KEYS)]
    models = table.drop(index=START)
    seen = measures.attrs.get("seen", [])
    fitted = [key for key, name in KEYS.items() if fitted_quantities([name], seen)]
    return {
        **({"fitted": fitted} if seen else {}),
        "median": plain(models.median()),
        "models": [{"model": name, **plain(row)} for name, row in models.iterrows()],
        "untrained": plain(table.loc[START]),
    }


def plain(numbers: pd.Series) -> dict[str, float | int | None]:
    """Return numbers as JSON knows them: whole ones without a point, None for what is none.

    Parameters
    ----------
    numbers : Series

    Examples
    --------
    >>> plain(pd.Series({"a": 31.0, "b": 0.12345678, "c": np.nan}))
    {'a': 31, 'b': 0.123457, 'c': None}
    """
    found = {}
    for name, value in numbers.items():
        value = float(value)
        if not np.isfinite(value):
            found[name] = None
        else:
            found[name] = int(value) if value.is_integer() else round(value, 6)
    return found
