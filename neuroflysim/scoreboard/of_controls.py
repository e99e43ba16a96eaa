"""Rows of the controls: fits that lack one thing, and parameters that nothing was fitted to."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from pathlib import Path

from neuroflysim.connectome import load_connectome
from neuroflysim.fit.controls import CONTROLS, Control
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.file import read_parameters
from neuroflysim.scoreboard.entry import Entry, Models

#: The recipe of the controls that are in the box: `flow_short` is their fit that lacks nothing.
RECIPE = "flow_short"

#: How many models there are of each control that has seeds.
SEEDS = 3


def entries() -> list[Entry]:
    """Return a row for each control but the fit that lacks nothing, and for the default start."""
    controls = [
        Entry(name_of(control), _kind(value), _seen(value), partial(models_of, control))
        for control, value in CONTROLS.items()
        if value.kind != "nothing"
    ]
    return [*controls, Entry("untrained_without_prior", "no fit", "nothing", without_prior)]


def name_of(control: str) -> str:
    """Return a control's name as a row has it.

    Parameters
    ----------
    control : str

    Examples
    --------
    >>> name_of("flyvis' start")
    'flyvis_start'
    """
    return control.replace("'", "").replace(" ", "_")


def models_of(name: str) -> Models:
    """Return the models of a control, each with its own connectome.

    Those that were fitted are in the box: `benchmarks/controls.py --store` puts them there.

    Parameters
    ----------
    name : str
        One of `CONTROLS`.
    """
    control, recipe, embedded = CONTROLS[name], RECIPES[RECIPE], load_connectome()
    parameters = {}
    for seed in range(SEEDS if control.seeded else 1):
        connectome = control.connectome(embedded, seed)
        if control.start is None:
            parameters[f"{seed:03}"] = read_parameters(
                folder_of(name) / f"{seed:03}.json", connectome
            )
        else:
            parameters[f"{seed:03}"] = control.start(recipe, connectome, seed)
    return Models(parameters, recipe.reads(embedded))


def without_prior() -> Models:
    """Return `Parameters.uniform`: "untrained", but T4 and T5 begin at grey as all types do."""
    embedded = load_connectome()
    start = Parameters.uniform(embedded)
    return Models({"000": start}, RECIPES[RECIPE].reads(embedded))


def folder_of(name: str) -> Path:
    """Return where the fitted parameters of a control are in the box.

    Parameters
    ----------
    name : str
    """
    return Path(str(files("neuroflysim.scoreboard") / "controls" / name_of(name)))


def _kind(control: Control) -> str:
    return "control" if control.fitted else "no fit"


def _seen(control: Control) -> str:
    if not control.fitted:
        return "nothing"
    return f"{control.task} of moving textures"
