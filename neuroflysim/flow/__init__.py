"""Scenes and movies whose optic flow is known at every column of the eye."""

from neuroflysim.flow.clips import Clips

__all__ = ["Clips"]
