"""Formats of recordings: one file each, found without being listed anywhere.

A reader is a file in this folder with ``READER = Reader(suffixes, load, contents)``. Its function
`load` is then public as `neuroflysim.recordings.load_...`, and `load_recording` calls it for files
of those suffixes, or for folders that hold a file named ``Reader(..., folder="F.npy")``.

Examples
--------
>>> sorted(READERS)[:3]
['.abf', '.axgd', '.axgx']
"""

from importlib import import_module
from pkgutil import iter_modules

#: All of them.
FORMATS = [import_module(f"{__name__}.{found.name}").READER for found in iter_modules(__path__)]

#: By suffix.
READERS = {suffix: reader for reader in FORMATS for suffix in reader.suffixes}
