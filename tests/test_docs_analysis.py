"""The example of docs/analysis.md runs."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[1] / "docs" / "analysis.md"


def test_the_example_gives_an_index_and_a_direction_for_each_type_and_contrast():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names = {}
    exec(compile(code, PAGE.name, "exec"), names)
    assert dict(names["dsi"].sizes) == {"candidate": 1, "cell_type": 65, "intensity": 2}
    assert ((names["direction"] >= 0) & (names["direction"] < 360)).all()
    assert np.isfinite(names["dsi"]).all()
