"""Runs the tests on each Python, with the oldest and the newest dependencies: `make matrix`.

Every pair of a Python and a choice of dependencies has a virtual environment in `.matrix/`. What
came out stands in docs/figures/versions.csv, a row for each pair; rows of others stay as they are.

    python tests/matrix.py                                  # all pairs, all tests: hours
    python tests/matrix.py --only 3.12-oldest -- tests/test_lattice.py tests/test_tuning.py
    python tests/matrix.py --marks "not fit"
    python tests/matrix.py --pythons python3.12 /opt/python3.13/bin/python3.13

A Python that is not on the PATH is named by its path; one that is not there at all is told of.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import time
from configparser import ConfigParser
from datetime import date
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "figures" / "versions.csv"
PYTHONS = ("python3.12", "python3.13")

#: What each choice of dependencies means, and the constraints that pip is given.
CHOICES = {
    "oldest": "the lower bounds of setup.cfg",
    "tested": "constraints.txt",
    "newest": "whatever pip finds",
}
#: Whose versions are told.
TOLD = ("numpy", "scipy", "pandas", "xarray", "brian2")
COLUMNS = ("Python", "dependencies", *TOLD, "date", "tests", "passed", "skipped", "failed")


def oldest() -> list[str]:
    """Return the lower bound of everything that the package and its tests need, as constraints."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"] + config["options.extras_require"]["test"]
    found = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        wanted = Requirement(line)
        bounds = [each.version for each in wanted.specifier if each.operator in (">=", "==")]
        found += [f"{wanted.name} == {bound}" for bound in bounds]
    return sorted(set(found))


def constraints(choice: str, folder: Path) -> list[str]:
    """Return what pip is told of a choice of dependencies."""
    if choice == "newest":
        return []
    if choice == "tested":
        return ["--constraint", str(ROOT / "constraints.txt")]
    file = folder / "oldest.txt"
    file.write_text("\n".join(oldest()) + "\n", encoding="utf-8")
    return ["--constraint", str(file)]


def version_of(python: str) -> str | None:
    """Return the version of a Python, such as 3.12.1; None if it does not run."""
    told = "import platform; print(platform.python_version())"
    try:
        done = subprocess.run([python, "-c", told], capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def installed(python: str, choice: str, name: str) -> Path | None:
    """Return the Python of an environment with everything in it; None if pip refuses."""
    folder = ROOT / ".matrix" / name
    if not (folder / "bin" / "python").exists():
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
    own = folder / "bin" / "python"
    upgrade = ["--upgrade", "--upgrade-strategy", "eager"] if choice == "newest" else []
    words = [str(own), "-m", "pip", "install", "--quiet", *upgrade, *constraints(choice, folder)]
    done = subprocess.run([*words, "--editable", f"{ROOT}[test]"])
    return own if done.returncode == 0 else None


def version_in(python: Path, package: str) -> str:
    """Return the version of a package in an environment."""
    told = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run(
        [python, "-c", told], capture_output=True, text=True, check=True
    ).stdout.strip()


def tested(python: Path, files: list[str], marks: str) -> dict[str, str]:
    """Run tests, and return how many passed, were skipped and failed; they print what they do."""
    words = [str(python), "-m", "pytest", "-n", "auto", "--dist", "worksteal", "-m", marks, *files]
    environment = {**os.environ, "CPPFLAGS": "-g0", "MPLBACKEND": "Agg"}
    last = ""
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line if line.strip() else last
    return counted(last)


def named(files: list[str], marks: str) -> str:
    """Return what the table calls these tests.

    Examples
    --------
    >>> named([], ""), named([], "not fit"), named(["tests/test_a.py", "tests/test_b.py"], "")
    ('all', 'all, not fit', 'test_a test_b')
    """
    which = " ".join(Path(file).stem for file in files) or "all"
    return f"{which}, {marks}" if marks else which


def counted(line: str) -> dict[str, str]:
    """Return the numbers of the line with which pytest ends.

    Examples
    --------
    >>> counted("= 1 failed, 20 passed, 3 skipped, 2 errors in 5.1s =")
    {'passed': '20', 'skipped': '3', 'failed': '3'}
    """
    number = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped|error)", line)}
    if not number:
        return {"passed": "", "skipped": "", "failed": "no test ran"}
    return {
        "passed": str(number.get("passed", 0)),
        "skipped": str(number.get("skipped", 0)),
        "failed": str(number.get("failed", 0) + number.get("error", 0)),
    }


def keep(row: dict[str, str], table: Path = TABLE) -> None:
    """Write a row in the place of the one for the same minor version and dependencies."""
    rows = []
    if table.exists():
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    rows = sorted([each for each in rows if _pair(each) != _pair(row)] + [row], key=_pair)
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _pair(row: dict[str, str]) -> tuple[str, int]:
    minor = ".".join(row["Python"].split(".")[:2])
    return minor, list(CHOICES).index(row["dependencies"])


def main() -> int:
    """Run what is asked for; the exit status says whether all of it passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pythons", nargs="+", default=PYTHONS)
    parser.add_argument("--only", nargs="+", default=[], help="such as 3.12-oldest 3.13-newest")
    parser.add_argument(
        "--marks", default="", help='of tests, such as "not fit"; all, if not given'
    )
    parser.add_argument("files", nargs="*", help="of tests; all, if none is named")
    asked = parser.parse_args()
    failed = []
    for python in asked.pythons:
        version = version_of(python)
        if version is None:
            print(
                f"{python} does not run here: install it, or give the path of one with --pythons"
                " (make matrix PYTHONS=...).",
                file=sys.stderr,
            )
            failed.append(python)
            continue
        for choice in CHOICES:
            name = f"{'.'.join(version.split('.')[:2])}-{choice}"
            if asked.only and name not in asked.only:
                continue
            began = time.monotonic()
            own = installed(python, choice, name)
            if own is None:
                print(f"{name}: pip refuses {CHOICES[choice]}, see above.", file=sys.stderr)
                failed.append(name)
                continue
            found = tested(own, asked.files, asked.marks)
            keep({
                "Python": version,
                "dependencies": choice,
                **{package: version_in(own, package) for package in TOLD},
                "date": date.today().isoformat(),
                "tests": named(asked.files, asked.marks),
                **found,
            })  # fmt: skip
            print(f"{name}: {found} after {time.monotonic() - began:.0f} s", flush=True)
            failed += [name] if found["failed"] != "0" else []
    if failed:
        print(f"Not all is well with {', '.join(failed)}.", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
