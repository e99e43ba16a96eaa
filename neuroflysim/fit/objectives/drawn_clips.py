"""Clips of one's own for a fit: scenes that generations are shown by chance, and held-out ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.flow.clips import Clips

#: Without a word, every such scene is held out.
HELD_OUT = 4

#: A readout is fitted to half of the scenes and tested on the others.
LEAST_SCENES = 2


def as_arguments(clips: Clips) -> dict[str, Any]:
    """Return what clips are made of; flow that is the same in all columns is told once.

    Parameters
    ----------
    clips : Clips
    """
    same = clips.flow.strides[2] == 0
    return {
        "luminance": clips.luminance,
        "flow": clips.flow[:, :, :1] if same else clips.flow,
        "time_step": clips.time_step,
        "lattice": clips.lattice,
        "scene": clips.scene,
    }


def checked_clips(clips: Clips, read_frames: Sequence[int]) -> Clips:
    """Return clips that a fit can draw from.

    Parameters
    ----------
    clips : Clips
    read_frames : sequence of int
        At whose end flow is read.

    Raises
    ------
    InvalidValueError
        If scenes have different numbers of clips, or frames that are read do not exist.
    """
    if not isinstance(clips, Clips):
        raise InvalidTypeError(
            f"clips is {type(clips).__name__}, but must be Clips, as nfs.flow.sintel,"
            " nfs.flow.translating_pictures and nfs.flow.layered_worlds return them."
        )
    if max(read_frames) >= clips.n_frames:
        raise InvalidValueError(
            f"read_frames goes up to {max(read_frames)}, but a clip has {clips.n_frames} frames,"
            " counted from 0; name frames of the clips."
        )
    scenes, counts = np.unique(clips.scene, return_counts=True)
    if len(set(counts)) > 1:
        few, many = scenes[counts.argmin()], scenes[counts.argmax()]
        raise InvalidValueError(
            f"scene {few} has {counts.min()} clips and scene {many} has {counts.max()}, but a"
            " generation is shown as many of each; leave some out by Clips.select."
        )
    return clips


def held_out_scenes(clips: Clips, held_out: Sequence[int] | None) -> tuple[int, ...]:
    """Return the scenes that no generation is shown.

    Parameters
    ----------
    clips : Clips
    held_out : sequence of int, optional
        Every fourth scene, if not given; none, if empty.
    """
    scenes = [int(one) for one in np.unique(clips.scene)]
    if held_out is None:
        chosen = scenes[HELD_OUT - 1 :: HELD_OUT]
        chosen = chosen if len(chosen) >= LEAST_SCENES else []
    elif not len(held_out):
        chosen = []
    else:
        chosen = sorted({int(one) for one in checks.whole_numbers("held_out", held_out)})
        unknown = [one for one in chosen if one not in scenes]
        if unknown:
            raise InvalidValueError(
                f"held_out names scene {unknown[0]}, but the clips have scenes {scenes[0]} to"
                f" {scenes[-1]}; Clips.scene tells them."
            )
    n_shown = len(scenes) - len(chosen)
    for what, n, cure in (("held out", len(chosen), "more"), ("shown", n_shown, "fewer")):
        if n < LEAST_SCENES and (n or what == "shown"):
            raise InvalidValueError(
                f"{n} of {len(scenes)} scenes are {what}, but a readout is fitted to some and"
                f" tested on others; give clips of more scenes, or hold out {cure}."
            )
    return tuple(chosen)


def drawn(clips: Clips, scenes: npt.ArrayLike, n: int, seed: Sequence[int]) -> dict[str, Any]:
    """Return all clips of some scenes that are drawn by chance, as arguments of `Clips`.

    Parameters
    ----------
    clips : Clips
    scenes : array_like of int
        From which are drawn.
    n : int
        How many scenes; all, if there are no more.
    seed : sequence of int
        Of `numpy.random.default_rng`.
    """
    rng = np.random.default_rng(list(seed))
    chosen = np.sort(rng.permutation(np.asarray(scenes))[:n])
    return as_arguments(clips.select(np.isin(clips.scene, chosen)))


def checksum(clips: Clips) -> str:
    """Return the SHA-256 of luminance, flow and scenes.

    Parameters
    ----------
    clips : Clips
    """
    digest = hashlib.sha256()
    for array in (clips.luminance, clips.flow, clips.scene):
        digest.update(np.ascontiguousarray(array, dtype=np.float64).tobytes())
    return digest.hexdigest()
