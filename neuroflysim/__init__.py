"""The connectome of the fruit fly's visual system as a Brian2 model.

Examples
--------
>>> import neuroflysim as nfs
>>> connectome = nfs.load_connectome()
>>> connectome.network(extent=15).n_neurons
45669
"""

from importlib import import_module

from neuroflysim import analysis, flow, recordings
from neuroflysim._version import __version__
from neuroflysim.connectome import Connectome, load_connectome, save_connectome
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.ensembles import Ensemble, load_ensemble, load_parameters
from neuroflysim.errors import (
    ClampedStrengthWarning,
    ConnectomeError,
    InvalidTypeError,
    InvalidValueError,
    NeuroFlySimError,
    RoundedTimeWarning,
    RunawayActivityError,
    SimulationError,
    StudyError,
    UncheckedFileWarning,
    UnsettledError,
    UnsettledWarning,
)
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import Ablate, Activate, Change, Clamp, Cut, Scale, Silence
from neuroflysim.recordings import Recording, compare_recording, load_recording
from neuroflysim.responses import Responses, load_responses
from neuroflysim.simulation import (
    Program,
    SumsOfProducts,
    compile,
    rest_state,
    rest_state_by_column,
    simulate,
)
from neuroflysim.stimulus.eye import Eye, degree
from neuroflysim.stimulus.protocol import Protocol

# Last, so that files of the library may import from neuroflysim like anybody's scripts.
# isort: split
from neuroflysim import fit, protocols
from neuroflysim.experiments import (
    Study,
    compare,
    load_study,
    replay,
    scores,
    studies,
)
from neuroflysim.fit import RECIPES, Fit, Recipe, Stage
from neuroflysim.scoreboard import Board, board
from neuroflysim.screening import screen
from neuroflysim.validation import predictions, validate

__all__ = [
    "GRADED",
    "RECIPES",
    "Ablate",
    "Activate",
    "Board",
    "Change",
    "Clamp",
    "ClampedStrengthWarning",
    "Connectome",
    "ConnectomeError",
    "Cut",
    "Dynamics",
    "Ensemble",
    "Eye",
    "Fit",
    "InvalidTypeError",
    "InvalidValueError",
    "Lattice",
    "NeuroFlySimError",
    "Parameters",
    "Program",
    "Protocol",
    "Recipe",
    "Recording",
    "Responses",
    "RoundedTimeWarning",
    "RunawayActivityError",
    "Scale",
    "Silence",
    "SimulationError",
    "Stage",
    "Study",
    "StudyError",
    "SumsOfProducts",
    "UncheckedFileWarning",
    "UnsettledError",
    "UnsettledWarning",
    "__version__",
    "analysis",
    "board",
    "compare",
    "compare_recording",
    "compile",
    "degree",
    "fit",
    "flow",
    "load_connectome",
    "load_ensemble",
    "load_parameters",
    "load_recording",
    "load_responses",
    "load_study",
    "plotting",
    "predictions",
    "protocols",
    "recordings",
    "replay",
    "rest_state",
    "rest_state_by_column",
    "save_connectome",
    "scores",
    "screen",
    "simulate",
    "studies",
    "validate",
]


def __getattr__(name: str):
    """Import `neuroflysim.plotting` when it is first used: models need no matplotlib."""
    if name != "plotting":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("neuroflysim.plotting")
