"""The other code paths are there, and the numerical tests are those that the list names."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

CODE_PATHS = runpy.run_path(str(Path(__file__).with_name("code_paths.py")))
PATHS = CODE_PATHS["paths"]()

TELL = """
import numpy, threadpoolctl
print(*numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
print(*{pool.get("architecture") for pool in threadpoolctl.threadpool_info()})
"""


def test_the_files_of_the_numerical_tests_exist():
    names = CODE_PATHS["FILES"].split()
    assert names == sorted(names)
    for name in names:
        assert Path(__file__).with_name(f"test_{name}.py").is_file(), name


def test_what_a_code_path_leaves_out_is_in_these_files():
    names = CODE_PATHS["FILES"].split()
    texts = "".join(Path(__file__).with_name(f"test_{name}.py").read_text() for name in names)
    for word in CODE_PATHS["LEFT_OUT"].split():
        assert len(re.findall(rf"def test_\w*{word}", texts)) == 1, word


@pytest.mark.slow
@pytest.mark.skipif(not PATHS, reason="other paths are known for x86-64 only")
def test_the_oldest_path_switches_off_all_that_can_be():
    added = PATHS["oldest"]
    assert added["NEUROFLYSIM_MARCH"] == "x86-64-v2"
    found, cores = subprocess.run(
        [sys.executable, "-W", "error", "-c", TELL],
        env={**os.environ, **added},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")[:2]
    assert found == ""
    assert "Nehalem" in cores
