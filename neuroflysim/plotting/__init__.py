"""Pictures. Every function takes axes and returns them; nothing here is imported by the core."""

from neuroflysim.plotting.animation import animate_activity, write_gif
from neuroflysim.plotting.comparison import curve_coordinate, plot_values
from neuroflysim.plotting.connectome import plot_connectivity, plot_receptive_field
from neuroflysim.plotting.controls import plot_controls
from neuroflysim.plotting.curves import plot_curves
from neuroflysim.plotting.hexagons import plot_columns, plot_luminance
from neuroflysim.plotting.learning_curve import plot_learning_curve
from neuroflysim.plotting.predictions import plot_predictions, plot_score_and_match
from neuroflysim.plotting.protocol import animate_protocol, plot_protocol, plot_thumbnail
from neuroflysim.plotting.recorded import plot_recorded
from neuroflysim.plotting.screen import plot_screen
from neuroflysim.plotting.traces import plot_traces
from neuroflysim.plotting.tuning import plot_direction_tuning
from neuroflysim.plotting.validation import plot_validation

__all__ = [
    "animate_activity",
    "animate_protocol",
    "curve_coordinate",
    "plot_columns",
    "plot_connectivity",
    "plot_controls",
    "plot_curves",
    "plot_direction_tuning",
    "plot_learning_curve",
    "plot_luminance",
    "plot_predictions",
    "plot_protocol",
    "plot_receptive_field",
    "plot_recorded",
    "plot_score_and_match",
    "plot_screen",
    "plot_thumbnail",
    "plot_traces",
    "plot_validation",
    "plot_values",
    "write_gif",
]
