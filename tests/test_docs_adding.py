"""The study, protocol, measure and engine of docs/adding.md are all that is needed to add one."""

import doctest
import re
import sys
import tomllib
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.analysis.measures import MEASURES
from neuroflysim.lattice import Lattice, turned
from neuroflysim.simulation.running import ENGINES

pytestmark = pytest.mark.docs

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page, language, section=""):
    text = (DOCS / page).read_text()
    if section:
        text = re.split(r"^## ", text.split(f"\n## {section}\n")[1], flags=re.MULTILINE)[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a file and imports it, for as long as a test takes."""
    monkeypatch.syspath_prepend(tmp_path)

    def module(name, content):
        (tmp_path / f"{name}.py").write_text(content)
        monkeypatch.setitem(sys.modules, name, None)
        del sys.modules[name]
        return import_module(name)

    return module


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder that the page tells to make, and the place to work in."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "lab2026"
    folder.mkdir()
    (folder / "study.yaml").write_text(blocks("adding.md", "yaml")[0])
    (folder / "measurements.csv").write_text(blocks("adding.md", "text")[0])
    return folder


@pytest.mark.compile
def test_a_new_study_is_one_folder(folder, capsys):
    (script,) = blocks("adding.md", "python", "A study")
    names = {}
    exec(compile(script, "adding.md", "exec"), names)
    table = names["table"]
    assert table["agreement"].notna().tolist() == [True] * 4 + [False]
    assert table["agreement"][:2].tolist() == [1, 1]  # ON and OFF as wired
    assert "lab2026" in capsys.readouterr().out


@pytest.mark.compile
def test_a_study_of_perturbed_flies_is_one_folder_too(tmp_path, start):
    folder = tmp_path / "lab2027"
    folder.mkdir()
    (folder / "study.yaml").write_text(blocks("adding.md", "yaml")[1])
    (folder / "measurements.csv").write_text(blocks("adding.md", "text")[1])
    (row,) = nfs.compare(start, folder, extent=1, progress=False).to_dict("records")
    assert row["agreement"] == 1  # Mi1 turns ON because L1 inhibits it
    assert 0 <= row["model"] < 0.25


def test_a_new_measure_is_one_file_and_a_study_names_it(folder, module, monkeypatch):
    (content,) = blocks("adding.md", "python", "A measure")
    monkeypatch.setitem(MEASURES, "time_above_half", None)
    del MEASURES["time_above_half"]
    study = folder / "study.yaml"
    study.write_text(
        study.read_text().replace("function: time_to_peak", "function: time_above_half")
    )
    with pytest.raises(nfs.StudyError, match="time_above_half"):
        nfs.load_study(folder)
    written = module("time_above_half", content)
    assert doctest.testmod(written).failed == 0
    assert MEASURES["time_above_half"].function is written.time_above_half
    assert nfs.load_study(folder).measures["time_to_peak"].function == "time_above_half"


@pytest.mark.compile
def test_a_new_engine_is_one_file_and_gives_the_voltages_of_synapses(module, monkeypatch, start):
    engine, script = blocks("adding.md", "python", "An engine")
    monkeypatch.setitem(ENGINES, "pairs", None)
    module("pairs_engine", engine)
    names = {}
    exec(compile(script, "adding.md", "exec"), names)
    assert abs(names["by_pairs"] - names["by_synapses"]).max() <= 1e-12
    assert np.ptp(names["by_pairs"].to_numpy()) > 0.1
    assert names["by_pairs"].attrs["engine"] == "pairs"
    flies = [None, nfs.Silence("L1"), nfs.Clamp("Mi1", 0.5)]
    own, lattice = (
        nfs.simulate(
            names["flash"], parameters=start, perturbations=flies, engine=engine, **names["options"]
        ).voltage.to_numpy()
        for engine in ("pairs", "lattice")
    )
    assert np.abs(own - lattice).max() <= 1e-12
    assert np.abs(own[1] - own[0]).max() > 0.1


@pytest.mark.compile
def test_a_row_on_the_board_is_one_folder(tmp_path, monkeypatch, start):
    monkeypatch.chdir(tmp_path)
    listed, seen = blocks("adding.md", "text")[2:]
    for name in listed.split():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(seen) if path.suffix == ".txt" else start.save(path)
    (script,) = blocks("adding.md", "python", "A row on the board")
    names = {"nfs": nfs}
    exec(compile(script, "adding.md", "exec"), names)
    (row,) = names["board"].table.reset_index().to_dict("records")
    assert (row["row"], row["kind"], row["models"]) == ("my_models", "yours", 2)
    assert row["seen"] == seen.strip() and row["trouble"] == ""
    assert row["command"] == "neuroflysim board my_models"
    assert -1 <= row["score"] <= 1


def test_a_new_protocol_is_one_file_and_a_study_names_it(folder, tmp_path, monkeypatch):
    protocol = blocks("protocols.md", "python")[0]
    (tmp_path / "brightening_disc.py").write_text(protocol)
    # The folder of the library cannot be written to in a test: it is made one folder longer.
    monkeypatch.setattr(nfs.protocols, "__path__", [*nfs.protocols.__path__, str(tmp_path)])
    assert "brightening_disc" in [module.name for module in iter_modules(nfs.protocols.__path__)]
    make = nfs.protocols._load("brightening_disc")
    monkeypatch.delitem(sys.modules, "neuroflysim.protocols.brightening_disc")
    monkeypatch.delattr(nfs.protocols, "brightening_disc", raising=False)
    monkeypatch.setitem(nfs.protocols.LIBRARY._own, "brightening_disc", make)
    study = folder / "study.yaml"
    lines = blocks("adding.md", "yaml")[-1]
    shown = re.search(r"    protocol: flash\n    parameters: .*\n", study.read_text())[0]
    study.write_text(study.read_text().replace(shown, lines))
    built = nfs.load_study(folder).experiments["flashes"].build()
    assert built.name == "brightening_disc"
    assert built.conditions["radius"].tolist() == [35]
    shown = make(radius=6).luminance(2)[0]
    u, v = shown["u"].to_numpy(), shown["v"].to_numpy()
    distance = 5.8 * np.sqrt(u**2 + u * v + v**2)  # in axial coordinates
    halfway = np.where(distance < 6, 0.5 + 0.5 * 0.24 / 0.5, 0.5)
    assert shown.sel(time=0.24).to_numpy() == pytest.approx(halfway)


def test_the_library_of_an_editable_installation_is_the_folder_of_the_repository():
    root = DOCS.parent
    makefile = (root / "Makefile").read_text()
    assert "--editable" in makefile
    if not Path(nfs.__file__).is_relative_to(root):
        pytest.skip("neuroflysim is installed as a copy here")
    assert [Path(folder).resolve() for folder in nfs.protocols.__path__] == [root / "protocols"]


def test_the_entry_point_of_the_page_leads_to_the_protocol_of_the_page(tmp_path, monkeypatch):
    points = tomllib.loads(blocks("protocols.md", "toml")[0])["project"]["entry-points"]
    ((name, value),) = points[nfs.protocols.GROUP].items()
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "stimuli.py").write_text(blocks("protocols.md", "python")[0])
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint(name, value, nfs.protocols.GROUP)
    monkeypatch.setattr(nfs.protocols, "entry_points", lambda group: [point])
    monkeypatch.setattr(nfs.protocols.LIBRARY, "_added", None)
    assert nfs.protocols.LIBRARY[name](radius=6).name == name


def test_the_protocol_that_a_function_draws_turns():
    names = {}
    exec(compile(blocks("protocols.md", "python")[1], "protocols.md", "exec"), names)
    shown = names["pinwheel"].luminance(extent=3)
    assert shown.sizes["condition"] == 2
    assert not shown.isel(condition=0).equals(shown.isel(condition=1))


def test_the_bar_and_the_plaid_of_the_page_turn_with_their_angle():
    names = {}
    exec(compile(blocks("protocols.md", "python")[2], "protocols.md", "exec"), names)
    turn = {angle: n for n, angle in enumerate(names["bar"].conditions["angle"])}
    frames = names["bar"].luminance(3, 20 * ms).to_numpy()
    for sixths in range(1, 6):
        where = Lattice(extent=3).index(*turned(*Lattice(extent=3).columns.T, sixths))
        assert np.array_equal(frames[turn[60 * sixths]][:, where], frames[turn[0]])
    # Gratings to the left and to the right of the angle: equal where the axis runs.
    plaid = names["plaid"].luminance(3, 20 * ms)[:, 60]
    assert plaid[0].to_numpy() == pytest.approx(plaid[0].to_numpy()[mirrored(plaid)], abs=1e-12)


def mirrored(frame):
    """Which column lies where another one does, upside down."""
    return Lattice(extent=3).index(-frame["u"].to_numpy() - frame["v"].to_numpy(), frame["v"])


@pytest.mark.compile
def test_a_number_is_looked_up_as_told():
    script = "\n".join(blocks("experiments.md", "python"))
    for call in (
        'replay("gruntman2019", start',
        'compare(start, "gruntman2019"',
        'replay("joesch2010", start',
    ):
        assert call in script
        script = script.replace(call, f"{call}, extent=1")
    names = {}
    exec(compile(script, "experiments.md", "exec"), names)
    found = names["study"].table.loc[3]
    assert found["measure"] == names["table"].loc[1, "measure"] == "direction_selective"
    flies = names["given"]["perturbation"].to_numpy().tolist()
    assert flies == ["intact", "l1_silenced", "l2_silenced"]
