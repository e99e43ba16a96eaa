"""Where connectomes are published, and what the files that people download there hold."""

from neuroflysim.connectome.importers.sources import flywire, malecns, neuprint
from neuroflysim.connectome.importers.sources.contract import (
    SIDES,
    PublishedLobe,
    Source,
    WantedFile,
)

#: A new source is a module that does what `Source` says, and a line here.
SOURCES: dict[str, Source] = {"flywire": flywire, "malecns": malecns, "neuprint": neuprint}

__all__ = ["SIDES", "SOURCES", "PublishedLobe", "Source", "WantedFile"]
