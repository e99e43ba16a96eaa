"""Scenes and movies whose optic flow is known at every column of the eye."""

from neuroflysim.ensembles.readout import Readout
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.eye_worlds import layered_worlds
from neuroflysim.flow.flo_files import read_flo, write_flo
from neuroflysim.flow.movies import movie_pictures, movie_with_flow
from neuroflysim.flow.periodic_worlds import translating_worlds
from neuroflysim.flow.photograph_files import example_photographs, photographs
from neuroflysim.flow.pictures import translating_pictures
from neuroflysim.flow.scoring import task_score
from neuroflysim.flow.sintel_folder import sintel

__all__ = [
    "Clips",
    "Readout",
    "example_photographs",
    "layered_worlds",
    "movie_pictures",
    "movie_with_flow",
    "photographs",
    "read_flo",
    "sintel",
    "task_score",
    "translating_pictures",
    "translating_worlds",
    "write_flo",
]
