"""Formats of recordings: one file each, found without being listed anywhere.

A reader is a file in this folder with ``READER = Reader(suffixes, load, contents)``. Its function
`load` is then public as `neuroflysim.recordings.load_...`, and `load_recording` calls it for files
of those suffixes.

Examples
--------
>>> sorted(READERS)[:3]
['.abf', '.axgd', '.axgx']
"""

from importlib import import_module
from pkgutil import iter_modules

#: By suffix.
READERS = {
    suffix: module.READER
    for module in [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    for suffix in module.READER.suffixes
}
