"""What the words of `neuroflysim fit` mean: recipes, seeds, and models to fit anew."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import typer

from neuroflysim.cli.arguments import made_protocol
from neuroflysim.cli.recorded_trials import recorded_trials
from neuroflysim.connectome import Connectome
from neuroflysim.ensembles import load_ensemble, rounded
from neuroflysim.errors import InvalidValueError
from neuroflysim.files.sealed import SEAL, require_unchanged
from neuroflysim.files.strict_json import read_json
from neuroflysim.fit.identity import versions_here
from neuroflysim.fit.objectives import RecordingObjective
from neuroflysim.fit.recipe import Recipe, named_recipe
from neuroflysim.fit.result import Fit
from neuroflysim.parameters import Parameters


def recipe_named(text: str) -> Recipe:
    """Return a recipe by its name, or from a file that holds one."""
    path = Path(text)
    if path.suffix != ".json":
        return named_recipe(text)
    content, where = read_json(path), str(path)
    if "recipe" not in content:
        return Recipe.from_dict(content, where)
    if content["recipe"] is None:  # an ensemble of models that others fitted
        raise InvalidValueError(f"{path} tells no recipe: its models were not fitted by one.")
    if SEAL in content:  # a fit.json, or the record of an ensemble
        try:
            require_unchanged(path, content)
        except InvalidValueError as error:
            raise InvalidValueError(
                f'{error} To change its recipe, write what stands under "recipe" to a file of its'
                " own."
            ) from None
    return Recipe.from_dict(content["recipe"], f"{where}: recipe")


def is_recording(text: str) -> bool:
    """Return whether what is to be fitted to is a file, and none that holds a recipe."""
    return Path(text).suffix not in ("", ".json")


def recording_named(
    text: str,
    protocol: str | None,
    settings: list[str] | None,
    measure: str,
    cell_type: str | None,
    connectome: Connectome,
) -> RecordingObjective:
    """Return the objective of a recording in a file, and of the protocol that was shown."""
    if protocol is None:
        raise InvalidValueError(f"{text} is a recording: say what was shown (--protocol).")
    shown = made_protocol(protocol, settings)
    recording = recorded_trials(text, shown, cell_type, connectome)
    return RecordingObjective(recording, shown, measure=measure, connectome=connectome)


def seeds_named(text: str) -> list[int]:
    """Return seeds that are written like 0:20 or 0,3,5."""
    if match := re.fullmatch(r"(\d+):(\d+)", text):
        seeds = list(range(int(match[1]), int(match[2])))
    elif re.fullmatch(r"\d+(,\d+)*", text):
        seeds = [int(word) for word in text.split(",")]
    else:
        seeds = []
    if not seeds:
        raise InvalidValueError(f"--seeds is {text!r}, but must be like 0:20 or 0,3,5.")
    return seeds


def model_in_the_box(text: str, connectome: Connectome) -> tuple[Recipe, int, Parameters]:
    """Return recipe, seed and parameters of a model in the box."""
    name, slash, model = text.rpartition("/")
    if not slash:
        raise InvalidValueError(f"--reproduce is {text!r}, but must be like flow/007.")
    ensemble = load_ensemble(name, connectome)
    expected = ensemble[model]
    recipe = Recipe.from_dict(ensemble.recipe, f"the recipe of {name}")
    here = versions_here()
    versions = ensemble.record.get("versions", {})
    made = {name: was for name, was in versions.items() if here.get(name) != was}
    if made:
        was, now = (", ".join(f"{k} {v.get(k, '-')}" for k in made) for v in (made, here))
        typer.echo(
            f"{text} was fitted with {was}; here is {now}. The last digits may differ, and a search"
            " enlarges what differs.",
            err=True,
        )
    return recipe, int(ensemble.table.loc[model, "seed"]), expected


def difference(result: Fit, expected: Parameters) -> float:
    """Return the largest relative difference from rounded parameters."""
    found, known = rounded(result.parameters).to_vector(), expected.to_vector()
    return float(np.max(np.abs(found - known) / np.maximum(np.abs(known), 1e-12)))
