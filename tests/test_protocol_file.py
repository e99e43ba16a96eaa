"""A protocol in a file of one's own is named by its path, in any installation."""

import re
import sys
from pathlib import Path

import pytest

import neuroflysim as nfs

PAGE = Path(__file__).parents[1] / "docs" / "protocols.md"
DISC = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)[0]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in; what a file of it brings is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(file.stem, None)


@pytest.mark.compile
def test_the_protocol_of_the_page_is_simulated_by_the_path_of_its_file(folder, run_command):
    (folder / "brightening_disc.py").write_text(DISC)
    words = ("./brightening_disc.py", "--set", "radius=6")
    code, told, errors = run_command(
        "simulate", *words, "-o", "disc.nc", "--extent", "1", "--time-step", "20"
    )
    assert code == 0, errors
    found = nfs.load_responses("disc.nc").voltage
    assert found["radius"].to_numpy().tolist() == [6]
    code, told, _ = run_command("protocols", "./brightening_disc.py")
    assert code == 0 and "<Protocol brightening_disc: 2 condition(s)>" in told


def test_a_file_may_import_its_neighbours(folder, run_command):
    (folder / "brightening_disc.py").write_text(DISC)
    (folder / "mine.py").write_text(
        "from brightening_disc import brightening_disc\n\n\n"
        "def mine():\n    return brightening_disc(radius=[1, 2, 3])\n"
    )
    code, told, _ = run_command("protocols", "mine.py")
    assert code == 0 and "3 condition(s)" in told


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (None, "./none.py", "there is no file of Python ./none.py"),
        (None, "folder/flash", "there is no file of Python folder/flash"),
        ("def other():\n    pass\n", "./mine.py", "has no function mine"),
        ("def mine():\n    return 3\n", "./mine.py", "returns int, but must return a Protocol"),
        (DISC.replace("def brightening_disc", "def mine"), "./mine.py", "parameter of --set"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_a_sentence(folder, run_command, text, name, told):
    if text is not None:
        (folder / "mine.py").write_text(text)
    words = ("--set", "size=3") if "parameter" in told else ()
    code, _, errors = run_command("protocols", name, *words)
    assert code == 2
    assert errors.startswith("neuroflysim: ") and told in errors
