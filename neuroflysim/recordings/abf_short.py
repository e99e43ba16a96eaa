"""Axon files that end before their head does: pyabf writes such, and neo wants the whole head.

A head of ABF 1 has 6144 bytes, but samples may begin at byte 2048. In a recording of some hundred
samples the file then ends where readers still look for fields of the head, which would be zero.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: How long the head is, and where it tells of the samples: how many, in which block they begin, and
#: whether they have 2 or 4 bytes.
_HEAD, _COUNT, _BLOCK, _FORMAT = 6144, 10, 40, 100
_BLOCK_SIZE = 512


@contextmanager
def with_whole_head(path: Path) -> Iterator[Path]:
    """Give a file that neo can read: the file itself, or a copy with zeros behind a short one.

    Parameters
    ----------
    path : Path
        A regular file. One that was cut stays as it is: zeros would be taken for samples.
    """
    content = path.read_bytes() if path.stat().st_size < _HEAD else b""
    if not _is_short_but_whole(content):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "whole.abf"
        copy.write_bytes(content.ljust(_HEAD, b"\0"))
        yield copy


def _is_short_but_whole(content: bytes) -> bool:
    """Return whether this is an ABF 1 file that holds all samples of which it tells."""
    if not content.startswith(b"ABF ") or len(content) < 2048:
        return False
    (count,) = struct.unpack_from("<i", content, _COUNT)
    (block,) = struct.unpack_from("<i", content, _BLOCK)
    (of_four,) = struct.unpack_from("<h", content, _FORMAT)
    begin, size = block * _BLOCK_SIZE, count * (4 if of_four else 2)
    return count > 0 and block > 0 and begin + size <= len(content)
