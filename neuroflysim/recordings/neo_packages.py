"""Packages that single readers of neo need, and neo does not install."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.reader import missing_package

#: What pip is to install, by the name under which it is imported, where these differ.
_TO_INSTALL = {"pyedflib": "pyEDFlib", "igor": "igor2", "sklearn": "scikit-learn"}

#: Of readers whose errors do not tell the package.
_OF_READER = {"NixIO": "nixio", "NixIOFr": "nixio", "IgorIO": "igor2", "EDFIO": "pyedflib",
              "CedIO": "sonpy"}  # fmt: skip


def lacks_package(reader: str, error: Exception) -> bool:
    """Return whether one of neo's readers failed for want of a package.

    Parameters
    ----------
    reader : str
        Name of neo's class.
    error : Exception
    """
    if isinstance(error, ImportError):
        return True
    return reader in _OF_READER and find_spec(_OF_READER[reader]) is None


def missing_of_neo(path: Path, lacking: Mapping[str, Exception]) -> InvalidValueError:
    """Return the error that says what to install so that neo reads a file.

    Parameters
    ----------
    path : Path
    lacking : mapping of str to Exception
        By the name of neo's reader.
    """
    reader, error = next(iter(lacking.items()))
    imported = str(getattr(error, "name", None) or "a package").partition(".")[0]
    package = _OF_READER.get(reader, imported)
    return missing_package(path, package, error, _TO_INSTALL.get(package, package))
