"""What the README shows runs, and is what the examples hold."""

import re
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def test_the_first_script_is_the_example():
    example = (ROOT / "examples" / "direction_tuning.py").read_text()
    assert BLOCKS[0].strip() == example.split('"""', 2)[2].strip()


@pytest.mark.compile
def test_the_scripts_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    for block in BLOCKS:
        exec(block.replace("extent=15", "extent=3"), namespace)
    assert (tmp_path / "direction_tuning.png").is_file()
    luminance = namespace["grating"].luminance()
    assert luminance.sizes["condition"] == 4
    assert np.isclose(float(luminance.max()), 0.9, atol=1e-3)
