"""What may lie where a file is expected."""

from __future__ import annotations

import os
import shutil

from mutated.mutators.mutator import (
    REFUSE,
    SAME,
    Mutation,
    Mutator,
    NotApplicableError,
    collector,
)

SPECIAL: list[Mutator] = []
mutator = collector(SPECIAL)


@mutator
def a_special_file(path, rng):
    """Put something in its place that is no file with something in it."""
    kind = rng.choice(list(_KINDS))
    path.unlink()
    _KINDS[kind](path)
    return Mutation(REFUSE, kind)


def _empty(path) -> None:
    path.write_bytes(b"")


def _loop(path) -> None:
    path.symlink_to(path.name)


def _endless(path) -> None:
    path.symlink_to("/dev/zero")


def _nothing(path) -> None:
    path.symlink_to("/dev/null")


def _dangling(path) -> None:
    path.symlink_to("there/is/no/such/file")


_KINDS = {
    "a pipe": os.mkfifo,
    "a link to /dev/zero": _endless,
    "a link to /dev/null": _nothing,
    "a folder": os.mkdir,
    "an empty file": _empty,
    "a link to itself": _loop,
    "a link to nothing": _dangling,
}


@mutator
def a_link(path, rng):
    """Put a link to the file in its place, which means the same."""
    # Within the folder of the file's folder, so that nothing outside of the mutant is named.
    hidden = path.parent / f".kept-{path.name}"
    shutil.move(path, hidden)
    path.symlink_to(hidden.name)
    return Mutation(SAME, "a link to the file")


@mutator
def not_readable(path, rng):
    """Take the permission to read."""
    if os.geteuid() == 0:  # who may read everything
        raise NotApplicableError
    path.chmod(0)
    return Mutation(REFUSE, "no permission to read")


@mutator
def another_name(path, rng):
    """Ask for a file that there is not, or cannot be."""
    name = rng.choice(("x" * 5_000, "a\0b", "there-is-none", "there/is/none"))
    shown = name if len(name) < 40 else f"{len(name)} characters"
    return Mutation(REFUSE, f"the name {shown!r}", instead=name + path.suffix)
