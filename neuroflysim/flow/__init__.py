"""Scenes and movies whose optic flow is known at every column of the eye."""

from neuroflysim.flow.clips import Clips
from neuroflysim.flow.eye_worlds import layered_worlds
from neuroflysim.flow.pictures import translating_pictures

__all__ = ["Clips", "layered_worlds", "translating_pictures"]
