"""Movies: of the activity of cell types beside the stimulus, and of anything drawn."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Quantity, ms
from matplotlib import pyplot as plt
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, FuncAnimation, PillowWriter
from matplotlib.figure import Figure

from neuroflysim import checks
from neuroflysim.analysis.samples import checked_responses
from neuroflysim.errors import FileError, InvalidValueError
from neuroflysim.files import writable, written_whole
from neuroflysim.plotting.activity import draw_activity
from neuroflysim.plotting.arguments import moment
from neuroflysim.plotting.panels import Panels
from neuroflysim.plotting.saving import figure_of
from neuroflysim.responses import Responses

#: Suffixes of files that movies are written into.
MOVIES = (".gif", ".mp4")

#: A GIF counts in hundredths of a second: 5 of them are a frame.
_FRAMES_PER_SECOND = 20
_DOTS_PER_INCH = 100


class Movie(FuncAnimation):
    """An animation that a notebook plays, as a GIF: that needs no other program and no network."""

    _fig: Figure  # FuncAnimation has it

    def _repr_html_(self) -> str:
        return f'<img alt="a movie" src="data:image/gif;base64,{self._gif}" style="max-width:100%">'

    @cached_property
    def _gif(self) -> str:
        with TemporaryDirectory() as folder:
            path = Path(folder, "movie.gif")
            self.save(path, writer=PillowWriter(fps=_FRAMES_PER_SECOND), dpi=_DOTS_PER_INCH)
            written = path.read_bytes()
        plt.close(self._fig)  # else the notebook shows its first frame a second time, as a figure
        return base64.b64encode(written).decode("ascii")


def animate_activity(
    responses: Responses,
    luminance: xr.DataArray | None,
    cell_types: Sequence[str],
    path: str | os.PathLike[str] | None = None,
    condition: int = 0,
    candidate: int = 0,
    begin: Quantity = -100 * ms,
    end: Quantity | None = None,
    axes: Panels | None = None,
) -> Movie:
    """Show the stimulus as a movie, and beside it the activity of some cell types.

    Activity is the change of voltage from its mean before the stimulus, each type on a scale of
    its own, as in `plot_activity`. A second of the movie has 20 samples.

    Parameters
    ----------
    responses : Responses
        Recorded from all columns (record="all" or a list of cell types).
    luminance : DataArray or None
        From `Protocol.luminance`, at the same extent and time step. Without it only the activity
        is shown.
    cell_types : sequence of str
    path : path-like, optional
        Ends in .gif or .mp4: the movie is written there. For .mp4 ffmpeg is needed; the package
        imageio-ffmpeg brings one.
    condition, candidate : int
    begin, end : Quantity [s]
        What is shown, from stimulus onset; until the recording ends if `end` is not given.
    axes : array of Axes, optional
        One for the luminance, and one for each cell type.

    Returns
    -------
    Movie
        A matplotlib FuncAnimation. A notebook plays it, if it is what a cell ends with; in a
        window, keep it as long as it is to play. A figure that was made for a file is closed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> flash = nfs.protocols.flash(intensity=1)
    >>> responses = nfs.simulate(
    ...     flash, connectome=connectome, extent=1, record=["L1", "Mi1"],
    ...     parameters=nfs.Parameters.uniform(connectome))
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "flash.gif"
    >>> movie = animate_activity(responses, flash.luminance(1), ["Mi1"], file, end=60*ms)
    >>> file.read_bytes()[:3]
    b'GIF'
    """
    times = checked_responses(responses)["time"].to_numpy()
    last = times[-1] if end is None else moment("end", end)
    shown = np.flatnonzero((times >= moment("begin", begin) - 1e-9) & (times <= last + 1e-9))
    if not len(shown):
        raise InvalidValueError(
            f"no sample lies between begin = {begin} and end = {end}; these responses last from"
            f" {times[0]:g} s to {times[-1]:g} s."
        )
    writer = None if path is None else movie_writer(path)
    panels, drawn = draw_activity(
        responses, cell_types, luminance, condition, candidate, shown, axes
    )
    clock = panels.flat[0].title
    name = "" if luminance is not None else f"{clock.get_text()}, "

    def draw(frame: int) -> None:
        for hexagons, values in drawn:
            hexagons.set_array(values[frame])
        clock.set_text(f"{name}{times[shown[frame]] * 1000:.0f} ms")

    return movie(figure_of(panels), draw, len(shown), path, writer, close=axes is None)


def movie(
    figure: Figure,
    draw: Callable[[int], None],
    n_frames: int,
    path: str | os.PathLike[str] | None = None,
    writer: AbstractMovieWriter | None = None,
    close: bool = True,
) -> Movie:
    """Return the animation that calls `draw` for each frame; write it, if there is a path.

    Parameters
    ----------
    figure : Figure
    draw : callable
        Takes the number of the frame.
    n_frames : int
    path : path-like, optional
    writer : AbstractMovieWriter, optional
        From `movie_writer`, for a path.
    close : bool
        Whether the figure is closed once it is written.
    """
    draw(0)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # laid out once: anew for each frame takes most of the time
    animation = Movie(figure, draw, frames=n_frames, interval=1000 / _FRAMES_PER_SECOND, blit=False)
    if path is not None:
        program: dict[Any, Any] = {"animation.ffmpeg_path": _ffmpeg() or "ffmpeg"}
        with plt.rc_context(program), written_whole(path) as temporary:
            try:
                animation.save(temporary, writer=writer, dpi=_DOTS_PER_INCH)
            except (BrokenPipeError, CalledProcessError):  # ffmpeg ended; what it said is printed
                raise FileError(
                    f"{path} is not written: ffmpeg could not; is there room on the disk?"
                ) from None
        if close:
            plt.close(figure)
    return animation


def movie_writer(path: str | os.PathLike[str]) -> AbstractMovieWriter:
    """Return what writes a movie into a file of this name; raise before anything is drawn."""
    suffix = checks.one_of("the suffix of a movie", Path(writable(path)).suffix, MOVIES)
    if suffix == ".gif":
        return PillowWriter(fps=_FRAMES_PER_SECOND)
    if _ffmpeg() is None:
        raise InvalidValueError(
            f"{path} needs ffmpeg, which is not here: pip install 'neuroflysim[video]', or write a"
            " .gif."
        )
    # The codec wants even numbers of points.
    even = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white"]
    return FFMpegWriter(fps=_FRAMES_PER_SECOND, codec="libx264", extra_args=even)


def _ffmpeg() -> str | None:
    """Return the program, from the PATH or as a package of Python brings it."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # pyright: ignore[reportMissingImports]  (an extra)
    except ImportError:
        return None
    return get_ffmpeg_exe()
