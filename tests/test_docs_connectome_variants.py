"""What docs/connectome_variants.md and docs/measured_eye.md show runs; what they say is so."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.docs

DOCS = Path(__file__).parents[1] / "docs"


def run(page):
    """Return the names that the code of a page makes."""
    names = {}
    for code in re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL):
        exec(code, names)
    return names


@pytest.mark.compile
def test_a_variant_is_made_compared_and_simulated():
    names = run("connectome_variants.md")
    variant, table = names["variant"], names["table"]
    assert table.loc[("C2", "Lawf2"), "only_in"] == "first"
    assert table.loc[("Mi1", "TmY4"), "only_in"] == "second"
    assert names["model"].connectome == variant and names["axes"].size == 2
    voltage = names["responses"].voltage
    own = names["fitted"]
    embedded = names["nfs"].simulate(
        names["flash"], connectome=own.connectome, parameters=own, extent=2,
        time_step=20 * names["ms"],
    )  # fmt: skip
    assert not np.allclose(voltage.sel(cell_type="T4a"), embedded.voltage.sel(cell_type="T4a"))


@pytest.mark.compile
def test_two_measured_eyes_are_two_simulations():
    names = run("measured_eye.md")
    eye, other, regular = names["eye"], names["other"], names["regular"]
    assert (eye.x == other.x).all() and (eye.directions[:, 1] > 0).all()
    # Two degrees aside along each axis, from places that a sphere stretches but little.
    assert np.hypot(eye.x - regular.x, eye.y - regular.y).max() < 5.5
    assert names["responses"].voltage.sizes["condition"] == 2
    left, right = (names[name].voltage.sel(cell_type="T4a") for name in ("left", "right"))
    assert float(left.max()) > float(right.max())  # front to back, and back to front


def test_the_numbers_of_the_page_are_those_of_the_fits():
    text = " ".join((DOCS / "connectome_variants.md").read_text().split())
    table = pd.read_csv(DOCS / "figures" / "flywire_variants.csv").fillna({"failure": ""})
    by_name = dict(iter(table.groupby("flywire_variant")))
    anew = table[table["flywire_variant"].str.startswith("counts")]
    assert len(anew) == 6 and (anew["failure"] != "").sum() == 3
    assert "Three of six" in text

    def span(rows, columns, form=".2f"):
        values = rows[columns].to_numpy()
        return tuple(format(end, form) for end in (values.min(), values.max()))

    for rows, columns, form, words in (
        (by_name["carried"], ["r2"], ".2f", "0.78 to between {} and {}"),
        (by_name["carried"], ["task_r2"], ".2f", "about 0.45 to between {} and {}"),
        (anew, ["r2"], ".2f", "R2 of flow between {} and {}"),
        (anew, ["task_r2"], ".2f", "on photographs between {} and {}"),
        (by_name["embedded"], ["task_r2"], ".2f", "0.78 and {} to {}"),
        (anew, ["polarity_correct"], ".0f", "{} or {} of 32 polarities"),
        (anew, ["direction_selective"], ".0f", "{} to {} of 8 types"),
        (anew, ["t4_tuning_r", "t5_tuning_r"], ".2f", "tuning between {} and {}"),
        (anew, ["preferred_direction_error_deg"], ".0f", "({} to {} degrees off"),
        (by_name["embedded"], ["preferred_direction_error_deg"], ".0f", "against {} to {})"),
        (anew, ["dsi_r"], ".2f", "lower ({} to {}"),
        (by_name["embedded"], ["dsi_r"], ".2f", "against {} to {})"),
    ):
        assert words.format(*span(rows, columns, form)) in text, words
