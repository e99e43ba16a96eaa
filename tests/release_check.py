"""Checks that a release could be made of this clone: `make release-check`.

Builds sdist and wheel, checks what they say and hold, installs each into an empty environment of
each Python, and runs there, outside the clone, README's first script and the examples. The version
stands in neuroflysim/_version.py alone; CHANGELOG.md and CITATION.cff must agree with it.

    python tests/release_check.py --pythons python3.12 /opt/python3.13/bin/python3.13
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = ("python3.12", "python3.13")

#: Folders that are installed; the last two below the first.
INSTALLED = ("neuroflysim", "protocols", "experiments_db")
#: What an sdist holds beside these.
BESIDE = {
    "CHANGELOG.md", "CITATION.cff", "LICENSE", "MANIFEST.in", "NOTICE", "PKG-INFO", "README.md",
    "pyproject.toml", "setup.cfg",
}  # fmt: skip
#: What the tutorials need beside the package.
EXTRAS, MORE = "cluster,recordings", ("pyabf",)
LARGEST = 10_000_000  # bytes of a file that people download


def version() -> str:
    """Return the version of the package, from the one place that knows it."""
    text = (ROOT / "neuroflysim" / "_version.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "(.*)"', text)[1]


def versions_told(root: Path = ROOT) -> dict[str, str]:
    """Return which version CHANGELOG's first section is of, and which one is cited."""
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    cited = (root / "CITATION.cff").read_text(encoding="utf-8")
    heading = re.search(r"^## (.*)$", changes, re.MULTILINE)[1]
    dated = re.fullmatch(r"(\S+) \(\d{4}-\d\d-\d\d\)", heading)
    return {
        "CHANGELOG.md": dated[1] if dated else f"{heading}, which is no version with a date",
        "CITATION.cff": re.search(r"^version: (.*)$", cited, re.MULTILINE)[1],
    }


def tracked() -> set[str]:
    """Return the files of the packages that git knows, by their paths in the clone."""
    words = ["git", "ls-files", *INSTALLED]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split("\n")) - {"", "neuroflysim/protocols"}  # the last is a link


def wrong_in_sdist(names: set[str], expected: set[str]) -> list[str]:
    """Return what an sdist holds too much, and what it lacks.

    Examples
    --------
    >>> wrong_in_sdist(BESIDE | {"tests/test_a.py"}, {"protocols/flash.py"})
    ['holds tests/test_a.py', 'lacks protocols/flash.py']
    """
    held = {name for name in names if not name.startswith("neuroflysim.egg-info/")}
    return _differences(held, expected | BESIDE)


def wrong_in_wheel(names: set[str], expected: set[str]) -> list[str]:
    """Return what a wheel holds too much, and what it lacks.

    Examples
    --------
    >>> wrong_in_wheel({"neuroflysim/a.pyc"}, {"neuroflysim/a.py", "protocols/flash.py"})
    ['holds neuroflysim/a.pyc', 'lacks neuroflysim/a.py', 'lacks neuroflysim/protocols/flash.py']
    """
    below = {n if n.startswith("neuroflysim/") else f"neuroflysim/{n}" for n in expected}
    return _differences({name for name in names if ".dist-info/" not in name}, below)


def _differences(held: set[str], expected: set[str]) -> list[str]:
    return [
        *(f"holds {name}" for name in sorted(held - expected)),
        *(f"lacks {name}" for name in sorted(expected - held)),
    ]


def built(folder: Path) -> list[Path]:
    """Build an sdist, a wheel from it, and return both; twine checks what they say."""
    words = ["build", "--outdir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", *words], check=True, stdout=subprocess.DEVNULL)
    files = sorted(folder.iterdir(), key=lambda file: file.suffix)
    subprocess.run(
        [sys.executable, "-m", "twine", "--no-color", "check", "--strict", *files], check=True
    )
    return files


def wrong_in(file: Path) -> list[str]:
    """Return what is wrong with a built file: its name, its size, what it holds."""
    wrong = [] if f"-{version()}" in file.name else [f"is not of version {version()}"]
    if file.stat().st_size > LARGEST:
        wrong.append(f"has more than {LARGEST / 1e6:.0f} MB")
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            return wrong + wrong_in_wheel(set(wheel.namelist()), tracked())
    with tarfile.open(file) as sdist:
        members = [member for member in sdist if member.isfile()]
    return wrong + wrong_in_sdist({m.name.partition("/")[2] for m in members}, tracked())


def wrong_installed(python: str, file: Path, folder: Path, examples: bool) -> list[str]:
    """Install a file into an empty environment in a folder, and return what does not run there."""
    own = folder / "environment" / "bin" / "python"
    subprocess.run([python, "-m", "venv", str(folder / "environment")], check=True)
    install = [str(own), "-m", "pip", "install", "--quiet"]
    if subprocess.run([*install, str(file)], cwd=folder).returncode:
        return ["cannot be installed"]
    scripts = [ROOT / "examples" / "direction_tuning.py"]  # README's, as tests/test_readme.py knows
    wrong = failed(own, scripts, folder)
    told = ["-c", "import neuroflysim as n; print(n.__version__, n.__file__)"]
    found = subprocess.run([own, *told], cwd=folder, capture_output=True, text=True).stdout.split()
    if found[:1] != [version()] or not found[1].startswith(str(folder)):
        wrong.append(f"is installed as {' at '.join(found)}")
    if examples and not wrong:
        if subprocess.run([*install, f"{file}[{EXTRAS}]", *MORE], cwd=folder).returncode:
            return [f"cannot be installed with {EXTRAS}"]
        wrong = failed(own, sorted((ROOT / "examples").glob("[0-9]*.py")), folder)
    return wrong


def failed(python: Path, scripts: list[Path], folder: Path) -> list[str]:
    """Run scripts in a folder, and return those that end with an error."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    wrong = []
    for script in scripts:
        began = time.monotonic()
        done = subprocess.run(
            [python, script],
            cwd=folder,
            env={**kept, "MPLBACKEND": "Agg"},
            capture_output=True,
            text=True,
        )
        state = "runs" if done.returncode == 0 else "FAILS"
        print(f"    {script.name} {state} ({time.monotonic() - began:.0f} s)", flush=True)
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            wrong.append(f"{script.name} ends with an error")
    return wrong


def main() -> int:
    """Check everything; the exit status says whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pythons", nargs="+", default=PYTHONS)
    asked = parser.parse_args()
    release = version().partition(".dev")[0]
    wrong = [
        f"{file} tells of {told}, but the release is {release}"
        for file, told in versions_told().items()
        if told != release
    ]
    with tempfile.TemporaryDirectory(prefix="neuroflysim-release-") as place:
        (dist := Path(place) / "dist").mkdir()
        files = built(dist)
        for file in files:
            found = wrong_in(file)
            print(f"{file.name}: {file.stat().st_size / 1e6:.2f} MB", flush=True)
            wrong += [f"{file.name} {each}" for each in found]
        for python in asked.pythons:
            for file in files:
                print(f"  {file.name} with {python}", flush=True)
                with tempfile.TemporaryDirectory(dir=place) as folder:
                    examples = file.suffix == ".whl"  # an sdist becomes the same wheel
                    found = wrong_installed(python, file, Path(folder), examples)
                wrong += [f"{file.name} with {python}: {each}" for each in found]
    for each in wrong:
        print(f"WRONG: {each}", file=sys.stderr)
    print("not fit to be released" if wrong else f"fit to be released as {release}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
