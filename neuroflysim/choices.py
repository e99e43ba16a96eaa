"""Words that an argument may be: modules below check them, the command line shows them.

They stand here, and not with what they name, because a shell asks for them at each Tab, and should
not wait for Brian2. `neuroflysim.names` finds the names of what lies in folders.
"""

#: How `simulate` integrates.
METHODS = ("euler", "exponential_euler")

#: In which precision it computes.
DTYPES = ("float64", "float32")

#: Where it computes; `neuroflysim.simulation.devices` has a file for each.
DEVICES = ("runtime", "cpp_standalone", "cuda_standalone")

#: Its step if no other is asked for, in milliseconds.
TIME_STEP_MS = 2.0

#: What fits are made by; `neuroflysim.fit.RECIPES` holds them.
RECIPE_NAMES = ("flow", "flow_short", "flow_t4t5", "flow_without_prior")

#: How a fit may search; `neuroflysim.fit.searches` has a file for each.
SEARCH_NAMES = ("cma", "dd-cma", "cr-fm-nes", "open-es", "adam")

#: By what a fit to a recording may judge; `neuroflysim.fit.objectives.trace_agreement` does.
FIT_MEASURES = ("explained_variance", "correlation", "squared_error")

#: Measures of one cell that have a derivative; `neuroflysim.gradients.named` holds them.
DIFFERENTIABLE_NAMES = (
    "direction_selectivity_index",
    "flash_response_index",
    "mean_voltage",
    "peak_response",
    "preferred_direction",
    "voltage_at",
    "voltage_range",
)

#: Rows of the board beside those of whole ensembles; `neuroflysim.scoreboard.entries` makes them.
ROWS = (
    "flyvis_first_ten",
    "flyvis_stable",
    "counts_all_even",
    "counts_even_in_connections",
    "luminance",
    "luminance_change",
    "offsets_shuffled",
    "signs_of_connections",
    "signs_of_types",
    "speed",
    "flyvis_start",
    "random_parameters",
    "untrained",
    "untrained_without_prior",
    "no_response",
    "shuffled_cell_types",
)

#: Whose files a connectome is made of; `neuroflysim.connectome.importers.sources` reads them.
CONNECTOME_SOURCES = ("flywire", "malecns", "neuprint")

#: Suffixes of files that pictures are drawn into.
PICTURES = (".png", ".pdf", ".svg")
