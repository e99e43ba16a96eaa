"""What came of a mutant: one of seven outcomes."""

from __future__ import annotations

import shutil
import signal
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from random import Random

from attrs import frozen

from mutated.kinds.kind import Kind
from mutated.meaning import plain, same
from mutated.mutators import MUTATORS
from mutated.mutators.mutator import REFUSE, SAME, Mutation, NotApplicableError
from mutated.plain import Nonsense
from neuroflysim.errors import NeuroFlySimError

CLEAR, VALID, CANNOT_KNOW = "clear error", "valid", "flipped pixels"
NONSENSE, OTHER, OBSCURE = "accepted nonsense", "other meaning", "obscure"
MEMORY = "hang / memory"
OUTCOMES = (CLEAR, VALID, CANNOT_KNOW, NONSENSE, OTHER, OBSCURE, MEMORY)
#: What must not be.
WRONG = (NONSENSE, OTHER, OBSCURE, MEMORY)

#: Reading a mutant takes milliseconds; whoever needs longer than this is lost.
SECONDS = 10


class TooLongError(BaseException):
    """A reader did not come back. No ordinary `except` may catch it."""


@frozen
class Judgement:
    """What came of a mutant."""

    outcome: str
    why: str


@frozen
class Mutant:
    """A folder in which one file was changed."""

    folder: Path
    file: str
    mutator: str
    mutation: Mutation


def mutant(kind: Kind, seed: int, original: Path, folder: Path) -> Mutant:
    """Copy an original into a folder that is not there yet, and change one file of the copy.

    The same seed makes the same mutant everywhere. Seeds that follow each other go through all
    files and all mutators.
    """
    ways = [(file, mutator) for file, form in kind.forms.items() for mutator in MUTATORS[form]]
    rng = Random(f"{kind.name} {seed}")
    for attempt in range(100):
        file, mutator = ways[seed % len(ways)] if attempt == 0 else rng.choice(ways)
        shutil.copytree(original, folder, dirs_exist_ok=True)
        try:
            mutation = mutator(folder / kind.folder / file, rng)
        except NotApplicableError:
            shutil.rmtree(folder)
            continue
        return Mutant(folder / kind.folder, file, mutator.name, mutation)
    raise RuntimeError(f"{kind.name}:{seed}: no mutator can be applied")


def make_original(kind: Kind, folder: Path) -> object:
    """Write an original below a folder, and return what it means."""
    place = folder / kind.folder
    place.mkdir(parents=True)
    kind.make(place)
    return plain(kind.read(place / kind.main if kind.main else place))


def judged(kind: Kind, one: Mutant, original: object) -> Judgement:
    """Read a mutant and judge what comes of it."""
    path = one.folder / kind.main if kind.main else one.folder
    instead = one.mutation.instead
    if instead:
        path = path.parent / instead
    try:
        with _at_most(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = plain(kind.read(path))
    except TooLongError:
        return Judgement(MEMORY, f"longer than {SECONDS} s")
    except MemoryError as error:
        return Judgement(MEMORY, f"MemoryError: {error}")
    except NeuroFlySimError as error:
        return _of_error(kind, one, str(error))
    except Exception as error:
        return Judgement(OBSCURE, f"{type(error).__name__}: {error}")
    return _of_meaning(kind, one, original, found)


def _of_error(kind: Kind, one: Mutant, message: str) -> Judgement:
    names = [*kind.forms, one.folder.name, str(one.folder)]
    instead = one.mutation.instead.split("\0")[0][:60]
    if instead:
        names.append(instead)
    if "MemoryError" in message or "Unable to allocate" in message:
        return Judgement(MEMORY, message)
    named = any(name in message for name in names)
    return Judgement(CLEAR if named else OBSCURE, message)


def _of_meaning(kind: Kind, one: Mutant, original, found) -> Judgement:
    expects = one.mutation.expects
    is_free = kind.free(one.mutation.place) if one.mutation.place else False
    if expects == REFUSE and not (is_free and not one.mutation.always_nonsense):
        return Judgement(NONSENSE, "was read")
    if expects == SAME or kind.expected is None:
        if same(original, found):
            return Judgement(VALID, "means the same")
        if expects != SAME and kind.cannot_know(original, found):
            return Judgement(CANNOT_KNOW, "the form is the same")
        return Judgement(OTHER, _difference(original, found))
    try:
        expected = plain(kind.expected(one.folder, original, one.mutation))
    except Nonsense as nonsense:
        return Judgement(NONSENSE, f"{nonsense}")
    if same(expected, found, kind.tolerance):
        return Judgement(VALID, "means what it says")
    return Judgement(OTHER, _difference(expected, found))


def _difference(expected, found, path: str = "") -> str:
    """Tell the first place in which two meanings differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *found]:
            if key not in expected or key not in found:
                return f"{path}/{key} stands in one only"
            if not same(expected[key], found[key]):
                return _difference(expected[key], found[key], f"{path}/{key}")
    return f"{path}: {str(expected)[:120]!r} was read as {str(found)[:120]!r}"


@contextmanager
def _at_most(seconds: int):
    def stop(*_):
        raise TooLongError

    kept = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, kept)


@contextmanager
def originals():
    """Give a function that returns folder and meaning of the original of a kind, made once."""
    made = {}
    with tempfile.TemporaryDirectory(prefix="originals-") as folder:

        def original(kind: Kind):
            if kind.name not in made:
                place = Path(folder) / kind.name
                made[kind.name] = place, make_original(kind, place)
            return made[kind.name]

        yield original
