"""What was recorded from the model: voltages with their labels, and the files that keep them."""

from neuroflysim.responses.responses import Responses, load_responses

__all__ = ["Responses", "load_responses"]
