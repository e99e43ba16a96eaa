"""No file that is read runs code: nothing of the package unpickles, evaluates or executes one."""

import ast
from pathlib import Path

import pytest

import neuroflysim as nfs

PACKAGE = Path(nfs.__file__).parent
FOLDERS = [PACKAGE, *(PACKAGE.parent / name for name in ("protocols", "experiments_db"))]
MODULES = sorted(path for folder in FOLDERS for path in folder.rglob("*.py"))

#: Messages between a process and those that it started itself, or that its user runs; no files.
BETWEEN_OWN_PROCESSES = {
    "fit/evaluation.py",
    "workers/local.py",
    "workers/process.py",
    "workers/sending.py",
    "workers/spreading.py",
}

#: What reads objects back that were pickled, or runs a text. torch.load is none of ours.
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
READS = {"load", "loads", "Unpickler", "open", "read_pickle"}


def found_in(tree):
    """Return the lines that could unpickle."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in UNPICKLERS:
            yield node.lineno, f"from {node.module}"
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute):
            owner = called.value.id if isinstance(called.value, ast.Name) else ""
            if (owner in UNPICKLERS and called.attr in READS) or called.attr in (
                "read_pickle",
                "pickle_loads",
                "unsafe_load",
                "full_load",
            ):
                yield node.lineno, f"{owner}.{called.attr}"
            if called.attr == "load" and owner in ("np", "numpy"):
                told = {word.arg: word.value for word in node.keywords}
                allowed = told.get("allow_pickle")
                if not (isinstance(allowed, ast.Constant) and allowed.value is False):
                    yield node.lineno, "numpy.load without allow_pickle=False"
        for word in node.keywords:
            if word.arg == "allow_pickle" and getattr(word.value, "value", True) is not False:
                yield node.lineno, "allow_pickle"


def test_no_module_unpickles_a_file():
    assert len(MODULES) > 400
    found = {}
    for path in MODULES:
        name = path.relative_to(PACKAGE) if path.is_relative_to(PACKAGE) else path
        if lines := list(found_in(ast.parse(path.read_text(encoding="utf-8")))):
            found[name.as_posix()] = lines
    # Each of these does unpickle, else it need not be named; and no other.
    assert found.keys() == BETWEEN_OWN_PROCESSES, found


@pytest.mark.parametrize(
    "text",
    [
        "pickle.loads(x)",
        "pickle.Unpickler(f).load()",
        "from pickle import loads",
        "np.load(f)",
        "np.load(f, allow_pickle=True)",
        "np.load(f, allow_pickle=flag)",
        "pd.read_pickle(f)",
        "shelve.open(f)",
    ],
)
def test_what_would_unpickle_is_seen(text):
    assert list(found_in(ast.parse(text)))
