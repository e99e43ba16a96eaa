"""The command that fits the free parameters to the task."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Annotated

import attrs
import numpy as np
import typer

from neuroflysim.cli import completion
from neuroflysim.cli.arguments import (
    AsJson,
    Cluster,
    Folder,
    Processes,
    at_least,
    folder_to_make,
)
from neuroflysim.cli.output import print_json, save_picture
from neuroflysim.connectome import Connectome, load_connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.files.sealed import SEAL, require_unchanged
from neuroflysim.files.strict_json import read_json
from neuroflysim.fit.identity import versions_here
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.fit.run import Fit, named_recipe

#: Exit code of a program that Ctrl-C stopped.
INTERRUPTED = 130

PICTURE = "learning_curve.png"


def fit(
    recipe: Annotated[
        str | None,
        typer.Argument(
            help=f"{', '.join(RECIPES)}, or a file with a recipe (.json); flow without it.",
            autocompletion=completion.recipes,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            callback=at_least(0), help="The result depends on it and on the recipe; 0 without it."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the result; results/fit/RECIPE/SEED without it.",
            metavar="FOLDER",
            parser=folder_to_make,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a fit in the folder was stopped.")
    ] = False,
    other_processor: Annotated[
        bool,
        typer.Option(
            "--other-processor",
            help="Go on with a fit that was begun on another kind of processor, too; it ends"
            " otherwise than it would have there.",
        ),
    ] = False,
    evaluations: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1),
            help="Instead of those of the recipe, in all stages.",
        ),
    ] = None,
    population: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1), help="Candidates of a generation, instead of the recipe's."
        ),
    ] = None,
    processes: Processes = None,
    cluster: Cluster = None,
    seeds: Annotated[
        str | None,
        typer.Option(help="Several fits, one in each process: 0:20 (without 20) or 0,3,5."),
    ] = None,
    reproduce: Annotated[
        str | None,
        typer.Option(
            help="Fit a model in the box anew, for example flow/007, and compare.",
            metavar="MODEL",
            autocompletion=completion.models,
        ),
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Fit the free parameters to the estimation of optic flow.

    \b
    Examples:
      neuroflysim fit flow --seed 0 --out results/my_fit
      neuroflysim fit flow --seed 0 --out results/my_fit --resume
      neuroflysim fit my_recipe.json --seeds 0:4
      neuroflysim fit --reproduce flow/007
    """
    command = shlex.join(["neuroflysim", *sys.argv[1:]])
    loaded = load_connectome(folder)
    expected = None
    if seed is not None and seeds is not None:
        raise InvalidValueError("--seed is for one fit, --seeds for several: leave one out.")
    if reproduce is not None:
        if any(given is not None for given in (recipe, seed, seeds, evaluations, population)):
            raise InvalidValueError(
                "--reproduce takes recipe and seed from the box; leave RECIPE, --seed, --seeds,"
                " --evaluations and --population out."
            )
        chosen, seed, expected = _in_the_box(reproduce, loaded)
        name = f"reproduced/{reproduce}"
    else:
        recipe = "flow" if recipe is None else recipe
        seed = 0 if seed is None else seed
        chosen = _changed(_recipe(recipe), evaluations, population)
        name = Path(recipe).stem if seeds else f"{Path(recipe).stem}/{seed:03d}"
    out = Path("results/fit") / name if out is None else out
    options = {
        "connectome": loaded,
        "processes": processes,
        "cluster": cluster,
        "resume": resume,
        "other_processor": other_processor,
        "command": command,
    }
    try:
        if seeds is not None:
            _fit_several(chosen, _seeds(seeds), out, options, as_json)
        else:
            _fit_one(chosen, seed, out, options, as_json, expected)
    except KeyboardInterrupt:
        again = command if resume else f"{command} --resume"
        typer.echo(f"\nStopped. {out} holds all that was done. To go on:\n  {again}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _fit_one(recipe, seed, out, options, as_json, expected) -> None:
    from neuroflysim.fit.run import fit as run

    result = run(recipe, seed, out, **options)
    _draw({"": result.learning_curve}, out)
    same = None if expected is None else _difference(result, expected)
    if as_json:
        record = result.record if expected is None else {**result.record, "same": same == 0}
        print_json(record)
    else:
        _tell(result)
        if expected is not None:
            typer.echo(
                "The parameters are the same as those in the box."
                if same == 0
                else f"The parameters differ from those in the box, by up to {same:.2g} of a value."
            )
        typer.echo(out)
    if not result.stable or same:
        raise typer.Exit(1)


def _fit_several(recipe, seeds, out, options, as_json) -> None:
    from neuroflysim.fit.several import fit_seeds, table_of

    fits = fit_seeds(recipe, seeds, out, **options)
    for one in fits:
        if one.folder is not None:
            _draw({"": one.learning_curve}, one.folder)
    _draw({f"{one.record['seed']:03d}": one.learning_curve for one in fits}, out)
    if as_json:
        print_json([one.record for one in fits])
    else:
        typer.echo(table_of(fits).round(3).to_string(index=False))
        typer.echo(out)


def _tell(result: Fit) -> None:
    record = result.record
    spread = np.std(np.array(record["r2_repeats"], dtype=float))  # NaN for None
    typer.echo(f"R2 of flow on fresh worlds  {result.r2:.3f} ± {spread:.3f}")
    typer.echo(f"evaluations                 {record['evaluations']}")
    typer.echo(
        f"time                        {record['seconds']:.0f} s,"
        f" {record['core_seconds']:.0f} s of cores"
    )
    typer.echo(f"stability                   {record['stability']['reason']}")
    if not result.stable:
        typer.echo("This model failed: it is no model to be used.")


def _draw(curves: dict, out: Path) -> None:
    from neuroflysim.plotting import plot_learning_curve

    one = curves.get("") if list(curves) == [""] else None
    save_picture(plot_learning_curve(curves if one is None else one), out / PICTURE)


def _recipe(text: str) -> Recipe:
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


def _changed(recipe: Recipe, evaluations: int | None, population: int | None) -> Recipe:
    """Return the recipe with another budget."""
    if evaluations is not None:
        recipe = recipe.with_evaluations(evaluations)
    if population is not None:
        stages = [attrs.evolve(stage, population=population) for stage in recipe.stages]
        recipe = attrs.evolve(recipe, stages=tuple(stages))
    return recipe


def _seeds(text: str) -> list[int]:
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


def _in_the_box(text: str, connectome: Connectome):
    """Return recipe, seed and parameters of a model in the box."""
    from neuroflysim.ensembles import load_ensemble

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


def _difference(result: Fit, expected) -> float:
    """Return the largest relative difference from rounded parameters."""
    from neuroflysim.ensembles import rounded

    found, known = rounded(result.parameters).to_vector(), expected.to_vector()
    return float(np.max(np.abs(found - known) / np.maximum(np.abs(known), 1e-12)))
