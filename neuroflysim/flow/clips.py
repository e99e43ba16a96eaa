"""Movies for the columns of the eye, and how the image moves in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import Lattice


def _floats(name: str, value: npt.ArrayLike) -> np.ndarray:
    """Keep float32 and broadcast views as they are: clips are large."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        _refuse_infinite(name, value)
        return value
    return checks.numeric_array(name, value)


def _refuse_infinite(name: str, values: np.ndarray) -> None:
    finite = np.isfinite(_without_repeats(values))
    if not finite.all():
        first = tuple(int(k) for k in np.argwhere(~finite)[0])
        raise InvalidValueError(
            f"{name} holds {values[first]} at index {first}; every entry must be finite."
        )


def _without_repeats(values: np.ndarray) -> np.ndarray:
    """Return one entry along the axes of a broadcast view that say the same thing again."""
    return values[tuple(slice(0, 1) if step == 0 else slice(None) for step in values.strides)]


def _scene_numbers(value: npt.ArrayLike) -> np.ndarray:
    scene = np.asarray(value)
    if scene.ndim != 1 or scene.dtype.kind not in "iu":
        raise InvalidTypeError(
            f"scene must be one whole number for each clip, but has shape {scene.shape} and"
            f" dtype {scene.dtype}."
        )
    return scene


@frozen(slots=False, kw_only=True, eq=False, repr=False)
class Clips:
    """Movies of what each column sees, with the motion of the image there.

    Parameters
    ----------
    luminance : array_like, shape (clip, time, column)
        From 0 (black) to 1 (white).
    flow : array_like, shape (clip, time, column, 2), degrees / s
        Velocity of the image in the visual field, to the right and up, where the column looks and
        at the time of the frame. Where the velocity jumps, it is the one that leads from this frame
        to the next. What can be broadcast to this shape is, without a copy.
    time_step : float, s
        From frame to frame.
    lattice : Lattice
    scene : array_like of int, shape (clip,)
        Which scene a clip shows. Clips of one scene are never on both sides of a split into
        training and test.

    Notes
    -----
    Floats of any precision stay as they are given, and so do views: nothing is copied.

    Examples
    --------
    >>> grey = Clips(
    ...     luminance=np.full((2, 10, 7), 0.5),
    ...     flow=np.zeros(2),
    ...     time_step=0.02,
    ...     lattice=Lattice(extent=1),
    ...     scene=[0, 0],
    ... )
    >>> grey
    <2 clips of 1 scene, 10 frames of 20 ms, on a lattice of extent 1>
    """

    luminance: np.ndarray = field(converter=partial(_floats, "luminance"))
    flow: np.ndarray = field(converter=partial(_floats, "flow"))
    time_step: float = field(converter=partial(checks.finite_number, "time_step", minimum=1e-6))
    lattice: Lattice = field()
    scene: np.ndarray = field(converter=_scene_numbers)

    def __attrs_post_init__(self):
        if not isinstance(self.lattice, Lattice):
            raise InvalidTypeError(
                f"lattice is {self.lattice!r}, but must be like nfs.Lattice(extent=15)."
            )
        shape, n_columns = self.luminance.shape, self.lattice.n_columns
        if len(shape) != 3 or 0 in shape or shape[2] != n_columns:
            raise InvalidValueError(
                f"luminance has shape {shape}, but must be (clip, time, {n_columns}) on"
                f" {self.lattice}, with one clip and one frame or more."
            )
        least, most = self.luminance.min(), self.luminance.max()
        if least < 0 or most > 1:
            raise InvalidValueError(
                f"luminance goes from {least:g} to {most:g}, but must stay between 0 and 1; clip or"
                " rescale it."
            )
        try:
            object.__setattr__(self, "flow", np.broadcast_to(self.flow, (*shape, 2)))
        except ValueError:
            raise InvalidValueError(
                f"flow has shape {self.flow.shape}, but must be {(*shape, 2)}: two numbers for each"
                " clip, frame and column."
            ) from None
        if self.scene.shape != shape[:1]:
            raise InvalidValueError(
                f"scene holds {len(self.scene)} numbers, but there are {shape[0]} clips."
            )

    def __len__(self) -> int:
        return len(self.luminance)

    def __repr__(self) -> str:
        clips, scenes = _counted(len(self), "clip"), _counted(len(np.unique(self.scene)), "scene")
        return (
            f"<{clips} of {scenes}, {self.n_frames} frames of {1000 * self.time_step:g} ms, on"
            f" {self.lattice}>"
        )

    @property
    def n_frames(self) -> int:
        """Frames of each clip."""
        return self.luminance.shape[1]

    def rotated(self, sixths: int) -> Clips:
        """Return the clips turned counter-clockwise about the central column, flow and all.

        Parameters
        ----------
        sixths : int
            By how many times 60 degrees; any whole number.

        Returns
        -------
        Clips

        Raises
        ------
        InvalidValueError
            On a periodic lattice of two different sizes, which a rotation does not map to itself.

        Examples
        --------
        >>> right = Clips(
        ...     luminance=np.linspace(0, 1, 7)[None, None],
        ...     flow=np.array([10.0, 0]),
        ...     time_step=0.02,
        ...     lattice=Lattice(extent=1),
        ...     scene=[0],
        ... )
        >>> right.rotated(3).luminance.round(2).tolist()
        [[[1.0, 0.83, 0.67, 0.5, 0.33, 0.17, 0.0]]]
        >>> right.rotated(1).flow[0, 0, 0].round(2).tolist()
        [5.0, 8.66]
        """
        turns = checks.whole_number("sixths", sixths, minimum=-(2**31)) % 6

        def back(u, v):  # where the column that comes to lie at (u, v) was
            for _ in range(turns):
                u, v = u + v, -u
            return u, v

        angle = np.deg2rad(60 * turns)
        cos, sin = np.cos(angle), np.sin(angle)
        return self._moved(back, np.array([[cos, sin], [-sin, cos]]))

    def flipped(self, axis: str = "left_right") -> Clips:
        """Return the clips as a mirror shows them, flow and all.

        Parameters
        ----------
        axis : {"left_right", "up_down"}
            What is exchanged.

        Returns
        -------
        Clips

        Raises
        ------
        InvalidValueError
            On a periodic lattice of two different sizes, which a mirror does not map to itself.

        Examples
        --------
        >>> still = np.zeros(2)
        >>> lattice = Lattice(extent=1)
        >>> black = np.zeros((1, 1, 7))
        >>> black[..., lattice.index(-1, 1)] = 1  # up, to the right
        >>> clips = Clips(luminance=black, flow=still, time_step=0.02, lattice=lattice, scene=[0])
        >>> at = clips.flipped().luminance[0, 0].argmax()
        >>> lattice.columns[at].tolist()  # up, to the left
        [0, -1]
        """
        if checks.one_of("axis", axis, ("left_right", "up_down")) == "left_right":
            return self._moved(lambda u, v: (u + v, -v), np.diag([-1.0, 1.0]))
        return self._moved(lambda u, v: (-u - v, v), np.diag([1.0, -1.0]))

    def _moved(self, back: Callable, matrix: np.ndarray) -> Clips:
        """Take column (u, v) from back(u, v), and multiply flow, as rows, by a matrix."""
        if self.lattice.size is not None and len(set(self.lattice.size)) == 2:
            raise InvalidValueError(
                f"{self.lattice} has no such symmetry: columns along u and v must be as many."
            )
        source = self.lattice.index(*back(*self.lattice.columns.T))
        flow = self.flow
        # where all columns move alike, one of them says it all
        flow = flow[:, :, :1] if flow.strides[2] == 0 else flow[:, :, source]
        turned = (flow @ matrix).astype(flow.dtype, copy=False)
        return self._with(self.luminance[:, :, source], turned, self.scene)

    def _with(self, luminance, flow, scene) -> Clips:
        return Clips(
            luminance=luminance,
            flow=flow,
            time_step=self.time_step,
            lattice=self.lattice,
            scene=scene,
        )

    def select(self, clips: slice | npt.ArrayLike) -> Clips:
        """Return some of the clips.

        Parameters
        ----------
        clips : array_like of int or bool, or slice
            Which, as numpy indexes a first axis; a slice copies nothing.

        Returns
        -------
        Clips

        Examples
        --------
        >>> grey = np.full((4, 1, 7), 0.5)
        >>> clips = Clips(
        ...     luminance=grey,
        ...     flow=np.zeros(2),
        ...     time_step=0.02,
        ...     lattice=Lattice(extent=1),
        ...     scene=[0, 0, 1, 1],
        ... )
        >>> clips.select(clips.scene == 1).scene.tolist()
        [1, 1]
        """
        index = clips if isinstance(clips, slice) else np.atleast_1d(clips)
        try:
            scene = self.scene[index]
        except IndexError as error:
            raise InvalidValueError(
                f"clips is {clips!r}, but there are {len(self)}: {error}."
            ) from None
        if scene.ndim != 1 or not len(scene):
            raise InvalidValueError(f"clips is {clips!r}, which selects no list of clips.")
        flow = self.flow
        if flow.strides[2] == 0:
            flow = flow[:, :, :1]
        return self._with(self.luminance[index], flow[index], scene)

    @classmethod
    def together(cls, parts: Iterable[Clips]) -> Clips:
        """Return the clips of several sources as one.

        Parameters
        ----------
        parts : iterable of Clips
            Of one lattice, time step and number of frames.

        Returns
        -------
        Clips
            Scenes are numbered anew from 0 in the order of the parts, so that no scene of one part
            has the number of a scene of another.

        Examples
        --------
        >>> grey = Clips(
        ...     luminance=np.full((2, 1, 7), 0.5),
        ...     flow=np.zeros(2),
        ...     time_step=0.02,
        ...     lattice=Lattice(extent=1),
        ...     scene=[3, 5],
        ... )
        >>> Clips.together([grey, grey]).scene.tolist()
        [0, 1, 2, 3]
        """
        parts = list(parts)
        if not parts:
            raise InvalidValueError("parts is empty; give one Clips or more.")
        scenes: list[np.ndarray] = []
        for number, part in enumerate(parts):
            for word in ("lattice", "time_step", "n_frames"):
                one, other = getattr(parts[0], word), getattr(part, word)
                if one != other:
                    raise InvalidValueError(
                        f"part {number} has {word} {other}, but part 0 has {one}; only clips of one"
                        " shape can be put together."
                    )
            own = np.unique(part.scene, return_inverse=True)[1]
            scenes.append(own + (scenes[-1].max() + 1 if scenes else 0))
        alike = all(part.flow.strides[2] == 0 for part in parts)
        flows = [part.flow[:, :, :1] if alike else part.flow for part in parts]
        luminance = np.concatenate([part.luminance for part in parts])
        return parts[0]._with(luminance, np.concatenate(flows), np.concatenate(scenes))

    def local_contrast(self, radius: int = 3) -> np.ndarray:
        """Return how strong the contrast is at the centre of the eye.

        The columns are those within `radius` steps of the column (0, 0): 37 for 3, or all that the
        lattice has of them. In each frame, contrast is the standard deviation of their luminance
        (with the number of columns as denominator) divided by their mean; 0 where all are black.
        The median over the frames is the contrast of the clip.

        Parameters
        ----------
        radius : int, columns

        Returns
        -------
        ndarray of float, shape (clip,)

        Examples
        --------
        >>> lattice = Lattice(extent=1)
        >>> luminance = np.array([0.2, 0.4, 0.4, 0.4, 0.4, 0.4, 0.6])[None, None]
        >>> clips = Clips(
        ...     luminance=luminance, flow=np.zeros(2), time_step=0.02, lattice=lattice, scene=[0]
        ... )
        >>> clips.local_contrast().round(3).tolist()  # sqrt(2*0.04/7)/0.4
        [0.267]
        """
        offsets = Lattice(extent=checks.whole_number("radius", radius)).columns
        near = np.unique(self.lattice.index(*offsets.T))
        seen = self.luminance[:, :, near[near >= 0]]
        mean = seen.mean(axis=2, dtype=np.float64)
        deviation = seen.std(axis=2, dtype=np.float64)
        contrast = np.divide(deviation, mean, out=np.zeros_like(mean), where=mean > 0)
        return np.median(contrast, axis=1)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
