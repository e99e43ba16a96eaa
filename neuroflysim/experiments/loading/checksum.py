"""The checksum of a study, by which kept results know whether it was changed."""

from __future__ import annotations

from neuroflysim.experiments.study import Study
from neuroflysim.files import read_text
from neuroflysim.files.sealed import of_text


def checksum_of(study: Study) -> str:
    """Return the checksum of the files of a study, whatever their line ends.

    Parameters
    ----------
    study : Study
    """
    text = [read_text(study.folder / name) for name in ("study.yaml", "measurements.csv")]
    return of_text("\n".join(text))
