"""What people install holds all that it needs."""

import os
import shutil
import subprocess
import sys
import venv
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from sysconfig import get_paths

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with nothing of ours but the built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        text=True,
    )
    (wheel,) = folder.glob("neuroflysim-*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-compile",
            "--target",
            site,
            wheel,
        ],
        check=True,
    )
    # The dependencies, without a download. As a plain path their own .pth files stay asleep, so
    # the editable neuroflysim of this environment cannot be found from there.
    Path(site, "dependencies.pth").write_text(get_paths()["purelib"] + "\n")
    # setuptools' own makes distutils importable, which Brian2 needs and Python 3.12 lacks.
    shutil.copy(Path(get_paths()["purelib"], "distutils-precedence.pth"), site)
    return python, site


@pytest.mark.slow
def test_the_wheel_installs_protocols_and_experiments_below_neuroflysim(installed, tmp_path):
    python, site = installed
    code = (
        "import neuroflysim, neuroflysim.protocols, neuroflysim.experiments_db as e\n"
        "print(neuroflysim.__file__, neuroflysim.protocols.__file__, e.__file__, sep='\\n')\n"
        "print(*neuroflysim.protocols.LIBRARY)\n"
        "print(neuroflysim.load_connectome().network(3).n_pairs)\n"
    )
    output = subprocess.run(
        [python, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    for line, name in zip(output, ("", "protocols/", "experiments_db/"), strict=False):
        assert line == f"{site}/neuroflysim/{name}__init__.py"
    files = sorted(file.stem for file in (ROOT / "protocols").glob("[!_]*.py"))
    assert output[3:5] == [" ".join(files), "63209"]


@pytest.mark.slow
def test_the_wheel_installs_licences_provenance_and_stubs(installed):
    _, site = installed
    (info,) = Path(site).glob("neuroflysim-*.dist-info")
    assert {"LICENSE", "NOTICE"} <= {file.name for file in info.rglob("*")}
    assert Path(site, "neuroflysim/connectome/data/provenance.json").is_file()
    assert Path(site, "neuroflysim/py.typed").is_file()
    assert not Path(site, "protocols").exists()
    for package in ("analysis", "protocols", "recordings"):
        assert Path(site, "neuroflysim", package, "__init__.pyi").is_file()


def test_all_packages_of_the_tree_are_listed_in_setup_cfg():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in (ROOT / "neuroflysim").rglob("__init__.py")
    }
    assert listed == found | {"neuroflysim.protocols", "neuroflysim.experiments_db"}


SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")
EXTRAS = dict(SETUP["options.extras_require"])
PINNED = {
    canonicalize_name(line.split("==")[0])
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if "==" in line
}


def needed(names, extras):
    """Names of what is asked for, and of what that needs in turn, as far as it is installed."""
    to_do, found = [(name, frozenset(extras)) for name in names], {}
    while to_do:
        name, wanted = to_do.pop()
        name = canonicalize_name(name)
        if wanted <= found.get(name, frozenset({None})):
            continue
        found[name] = found.get(name, frozenset({None})) | wanted
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:  # an extra that the tests do without
            continue
        for text in requires:
            one = Requirement(text)
            if one.marker is None or any(
                one.marker.evaluate({"extra": extra}) for extra in ("", *wanted)
            ):
                to_do.append((one.name, frozenset(one.extras)))
    return set(found)


@pytest.mark.slow
@pytest.mark.parametrize("extra", ["", *EXTRAS])
def test_all_that_is_installed_with_an_extra_has_its_version_in_constraints(extra):
    words = (EXTRAS[extra] if extra else SETUP["options"]["install_requires"]).splitlines()
    asked = [Requirement(word) for word in words if word.strip()]
    names = needed([one.name for one in asked], set().union(*(one.extras for one in asked)))
    unpinned = names - PINNED - {"neuroflysim", "pip"}
    assert not unpinned, f"constraints.txt lacks {sorted(unpinned)}"


def dry_run(*words):
    """What make would do, in an environment that has only been made."""
    command = ["make", "--dry-run", "--always-make", *words]
    # What the make that runs these tests was asked for is handed on to others by these.
    handed_on = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "CUDA"}
    own = {name: value for name, value in os.environ.items() if name not in handed_on}
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, env=own
    ).stdout


@pytest.mark.slow
def test_the_tests_install_brian2cuda_only_if_it_is_asked_for_by_its_word():
    for words in (("test",), ("test", "CUDA="), ("lint",), ("docs",), ("demo",)):
        assert "cuda" not in dry_run(*words), words
    assert '".[cuda]"' in dry_run("test", "CUDA=1")
    script = (ROOT / ".ci" / "run").read_text()
    assert "command -v nvcc" in script and "make test ${CUDA:+CUDA=1}" in script
