"""A label that is missing is counted or refused, and no row falls out of a group for it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import neuroflysim as nfs
from neuroflysim.analysis import as_grid
from neuroflysim.plotting.comparison import _relative
from neuroflysim.plotting.factors import factors

MISSING = [np.nan, None, pd.NA]


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("name", ["study", "group"])
def test_scores_refuse_a_row_that_belongs_nowhere(name, missing):
    table = pd.DataFrame(
        {
            "study": ["a", "a"],
            "group": ["b", "c"],
            "agreement": [0.8, 0.4],
            "strict": [True, True],
            "fitted": False,
            "beside": "",
            "between_studies": [1.0, 1.0],
        }
    ).astype({"study": object, "group": object})
    assert nfs.scores(table)["score"].tolist() == pytest.approx([0.6])
    table.loc[1, name] = missing
    with pytest.raises(nfs.InvalidValueError, match=f"row 1 has no {name}"):
        nfs.scores(table)


def test_scores_of_a_table_that_was_saved_are_those_of_the_table(tmp_path):
    table = pd.DataFrame(
        {
            "study": ["a", "a"],
            "group": ["b", ""],  # the second was not replayed
            "agreement": [0.8, np.nan],
            "strict": [True, False],
            "fitted": False,
            "beside": "",
            "between_studies": [1.0, np.nan],
        }
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    pd.testing.assert_frame_equal(nfs.scores(pd.read_csv(tmp_path / "t.csv")), nfs.scores(table))


def conditions(**labels):
    n = len(next(iter(labels.values())))
    return xr.DataArray(
        np.arange(float(n)),
        dims="condition",
        coords={name: ("condition", np.asarray(values)) for name, values in labels.items()},
    )


def test_a_grid_refuses_a_condition_without_a_label():
    with pytest.raises(nfs.InvalidValueError, match="speed of condition 1 is missing"):
        as_grid(conditions(speed=[10.0, np.nan], angle=[0, 0]))
    with pytest.raises(nfs.InvalidValueError, match="word of condition 0 is missing"):
        as_grid(conditions(word=np.array([None, "a"], dtype=object)))


def test_a_missing_value_is_a_setting_of_its_own_in_figures():
    found = factors(conditions(speed=[10.0, np.nan, 20.0]))
    assert [names for names, _ in found] == [["speed"]]
    assert sorted(found[0][1].tolist()) == [0, 1, 2]


@pytest.mark.parametrize("missing", MISSING)
def test_rows_without_a_group_are_scaled_with_each_other(missing):
    rows = pd.DataFrame({"group": np.array(["a", missing, "a", missing], dtype=object)})
    values = np.array([[2.0], [3.0], [-4.0], [6.0]])
    assert _relative(values, rows).ravel().tolist() == [0.5, 0.5, -1.0, 1.0]
