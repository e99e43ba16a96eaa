"""Pictures: each function takes the matplotlib axes to draw into, and returns them.

Without axes a new figure is made. `neuroflysim.plotting` is imported when it is first used, so that
who draws nothing needs no matplotlib; the core never imports it.
"""

from neuroflysim.plotting.activity import plot_activity
from neuroflysim.plotting.animation import animate_activity
from neuroflysim.plotting.board import plot_board
from neuroflysim.plotting.compared_connectomes import plot_compared_connectomes
from neuroflysim.plotting.comparison import plot_values
from neuroflysim.plotting.connectome import plot_connectivity, plot_inputs
from neuroflysim.plotting.controls import plot_controls
from neuroflysim.plotting.curves import plot_curves
from neuroflysim.plotting.eye import plot_eye
from neuroflysim.plotting.hexagons import plot_columns, plot_luminance
from neuroflysim.plotting.learning_curve import plot_learning_curve
from neuroflysim.plotting.overlay import plot_overlay
from neuroflysim.plotting.predictions import plot_predictions, plot_score_and_match
from neuroflysim.plotting.protocol import plot_thumbnail
from neuroflysim.plotting.receptive_field import plot_receptive_field
from neuroflysim.plotting.saving import save_figure
from neuroflysim.plotting.screen import plot_screen
from neuroflysim.plotting.sensitivity import plot_sensitivity
from neuroflysim.plotting.stimuli import (
    animate_stimulus,
    plot_optimal_stimulus,
    plot_space_time,
)
from neuroflysim.plotting.traces import plot_traces
from neuroflysim.plotting.tuning import plot_direction_tuning
from neuroflysim.plotting.validation import plot_validation

__all__ = [
    "animate_activity",
    "animate_stimulus",
    "plot_activity",
    "plot_board",
    "plot_columns",
    "plot_compared_connectomes",
    "plot_connectivity",
    "plot_controls",
    "plot_curves",
    "plot_direction_tuning",
    "plot_eye",
    "plot_inputs",
    "plot_learning_curve",
    "plot_luminance",
    "plot_optimal_stimulus",
    "plot_overlay",
    "plot_predictions",
    "plot_receptive_field",
    "plot_score_and_match",
    "plot_screen",
    "plot_sensitivity",
    "plot_space_time",
    "plot_thumbnail",
    "plot_traces",
    "plot_validation",
    "plot_values",
    "save_figure",
]
