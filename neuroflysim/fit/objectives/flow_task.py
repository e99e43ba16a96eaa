"""The task of the paper: to read flow out of a network that sees new scenes.

Every generation sees worlds of its own, all of its candidates the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from brian2 import Quantity, second

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.contract import Candidates, DifferentiableScorer, Model, Scores
from neuroflysim.fit.objectives.drawn_clips import (
    as_arguments,
    checked_clips,
    checksum,
    drawn,
    held_out_scenes,
)
from neuroflysim.fit.recipe import RECIPES, Recipe, Stage, named_recipe
from neuroflysim.fit.terms import TERMS, Seen
from neuroflysim.flow.clip_times import N_FRAMES, READ_FRAMES, TIME_STEP
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.periodic_worlds import translating_worlds
from neuroflysim.flow.readout import held_out
from neuroflysim.lattice import Lattice
from neuroflysim.simulation import SumsOfProducts, compile
from neuroflysim.stimulus.eye import degree

#: The loss of a candidate that runs away, or whose readout makes no sense. That of a blind one is
#: about 1.
LOSS_OF_FAILURE = 3.0

#: What every result is judged on: worlds of this contrast and brightness, as many of them, with
#: these seeds, painted and moved as the recipe says. The 2 keeps them apart from those of all
#: generations. Nothing is searched here.
JUDGED = Stage(evaluations=4, population=4, step_size=1, contrast=(0.12, 0.35))
JUDGED_TEXTURES = 32
JUDGED_SEEDS = tuple([0, 0, 2, repeat] for repeat in range(4))


def worlds_of(
    recipe: Recipe, stage: Stage, seed: Sequence[int], textures: int | None = None
) -> Clips:
    """Return the worlds of one generation.

    Parameters
    ----------
    recipe : Recipe
    stage : Stage
        Tells their contrast and brightness.
    seed : list of int
        Of `numpy.random.default_rng`.
    textures : int, optional
        How many; those of the recipe, if not given.

    Examples
    --------
    >>> from neuroflysim.fit.recipe import RECIPES
    >>> recipe = RECIPES["flow"]
    >>> worlds_of(recipe, recipe.stages[0], seed=[0, 0, 0, 0], textures=2)
    <8 clips of 2 scenes, 36 frames of 20 ms, on a periodic lattice of size (6, 6)>
    """
    return translating_worlds(
        recipe.textures if textures is None else textures,
        lattice=Lattice(size=recipe.size),
        seed=seed,
        directions=recipe.directions,
        texture=recipe.painted,
        speed=np.array(recipe.speeds) * degree / second,
        contrast=stage.contrast,
        brightness=stage.brightness,
        noise=recipe.pixel_noise,
        n_frames=N_FRAMES,
        time_step=TIME_STEP,
    )


def _frames(read_frames: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(frame) for frame in checks.whole_numbers("read_frames", read_frames))


@frozen(eq=False)
class FlowTask:
    """Estimate optic flow from moving scenes: what the published models are fitted to.

    Parameters
    ----------
    recipe : str or Recipe
        One of `RECIPES` by its name, or one of your own: scenes, readout, terms of the loss, and
        the search.
    clips : Clips, optional
        What is shown in place of the worlds of the recipe, on any lattice: photographs of your own
        (`nfs.flow.translating_pictures`), Sintel (`nfs.flow.sintel`), worlds on the full eye
        (`nfs.flow.layered_worlds`). Each generation is shown as many scenes as the recipe has
        textures, drawn by chance, with all of their clips.
    held_out : sequence of int, optional
        Scenes of the clips that no generation is shown, and on which the result is judged. Every
        fourth, if not given; none, if empty: then the record says that nothing was held out.
    read_frames : sequence of int
        Frames of the clips at whose end flow is read.

    Notes
    -----
    The worlds of a recipe are on a small periodic lattice without borders, and cost least: a
    candidate that sees the full eye of 721 columns takes twenty times as long.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> nfs.FlowTask("flow_short").score_name
    'r2'
    >>> task = nfs.FlowTask("flow_short", clips=nfs.flow.layered_worlds(8, extent=2, seed=0))
    >>> task.held_out
    (3, 7)
    """

    recipe: Recipe = field(default=RECIPES["flow"], converter=named_recipe)
    clips: Clips | None = field(default=None, kw_only=True)
    held_out: tuple[int, ...] | None = field(default=None, kw_only=True)
    read_frames: tuple[int, ...] = field(default=READ_FRAMES, kw_only=True, converter=_frames)

    score_name = "r2"

    #: Few, so that what they read stays in the cache.
    at_once = 2

    def __attrs_post_init__(self):
        if self.clips is None:
            if self.held_out is not None or self.read_frames != READ_FRAMES:
                raise InvalidValueError(
                    "held_out and read_frames are of clips of your own; the worlds of a recipe are"
                    " new in each generation. Give clips, or leave them out."
                )
            return
        checked_clips(self.clips, self.read_frames)
        object.__setattr__(self, "held_out", held_out_scenes(self.clips, self.held_out))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The search of the recipe."""
        return self.recipe.stages

    def to_dict(self) -> dict:
        """See `Objective`: the recipe, and checksums of clips."""
        if self.clips is None:
            return self.recipe.to_dict()
        return {
            "objective": "flow",
            **self.recipe.to_dict(),
            "clips": checksum(self.clips),
            "held_out": list(self.held_out or ()),
            "read_frames": list(self.read_frames),
        }

    def seen(self) -> list[str]:
        """See `Objective`: no recording."""
        return []

    def shown(self, stage: Stage, seed: Sequence[int]) -> dict[str, Any]:
        """See `Objective`: worlds, as arguments of `Clips`."""
        if self.clips is None:
            return as_arguments(worlds_of(self.recipe, stage, seed))
        scenes = np.setdiff1d(self.clips.scene, self.held_out or ())
        return drawn(self.clips, scenes, self.recipe.textures, seed)

    def judged_on(self) -> list[dict[str, Any]]:
        """See `Objective`: worlds, or scenes, that no generation sees."""
        if self.clips is not None:
            scenes = self.held_out or ()
            return [drawn(self.clips, scenes, len(scenes), [0])] if scenes else []
        worlds = (worlds_of(self.recipe, JUDGED, seed, JUDGED_TEXTURES) for seed in JUDGED_SEEDS)
        return [as_arguments(one) for one in worlds]

    def require_model(self, model: Model) -> None:
        """See `Objective`: it has cell types that flow is read from."""
        self.recipe.reads(model.connectome)

    def scorer(self, model: Model, threads: int) -> FlowScorer:
        """See `Objective`."""
        return FlowScorer(self.recipe, model, self.at_once, threads, self.clips, self.read_frames)

    def differentiable_scorer(self, model: Model, threads: int) -> DifferentiableScorer:
        """See `Differentiable`."""
        from neuroflysim.fit.objectives.flow_slopes import FlowSlopes

        return FlowSlopes(self.recipe, model, threads, self.clips, self.read_frames)


@frozen(eq=False)
class Display:
    """The shape of what a generation is shown."""

    n_clips: int
    n_frames: int
    lattice: Lattice
    time_step: Quantity

    @property
    def nothing(self) -> np.ndarray:
        """Return luminance of this shape."""
        return np.zeros((self.n_clips, self.n_frames, self.lattice.n_columns))

    def rests(self, model: Model) -> bool:
        """Return whether models begin at their voltages at grey.

        At a border a network does not rest as far from it: it must settle.
        """
        return model.grey_is_known and self.lattice.periodic


def display_of(recipe: Recipe, clips: Clips | None) -> Display:
    """Return the shape of what a generation is shown: worlds of a recipe, or some clips.

    Parameters
    ----------
    recipe : Recipe
    clips : Clips or None
    """
    if clips is None:
        n_clips = recipe.textures * recipe.directions
        return Display(n_clips, N_FRAMES, Lattice(size=recipe.size), TIME_STEP)
    n_clips = recipe.textures * int((clips.scene == clips.scene[0]).sum())
    return Display(n_clips, clips.n_frames, clips.lattice, clips.time_step * second)


class FlowScorer:
    """Scores candidates of a recipe; compiled once for a number of candidates.

    Parameters
    ----------
    recipe : Recipe
    model : Model
    n_candidates : int
        Scored in one run of the network.
    threads : int
    clips : Clips, optional
        Like those that are shown, if not worlds of the recipe.
    read_frames : sequence of int
    """

    def __init__(
        self,
        recipe: Recipe,
        model: Model,
        n_candidates: int,
        threads: int,
        clips: Clips | None = None,
        read_frames: Sequence[int] = READ_FRAMES,
    ):
        connectome = model.connectome
        self._recipe, self._read_frames = recipe, np.array(read_frames)
        self._readout = recipe.reads(connectome)
        names = self._readout.cell_types or ()
        self._outputs = np.arange(len(names))
        display = display_of(recipe, clips)
        rests = display.rests(model)
        self._program = compile(
            display.nothing,
            connectome=connectome,
            n_candidates=n_candidates,
            lattice=display.lattice,
            reduction=SumsOfProducts(
                names, n_targets=recipe.targets.n_targets, pooling=self._readout.pooling
            ),
            initial="rest" if rests else "grey",
            dtype="float32",
            time_step=display.time_step,
            threads=threads,
            dynamics=model.dynamics,
        )
        weights = {name: getattr(recipe, name) for name in TERMS}
        self._terms = [
            (weight, TERMS[name](model, threads)) for name, weight in weights.items() if weight
        ]
        network = connectome.network(display.lattice)
        self._type_of_neuron = network.neuron_type if rests else None
        self._read = np.isin(np.arange(display.n_frames), self._read_frames).astype(float)

    def scores(self, candidates: Candidates, shown: dict[str, Any]) -> Scores:
        """See `Scorer`."""
        recipe, worlds = self._recipe, Clips(**shown)
        voltage, of_type = candidates.grey_voltage, self._type_of_neuron
        rest = None if voltage is None or of_type is None else voltage[:, of_type]
        products = self._program.reduce(
            candidates.parameters,
            recipe.targets.targets(worlds, self._read_frames),
            self._read,
            stimulus=worlds.luminance,
            initial=rest,
            runaway="nan",
            progress=False,
        ).to_numpy()
        r2 = held_out(
            products,
            worlds.scene,
            self._outputs,
            n_targets=recipe.targets.n_targets,
            noise=self._readout.noise,
        ).r2
        sums = products.sum(axis=1)
        seen = Seen(candidates, sums, own=1 + self._outputs)
        loss = 1 - r2
        for weight, term in self._terms:
            loss = loss + weight * term.loss(seen)
        # More than all cannot be explained: outputs so large (hundreds) that their sums in float32
        # have no digit left of what is read out. The penalty on activity keeps them far below.
        failed = ~np.isfinite(loss) | (r2 > 1)
        return Scores(
            loss=np.where(failed, LOSS_OF_FAILURE, loss), score=np.where(failed, np.nan, r2)
        )

    def close(self) -> None:
        """Free the network."""
        self._program.close()
        for _, term in self._terms:
            term.close()
