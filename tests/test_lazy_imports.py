"""Importing the package, help and Tab import nothing that takes long; names mean what they mean.

Which modules are imported is the law. benchmarks/import_time.py measures how long it takes.
"""

import ast
import json
import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from types import ModuleType

import pytest
import typer

import neuroflysim as nfs
from neuroflysim import choices, names
from neuroflysim.cli import app
from neuroflysim.fit.objectives.trace_agreement import SCORE_NAMES
from neuroflysim.fit.searches import SEARCHES
from neuroflysim.protocols import LIBRARY
from neuroflysim.scoreboard import entries
from neuroflysim.simulation import running

HEAVY = ("brian2", "cma", "h5py", "matplotlib", "numpy", "pandas", "scipy", "sympy", "xarray")
GROUP = typer.main.get_command(app)
STUB = ast.parse(Path(nfs.__file__).with_suffix(".pyi").read_text())


def run_script(script, **environment):
    """What a script prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "import neuroflysim",
        "import neuroflysim; dir(neuroflysim); neuroflysim.__version__",
        "import neuroflysim.cli",
        "from neuroflysim.errors import InvalidValueError",
    ],
)
def test_what_takes_long_is_not_imported_by(statement):
    assert run_script(f"{statement}\nimport sys\nprint(*set({HEAVY}) & set(sys.modules))") == "\n"


@pytest.mark.slow
def test_a_name_is_imported_when_it_is_first_used():
    script = """
        import sys, neuroflysim
        before = "brian2" in sys.modules
        neuroflysim.simulate
        print(before, "brian2" in sys.modules)
    """
    assert run_script(script).split() == ["False", "True"]


@pytest.mark.slow
def test_help_and_tab_import_nothing_that_takes_long():
    """All helps in one process, and then a Tab at every place where one may be pressed."""
    helps = [["--help"], *([name, "--help"] for name in GROUP.commands)]
    tabs = ["neuroflysim ", "neuroflysim simulate moving_edge --set "]
    for name, command in GROUP.commands.items():
        options = [one.opts[0] for one in command.params if one.param_type_name == "option"]
        tabs += [f"neuroflysim {name} ", *(f"neuroflysim {name} {option} " for option in options)]
    told = run_script(f"""
        import contextlib, io, json, os, sys
        import typer
        from neuroflysim.cli import app
        group, heavy, told = typer.main.get_command(app), set({HEAVY}), {{}}
        def call(*words, **environment):
            os.environ.update(environment)
            with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
                group(words, prog_name="neuroflysim")
            return [said.getvalue(), sorted(heavy & set(sys.modules))]
        for words in {helps}:
            told[" ".join(words)] = call(*words)
        for line in {tabs}:
            told[line] = call(
                _NEUROFLYSIM_COMPLETE="complete_bash", COMP_WORDS=line,
                COMP_CWORD=str(len(line.split(" ")) - 1),
            )
        print(json.dumps(told))
    """)
    told = json.loads(told)
    assert {line: heavy for line, (_, heavy) in told.items() if heavy} == {}
    assert all("Usage" in told[" ".join(words)][0] for words in helps)
    assert told["neuroflysim "][0].split() == list(GROUP.commands)
    assert told["neuroflysim simulate "][0].split() == list(LIBRARY)
    parameters = signature(LIBRARY["moving_edge"]).parameters
    assert told[tabs[1]][0].split() == [f"{name}=" for name in parameters]


@pytest.mark.slow
def test_what_help_and_tab_show_is_what_there_is():
    assert names.protocol_names() == list(LIBRARY)
    for name, make in LIBRARY.items():
        assert names.protocol_parameters(name) == list(signature(make).parameters)
    for name in names.ensemble_names():
        assert names.model_names(name) == nfs.load_ensemble(name).names
    assert names.study_keys() == list(nfs.studies().index)
    assert names.cell_type_names() == list(nfs.load_connectome().cell_types.index)
    assert tuple(nfs.RECIPES) == choices.RECIPE_NAMES
    assert tuple(running.DEVICES) == choices.DEVICES
    assert tuple(SEARCHES) == choices.SEARCH_NAMES
    assert tuple(SCORE_NAMES) == choices.FIT_MEASURES
    rows = [entry.name for entry in entries()]
    assert sorted([*names.ensemble_names(), *choices.ROWS]) == sorted(rows)


@pytest.mark.slow
def test_tab_offers_protocols_of_other_packages_and_their_parameters(tmp_path):
    (tmp_path / "my_stimuli.py").write_text("def brighten(radius, speed=3): ...\n")
    about = tmp_path / "my_stimuli-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my_stimuli\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        f"[{names.PROTOCOLS}]\nbrighten_all = my_stimuli:brighten\n"
    )

    def offered(line):
        return run_script(
            "from neuroflysim.cli import main; main()",
            PYTHONPATH=str(tmp_path), _NEUROFLYSIM_COMPLETE="complete_bash", COMP_WORDS=line,
            COMP_CWORD=str(len(line.split(" ")) - 1),
        ).split()  # fmt: skip

    assert offered("neuroflysim simulate bri") == ["brighten_all"]
    assert offered("neuroflysim simulate brighten_all --set ") == ["radius=", "speed="]


@pytest.mark.slow
def test_a_command_that_is_killed_leaves_no_file_of_brian2(tmp_path):
    run_script(
        """
        import os, sys
        from neuroflysim.cli import main
        sys.argv = ["neuroflysim", "protocols"]
        try:
            main()
        finally:
            os._exit("brian2" not in sys.modules)
        """,
        TMPDIR=str(tmp_path),
    )
    assert list(tmp_path.iterdir()) == []


def test_each_public_name_is_listed_once_and_as_type_checkers_ask():
    imported = [line for line in STUB.body if isinstance(line, ast.ImportFrom)]
    public = [name for line in imported for name in line.names]
    assert all(name.asname == name.name for name in public)  # else it would be private in a stub
    assert sorted(name.name for name in public) == nfs.__all__ == dir(nfs)
    assert len(STUB.body) == len(imported) + 1  # and the docstring
    scope = {}
    exec("from neuroflysim import *", scope)
    assert all(scope[name] is getattr(nfs, name) for name in nfs.__all__)


def test_no_public_name_hides_a_module_or_is_hidden_by_one():
    for name in nfs.__all__:
        is_module = isinstance(getattr(nfs, name), ModuleType)
        assert is_module == (find_spec(f"neuroflysim.{name}") is not None), name


def test_what_is_not_there_is_no_attribute():
    for name in ("nonsense", "_nonsense", "__wrapped__", "numpy", "nonsense.more"):
        with pytest.raises(AttributeError, match=name):
            getattr(nfs, name)
    with pytest.raises(ImportError, match="nonsense"):
        exec("from neuroflysim import nonsense")


#: Each is imported first in a process of its own.
FIRST = [
    "import neuroflysim.fit.run",
    "from neuroflysim.fit import RECIPES, fit",
    "from neuroflysim import fit",
    "import neuroflysim.screening",
    "import neuroflysim.flow.scoring",
    "import neuroflysim.recordings.comparing",
    "import neuroflysim.analysis.tuning",
    "import neuroflysim.protocols.flash",
    "import neuroflysim.plotting.screen",
    "from neuroflysim import *",
]


@pytest.mark.slow
def test_no_name_changes_its_meaning_by_the_order_of_imports():
    meanings = run_script(f"""
        import json, os, sys, types
        import brian2, matplotlib.pyplot, pandas, scipy.signal, xarray  # once for all that follow

        def meaning(value):
            if isinstance(value, types.ModuleType):
                return value.__name__
            where = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
            return [type(value).__name__, *where]

        for first in {FIRST}:
            if os.fork() == 0:
                exec(first, {{}})
                import neuroflysim as nfs
                print(first)
                modules = ("errors", "connectome", "screening", "perturbations", "checks")
                print({{name: meaning(getattr(nfs, name)) for name in (*nfs.__all__, *modules)}})
                sys.stdout.flush()
                os._exit(0)
            assert os.wait()[1] == 0, first
    """).splitlines()
    assert meanings[::2] == FIRST
    assert len(set(meanings[1::2])) == 1
    found = ast.literal_eval(meanings[1])
    assert found["fit"] == "neuroflysim.fit" and found["errors"] == "neuroflysim.errors"
    assert found["simulate"][0] == found["screen"][0] == found["board"][0] == "function"
