"""What a response depends on: derivatives by parameters and stimulus, and what follows from them.

Measures that have a derivative are classes here, named as the functions of `neuroflysim.analysis`
that they are; what takes them is reached as `neuroflysim.gradient`, `neuroflysim.sensitivity`,
`neuroflysim.optimal_stimulus` and `neuroflysim.fisher_information`.
"""

from neuroflysim.gradients.combined import WeightedMeasures as WeightedMeasures
from neuroflysim.gradients.contract import DifferentiableMeasure as DifferentiableMeasure
from neuroflysim.gradients.differentiating import gradient as gradient
from neuroflysim.gradients.direction_selectivity import (
    DirectionSelectivityIndex as DirectionSelectivityIndex,
)
from neuroflysim.gradients.direction_selectivity import PreferredDirection as PreferredDirection
from neuroflysim.gradients.discriminating_stimuli import (
    DiscriminatingStimulus as DiscriminatingStimulus,
)
from neuroflysim.gradients.discriminating_stimuli import (
    discriminating_stimulus as discriminating_stimulus,
)
from neuroflysim.gradients.flash_response import FlashResponseIndex as FlashResponseIndex
from neuroflysim.gradients.information import FisherInformation as FisherInformation
from neuroflysim.gradients.information import fisher_information as fisher_information
from neuroflysim.gradients.optimal_stimuli import OptimalStimulus as OptimalStimulus
from neuroflysim.gradients.optimal_stimuli import optimal_stimulus as optimal_stimulus
from neuroflysim.gradients.peaks import PeakResponse as PeakResponse
from neuroflysim.gradients.peaks import VoltageRange as VoltageRange
from neuroflysim.gradients.result import Gradient as Gradient
from neuroflysim.gradients.sensitivities import Sensitivity as Sensitivity
from neuroflysim.gradients.sensitivities import sensitivity as sensitivity
from neuroflysim.gradients.targets import MeanSquaredError as MeanSquaredError
from neuroflysim.gradients.voltages import MeanVoltage as MeanVoltage
from neuroflysim.gradients.voltages import VoltageAt as VoltageAt

__all__ = [
    "DifferentiableMeasure",
    "DirectionSelectivityIndex",
    "DiscriminatingStimulus",
    "FisherInformation",
    "FlashResponseIndex",
    "Gradient",
    "MeanSquaredError",
    "MeanVoltage",
    "OptimalStimulus",
    "PeakResponse",
    "PreferredDirection",
    "Sensitivity",
    "VoltageAt",
    "VoltageRange",
    "WeightedMeasures",
    "discriminating_stimulus",
    "fisher_information",
    "gradient",
    "optimal_stimulus",
    "sensitivity",
]
