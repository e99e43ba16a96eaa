"""The 735 parameters: names, vector, tables, files, and starts before a fit."""

from neuroflysim.parameters.candidates import checked_candidates
from neuroflysim.parameters.lobula_plate_circuit import lobula_plate, with_lobula_plate
from neuroflysim.parameters.parameters import Parameters

__all__ = ["Parameters", "checked_candidates", "lobula_plate", "with_lobula_plate"]
