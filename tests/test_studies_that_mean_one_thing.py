"""What a study says is said in one way: whatever YAML or a table could take for more is refused."""

import os
import re
import shutil
import socket
from pathlib import Path

import pytest

import neuroflysim as nfs
from neuroflysim.experiments.loading.argument_checks import MOST_CONDITIONS
from neuroflysim.files import strict_yaml
from neuroflysim.names import study_keys

VALID = Path(__file__).parent / "data" / "studies" / "edges2001"
DATABASE = Path(__file__).parents[1] / "experiments_db"

SCALARS = {
    "&a x": "mark of YAML",
    "*a": "mark of YAML",
    "!!python/object/apply:os.getcwd []": "tag",
    "!junk 3": "tag",
    "1_000": "no plain number",
    "010": "no plain number",
    "0x1F": "no plain number",
    "0b11": "no plain number",
    "1:30": "no plain number",
    ".nan": "no plain number",
    "-.inf": "no plain number",
    "1.0e+400": "no plain number",
    "9" * 5000: "no plain number",
    "yes": "takes yes for true",
    "Off": "takes Off for false",
    "TRUE": "takes TRUE for true",
    "2001-01-01": "a date",
    '"\\0"': "no text",
    '"\\x1b[31m"': "no text",
    "=": "something of its own",
}


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda text: text[:20])
def test_what_yaml_takes_for_something_else_is_refused_with_its_line(scalar):
    _, _, problems = strict_yaml.read(f"method: patch clamp\nvalue: {scalar}\n")
    assert [line for line, _ in problems] == [2]
    assert SCALARS[scalar] in problems[0][1]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-12", -12), ("+3", 3), ("0.5", 0.5), (".5", 0.5), ("1.", 1), ("-1.5e-3", -0.0015)],
)
def test_plain_numbers_are_read(text, number):
    content, _, problems = strict_yaml.read(f"a: {text}\n")
    assert content == {"a": number} and problems == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("? [a, b]\n: 1\n", "key is a list or a block"),
        ("? {a: b}\n: 1\n", "key is a list or a block"),
        ("1: a\n", "'1' is no word"),
        ("no: a\n", "'no' is no word"),
        ("<<: {a: 1}\n", "'<<' is no word"),
        ("a: 1\na: 2\n", "stands on line 1 already"),
        ("a: {b: 1, b: 2}\n", "stands on line 1 already"),
        ("a: 1\n---\na: 2\n", "second document"),
        ("# only a remark\n", "holds nothing"),
        ("a: b\x85c: d\n", "begins a line"),
        # The YAML of PyYAML 6.0.4 counts, too, before it tells of the first bracket.
        ("[" * 100_000, "blocks in each other|nesting depth"),
        ("{a: " * 100_000, "blocks in each other"),
        ("- " * 100_000, "blocks in each other"),
        ("[" + "1, " * 200_000 + "1]", "100000 values"),
    ],
    ids=range(14),
)
def test_documents_that_are_no_study_are_refused(text, words):
    _, _, problems = strict_yaml.read(text)
    assert any(re.search(words, told) for _, told in problems), problems


def test_a_chain_of_aliases_is_refused_before_it_is_followed():
    """9 lists of 9 aliases each are 9^9 values."""
    links = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for last, name in zip("abcdefgh", "bcdefghi", strict=True):
        links.append(f"{name}: &{name} [{', '.join(['*' + last] * 9)}]")
    content, lines, problems = strict_yaml.read("\n".join(links))
    assert content is None and lines == {}
    assert [line for line, _ in problems] == [1]


@pytest.mark.parametrize("key", study_keys())
def test_the_studies_of_the_database_hold_what_a_yaml_reader_finds(key):
    import yaml

    text = (DATABASE / key / "study.yaml").read_text(encoding="utf-8")
    content, lines, problems = strict_yaml.read(text)
    assert problems == [] and content == yaml.safe_load(text)
    assert lines["citation",] == text.split("citation:")[0].count("\n") + 1


def changed(tmp_path, old, new, file="study.yaml"):
    folder = tmp_path / VALID.name
    shutil.copytree(VALID, folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


PARAMETERS = {
    "true is no number": ("radius: 34.8", "radius: true", "radius is True"),
    "an angle beyond a turn": ("[0, 90, 180, 270]", "[1.0e+308]", "-360 to 360 degrees"),
    "a speed beyond all": ("110 deg/s", "1e30 deg/s", "-1e+06 to 1e+06"),
    "a stimulus of a year": ("stim_time: 500 ms", "stim_time: 900000 s", "frames"),
    "more conditions than a screen can show": (
        "[0, 90, 180, 270]", str(list(range(201))) + "\n      intensity: " + str([0, 1] * 30),
        f"conditions, but {MOST_CONDITIONS:,}",
    ),
    "a number with an underscore": ("110 deg/s", "1_10 deg/s", "must be one number"),
    "another digit": ("110 deg/s", "11\u0660 deg/s", "must be one number"),
    "a protocol's file": ("protocol: flash", "protocol: movie", "would name a file"),
    "a threshold that is no number": ("at: 0.3", "at: .nan", "no plain number"),
    "a threshold that is endless": ("at: 0.3", "at: 1.0e+300", "from -1000000 to 1000000"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARAMETERS)
def test_numbers_that_cannot_be_meant_are_refused(tmp_path, case):
    old, new, words = PARAMETERS[case]
    folder = changed(tmp_path, old, new)
    if case == "a protocol's file":
        text = (folder / "study.yaml").read_text()
        (folder / "study.yaml").write_text(text.replace("radius: 34.8", "source: /etc/passwd"))
    with pytest.raises(nfs.StudyError) as caught:
        nfs.load_study(folder)
    assert any(words in problem for problem in caught.value.problems), caught.value.problems


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        ("summation", "{relative: abc}", "relative is 'abc', but must be true or false"),
        ("summation", "{relative: 1}", "must be true or false"),
        ("flash_response_index", "{nonnegative: 'no'}", "must be true or false"),
        ("response_at_offset", "{offset: sixty}", "must be a number"),
        ("response_at_offset", "{offset: true}", "must be a number"),
        ("ring_response", "{ring: 0.5}", "must be a whole number"),
        ("peak_response", "{end: 400}", "must be a word or a time"),
        ("preferred_null_index", "{form: 1}", "must be a word"),
    ],
)
def test_arguments_of_measures_have_the_type_that_their_function_takes(
    tmp_path, function, arguments, words
):
    old = "function: direction_selectivity_index\n    agreement: {kind: ratio}"
    new = f"function: {function}\n    arguments: {arguments}\n    agreement: {{kind: ratio}}"
    folder = changed(tmp_path, old, new)
    with pytest.raises(nfs.StudyError) as caught:
        nfs.load_study(folder)
    assert any(words in problem for problem in caught.value.problems), caught.value.problems


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("SEM 5,9", "SEM 5,0", "a whole number above 0"),
        ("SEM 5,9", "SEM 5,\u0669", "a whole number above 0"),
        (",50,%", ",5_0,%", "neither a number"),
        (",50,%", ",\u0665\u0660,%", "neither a number"),
        (",50,%", ",1e30,%", "too large"),
        (",50,%", ",nan,%", "is a word"),
        (",50,%", ',"5\n0",%', "write it on one line"),
        ("T4b,intensity=1", "T4b,intensity=nan", "must be one number"),
    ],
)
def test_cells_of_the_table_mean_one_thing(tmp_path, old, new, words):
    with pytest.raises(nfs.StudyError) as caught:
        nfs.load_study(changed(tmp_path, old, new, "measurements.csv"))
    assert any(words in problem for problem in caught.value.problems), caught.value.problems


def test_a_table_as_spreadsheets_write_it_is_the_same_table(tmp_path):
    folder = tmp_path / VALID.name
    shutil.copytree(VALID, folder)
    table = folder / "measurements.csv"
    lines = table.read_text().splitlines()
    table.write_text("\ufeff" + ",\r\n".join(lines) + ",\r\n,,,,\r\n\r\n", encoding="utf-8")
    assert nfs.load_study(folder).table.equals(nfs.load_study(VALID).table)


def special(kind, path):
    """Put something that is no regular file in the place of a file."""
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        place = socket.socket(socket.AF_UNIX)
        place.bind(str(path))
        place.close()
    elif kind == "link to itself":
        path.symlink_to(path)
    else:
        with open(path, "wb") as file:
            file.truncate(10**11)  # takes no room on the disk


@pytest.mark.parametrize("file", ["study.yaml", "measurements.csv"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "socket", "link to itself", "100 GB"])
def test_what_is_no_file_of_a_study_is_told_at_once(tmp_path, monkeypatch, kind, file):
    shutil.copytree(VALID, tmp_path / VALID.name)
    monkeypatch.chdir(tmp_path / VALID.name)  # names of sockets are short
    special(kind, Path(file))
    with pytest.raises(nfs.StudyError) as caught:
        nfs.load_study(tmp_path / VALID.name)
    (problem,) = caught.value.problems
    assert problem.startswith(file)


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 5000 + "/y", "a\0b", "/dev/zero"])
def test_names_that_no_folder_can_have_are_refused(name):
    with pytest.raises(nfs.InvalidValueError, match=r"no folder|must be one of"):
        nfs.load_study(name)
