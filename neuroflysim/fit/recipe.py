"""What a fit does, as numbers: all that its result depends on beside seed and connectome."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from attrs import frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.ensembles.readout import NOISE, POOLING, Readout
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files.strict_json import entry, of_kind
from neuroflysim.fit.card import recipe_card
from neuroflysim.fit.searches import COVARIANCES, SEARCHES
from neuroflysim.fit.tasks import TASKS, Task
from neuroflysim.fit.terms import TERMS
from neuroflysim.flow.periodic_worlds import LEAST_CONTRAST
from neuroflysim.flow.readout import output_types
from neuroflysim.flow.textures import TEXTURES, Texture

#: Which cell types flow is read from. "all" are the 34 output types of Lappalainen et al. (2024);
#: "T4 and T5" are the columnar cells that project to the lobula plate.
READOUTS = ("all", "T4 and T5")

#: Fewer candidates in a generation are nothing to learn from.
LEAST_POPULATION = 4

#: Speeds are drawn on a logarithmic scale, on which there is no 0. In degrees / s.
SLOWEST, FASTEST = 1e-3, 1e5


#: What a recipe may ask for. A lattice of 100 x 100 columns is far beyond the eye.
_MOST = {
    "pooling": 100,
    "size": 100,
    "textures": 10_000,
    "directions": 1_000,
    "readout_noise": 1_000,
    "pixel_noise": 10,
    "activity_weight": 10**6,
    "prior_weight": 10**6,
    "unrest_weight": 10**6,
    "sparseness_weight": 10**6,
}


@frozen(kw_only=True)
class Stage:
    """A part of a search, that starts where the one before ended."""

    evaluations: int  #: of candidates, in whole generations
    population: int  #: candidates of a generation
    step_size: float  #: standard deviation along each coordinate at its start
    #: Lowest and highest contrast of worlds: standard deviation over mean of what columns see.
    contrast: tuple[float, float] = (0.12, 0.35)
    brightness: tuple[float, float] = (0.5, 0.5)  #: mean luminance of worlds, lowest and highest
    covariance: str = COVARIANCES[0]  #: what "cma" learns of the landscape, one of `COVARIANCES`
    search: str = "cma"  #: one of `neuroflysim.fit.searches.SEARCHES`

    def __attrs_post_init__(self):
        checks.whole_number("evaluations", self.evaluations, 1)
        checks.one_of("search", self.search, SEARCHES)
        alone = SEARCHES[self.search].by_gradient
        checks.whole_number("population", self.population, 1 if alone else LEAST_POPULATION)
        if alone and self.population != 1:
            raise InvalidValueError(
                f"population is {self.population}, but {self.search!r} follows the gradient of one"
                " candidate; take population=1."
            )
        _above_zero("step_size", self.step_size)
        checks.lowest_and_highest("contrast", self.contrast, LEAST_CONTRAST, 2)
        checks.lowest_and_highest("brightness", self.brightness, 0, 1)
        checks.one_of("covariance", self.covariance, COVARIANCES)
        if self.search != "cma" and self.covariance != COVARIANCES[0]:
            raise InvalidValueError(
                f"covariance is {self.covariance!r}, which is for search 'cma' alone; leave it out"
                f" for {self.search!r}."
            )
        if SEARCHES[self.search].mirrored and self.population % 2:
            raise InvalidValueError(
                f"population is {self.population}, but must be even: {self.search!r} draws"
                f" candidates in pairs; take {self.population + 1}."
            )
        _at_most(self, {"evaluations": 10**9, "population": 10**6, "step_size": 100})

    @property
    def generations(self) -> int:
        """Generations of the stage."""
        return -(-self.evaluations // self.population)


@frozen(kw_only=True)
class Recipe:
    """What a fit does.

    Examples
    --------
    >>> RECIPES["flow"].readout
    'all'
    """

    readout: str  #: one of READOUTS
    pooling: int  #: outputs are averaged over columns up to this distance before they are read
    stages: tuple[Stage, ...]
    readout_noise: float = NOISE  #: that the readout reckons with
    size: int = 6  #: of the periodic lattice
    textures: int = 8  #: in each evaluation
    texture: str = "mixture"  #: of what kind, one of `neuroflysim.flow.textures.TEXTURES`
    directions: int = 4  #: in which each texture moves, at equal angles
    speeds: tuple[float, float] = (14.5, 200.0)  #: degrees / s, lowest and highest
    pixel_noise: float = 0.03
    motion_voltage: float = 0.1  #: voltage of T4 and T5 at grey at the start
    other_voltage: float = 0.5  #: of all others
    activity_weight: float = 0.02
    prior_weight: float = 0.06
    unrest_weight: float = 0.0  #: of this and the other weights see `neuroflysim.fit.terms`
    sparseness_weight: float = 0.0
    task: str = "flow"  #: what is read out, one of `neuroflysim.fit.tasks.TASKS`

    def __attrs_post_init__(self):
        checks.one_of("readout", self.readout, READOUTS)
        checks.one_of("task", self.task, TASKS)
        checks.one_of("texture", self.texture, TEXTURES)
        if not self.stages or not all(isinstance(stage, Stage) for stage in self.stages):
            raise InvalidValueError("stages must be one Stage or more.")
        for name, least in (("pooling", 0), ("size", 1), ("textures", 2), ("directions", 1)):
            checks.whole_number(name, getattr(self, name), least)
        checks.lowest_and_highest("speeds", self.speeds, SLOWEST, FASTEST)
        _above_zero("readout_noise", self.readout_noise)
        checks.finite_number("pixel_noise", self.pixel_noise, 0)
        for name in TERMS:
            checks.finite_number(name, getattr(self, name), 0)
        for name in ("motion_voltage", "other_voltage"):
            checks.finite_number(name, getattr(self, name), -100, 100)
        _at_most(self, _MOST)

    @property
    def targets(self) -> Task:
        """What is read out."""
        return TASKS[self.task]

    def _repr_html_(self) -> str:
        return recipe_card(self)

    @property
    def evaluations(self) -> int:
        """Evaluations of all stages."""
        return sum(stage.generations * stage.population for stage in self.stages)

    @property
    def painted(self) -> Texture:
        """What textures are painted by."""
        return TEXTURES[self.texture]

    def reads(self, connectome: Connectome) -> Readout:
        """Return from what flow is read, and how."""
        names = output_types(connectome)
        if self.readout == "T4 and T5":
            names = tuple(name for name in names if is_motion_detector(name))
        if not names:
            raise InvalidValueError("the connectome has no cell types that flow is read from.")
        return Readout(cell_types=names, pooling=self.pooling, noise=self.readout_noise)

    def with_evaluations(self, evaluations: int) -> Recipe:
        """Return the recipe with another budget, dealt out to the stages as before.

        Examples
        --------
        >>> RECIPES["flow"].with_evaluations(640).evaluations
        640
        """
        return attrs.evolve(self, stages=with_evaluations(self.stages, evaluations))

    def to_dict(self) -> dict:
        """Return plain numbers, texts and lists, as for a file."""
        return attrs.asdict(self)

    @classmethod
    def from_dict(cls, values: dict, where: str = "the recipe") -> Recipe:
        """Return what `to_dict` was made from.

        Parameters
        ----------
        values : dict
            What is not there is as in every recipe.
        where : str
            The file, for messages.

        Raises
        ------
        InvalidValueError
            If this is no recipe; names the key.
        """
        kept = _of_kinds(cls, values, where)
        kept["stages"] = stages_from(kept, where)
        return _made(cls, kept, where)


def stages_from(values: Mapping, where: str) -> tuple[Stage, ...]:
    """Return the stages of a search, as a file holds them under "stages".

    Parameters
    ----------
    values : mapping
    where : str
        The file, for messages.
    """
    return tuple(
        _made(Stage, _of_kinds(Stage, stage, named), named)
        for k, stage in enumerate(entry(values, "stages", "a list", where))
        for named in [f"{where}: stage {k + 1}"]
    )


def with_evaluations(stages: tuple[Stage, ...], evaluations: int) -> tuple[Stage, ...]:
    """Return stages with another budget, dealt out as before.

    Parameters
    ----------
    stages : tuple of Stage
    evaluations : int
    """
    checks.whole_number("evaluations", evaluations, 1)
    total = sum(stage.evaluations for stage in stages)
    return tuple(
        attrs.evolve(stage, evaluations=max(1, round(evaluations * stage.evaluations / total)))
        for stage in stages
    )


#: How JSON calls what a field holds.
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "tuple[float, float]": "a list",
    "tuple[Stage, ...]": "a list",
}


def _of_kinds(kind: type, values, where: str) -> dict:
    """Return the fields of a recipe or a stage, each of its kind and none that is not known."""
    of_kind(values, "a block of keys", where)
    fields = attrs.fields_dict(kind)
    for name in values:
        checks.one_of(f"{where}: a key", name, fields)
    kept = {}
    for name, field in fields.items():
        if name not in values and field.default is not attrs.NOTHING:
            continue
        value = list(values[name]) if isinstance(values.get(name), tuple) else values.get(name)
        value = entry({name: value} if name in values else {}, name, _KINDS[str(field.type)], where)
        if field.type == "tuple[float, float]":
            value = tuple(of_kind(number, "a number", f"{where}: {name}") for number in value)
        kept[name] = value
    return kept


def _made(kind: type, fields: dict, where: str):
    try:
        return kind(**fields)
    except (InvalidValueError, InvalidTypeError) as error:
        raise InvalidValueError(f"{where}: {error}") from None


def _at_most(block, most: Mapping[str, float]) -> None:
    """Raise if a number is beyond what any machine could do, or any model could be."""
    for name, limit in most.items():
        if getattr(block, name) > limit:
            raise InvalidValueError(
                f"{name} is {getattr(block, name)}, but must be at most {limit:,}."
            )


def _above_zero(name: str, value: float) -> None:
    if checks.finite_number(name, value, 0) == 0:
        raise InvalidValueError(f"{name} is 0, but must be greater.")


def is_motion_detector(cell_type: str) -> bool:
    """Return whether a cell type is one of T4a to T4d, T5a to T5d."""
    return cell_type[:2] in ("T4", "T5") and len(cell_type) == 3


#: Contrasts up to nearly black and white. Fainter ones, in a stage of their own, are a variant of
#: docs/fit_notebook.md.
_SHORT = Stage(evaluations=12_800, population=64, step_size=0.3, contrast=(0.12, 0.6))
_LONG = attrs.evolve(_SHORT, evaluations=25_600, population=128)

_FLOW_SHORT = Recipe(readout="all", pooling=POOLING, stages=(_SHORT,))

RECIPES = {
    # Longer, and told whether a network settles: in long fits many do not (docs/fit_notebook.md).
    "flow": attrs.evolve(_FLOW_SHORT, stages=(_LONG,), unrest_weight=0.02),
    # What variants, controls and the other two are to be compared with.
    "flow_short": _FLOW_SHORT,
    "flow_t4t5": attrs.evolve(_FLOW_SHORT, readout="T4 and T5"),
    # All cell types begin with the same voltage at grey: what the lower one of T4 and T5 does.
    "flow_without_prior": attrs.evolve(_FLOW_SHORT, motion_voltage=_FLOW_SHORT.other_voltage),
}


def named_recipe(recipe: str | Recipe) -> Recipe:
    """Return a recipe by its name, or one's own as it is.

    Parameters
    ----------
    recipe : str or Recipe

    Examples
    --------
    >>> named_recipe("flow").readout
    'all'
    """
    if isinstance(recipe, Recipe):
        return recipe
    if not isinstance(recipe, str):
        raise InvalidTypeError(f"recipe is {recipe!r}, but must be a name or a Recipe.")
    return RECIPES[checks.one_of("recipe", recipe, RECIPES)]
