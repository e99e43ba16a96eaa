"""What may be done to a file: families of mutators, by the form of the file."""

from mutated.mutators.bytewise import BYTES
from mutated.mutators.cells import CELLS
from mutated.mutators.documents import JSON_VALUES, YAML_VALUES
from mutated.mutators.hdf5 import HDF5
from mutated.mutators.lines import HEADER, LINES
from mutated.mutators.special import SPECIAL

#: By the form of a file, all that is done to it. The order is part of what a seed means.
MUTATORS = {
    "json": (*BYTES, *LINES, *JSON_VALUES, *JSON_VALUES, *SPECIAL),
    "yaml": (*BYTES, *LINES, *YAML_VALUES, *YAML_VALUES, *SPECIAL),
    "csv": (*BYTES, *LINES, *HEADER, *CELLS, *CELLS, *SPECIAL),
    "hdf5": (*BYTES, *HDF5, *HDF5, *SPECIAL),
    "bytes": (*BYTES, *BYTES, *SPECIAL),
}

__all__ = ["MUTATORS"]
