"""The command that fits the free parameters to the task."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroflysim.choices import RECIPE_NAMES
from neuroflysim.cli import completion
from neuroflysim.cli.options import (
    AsJson,
    Cluster,
    Folder,
    Processes,
    at_least,
    folder_to_make,
)
from neuroflysim.errors import InvalidValueError

if TYPE_CHECKING:
    from neuroflysim.fit import Fit

#: Exit code of a program that Ctrl-C stopped.
INTERRUPTED = 130

PICTURE = "learning_curve.png"


def fit(
    recipe: Annotated[
        str | None,
        typer.Argument(
            help=f"Fit by this recipe: {', '.join(RECIPE_NAMES)}, or a .json file that holds one."
            " Without it flow is taken.",
            autocompletion=completion.recipes,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            callback=at_least(0),
            help="Take this seed, on which the result depends as on the recipe. Without it the seed"
            " is 0.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the result into this folder. Without it that is results/fit/RECIPE/SEED.",
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
            help="Take this many evaluations in all stages together, not those of the recipe.",
        ),
    ] = None,
    population: Annotated[
        int | None,
        typer.Option(
            callback=at_least(1),
            help="Take this many candidates in a generation, not those of the recipe.",
        ),
    ] = None,
    processes: Processes = None,
    cluster: Cluster = None,
    seeds: Annotated[
        str | None,
        typer.Option(help="Make several fits, one in each process: 0:20 (without 20) or 0,3,5."),
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
    from neuroflysim.cli.fit_words import (
        model_in_the_box,
        recipe_named,
        seeds_named,
        with_budget,
    )
    from neuroflysim.connectome import load_connectome

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
        chosen, seed, expected = model_in_the_box(reproduce, loaded)
        name = f"reproduced/{reproduce}"
    else:
        recipe = "flow" if recipe is None else recipe
        seed = 0 if seed is None else seed
        chosen = with_budget(recipe_named(recipe), evaluations, population)
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
            _fit_several(chosen, seeds_named(seeds), out, options, as_json)
        else:
            _fit_one(chosen, seed, out, options, as_json, expected)
    except KeyboardInterrupt:
        again = command if resume else f"{command} --resume"
        typer.echo(f"\nStopped. {out} holds all that was done. To go on:\n  {again}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _fit_one(recipe, seed, out, options, as_json, expected) -> None:
    from neuroflysim.cli.fit_words import difference
    from neuroflysim.cli.output import print_json
    from neuroflysim.fit.run import fit as run

    result = run(recipe, seed, out, **options)
    _draw({"": result.learning_curve}, out)
    same = None if expected is None else difference(result, expected)
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
    from neuroflysim.cli.output import print_json
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
    import numpy as np

    record = result.record
    name = result.score_name
    repeats = np.array(record[f"{name}_repeats"], dtype=float)  # NaN for None
    what = "R2 of flow on fresh worlds" if name == "r2" else name.replace("_", " ")
    typer.echo(f"{what:<27} {result.score:.3f} ± {np.std(repeats):.3f}")
    typer.echo(f"evaluations                 {record['evaluations']}")
    typer.echo(
        f"time                        {record['seconds']:.0f} s,"
        f" {record['core_seconds']:.0f} s of cores"
    )
    typer.echo(f"stability                   {record['stability']['reason']}")
    if not result.stable:
        typer.echo("This model failed: it is no model to be used.")


def _draw(curves: dict, out: Path) -> None:
    from neuroflysim.cli.output import save_picture
    from neuroflysim.plotting import plot_learning_curve

    one = curves.get("") if list(curves) == [""] else None
    save_picture(plot_learning_curve(curves if one is None else one), out / PICTURE)
