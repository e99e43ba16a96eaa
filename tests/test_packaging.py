"""What people install holds all that it needs."""

import shutil
import subprocess
import sys
import venv
from configparser import ConfigParser
from pathlib import Path
from sysconfig import get_paths

import pytest

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


def test_the_wheel_installs_licences_and_provenance(installed):
    _, site = installed
    (info,) = Path(site).glob("neuroflysim-*.dist-info")
    assert {"LICENSE", "NOTICE"} <= {file.name for file in info.rglob("*")}
    assert Path(site, "neuroflysim/connectome/data/provenance.json").is_file()
    assert Path(site, "neuroflysim/py.typed").is_file()
    assert not Path(site, "protocols").exists()


def test_all_packages_of_the_tree_are_listed_in_setup_cfg():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in (ROOT / "neuroflysim").rglob("__init__.py")
    }
    assert listed == found | {"neuroflysim.protocols", "neuroflysim.experiments_db"}
