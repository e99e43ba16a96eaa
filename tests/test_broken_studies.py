"""A broken study folder is refused with file, line or row, and cure."""

import pickle
import shutil
from pathlib import Path

import pytest

import neuroflysim as nfs

VALID = Path(__file__).parent / "data" / "studies" / "edges2001"

# One edit to a valid folder each: what is replaced, by what; then where the error must point, and
# what it must say for people to mend it.
IN_YAML = {
    "a key is missing": ("sources: none, invented for tests\n", "", 1, "'sources' add it"),
    "a key of the citation is missing": ("year: 2001, ", "", 2, "citation 'year' add it"),
    "a key is misspelt": ("method:", "metod:", 3, "'metod' Did you mean 'method'"),
    "a key stands twice": ("method: invented", "method: x\nmethod: y", 4, "line 3 keep one"),
    "the year is text": ("year: 2001", "year: early", 2, "citation.year whole number"),
    "the DOI is an address": ("doi: null", "doi: https://doi.org/10.1/2", 2, "without https"),
    "the signal is of no known kind": ("{kind: voltage}", "{kind: current}", 4, "calcium, other"),
    "the list of cell types is one word": ("[T4, T5]", "T4", 5, "cell_types a list"),
    "a tab indents": ("    protocol: moving_edge", "\tprotocol: moving_edge", 10, "indentation"),
    "a bracket is not closed": ("[T4, T5]", "[T4, T5", 6, "not YAML quotes"),
    "there is no such protocol": ("protocol: moving_edge", "protocol: edge", 10, "moving_edge"),
    "the protocol has no such parameter": ("      speed:", "      sped:", 13, "'speed' Mend"),
    "a unit is unknown": ("110 deg/s", "110 furlongs", 13, "furlongs the units are deg/s"),
    "a speed has no unit": ("110 deg/s", "110", 11, "speed degree"),
    "a parameter is out of range": ("radius: 34.8", "background: 2", 18, "between 0"),
    "the time step has no unit": ("20 ms", "20", 14, "time_step number and its unit"),
    "the time step is no time": ("20 ms", "20 deg", 14, "time_step 10 ms"),
    "the experiment does not exist": ("experiment: steps", "experiment: step", 39, "edges, steps"),
    "the function does not exist": ("function: preferred_direction", "function: prefered_direction",
                                    23, "Did you mean 'preferred_direction'"),
    "the function has no such argument": ("{end: 400 ms}", "{ende: 400 ms}", 28, "'end' Mend"),
    "the agreement is of no known kind": ("kind: ratio", "kind: factor", 33, "sign, circular"),
    "a correlation does not say over what": ("correlation, over: condition", "correlation", 29,
                                             "'over' add it"),
    "a ratio says over what": ("kind: ratio", "kind: ratio, over: condition", 33, "remove it"),
    "a threshold has no words": (', above: "yes"', "", 37, "'above' add it"),
    "YAML takes a word for true": ('above: "yes"', "above: yes", 37, "true text quotes"),
    "the signal cannot be shown": ("signal: {kind: voltage}", "signal: {kind: other}", 21,
                                   "signal: {kind: voltage} not_replayed"),
    "a decay time is no time": ("decay_time: 200 ms", "decay_time: 200 Hz", 41, "200 ms"),
    "a measure is in both lists": ("  mechanism:", "  vector_strength: twice\n  mechanism:", 48,
                                   "keep one"),
    "a measure has no row": ("  mechanism:", "  unheard_of: why\n  mechanism:", 48, "remove it"),
    "a name has capitals": ("  steps:", "  Steps:", 16, "small letters"),
}  # fmt: skip
IN_TABLE = {
    "a column is misspelt": ("cell_type,condition", "celltype,condition", 1, "first line"),
    "a cell is missing": ("Fig. 1,primary,\n", "primary,\n", 2, "9 cells quotes"),
    "a comma is not quoted": ('"Mi1, Tm3"', "Mi1, Tm3", 11, "11 cells quotes"),
    "a quotation mark is not closed": ('"Mi1, Tm3"', '"Mi1, Tm3', 11, "no line of a table close"),
    "the measure is in no list": ("vector_strength,T4a", "vector_strenght,T4a", 8, "add it to"),
    "the cell type is not in the model": ("vector_strength,T4a", "vector_strength,LC4", 8,
                                          "not_replayed"),
    "an angle is averaged": ("direction,T4a", "direction,T4", 2, "one row for each type"),
    "a condition has no =": ("T4b,intensity=1", "T4b,intensity 1", 3, "name=value"),
    "a condition names a coordinate twice": ("T4b,intensity=1", "T4b,intensity=1; intensity=0", 3,
                                             "twice keep one"),
    "a condition has an unknown unit": ("T4b,intensity=1", "T4b,speed=1 mph", 3, "mph the units"),
    "a value is missing": ("angle=0; intensity=1,0.2", "angle=0; intensity=1,", 4, "value range"),
    "a value is no value": ("angle=0; intensity=1,0.2", "angle=0; intensity=1,~0.2", 4,
                            "'~0.2' bound range word"),
    "a range runs backwards": (",<0.6,", ",0.6..0.2,", 9, "smaller to a larger"),
    "a word stands for an angle": ("intensity=1,180,deg", "intensity=1,left,", 2, "a number"),
    "a word is not one of the threshold's": (",yes,", ",maybe,", 10, "yes or no"),
    "an angle is a bound": ("intensity=1,180", "intensity=1,>170", 2, "single number"),
    "a ratio to zero": (",50,%", ",0,%", 8, "bound another agreement"),
    "the unit is unknown": (",50,%", ",50,percent", 8, "must be one of 1, %, ms"),
    "an angle is in milliseconds": ("180,deg", "180,ms", 2, "needs deg"),
    "a size of the signal is compared by ratio": (",50,%", ",50,mV", 8, "rank or sign"),
    "the units of a measure differ in kind": ("<0.6,1", "<0.6,ms", 9, "converted one kind"),
    "a word has a unit": (",ON,,", ",ON,1,", 15, "leave the unit empty"),
    "n is no whole number": ("SEM 5,9", "SEM 5,9.5", 8, "n whole number"),
    "the support is unknown": ("p. 4,primary", "p. 4,memory", 10, "primary, code, derived"),
    "the locator is missing": ("Fig. 3,derived", ",derived", 8, "locator where in the source"),
    "a row stands twice": ("T4b,intensity=1,10", "T4a,intensity=1,10", 3, "of row 2 remove one"),
    "too few rows for a correlation": ("T4a,angle=0; ", "T4b,angle=0; ", 4, "needs 3 add rows"),
}  # fmt: skip


def broken(tmp_path, file, edit):
    """Return the problems of a valid study in which one thing was replaced."""
    folder = tmp_path / VALID.name
    shutil.copytree(VALID, folder)
    edit(folder / file)
    with pytest.raises(nfs.StudyError) as caught:
        nfs.load_study(folder)
    assert caught.value.key == VALID.name
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return list(caught.value.problems)


def replaced(old, new):
    def edit(path):
        text = path.read_text()
        assert old in text, f"{old!r} is not in {path.name}"
        path.write_text(text.replace(old, new, 1))

    return edit


@pytest.mark.parametrize("case", IN_YAML)
def test_what_is_wrong_in_study_yaml_is_told_with_line_and_cure(tmp_path, case):
    old, new, line, words = IN_YAML[case]
    problems = broken(tmp_path, "study.yaml", replaced(old, new))
    told = [text for text in problems if text.startswith(f"study.yaml, line {line}: ")]
    assert told, problems
    assert any(all(word in text for word in words.split()) for text in told), problems


@pytest.mark.parametrize("case", IN_TABLE)
def test_what_is_wrong_in_the_table_is_told_with_row_and_cure(tmp_path, case):
    old, new, row, words = IN_TABLE[case]
    problems = broken(tmp_path, "measurements.csv", replaced(old, new))
    told = [text for text in problems if text.startswith(f"measurements.csv, row {row}: ")]
    assert told, problems
    assert any(all(word in text for word in words.split()) for text in told), problems


@pytest.mark.parametrize("file", ["study.yaml", "measurements.csv"])
@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Path.unlink, "no such file needs"),
        (lambda path: path.write_text(" \n"), "is empty fill it in"),
        (lambda path: path.write_bytes(b"a\nb\xff\n"), "line 2: is not UTF-8; save"),
        (lambda path: (path.unlink(), path.mkdir()), "is a folder name a regular file"),
    ],
    ids=["missing", "empty", "not UTF-8", "a folder"],
)
def test_a_file_that_cannot_be_read_is_named_with_its_cure(tmp_path, file, edit, words):
    (problem,) = broken(tmp_path, file, edit)
    assert problem.startswith(file)
    assert all(word in problem for word in words.split())


def test_equal_values_have_no_order_or_correlation(tmp_path):
    def edit(path):
        path.write_text(path.read_text().replace(",9,mV", ",3,mV").replace(",6,mV", ",3,mV"))

    (problem,) = broken(tmp_path, "measurements.csv", edit)
    assert problem.startswith("measurements.csv, row 12: ")
    assert "no rank; use another agreement" in problem


def test_a_folder_with_a_name_that_tables_cannot_hold_is_refused(tmp_path):
    shutil.copytree(VALID, tmp_path / "Edges 2001")
    with pytest.raises(nfs.StudyError, match=r"folder 'Edges 2001': rename it"):
        nfs.load_study(tmp_path / "Edges 2001")


def test_all_problems_are_told_at_once_and_survive_pickling(tmp_path):
    def edit(path):
        replaced("110 deg/s", "110 furlongs")(path)
        replaced("experiment: steps", "experiment: step")(path)

    problems = broken(tmp_path, "study.yaml", edit)
    assert len(problems) == 2
    error = nfs.StudyError("edges2001", problems)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_study_that_is_nowhere_is_refused_with_the_nearest_names(tmp_path):
    with pytest.raises(nfs.InvalidValueError, match="no folder"):
        nfs.load_study(tmp_path / "nowhere")
    with pytest.raises(nfs.InvalidValueError, match="study is 'nowhere2019'"):
        nfs.load_study("nowhere2019")
    with pytest.raises(nfs.InvalidTypeError, match="folder"):
        nfs.load_study(7)


def test_the_valid_folder_is_valid():
    assert len(nfs.load_study(VALID).measurements) == 15
