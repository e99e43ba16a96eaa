"""What programs and shells get of the command line: JSON, exit codes, names to complete, help."""

import inspect
import re
import runpy
import sys
from io import StringIO

import pandas as pd
import pytest
import typer
from matplotlib import pyplot
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import COMMANDS, app
from neuroflysim.progress import progress_bar
from neuroflysim.report import doctor as report_doctor
from neuroflysim.report.doctor import Finding

FIRST_MODELS = [f"flow/{name}" for name in nfs.load_ensemble("flow").names if name < "010"]


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    """Runs a command in this process and in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke_words(*words, **options):
        return CliRunner().invoke(
            app, list(map(str, words)), prog_name="neuroflysim", catch_exceptions=False, **options
        )

    return invoke_words


@pytest.fixture
def run(invoke):
    """Runs a command; returns its output, or what it said of an error."""

    def run_words(*words, code=0):
        result = invoke(*words)
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.stderr

    return run_words


@pytest.mark.parametrize("optional", [True, False])
def test_doctor_ends_with_1_only_if_something_needed_is_missing(optional, invoke, monkeypatch):
    cured = Finding("C++ compiler", "missing", "no g++", "install g++", optional=optional)
    monkeypatch.setattr(report_doctor, "examine", lambda: iter([cured]))
    result = invoke("doctor")
    assert result.exit_code == (0 if optional else 1)
    assert "-> install g++" in result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_help_has_examples_that_fit_a_line(command, invoke):
    text = invoke(command.__name__, "--help", env={"COLUMNS": "80"}).stdout
    shown = [line.strip() for line in text.splitlines()]
    examples = [line for line in shown if line.startswith("neuroflysim ")]
    assert examples and shown[shown.index(examples[0]) - 1] == "Examples:"
    written = [line.strip() for line in inspect.getdoc(command).splitlines()]
    assert examples == [line for line in written if line.startswith("neuroflysim ")]


def test_help_is_whole_sentences():
    told = {
        f"{name} {option.opts[0]}": option.help
        for name, command in typer.main.get_command(app).commands.items()
        for option in command.params
    }
    assert [name for name, text in told.items() if not re.fullmatch(r"[A-Z].* .*\.", text)] == []


def test_without_a_command_the_help_is_shown_with_the_exit_codes(invoke):
    page = " ".join(invoke().stdout.split())
    assert "Exit codes: 0 all went well; 1 a check failed" in page
    assert all(command.__name__ in page for command in COMMANDS)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (nfs.InvalidValueError("no."), 2),
        (nfs.InvalidTypeError("no."), 2),
        (nfs.StudyError("a", ["row 3: no."]), 2),
        (nfs.RunawayActivityError("no."), 1),
        (nfs.SimulationError("no."), 1),
        (OSError(28, "No space left on device", "a.nc"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_is_a_sentence_and_its_kind_is_the_exit_code(error, code, invoke, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("neuroflysim.simulation.simulate", fail)
    result = invoke("simulate", "flash", "-o", "a.nc")
    assert result.exit_code == code
    assert result.stdout == ""
    if code != 130:
        assert result.stderr.startswith("neuroflysim: ")
        assert str(getattr(error, "strerror", error)) in result.stderr


def test_what_is_no_command_or_option_is_exit_code_2(invoke):
    for words in (("simulat",), ("simulate", "--colour"), ("connectome", "--extent", "x")):
        assert invoke(*words).exit_code == 2


def test_a_bug_of_ours_keeps_its_traceback(invoke, monkeypatch):
    monkeypatch.setattr("neuroflysim.simulation.simulate", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        invoke("simulate", "flash", "-o", "a.nc")


def test_json_of_a_connectome_has_the_numbers_of_the_network(run, strict_json):
    told = strict_json(run("connectome", "--extent", 3, "--json"))
    assert (told["neurons"], told["pairs"], told["parameters"]) == (2345, 63209, 735)
    first, second = strict_json(run("connectome", "--inputs", "T4a", "--n-inputs", 2, "--json"))
    assert (first["source_type"], second["source_type"]) == ("Mi1", "Tm3")


def test_json_of_protocols_has_what_one_types(run, strict_json):
    listed = strict_json(run("protocols", "--json"))
    assert [one["protocol"] for one in listed] == list(nfs.protocols.LIBRARY)
    one = strict_json(run("protocols", "moving_edge", "--json"))
    assert one["parameters"]["speed"] == "110 deg/s"
    shown = strict_json(run("protocols", "flash", "--set", "intensity=0.5,1", "--json"))
    assert [condition["intensity"] for condition in shown["conditions"]] == [0.5, 1]


def test_json_of_studies_is_the_database(run, strict_json):
    assert [one["study"] for one in strict_json(run("studies", "--json"))] == list(
        nfs.studies().index
    )
    one = strict_json(run("studies", "gruntman2019", "--json"))
    assert len(one["measurements"]) == len(nfs.load_study("gruntman2019").measurements)


@pytest.mark.slow
def test_json_of_ensembles_counts_their_models(run, strict_json):
    for told in strict_json(run("ensembles", "--json")):
        ensemble = nfs.load_ensemble(told["ensemble"])
        assert told["models"] == len(ensemble)
        assert told["models"] + told["failed"] == len(ensemble.table)
        assert told["stable"] == len(ensemble.stable) == ensemble.table["stable"].sum()


@pytest.mark.compile
def test_json_of_responses_says_what_the_file_holds(run, strict_json):
    words = ("replay", "hardie1989", "--extent", 1, "-o", "replayed.nc", "--json")
    told = strict_json(run(*words))
    voltage = nfs.load_responses(told["file"]).voltage
    assert told["sizes"] == dict(voltage.sizes)
    assert len(told["conditions"]) == voltage.sizes["condition"]


@pytest.mark.compile
def test_json_of_a_comparison_is_a_score_for_each_study_and_nothing_else(run, strict_json):
    words = ("compare", "--studies", "hardie1989", "--extent", 1, "-o", "table.csv", "--json")
    (told,) = strict_json(run(*words))
    table = pd.read_csv("table.csv")
    assert told["study"] == "hardie1989" and told["n_rows"] == len(table)
    assert told["score_all"] == pytest.approx(nfs.scores(table).loc[0, "score_all"], nan_ok=True)


def test_commands_whose_answer_is_a_table_tell_it_as_json_too():
    commands = typer.main.get_command(app).commands
    with_json = {
        name
        for name, command in commands.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert commands.keys() - with_json == {"plot", "explore", "report", "demo"}


@pytest.mark.compile
def test_plot_draws_what_simulate_wrote(tmp_path, run):
    words = ("moving_edge", "--set", "angle=0,90", "--set", "speed=400 deg/s")
    words += ("--parameters", "flow", "--record", "all")
    words += ("--extent", 1, "--time-step", 20)
    run("simulate", *words, "-o", "edges.nc")  # an ensemble: a candidate each
    run("plot", "edges.nc", "--cell-types", "L1, T4a", "-o", "traces.pdf")
    run("plot", "edges.nc", "--kind", "tuning", "--at", "intensity=1", "-o", "tuning.svg")
    asked = ("--cell-types", "T4a", "--condition", 3)
    run("plot", "edges.nc", "--kind", "activity", *asked, "--time", 200, "-o", "map.png")
    names = {"edges.nc", "traces.pdf", "tuning.svg", "map.png"}
    assert {file.name for file in tmp_path.iterdir()} == names
    assert not pyplot.get_fignums()
    assert "--cell-types T4a,T5a" in run("plot", "edges.nc", "-o", "a.pdf", code=2)
    run("plot", "edges.nc", "--kind", "tuning", "--at", "speed=400", "-o", "tuning.svg")
    wrong = ("plot", "edges.nc", "--kind", "tuning", "-o", "a.pdf", "--at", "intensity=0.5")
    assert "only 0, 1" in run(*wrong, code=2)
    assert "column_flash" in run(
        "plot", "edges.nc", "--kind", "receptive_field", *asked, "-o", "a.pdf", code=2
    )


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sim", ["simulate"]),
        ("simulate moving", ["moving_bar", "moving_edge"]),
        ("simulate moving_edge --set sp", ["speed="]),
        ("simulate flash --parameters flow/00", FIRST_MODELS),
        ("simulate flash --record T4", ["T4a", "T4b", "T4c", "T4d"]),
        ("simulate flash --method exp", ["exponential_euler"]),
        ("connectome --inputs Tm2", ["Tm2", "Tm20", "Tm28"]),
        ("studies gruntman201", ["gruntman2018", "gruntman2019"]),
        ("compare --studies maisak2013,gruntman2019", ["maisak2013,gruntman2019"]),
        ("predictions flow_t", ["flow_t4t5"]),
        ("fit flow_w", ["flow_without_prior"]),
        ("plot a.nc --kind t", ["traces", "tuning"]),
        ("plot a.nc --cell-types L1,Mi11", ["L1,Mi11"]),
    ],
)
def test_tab_completes_names(typed, offered, invoke):
    words = typed.split(" ")
    environment = {
        "_NEUROFLYSIM_COMPLETE": "complete_bash",
        "COMP_WORDS": "neuroflysim " + typed,
        "COMP_CWORD": str(len(words)),
    }
    assert invoke(env=environment).stdout.split() == offered


def test_python_m_neuroflysim_is_the_same_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["python -m neuroflysim", "--version"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("neuroflysim", run_name="__main__")
    assert not end.value.code
    assert capsys.readouterr().out == f"neuroflysim {nfs.__version__}\n"


def test_progress_is_shown_to_terminals_only(monkeypatch):
    seen = StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    for terminal in (False, True):
        seen.isatty = lambda answer=terminal: answer
        assert list(progress_bar(True, [1, 2], file=seen)) == [1, 2]
        assert bool(seen.getvalue()) == terminal
    seen.truncate(0)
    assert list(progress_bar(False, [1], file=seen)) == [1]
    assert not seen.getvalue()
