"""The examples of docs/analysis.md run."""

import re
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.docs, pytest.mark.compile]

PAGE = Path(__file__).parents[1] / "docs" / "analysis.md"


def test_the_example_gives_an_index_and_a_direction_for_each_type_and_contrast():
    code, of_frames = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names = {}
    exec(compile(code, PAGE.name, "exec"), names)
    assert dict(names["dsi"].sizes) == {"candidate": 1, "cell_type": 65, "intensity": 2}
    assert ((names["direction"] >= 0) & (names["direction"] < 360)).all()
    assert np.isfinite(names["dsi"]).all()
    exec(compile(of_frames, PAGE.name, "exec"), names)
    # Steps count that begin from 0 s, with the sixth frame, until the edge has passed.
    voltage = names["shown"].voltage.sel(cell_type="Mi1").squeeze().to_numpy()
    for k, (angle, intensity, speed) in enumerate(
        zip(names["angle"], names["intensity"], names["speed"], strict=True)
    ):
        found = names["peak_of_frames"].sel(
            cell_type="Mi1", angle=angle, intensity=intensity, speed=speed
        )
        last = 5 + int(21 * 2.25 / (speed * 5.8) / 0.02)
        assert found.item() == max(voltage[k, 5 : last + 1].max(), 0)
