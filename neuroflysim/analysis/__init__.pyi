"""The names of this package, for editors and type checkers; see tests/write_stubs.py."""

from neuroflysim.analysis.calcium import recorded
from neuroflysim.analysis.contrast_response import contrast_response
from neuroflysim.analysis.currents import input_currents
from neuroflysim.analysis.direction_selectivity import (
    direction_selectivity_index,
    motion_opponency,
    preferred_direction,
    preferred_null_index,
    vector_strength,
)
from neuroflysim.analysis.flash_response import (
    flash_response_index,
    on_off_index,
    opposite_contrast_ratio,
)
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.linear_filter import linear_filter
from neuroflysim.analysis.optimum import tuning_optimum
from neuroflysim.analysis.peaks import peak_response
from neuroflysim.analysis.receptive_field import (
    receptive_field,
    receptive_field_width,
    ring_response,
    surround_ratio,
)
from neuroflysim.analysis.resting_voltage import resting_voltage
from neuroflysim.analysis.summation import paired_response, summation
from neuroflysim.analysis.tangential_input import tangential_input
from neuroflysim.analysis.tangential_response import tangential_response
from neuroflysim.analysis.temporal import band_pass_index, impulse_response, time_to_peak
from neuroflysim.analysis.time_constants import high_pass_time_constant, low_pass_time_constant
from neuroflysim.analysis.tuning import response_at_offset, tuning_curve, tuning_width
from neuroflysim.analysis.voltage_range import voltage_range

__all__ = [
    "as_grid",
    "band_pass_index",
    "contrast_response",
    "direction_selectivity_index",
    "flash_response_index",
    "high_pass_time_constant",
    "impulse_response",
    "input_currents",
    "linear_filter",
    "low_pass_time_constant",
    "motion_opponency",
    "on_off_index",
    "opposite_contrast_ratio",
    "paired_response",
    "peak_response",
    "preferred_direction",
    "preferred_null_index",
    "receptive_field",
    "receptive_field_width",
    "recorded",
    "response_at_offset",
    "resting_voltage",
    "ring_response",
    "summation",
    "surround_ratio",
    "tangential_input",
    "tangential_response",
    "time_to_peak",
    "tuning_curve",
    "tuning_optimum",
    "tuning_width",
    "vector_strength",
    "voltage_range",
]
