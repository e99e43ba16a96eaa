"""Files of any kind: read only if they are what they are taken for, written whole or not at all."""

from neuroflysim.files.opening import (
    LARGEST_TEXT,
    existing,
    made_folder,
    plain_name,
    read_bytes,
    read_text,
    writable,
    written_whole,
)

__all__ = [
    "LARGEST_TEXT",
    "existing",
    "made_folder",
    "plain_name",
    "read_bytes",
    "read_text",
    "writable",
    "written_whole",
]
