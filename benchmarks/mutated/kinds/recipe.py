"""A recipe as JSON, which ``neuroflysim fit --recipe`` takes."""

from __future__ import annotations

import json

from mutated import plain
from mutated.kinds.kind import Kind
from mutated.plain import is_number, require
from neuroflysim.cli.fit_words import recipe_named
from neuroflysim.fit.recipe import RECIPES, Recipe

NAME = "recipe.json"
TWO = RECIPES["flow"]


def _make(folder) -> None:
    (folder / NAME).write_text(json.dumps(TWO.to_dict(), indent=1) + "\n", encoding="utf-8")


def _read(path):
    return recipe_named(str(path)).to_dict()


#: Keys of a recipe that may be left out, and what holds then.
_USUAL = {
    name: value
    for name, value in Recipe(
        readout="all", pooling=1, stages=(RECIPES["flow"].stages[0],)
    ).to_dict().items()
    if name not in ("readout", "pooling", "stages")
}  # fmt: skip
_USUAL_STAGE = {
    "contrast": [0.12, 0.35],
    "brightness": [0.5, 0.5],
    "covariance": "diagonal",
    "search": "cma",
}
_LEAST = {"pooling": 0, "size": 1, "textures": 2, "directions": 1}
_POSITIVE = ("activity_weight", "prior_weight", "unrest_weight", "sparseness_weight", "pixel_noise")


def _range(values, least: float) -> bool:
    return (
        isinstance(values, list)
        and len(values) == 2
        and all(map(is_number, values))
        and least <= values[0] <= values[1]
    )


def is_whole(value) -> bool:
    """Return whether a value of a document is a whole number."""
    return is_number(value) and value == int(value)


def understood(document: dict) -> dict:
    """Return what a recipe says, the usual where it says nothing."""
    document = document.get("recipe", document)
    require(isinstance(document, dict), "no block of keys")
    require({"readout", "pooling", "stages"} <= document.keys(), "a key is missing")
    require(document.keys() <= {"readout", "pooling", "stages", *_USUAL}, "an unknown key")
    recipe = json.loads(json.dumps(_USUAL)) | document
    for name, least in _LEAST.items():
        require(is_whole(recipe[name]) and recipe[name] >= least, name)
    for name in _POSITIVE:
        require(is_number(recipe[name]) and recipe[name] >= 0, name)
    for name in ("motion_voltage", "other_voltage"):
        require(is_number(recipe[name]), name)
    require(is_number(recipe["readout_noise"]) and recipe["readout_noise"] > 0, "readout_noise")
    require(recipe["readout"] in ("all", "T4 and T5"), "readout")
    require(recipe["task"] == "flow" or recipe["task"] in _tasks(), "task")
    require(_range(recipe["speeds"], 1e-3), "speeds")
    require(isinstance(recipe["stages"], list) and len(recipe["stages"]) > 0, "no stages")
    recipe["stages"] = [_stage(stage) for stage in recipe["stages"]]
    return recipe


def _tasks():
    from neuroflysim.fit.tasks import TASKS

    return TASKS


def _stage(stage) -> dict:
    names = {"evaluations", "population", "step_size"}
    require(isinstance(stage, dict), "a stage is no block of keys")
    require(names <= stage.keys() <= names | _USUAL_STAGE.keys(), "keys of a stage")
    stage = _USUAL_STAGE | stage
    require(is_whole(stage["evaluations"]) and stage["evaluations"] >= 1, "evaluations")
    require(is_whole(stage["population"]) and stage["population"] >= 4, "population")
    require(is_number(stage["step_size"]) and stage["step_size"] > 0, "step_size")
    require(_range(stage["contrast"], 0) and _range(stage["brightness"], 0), "a range")
    require(stage["brightness"][1] <= 1, "brightness")
    return stage


def _expected(folder, original, mutation):
    return understood(plain.json_of(folder / NAME))


KINDS = [
    Kind(
        name="recipe",
        title="recipe JSON",
        make=_make,
        forms={NAME: "json"},
        main=NAME,
        read=_read,
        expected=_expected,
    )
]
