"""The search of objectives that are not a recipe, unless another one is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from neuroflysim.errors import InvalidTypeError
from neuroflysim.fit.recipe import Stage

#: Enough for some ten parameters. All covariances are learned: parameters of one cell make up for
#: each other.
STAGES = (Stage(evaluations=3_200, population=32, step_size=0.5, covariance="full"),)

#: The loss of a candidate that runs away, and the largest of all.
LOSS_OF_FAILURE = 1e6


def checked_stages(stages: Stage | Iterable[Stage]) -> tuple[Stage, ...]:
    """Return the stages of a search, or raise.

    Parameters
    ----------
    stages : Stage or sequence of Stage
    """
    listed = (stages,) if isinstance(stages, Stage) else stages
    listed = tuple(listed) if isinstance(listed, Iterable) else ()
    if not listed or not all(isinstance(one, Stage) for one in listed):
        raise InvalidTypeError(
            f"stages is {str(stages)[:60]!r}, but must be one nfs.Stage or more, for example"
            " [nfs.Stage(evaluations=3200, population=32, step_size=0.5)]."
        )
    return listed
