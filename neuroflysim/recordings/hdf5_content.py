"""What an HDF5 file takes from other files, looked at before anybody follows it."""

from __future__ import annotations

from pathlib import Path

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.files.hdf5_heaps import require_sound_heaps


def require_own_content(path: Path) -> None:
    """Raise if an HDF5 file leads to what is no HDF5 file of its folder.

    Links and numbers that are kept outside may name any file of the computer, also a pipe, which
    would be waited for without end. Groups under several names could be nested without end.
    """
    import h5py

    folder, waiting, seen = path.resolve().parent, [path], set()
    while waiting:
        one = existing(waiting.pop())
        if one.resolve() in seen:
            continue
        seen.add(one.resolve())
        require_sound_heaps(one)
        with h5py.File(one, "r") as content:
            targets = _links(one, content)
        for target in targets:
            found = (one.parent / target).resolve()
            if folder not in found.parents:
                raise InvalidValueError(
                    f"{one} takes numbers from {target}, outside of its folder; copy that file"
                    " beside it and mend the link, or export one file that holds all."
                )
            waiting.append(found)


def _links(path: Path, content) -> set[str]:
    """Return the names of the files that a file takes content from."""
    import h5py

    targets, in_pieces = set(), []

    def look(name, link):
        if isinstance(link, h5py.ExternalLink):
            targets.add(link.filename)
        elif isinstance(link, h5py.HardLink):
            one = content[name]
            if isinstance(one, h5py.Group) and h5py.h5o.get_info(one.id).rc > 1:
                raise InvalidValueError(
                    f"{path}: the group {name} stands under several names; write the file anew."
                )
            if isinstance(one, h5py.Dataset):
                if one.external:
                    raise InvalidValueError(
                        f"{path}: the numbers of {name} lie outside of the file, in"
                        f" {one.external[0][0]}; export one file that holds all."
                    )
                if one.is_virtual:
                    targets.update(source.file_name for source in one.virtual_sources())
                elif one.chunks is not None:
                    in_pieces.append(one)

    content.visititems_links(look)
    for one in in_pieces:
        _require_sound_chunks(f"{path}: {one.name}", one)
    return targets - {".", str(path)}


def _require_sound_chunks(where: str, one) -> None:
    """Raise if HDF5 would fall over a chunk of an array, which ends the process, or never end."""
    sizes: list[int] = []
    if len(one.chunks) == one.ndim:
        one.id.chunk_iter(lambda chunk: sizes.append(chunk.size))
    checksum = 4 if one.fletcher32 else 0  # stands behind the data of each piece
    if len(one.chunks) != one.ndim or min(sizes, default=5) <= checksum:
        raise InvalidValueError(
            f"{where} is damaged: its pieces are not those of an array of the shape {one.shape};"
            " copy the file again from where it came."
        )
