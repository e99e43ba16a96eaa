"""What a fit makes as small as it can: the error of what is read out of new scenes.

Every generation sees worlds of its own, all of its candidates the same ones.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from brian2 import second

from neuroflysim.connectome import Connectome
from neuroflysim.fit.coordinates import Coordinates
from neuroflysim.fit.recipe import Recipe, Stage, is_motion_detector
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


def worlds_of(recipe: Recipe, stage: Stage, seed: list[int], textures: int | None = None) -> Clips:
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


@frozen(eq=False)
class Scores:
    """How good candidates are."""

    loss: np.ndarray  #: shape (candidate,)
    r2: np.ndarray  #: of the task on held-out worlds, shape (candidate,); NaN if it failed


class Objective:
    """Scores candidates of a recipe; compiled once for a number of candidates.

    Parameters
    ----------
    recipe : Recipe
    connectome : Connectome
    n_candidates : int
        Scored in one run of the network.
    threads : int
    """

    def __init__(self, recipe: Recipe, connectome: Connectome, n_candidates: int, threads: int):
        self._recipe = recipe
        self._readout = recipe.reads(connectome)
        names = self._readout.cell_types or ()
        self._outputs = np.arange(len(names))
        self.coordinates = coordinates_of(recipe, connectome)
        n_clips = recipe.textures * recipe.directions
        self._program = compile(
            np.zeros((n_clips, N_FRAMES, recipe.size**2)),
            connectome=connectome,
            n_candidates=n_candidates,
            lattice=Lattice(size=recipe.size),
            reduction=SumsOfProducts(
                names, n_targets=recipe.targets.n_targets, pooling=self._readout.pooling
            ),
            initial="rest",
            dtype="float32",
            time_step=TIME_STEP,
            threads=threads,
        )
        weights = {name: getattr(recipe, name) for name in TERMS}
        self._terms = [
            (weight, TERMS[name](connectome, threads)) for name, weight in weights.items() if weight
        ]
        network = connectome.network(Lattice(size=recipe.size))
        self._type_of_neuron = network.neuron_type
        self._read = np.isin(np.arange(N_FRAMES), READ_FRAMES).astype(float)

    def scores(self, z: np.ndarray, worlds: Clips) -> Scores:
        """Score candidates.

        Parameters
        ----------
        z : ndarray, shape (candidate, parameter)
        worlds : Clips

        Returns
        -------
        Scores
            Of each candidate what it would be alone, whatever the others are.
        """
        recipe = self._recipe
        candidates = [self.coordinates.parameters(one) for one in z]
        voltage = np.stack([self.coordinates.voltage_at_grey(one) for one in z])
        products = self._program.reduce(
            candidates,
            recipe.targets.targets(worlds, np.array(READ_FRAMES)),
            self._read,
            stimulus=worlds.luminance,
            initial=voltage[:, self._type_of_neuron],
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
        seen = Seen(z=z, candidates=candidates, voltage=voltage, sums=sums, own=1 + self._outputs)
        loss = 1 - r2
        for weight, term in self._terms:
            loss = loss + weight * term.loss(seen)
        # More than all cannot be explained: outputs so large (hundreds) that their sums in float32
        # have no digit left of what is read out. The penalty on activity keeps them far below.
        failed = ~np.isfinite(loss) | (r2 > 1)
        return Scores(loss=np.where(failed, LOSS_OF_FAILURE, loss), r2=np.where(failed, np.nan, r2))

    def close(self) -> None:
        """Free the network."""
        self._program.close()
        for _, term in self._terms:
            term.close()


def start_voltage(recipe: Recipe, connectome: Connectome) -> np.ndarray:
    """Return the voltage of each cell type at grey before the fit, shape (cell_type,)."""
    motion = np.array([is_motion_detector(name) for name in connectome.cell_types.index])
    return np.where(motion, recipe.motion_voltage, recipe.other_voltage)


def coordinates_of(recipe: Recipe, connectome: Connectome) -> Coordinates:
    """Return the coordinates that a fit searches in."""
    return Coordinates(connectome, start_voltage(recipe, connectome))
