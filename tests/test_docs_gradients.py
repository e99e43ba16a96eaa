"""The examples on the pages about sensitivity, optimal stimuli, and stiff directions run."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

pytestmark = [pytest.mark.docs, pytest.mark.compile]

DOCS = Path(__file__).parents[1] / "docs"


def names_after(page):
    names = {}
    text = (DOCS / f"{page}.md").read_text()
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(block, page, "exec"), names)
    return names


def test_the_page_ranks_parameters_and_takes_a_function_of_ones_own():
    names = names_after("sensitivity")
    measures = names["found"].value["measure"].to_numpy().tolist()
    assert measures == ["peak_response", "voltage_at", "mean_square"]
    labels = {text.get_text() for text in names["axes"][0].texts}
    assert {"T4a", "Mi1", "Mi4"} <= labels


def test_the_page_finds_optimal_stimuli():
    names = names_after("optimal_stimuli")
    found = names["found"]
    # The optimum is never below the best that it is compared with.
    assert float(found.value[0]) >= found.common["value"].max() > found.value_at_grey
    assert names["apart"].difference > 0
    names["movie"].new_frame_seq()  # a movie that is drawn is no warning
    plt.close("all")


def test_the_page_tells_what_recordings_fix():
    found = names_after("stiff_and_sloppy")["found"]
    assert (np.diff(found.spectrum) <= 0).all()
    assert found.n_fixed(["T4a"]) < found.n_fixed()


@pytest.mark.parametrize("page", ["sensitivity", "optimal_stimuli", "stiff_and_sloppy"])
def test_what_the_page_shows_is_there_and_made_by_a_script(page):
    text = (DOCS / f"{page}.md").read_text()
    shown = re.findall(r"(?:\(|literalinclude\} )(figures/[\w.]+)", text)
    assert len(shown) >= 2
    script = (DOCS / "figures" / f"{page}.py").read_text()
    for name in shown:
        assert (DOCS / name).is_file(), name
        stem = name.removeprefix("figures/").split("_")[0]
        assert f'"{name.removeprefix("figures/")}"' in script or f"{stem}_{{" in script, name
