"""The task of the paper: to read flow out of a network that sees new scenes.

Every generation sees worlds of its own, all of its candidates the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from brian2 import second

from neuroflysim.fit.contract import Candidates, Model, Scores
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


@frozen
class FlowTask:
    """Estimate optic flow from moving scenes: what the published models are fitted to.

    Parameters
    ----------
    recipe : str or Recipe
        One of `RECIPES` by its name, or one of your own: scenes, readout, terms of the loss, and
        the search.

    Examples
    --------
    >>> FlowTask("flow_short").score_name
    'r2'
    """

    recipe: Recipe = field(default=RECIPES["flow"], converter=named_recipe)

    score_name = "r2"

    #: Few, so that what they read stays in the cache.
    at_once = 2

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The search of the recipe."""
        return self.recipe.stages

    def to_dict(self) -> dict:
        """See `Objective`: the recipe."""
        return self.recipe.to_dict()

    def seen(self) -> list[str]:
        """See `Objective`: no recording."""
        return []

    def shown(self, stage: Stage, seed: Sequence[int]) -> dict[str, Any]:
        """See `Objective`: worlds, as arguments of `Clips`."""
        return arguments_of(worlds_of(self.recipe, stage, seed))

    def judged_on(self) -> list[dict[str, Any]]:
        """See `Objective`: worlds that no generation sees."""
        worlds = (worlds_of(self.recipe, JUDGED, seed, JUDGED_TEXTURES) for seed in JUDGED_SEEDS)
        return [arguments_of(one) for one in worlds]

    def scorer(self, model: Model, threads: int) -> FlowScorer:
        """See `Objective`."""
        return FlowScorer(self.recipe, model, self.at_once, threads)


def arguments_of(worlds: Clips) -> dict[str, Any]:
    """Return what Clips are made of; flow that is the same in all columns is told once."""
    return {
        "luminance": worlds.luminance,
        "flow": worlds.flow[:, :, :1],
        "time_step": worlds.time_step,
        "lattice": worlds.lattice,
        "scene": worlds.scene,
    }


class FlowScorer:
    """Scores candidates of a recipe; compiled once for a number of candidates.

    Parameters
    ----------
    recipe : Recipe
    model : Model
    n_candidates : int
        Scored in one run of the network.
    threads : int
    """

    def __init__(self, recipe: Recipe, model: Model, n_candidates: int, threads: int):
        connectome = model.connectome
        self._recipe = recipe
        self._readout = recipe.reads(connectome)
        names = self._readout.cell_types or ()
        self._outputs = np.arange(len(names))
        n_clips = recipe.textures * recipe.directions
        self._program = compile(
            np.zeros((n_clips, N_FRAMES, recipe.size**2)),
            connectome=connectome,
            n_candidates=n_candidates,
            lattice=Lattice(size=recipe.size),
            reduction=SumsOfProducts(
                names, n_targets=recipe.targets.n_targets, pooling=self._readout.pooling
            ),
            initial="rest" if model.grey_is_known else "grey",
            dtype="float32",
            time_step=TIME_STEP,
            threads=threads,
            dynamics=model.dynamics,
        )
        weights = {name: getattr(recipe, name) for name in TERMS}
        self._terms = [
            (weight, TERMS[name](model, threads)) for name, weight in weights.items() if weight
        ]
        network = connectome.network(Lattice(size=recipe.size))
        self._type_of_neuron = network.neuron_type
        self._read = np.isin(np.arange(N_FRAMES), READ_FRAMES).astype(float)

    def scores(self, candidates: Candidates, shown: dict[str, Any]) -> Scores:
        """See `Scorer`."""
        recipe, worlds = self._recipe, Clips(**shown)
        voltage = candidates.grey_voltage
        products = self._program.reduce(
            candidates.parameters,
            recipe.targets.targets(worlds, np.array(READ_FRAMES)),
            self._read,
            stimulus=worlds.luminance,
            initial=None if voltage is None else voltage[:, self._type_of_neuron],
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
