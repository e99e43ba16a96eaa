"""The errors of neuroflysim: one root, and children that ordinary `except` clauses catch too."""

from __future__ import annotations

from collections.abc import Sequence


class NeuroFlySimError(Exception):
    """Root of all errors that neuroflysim raises on purpose."""


class InvalidValueError(NeuroFlySimError, ValueError):
    """An argument or a file holds a value that is not allowed."""


class InvalidTypeError(NeuroFlySimError, TypeError):
    """An argument is not of the kind that is needed."""


class InvalidIndexError(InvalidValueError, IndexError):
    """A sequence has nothing at this place; loops that count up from 0 end with it."""


class FileError(NeuroFlySimError, OSError):
    """A file could not be written, for example because the disk is full."""


class _ListedProblems(InvalidValueError):
    """Several files contradict themselves or each other; all that is wrong is told at once."""

    def __init__(self, what: str, problems: Sequence[str]):
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        listing = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{what} is not usable, {count}:\n{listing}")
        self._made_of = what, self.problems

    def __reduce__(self):
        return (type(self), self._made_of)


class ConnectomeError(_ListedProblems):
    """The tables of a connectome contradict themselves or each other.

    Parameters
    ----------
    problems : sequence of str
        All that is wrong, one sentence each with file, row and cure.
    """

    def __init__(self, problems: Sequence[str]):
        super().__init__("the connectome", problems)
        self._made_of = (self.problems,)


class StudyError(_ListedProblems):
    """The folder of a study contradicts itself, the schema or the library.

    Parameters
    ----------
    key : str
        Name of the study.
    problems : sequence of str
        All that is wrong, one sentence each with file, line or row, and cure.
    """

    def __init__(self, key: str, problems: Sequence[str]):
        self.key = key
        super().__init__(f"the study {key}", problems)
        self._made_of = self.key, self.problems


class RunawayActivityError(NeuroFlySimError, ArithmeticError):
    """The voltage of a neuron grew beyond all bounds or became NaN."""


class SimulationError(NeuroFlySimError, RuntimeError):
    """Brian2 or the compiler failed; the message says what to do."""


class UnsettledError(SimulationError):
    """The time step is so long that the network swings at grey, where it should be at rest."""


class UnsettledWarning(UserWarning):
    """The network was not at rest when the stimulus began."""


class UncheckedFileWarning(UserWarning):
    """A file has no checksum, because another program wrote it: damage would not be seen."""


class RoundedTimeWarning(UserWarning):
    """A stimulus is shown for much longer than was asked for, because steps are whole."""


class ClampedStrengthWarning(UserWarning):
    """Synapse strengths of another program were negative, and were set to 0 as it does."""
