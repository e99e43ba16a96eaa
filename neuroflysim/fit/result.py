"""The result of a fit: parameters, and the record of how they came about."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.connectome import Connectome, checked_connectome, load_connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit import folder as files
from neuroflysim.fit.card import fit_card
from neuroflysim.fit.checkpoint import score_name_in
from neuroflysim.fit.judged_on import judged_on
from neuroflysim.fit.record import RECORD
from neuroflysim.parameters import Parameters


@frozen(eq=False, repr=False)
class Fit:
    """The result of a fit.

    Parameters
    ----------
    parameters : Parameters
        Where the search ended: the middle of its distribution.
    record : dict
        How they came about and how good they are; what `fit.json` holds. What would not be a
        number, of a model that runs away, is None.
    learning_curve : DataFrame
        One row a generation: stage, generation, evaluations, r2_median, r2_best (or another
        score), loss_best, step_size, failed (candidates that ran away), seconds.
    folder : Path or None
        Where all this was written.
    """

    parameters: Parameters
    record: dict
    learning_curve: pd.DataFrame
    folder: Path | None

    @property
    def score_name(self) -> str:
        """What the score of the objective is called: r2 of a fit to flow."""
        return score_name_in(self.record, RECORD)

    @property
    def score(self) -> float:
        """How good the model is on what no generation saw; NaN if it ran away.

        Where nothing was held out, this is the score on what was fitted, and the record says so
        (``held_out``).
        """
        score = self.record[self.score_name]
        return np.nan if score is None else score

    @property
    def r2(self) -> float:
        """Of a fit to flow: the explained part of it, where `score` says."""
        if self.score_name != "r2":
            raise InvalidValueError(f"the score of this fit is its {self.score_name}: ask .score.")
        return self.score

    @property
    def stable(self) -> bool:
        """Whether the model settles at grey and never runs away; a model that does not failed."""
        return self.record["stability"]["stable"]

    def __repr__(self) -> str:
        failed = "" if self.stable else f", failed: {self.record['stability']['reason']}"
        score = "R2" if self.score_name == "r2" else self.score_name.replace("_", " ")
        return (
            f"<Fit: {score} {self.score:.3f} {judged_on(self.record)},"
            f" {self.record['evaluations']} evaluations, seed {self.record['seed']}{failed}>"
        )

    def _repr_html_(self) -> str:
        return fit_card(self)


def load_fit(folder: str | os.PathLike[str], *, connectome: Connectome | None = None) -> Fit:
    """Read a finished fit from its folder, whatever version of the package wrote it.

    Parameters
    ----------
    folder : path-like
        What `fit` was given as ``folder``, or the command as ``-o``.
    connectome : Connectome, optional
        What was fitted; the embedded one if not given.

    Returns
    -------
    Fit

    Raises
    ------
    InvalidValueError
        If the fit is not finished, or a file is missing, was changed, or is of another connectome.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> nfs.load_fit("results")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: results holds no finished fit: fit.json is not there...
    """
    if not isinstance(folder, str | os.PathLike):
        raise InvalidTypeError(f"folder must name the folder of a fit, but is {folder!r}.")
    folder = Path(folder)
    connectome = load_connectome() if connectome is None else checked_connectome(connectome)
    if not files.is_finished(folder):
        raise InvalidValueError(
            f"{folder} holds no finished fit: {files.RECORD} is not there, or the checkpoint still"
            " is; nfs.fit(..., resume=True) goes on with one that was stopped."
        )
    return Fit(*files.read(folder, connectome), folder)
