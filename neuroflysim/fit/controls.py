"""What a model is compared with before anybody says that the task, or the wiring, made it so."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from attrs import frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.changed_connectomes import (
    counts_even,
    counts_even_within_connections,
    offsets_shuffled,
    signs_of_connections_shuffled,
    signs_of_types_shuffled,
)
from neuroflysim.fit.problem import coordinates_of
from neuroflysim.fit.recipe import Recipe
from neuroflysim.fit.stability import check_stability
from neuroflysim.lattice import DEFAULT_LATTICE
from neuroflysim.parameters import Parameters

#: What parameters have in place of a fit: (recipe, connectome, seed) -> Parameters.
Start = Callable[[Recipe, Connectome, int], Parameters]

#: Random sets of parameters that are drawn until one is stable.
_DRAWS = 100


def untrained(recipe: Recipe, connectome: Connectome, seed: int = 0) -> Parameters:
    """Return where the fits of a recipe start.

    Parameters
    ----------
    recipe : Recipe
    connectome : Connectome
    seed : int
        Not used: all fits start at one point.

    Returns
    -------
    Parameters
    """
    coordinates = coordinates_of(recipe, connectome)
    return coordinates.parameters(np.zeros(coordinates.n))


def random_parameters(recipe: Recipe, connectome: Connectome, seed: int = 0) -> Parameters:
    """Draw all coordinates of a fit from a normal distribution of standard deviation 1.

    So strengths are log-normal, mostly 0.3 to 3.3 times those of the start, voltages at grey mostly
    within 0.4 of those of the start, and time constants 20 to 140 ms: what the prior of a fit holds
    for likely. Sets that fail the stability check of fits are drawn again.

    Parameters
    ----------
    recipe : Recipe
    connectome : Connectome
    seed : int

    Returns
    -------
    Parameters
    """
    coordinates = coordinates_of(recipe, connectome)
    rng = np.random.default_rng(checks.whole_number("seed", seed))
    for _ in range(_DRAWS):
        parameters = coordinates.parameters(rng.standard_normal(coordinates.n))
        if check_stability(parameters, lattice=DEFAULT_LATTICE, threads=1).stable:
            return parameters
    raise InvalidValueError(
        f"none of {_DRAWS} random sets of parameters is stable on this connectome."
    )


def flyvis_start(recipe: Recipe, connectome: Connectome, seed: int = 0) -> Parameters:
    """Return `Parameters.initial`, from where flyvis trains.

    Parameters
    ----------
    recipe : Recipe
        Not used.
    connectome : Connectome
    seed : int

    Returns
    -------
    Parameters
    """
    return Parameters.initial(connectome, DEFAULT_LATTICE, seed=seed)


@frozen
class Control:
    """One thing that differs from a fit to flow on the connectome as it is.

    Examples
    --------
    >>> CONTROLS["signs of types"].fitted
    True
    """

    kind: str  #: one of KINDS
    question: str
    change: Callable | None = None  #: (connectome, rng) -> Connectome
    task: str = "flow"  #: one of `neuroflysim.fit.tasks.TASKS`
    start: Start | None = None  #: parameters that stay as they are; None, if they are fitted
    seeded: bool = True  #: whether a seed changes anything

    @property
    def fitted(self) -> bool:
        """Whether parameters are fitted, and not only the readout."""
        return self.start is None

    def connectome(self, connectome: Connectome, seed: int) -> Connectome:
        """Return the connectome of this control.

        Parameters
        ----------
        connectome : Connectome
        seed : int

        Returns
        -------
        Connectome
            The same one for the same seed; the given one, if this control changes none.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> connectome = nfs.load_connectome()
        >>> CONTROLS["flow"].connectome(connectome, seed=0) is connectome
        True
        """
        if self.change is None:
            return connectome
        return self.change(connectome, np.random.default_rng(checks.whole_number("seed", seed)))

    def recipe(self, recipe: Recipe, evaluations: int | None = None) -> Recipe:
        """Return a recipe for the task of this control, with a budget.

        Parameters
        ----------
        recipe : Recipe
        evaluations : int, optional
            In all, dealt out to the stages as they are; as many as before, if not given.

        Examples
        --------
        >>> from neuroflysim.fit.recipe import RECIPES
        >>> CONTROLS["luminance"].recipe(RECIPES["flow"], evaluations=320).task
        'luminance'
        """
        if evaluations is not None:
            recipe = recipe.with_evaluations(evaluations)
        return attrs.evolve(recipe, task=self.task)


#: What controls change.
KINDS = ("nothing", "no fit", "connectome", "task")

CONTROLS = {
    "flow": Control("nothing", "What does a fit to flow give with this budget?"),
    "untrained": Control(
        "no fit",
        "How much is in the wiring, with weights that go with synapse counts?",
        start=untrained,
        seeded=False,
    ),
    "random parameters": Control(
        "no fit",
        "Does it take a fit, or would any parameters do that are stable?",
        start=random_parameters,
    ),
    "flyvis' start": Control(
        "no fit",
        "The same of the random parameters from which flyvis trains.",
        start=flyvis_start,
    ),
    "signs of connections": Control(
        "connectome",
        "Does it matter which connections inhibit?",
        signs_of_connections_shuffled,
    ),
    "signs of types": Control(
        "connectome",
        "Does it matter which cell types inhibit?",
        signs_of_types_shuffled,
    ),
    "offsets shuffled": Control(
        "connectome",
        "Does it matter at which offset a connection has its synapses?",
        offsets_shuffled,
    ),
    "counts even in connections": Control(
        "connectome",
        "Is it enough to know which columns a connection reaches?",
        counts_even_within_connections,
    ),
    "counts all even": Control(
        "connectome",
        "Is it enough to know who is connected with whom, where, and with which sign?",
        counts_even,
    ),
    "speed": Control(
        "task",
        "Does it take the direction of motion in the task, or is speed enough?",
        task="speed",
    ),
    "luminance": Control(
        "task", "Does any task do that makes the network carry the image?", task="luminance"
    ),
    "luminance change": Control(
        "task", "Does a task do that needs time, but no motion?", task="luminance change"
    ),
}
