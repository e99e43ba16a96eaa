"""The command line: what people see and what they get."""

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import attrs
import numpy as np
import pytest
from brian2 import ms
from matplotlib import pyplot
from PIL import Image

import neuroflysim as nfs
from neuroflysim.fit import Stage
from neuroflysim.fit import run as fitting
from neuroflysim.fit.objectives import flow_task
from neuroflysim.report import demo as demos
from neuroflysim.report import demo_fit
from neuroflysim.report.demo_fit import fit_a_little, short_recipe

TINY = {"evaluations": 4, "population": 4, "step_size": 0.3}
NEUROFLYSIM = str(Path(sys.executable).with_name("neuroflysim"))


@pytest.fixture
def run_here(tmp_path, monkeypatch, run_command):
    """Runs a command in an empty folder; returns exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    return run_command


@pytest.fixture
def run(run_here):
    """Runs a command that ends with a code, and returns its output, or its errors."""

    def run(*words, code=0):
        found, output, errors = run_here(*words)
        assert found == code, output + errors
        return errors if code else output

    return run


@pytest.mark.slow
def test_the_installed_command_tells_the_version_of_the_package():
    done = subprocess.run([NEUROFLYSIM, "--version"], capture_output=True, text=True, check=True)
    assert nfs.__version__ in done.stdout


@pytest.mark.slow
def test_the_installed_command_ends_with_code_2_and_one_sentence_for_an_error():
    words = [NEUROFLYSIM, "connectome", "--inputs", "T9"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("neuroflysim: ") and "'T9'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_large_cache_of_brian_is_no_part_of_what_a_command_says(tmp_path):
    cache = tmp_path / ".cython" / "brian_extensions"
    cache.mkdir(parents=True)
    with (cache / "old.so").open("wb") as file:
        file.truncate(1_100_000_000)  # takes no room
    environment = {**os.environ, "HOME": str(tmp_path)}

    def said(*words):
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
        return done.stdout, done.stderr

    assert "Cache size" in "".join(said(sys.executable, "-c", "import brian2"))
    out, errors = said(NEUROFLYSIM, "connectome", "--inputs", "T9")
    assert not out and errors.startswith("neuroflysim: ") and "'T9'" in errors


def test_connectome_tells_the_sizes_and_the_connection_that_never_lands(run):
    page = run("connectome")
    for words in ("45,669", "1,513,231", "735", "734", "Lawf1 -> Lawf1"):
        assert words in page
    assert "63,209" in run("connectome", "--extent", "3")


@pytest.mark.slow
def test_connectome_lists_and_draws_the_inputs_of_a_type(tmp_path, run):
    page = run("connectome", "--inputs", "T4a", "--plot", "t4a.png")
    assert page.index("Mi1") < page.index("Tm3") < page.index("Mi4")
    assert (tmp_path / "t4a.png").read_bytes().startswith(b"\x89PNG")


def test_connectome_of_a_folder_is_checked(tmp_path, run):
    nfs.save_connectome(nfs.load_connectome(), tmp_path / "own")
    words = ("connectome", "--connectome", "own", "--extent", "3")
    assert "63,209" in run(*words)
    (tmp_path / "own" / "offsets.csv").unlink()
    assert "offsets.csv: no such file" in run(*words, code=2)


def test_protocols_are_listed_and_told(run):
    page = run("protocols")
    assert all(name in page for name in nfs.protocols.LIBRARY)
    columns = "columns=((1,0),(0,0)),((0,0),(1,0))"
    assert columns in run("protocols", "apparent_motion_columns")
    assert "source=..." in run("protocols", "movie")
    assert "speed=110 deg/s" in run("protocols", "moving_edge")
    assert "direction of motion" in run("protocols", "moving_edge").lower()
    known = ", ".join(map(repr, nfs.protocols.LIBRARY))
    assert known in " ".join(run("protocols", "sine", code=2).split())


def test_a_study_is_told_with_its_experiments_and_what_is_asked(run):
    page = run("studies", "gruntman2019")
    study = nfs.load_study("gruntman2019")
    for word in (*study.experiments, *study.measures, *study.not_replayed):
        assert word in page
    assert "doi:10.7554/eLife.50706" in page


@pytest.mark.compile
def test_simulate_writes_what_the_python_function_returns(tmp_path, connectome, start, run):
    start.save(tmp_path / "start.json")
    words = ("--extent", "1", "--parameters", "start.json", "--record", "R1,T4a")
    run("simulate", "flash", *words, "-o", "flash.nc")
    written = nfs.load_responses(tmp_path / "flash.nc").voltage
    own = nfs.simulate(
        nfs.protocols.flash(),
        connectome=connectome,
        parameters=start,
        extent=1,
        record=["R1", "T4a"],
    ).voltage
    assert (written == own).all()


@pytest.mark.slow
def test_protocols_are_drawn_with_parameters_from_the_command_line(tmp_path, run_here):
    words = ("protocols", "moving_bar", "--set", "angle=0, 90", "--set", "width=9")
    code, page, _ = run_here(*words, "--set", "speed=50 deg/s", "--plot", "bar.png")
    assert code == 0
    assert "4 condition(s)" in page
    assert (tmp_path / "bar.png").read_bytes().startswith(b"\x89PNG")
    assert not pyplot.get_fignums()


@pytest.mark.compile
def test_simulate_takes_parameters_of_the_protocol_with_their_units(tmp_path, run_here):
    code, *_ = run_here(
        "simulate", "flash", "--extent", "0", "-o", "flash.nc", "--set", "intensity=0.5, 1",
        "--set", "stim_time=60 ms", "--set", "pre_time=0 s", "--set", "tail_time=0.04 s",
        "--record", "R1",
    )  # fmt: skip
    assert code == 0
    written = nfs.load_responses(tmp_path / "flash.nc").voltage
    assert written["intensity"].to_numpy().tolist() == [0.5, 1]
    assert written.attrs["stim_time"] == pytest.approx(0.06)
    assert written.sizes["time"] == 50


def test_a_file_is_a_value_only_where_the_text_is_no_number(tmp_path, run_here):
    (tmp_path / "90").touch()
    words = ("protocols", "moving_edge", "--set", "intensity=1")
    code, page, error = run_here(*words, "--set", "angle=90")
    assert (code, error) == (0, "")
    assert "1 condition(s)" in page
    many = ", ".join(map(str, range(0, 360, 2)))  # too long for the name of a file
    assert "180 condition(s)" in run_here(*words, "--set", f"angle={many}")[1]
    wrong = run_here(*words, "--set", f"angle={many}, 3 inch")
    assert wrong[0] == 2
    assert "'3 inch'" in wrong[2]
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "scene.png")
    words = ("protocols", "natural_image", "--set", "image=scene.png", "--set", "angle=0")
    assert "1 condition(s)" in run_here(*words)[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("flash", "--set", "radios=3"), "'radius'"),
        (("flash", "--set", "radius"), "--set angle=90"),
        (("flash", "--set", "radius=3 inch"), "ms, s, Hz, deg, deg/s, %, 1"),
        (("flash", "--set", "radius=3", "--set", "radius=4"), "twice"),
        (("flash", "--set", "stim_time=3"), "stim_time=160 ms"),
        (("flash", "--plot", "flash"), "suffix"),
        (("--plot", "all.png"), "name of a protocol"),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_exit_code_2(words, message, tmp_path, run_here):
    code, _, error = run_here("protocols", *words)
    assert code == 2
    assert error.startswith("neuroflysim: ")
    assert message in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("simulate", "flash", "-o", "a.txt"), ".nc or .csv"),
        (("simulate", "flsh", "-o", "a.nc"), "Did you mean 'flash'"),
        (("simulate", "flash", "-o", "a.nc", "--extent", "1", "--record", "T9"), "'T9'"),
        (("simulate", "flash", "-o", "no/a.nc", "--extent", "0"), "does not exist"),
        (("simulate", "flash", "-o", "a.nc", "--parameters", "none.json"), "none.json"),
        (("connectome", "--inputs", "T9"), "'T9'"),
        (("connectome", "--plot", "picture"), "suffix"),
        (("connectome", "--n-inputs", "0"), "at least 1"),
        (("connectome", "--extent", "-3"), "at least 0"),
        (("studies", "gruntman2"), "Did you mean 'gruntman2018' or 'gruntman2019'"),
        (
            ("replay", "gruntman2019", "-o", "a.nc", "--experiment", "dots"),
            "it has flash, moving_bars",
        ),
        (("compare", "flow/999", "--studies", "hardie1989"), "999"),
        (("compare", "--studies", ","), "commas between"),
        (("protocols", "movie", "--set", "source=none.mp4"), "there is no file none.mp4"),
        (("predictions", "flo"), "'flow'"),
        (("fit", "flo"), "Did you mean 'flow'"),
        (("plot", "none.nc", "-o", "a.pdf"), "none.nc"),
        (("plot", "none.nc", "-o", "a.gif"), ".pdf"),
        (("plot", "none.nc", "-o", "a.gif", "--kind", "film"), "'movie'"),
        (("plot", "none.nc", "-o", "a.pdf", "--at", "intensity"), "--at intensity=1"),
    ],
)
def test_a_wrong_word_is_one_sentence_and_exit_code_2(words, message, tmp_path, run):
    error = run(*words, code=2)
    assert message in error
    assert error.startswith("neuroflysim: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.compile
def test_doctor_finds_that_the_machine_can_simulate(run):
    findings = {finding["what"]: finding for finding in json.loads(run("doctor", "--json"))}
    needed = {what for what, finding in findings.items() if not finding["optional"]}
    devices = {"device runtime", "device cpp_standalone"}
    assert needed == devices | {
        "Python", "Brian2", "linear algebra", "processor", "C++ compiler", "Cython cache",
    }  # fmt: skip
    assert all(findings[what]["state"] == "works" for what in needed)
    assert {"nvcc", "curand", "GPU"} <= findings.keys()


@pytest.mark.compile
def test_the_demo_simulates_fits_and_replays_and_may_be_run_again(
    tmp_path, connectome, run, monkeypatch
):
    """On few worlds, in one process, with a short movie: how many there are is told elsewhere."""
    for module in (fitting, demo_fit):
        monkeypatch.setattr(module, "available_cores", lambda: 1)
    monkeypatch.setattr(demo_fit, "WHOLE", attrs.evolve(demo_fit.WHOLE, textures=2))
    monkeypatch.setattr(flow_task, "JUDGED_TEXTURES", 2)
    monkeypatch.setattr(
        fitting, "check_stability", partial(fitting.check_stability, lattice=nfs.Lattice(extent=1))
    )
    monkeypatch.setattr(demos, "animate_activity", partial(demos.animate_activity, begin=1300 * ms))
    page = run("demo", "out", "--extent", "1", "--evaluations", "1")
    names = {
        "moving_edges.nc",
        "flash.nc",
        "tuning.csv",
        "tuning.png",
        "flash.png",
        "activity.png",
        "activity.gif",
        "maisak2013.csv",
        "maisak2013.png",
    }
    of_fit = {"parameters.json", "fit.json", "learning_curve.csv", "learning_curve.png"}
    out = tmp_path / "out"
    assert {file.name for file in out.iterdir()} == names | {"fit"}
    assert {file.name for file in (out / "fit").iterdir()} == of_fit
    assert all(name in page for name in names | of_fit)
    assert "with 64 evaluations" in page  # one generation
    assert re.search(r"R2 of flow on fresh worlds: -?0\.\d{3} untrained, -?0\.\d{3} after", page)
    assert re.search(r"\nuntrained +-?[01]\.\d\d +0\.\d\d\nflow/\d{3} +-?[01]\.\d\d", page)
    responses = nfs.load_responses(out / "moving_edges.nc")
    assert responses.voltage.sizes["condition"] == 24
    made, told = (out / "fit" / "fit.json").read_text(), []
    fit_a_little(short_recipe(1), connectome, out / "fit", told.append)
    assert "made before" in told[1]
    assert (out / "fit" / "fit.json").read_text() == made
    tiny = attrs.evolve(short_recipe(1), pooling=1, textures=2, stages=(Stage(**TINY),))
    fit_a_little(tiny, connectome, out / "fit", told.append)
    assert "is replaced" in told[4]
    assert json.loads((out / "fit" / "fit.json").read_text())["evaluations"] == 4
