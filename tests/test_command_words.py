"""Whatever is typed where it makes no sense ends before a run, with code 2 and a sentence."""

import os

import pytest
import typer

from neuroflysim.cli import app

COMMANDS = typer.main.get_command(app).commands

#: Words with which each command would begin its work, which `nothing_runs` keeps it from.
GOOD = {
    "simulate": ["flash", "-o", "x.nc"],
    "screen": ["flash", "-o", "x.csv"],
    "plot": ["r.nc", "-o", "x.png"],
    "replay": ["hardie1989", "-o", "x.nc"],
    "report": ["-o", "x.html"],
    "predictions": ["flow"],
    "recording": ["r.csv"],
}

NO_NUMBERS = ("", "nope", "1.5", "nan", "-1", "1,2")
NO_LISTS = ("", " ", ",", "Mi1,,Tm3", "Mi1,")
NO_FILES = ("folder", "nowhere/x.nc", "x.exe", "", "pipe", "x" * 300)
NO_FOLDERS = ("", "pipe", "text.json", "x" * 300)
NO_MODELS = ("", "nope", "nope.json", "folder", "flow/999", "flo", "pipe", "text.json")

LISTS = {"--record", "--silence", "--cell-types", "--studies", "--seeds"}
OUTPUTS = {"--output", "--plot", "--cell-types"}
MODELS = {"--parameters", "parameters"}
NUMBERS = {
    *("--extent", "--n-inputs", "--condition", "--candidate", "--evaluations", "--population"),
    *("--processes", "--seed", "--rows"),
}

#: Options that name a folder to write into. Those of long runs are looked at when these begin.
FOLDERS = {("board", "--output"): NO_FOLDERS, ("fit", "--out"): ("",), ("demo", "folder"): ("",)}

#: Commands where --cell-types is a list and no file.
LISTED = {("plot", "--cell-types")}


def nonsense():
    for command, parsed in COMMANDS.items():
        for one in parsed.params:
            option = one.opts[0]
            words = ()
            if (command, option) in FOLDERS:
                words = FOLDERS[command, option]
            elif option in NUMBERS:
                words = NO_NUMBERS
            elif option in MODELS and command != "demo":
                words = NO_MODELS
            elif option in OUTPUTS and (command, option) not in LISTED:
                words = NO_FILES
            elif option in LISTS:
                words = NO_LISTS
            for word in words:
                yield command, option, word


ALL = sorted(set(nonsense()))


def marked(calls):
    """Yield calls, of which those with the first word for an option are quick enough together."""
    seen = set()
    for call in calls:
        yield pytest.param(*call, marks=[pytest.mark.slow] if call[:2] in seen else [])
        seen.add(call[:2])


@pytest.fixture
def nothing_runs(monkeypatch, tmp_path):
    def fail(*_, **__):
        raise AssertionError("it has begun to run")

    for name in ("simulation.simulate", "experiments.compare", "experiments.replay",
                 "screening.screen", "gradients.sensitivities.sensitivity",
                 "validation.measures.validation_measures",
                 "validation.predictions", "fit.run.fit", "report.studies.write_report",
                 "report.demo.run_demo", "report.doctor.examine",
                 "scoreboard.making.judge"):  # fmt: skip
        monkeypatch.setattr(f"neuroflysim.{name}", fail)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.json").write_text("hello")
    os.mkfifo(tmp_path / "pipe")


@pytest.mark.parametrize(("command", "option", "word"), marked(ALL))
def test_nonsense_ends_with_code_2_and_a_sentence(
    command, option, word, nothing_runs, run_command, tmp_path
):
    before = sorted(tmp_path.iterdir())
    if option.startswith("-"):
        words = list(GOOD.get(command, ()))
        if option == "--output" and "-o" in words:
            del words[words.index("-o") :]
        words += [f"{option}={word}"]
    else:
        words = [*GOOD.get(command, ()), word]
    code, _, errors = run_command(command, *words)
    assert code == 2 and errors.strip() and "Traceback" not in errors, errors
    assert sorted(tmp_path.iterdir()) == before


def test_enough_is_tried():
    assert len(ALL) > 150 and {command for command, *_ in ALL} >= set(GOOD) - {"recording"}


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("nope", "'nope' is neither a parameter file, nor an ensemble"),
        ("flo", "Did you mean flow?"),
        ("flw/003", "Did you mean flow/003?"),
        ("mine.json", "Did you mean mina.json"),
        ("flow/999", "no model '999'"),
    ],
)
def test_a_word_that_names_no_model_is_told_with_what_is_like_it(
    word, told, nothing_runs, run_command, tmp_path
):
    (tmp_path / "mina.json").write_text("{}")
    code, _, errors = run_command("compare", word)
    assert code == 2 and told in errors


@pytest.mark.compile
def test_blanks_after_commas_are_none_of_the_names(run_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("simulate", "flash", "--extent", "0", "--record", "Mi1, Tm3", "-o", "x.nc", "--json")
    code, output, errors = run_command(*words)
    assert code == 0 and '"neuron": 2' in output, errors


def test_predictions_and_reports_write_no_file_that_was_not_asked_for(
    nothing_runs, run_command, monkeypatch, tmp_path
):
    code, _, errors = run_command("report")
    assert code == 2 and "--output" in errors
    import pandas as pd

    index = pd.MultiIndex.from_tuples([("q", "T4a")], names=["quantity", "cell_type"])
    table = pd.DataFrame({"studies": [""]}, index)
    monkeypatch.setattr("neuroflysim.validation.predictions", lambda *_, **__: table)
    before = sorted(tmp_path.iterdir())
    code, _, errors = run_command("predictions", "flow", "--json")
    assert code == 0 and sorted(tmp_path.iterdir()) == before, errors


def test_two_tables_of_one_name_are_refused_before_the_run(nothing_runs, run_command):
    code, _, errors = run_command("validate", "-o", "a.csv", "--cell-types", "./a.csv")
    assert code == 2 and "name the same file" in errors


def test_nwb_without_pynwb_is_told_before_the_run(nothing_runs, run_command, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pynwb", None)
    code, _, errors = run_command("simulate", "flash", "-o", "x.nwb")
    assert code == 2 and "pynwb" in errors


def test_a_file_of_responses_that_is_not_there_is_told_as_that(nothing_runs, run_command):
    code, _, errors = run_command("plot", "nope.nc", "-o", "x.png", "--cell-types", "Mi1")
    assert code == 2 and "nope.nc: no such file" in errors
