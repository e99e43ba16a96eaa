"""What a source must offer: the neurons of one lobe, and their synapses, in tables of one form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pandas as pd
from attrs import frozen

from neuroflysim.connectome.importers.sources.type_names import TypeNames

#: The two lobes of an animal.
SIDES = ("left", "right")


@frozen(eq=False)
class PublishedLobe:
    """The neurons of one optic lobe, in tables of one form.

    Attributes
    ----------
    neurons : DataFrame
        id (uint64), cell_type (our name, empty where we have none), transmitter, p, q (float, NaN
        where a cell has no column).
    synapses : function
        Returns an iterator of DataFrames with pre, post (uint64) and synapses: each call reads the
        file anew.
    files : list of Path
        That were read.
    told : list of str
        What was decided, for the report; complete when synapses were read to their end.
    """

    neurons: pd.DataFrame
    synapses: Callable[[], Iterator[pd.DataFrame]]
    files: list[Path]
    told: list[str]


@frozen
class WantedFile:
    """A file that people download.

    Attributes
    ----------
    name : str
        With * for the part that tells a version.
    holds : str
        What it is.
    size : str
        What a download takes; empty where no size is stated.
    """

    name: str
    holds: str
    size: str = ""


class Source(Protocol):
    """A module that reads the files of one project."""

    @property
    def NAMES(self) -> str:
        """What rows of `type_names.csv` call it."""
        ...

    @property
    def SIGNS(self) -> Mapping[str, int]:
        """Signs of our source types that do not follow from the transmitters in the files."""
        ...

    @property
    def FILES(self) -> tuple[WantedFile, ...]:
        """What is to be downloaded, and what it takes."""
        ...

    @property
    def PLACE(self) -> str:
        """Where it is downloaded."""
        ...

    @property
    def LICENCE(self) -> str:
        """What may be done with the data, and whom to cite."""
        ...

    def read(self, folder: Path, side: str, type_names: TypeNames) -> PublishedLobe:
        """Return the neurons of one lobe, and their synapses.

        Raises
        ------
        FileError, InvalidValueError
            If a file is missing, cut, of another version, or another table.
        """
        ...
