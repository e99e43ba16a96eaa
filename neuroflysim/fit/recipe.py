"""What a fit does, as numbers: all that its result depends on beside seed and connectome."""

from __future__ import annotations

import attrs
from attrs import frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.tasks import TASKS, Task
from neuroflysim.flow.readout import NOISE, POOLING

#: Which cell types flow is read from. "all" are the 34 output types of Lappalainen et al. (2024);
#: "T4 and T5" are the columnar cells that project to the lobula plate.
READOUTS = ("all", "T4 and T5")

#: How the search learns the shape of the landscape; see `neuroflysim.fit.search`.
COVARIANCES = ("diagonal", "full", "restricted")


@frozen(kw_only=True)
class Stage:
    """A part of a search, that starts where the one before ended."""

    evaluations: int  #: of candidates, in whole generations
    population: int  #: candidates of a generation
    step_size: float  #: standard deviation along each coordinate at its start
    contrast: tuple[float, float] = (
        0.12,
        0.35,
    )  #: of textures as columns see them, lowest, highest
    brightness: tuple[float, float] = (0.5, 0.5)  #: mean luminance of worlds, lowest and highest
    covariance: str = "diagonal"

    def __attrs_post_init__(self):
        checks.one_of("covariance", self.covariance, COVARIANCES)

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
    directions: int = 4  #: in which each texture moves, at equal angles
    speeds: tuple[float, float] = (14.5, 200.0)  #: degrees / s, lowest and highest
    pixel_noise: float = 0.03
    motion_voltage: float = 0.1  #: voltage of T4 and T5 at grey at the start
    other_voltage: float = 0.5  #: of all others
    activity_weight: float = 0.02
    prior_weight: float = 0.02
    task: str = "flow"  #: what is read out, one of `neuroflysim.fit.tasks.TASKS`

    def __attrs_post_init__(self):
        checks.one_of("readout", self.readout, READOUTS)
        checks.one_of("task", self.task, TASKS)

    @property
    def targets(self) -> Task:
        """What is read out."""
        return TASKS[self.task]

    @property
    def evaluations(self) -> int:
        """Evaluations of all stages."""
        return sum(stage.generations * stage.population for stage in self.stages)

    def cell_types(self, connectome: Connectome) -> tuple[str, ...]:
        """Return the cell types that flow is read from."""
        types = connectome.cell_types
        names = types.index[types["output"]]
        if self.readout == "T4 and T5":
            names = [name for name in names if is_motion_detector(name)]
        if not len(names):
            raise InvalidValueError("the connectome has no cell types that flow is read from.")
        return tuple(names)

    def to_dict(self) -> dict:
        """Return plain numbers, texts and lists, as for a file."""
        return attrs.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Recipe:
        """Return what `to_dict` was made from."""
        stages = [
            Stage(**{k: tuple(v) if isinstance(v, list) else v for k, v in stage.items()})
            for stage in values["stages"]
        ]
        speeds = tuple(values["speeds"])
        return cls(**{**values, "stages": tuple(stages), "speeds": speeds})


def is_motion_detector(cell_type: str) -> bool:
    """Return whether a cell type is one of T4a to T4d, T5a to T5d."""
    return cell_type[:2] in ("T4", "T5") and len(cell_type) == 3


#: First worlds of clear contrast, from which the search learns fast; then also faint, dark and
#: bright ones, by larger populations, whose scores are less noisy.
STAGES = (
    Stage(evaluations=9_600, population=64, step_size=0.3),
    Stage(
        evaluations=12_800,
        population=128,
        step_size=0.2,
        contrast=(0.05, 0.35),
        brightness=(0.3, 0.7),
    ),
)

RECIPES = {
    "flow": Recipe(readout="all", pooling=POOLING, stages=STAGES),
    "flow_t4t5": Recipe(readout="T4 and T5", pooling=POOLING, stages=STAGES),
}
