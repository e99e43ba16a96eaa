"""What a kind of file is to the driver."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import field, frozen


@frozen
class Kind:
    """A kind of file or folder that users hand over."""

    name: str
    title: str  #: in the table
    make: Callable[[Path], None]  #: write an original into an empty folder
    #: Form of each file that is mutated, by its name in the folder. Hidden in a glob, "*.json".
    forms: dict[str, str]
    main: str  #: what is handed to the package: a file, or "" for the folder itself
    read: Callable[[Path], object]  #: by the package; what `meaning.plain` takes
    #: What a mutated folder means by a reading that is not the package's, or `plain.Nonsense`. It
    #: receives folder, what the original means, and the mutation. Without it the format can know
    #: what was written, and any other meaning is wrong.
    expected: Callable | None = None
    #: Whether two meanings differ in nothing but what a file cannot know, such as pixels.
    cannot_know: Callable[[object, object], bool] = field(default=lambda original, found: False)
    #: Whether a value of another type makes sense at a place of a document.
    free: Callable[[tuple], bool] = field(default=lambda place: False)
    tolerance: float = 0.0  #: where the package computes what is compared
    folder: str = "mutant"  #: name of the folder
