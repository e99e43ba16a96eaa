"""Collect the fits of several seeds into an ensemble, with what each model is worth.

    python benchmarks/collect_ensemble.py results/fit/flow flow

reads results/fit/flow/000, 001, ... as `neuroflysim fit --seeds` writes them, measures each model
that is stable (headline numbers and task score at extent 15: about 15 core-seconds a model) and
writes neuroflysim/ensembles/flow. All fits of the folder are taken: no model is chosen.
"""

import argparse
from pathlib import Path

import pandas as pd

import neuroflysim as nfs
from neuroflysim.ensembles import rounded, write_ensemble
from neuroflysim.ensembles.writing import free
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.folder import is_finished, read
from neuroflysim.fit.problem import start_voltage
from neuroflysim.fit.recipe import Recipe
from neuroflysim.fit.record import RECORD, read_record
from neuroflysim.flow import Readout
from neuroflysim.validation.measures import START, validation_measures
from neuroflysim.validation.summary import numbers_by_model, plain

BOX = Path(nfs.__file__).parent / "ensembles"
SELECTION = (
    "None of the recordings enters a fit, or the choice of a model: seeds were fixed in advance,"
    " and all fits are here; those that failed the stability check are in the table, without"
    " parameters."
    " While the recipe was developed, agreement with recordings and the score on the photographs in"
    " the box were seen beside the score on held-out worlds."
)


def records_of(folder: Path) -> dict[str, dict]:
    """Return the records of the fits in a folder by name, all of one recipe, none missing."""
    folders = sorted(path for path in Path(folder).iterdir() if path.is_dir())
    unfinished = [path.name for path in folders if not is_finished(path)]
    if unfinished or not folders:
        what = f"the fits {', '.join(unfinished)} are not finished" if folders else "there is none"
        raise InvalidValueError(f"{folder} must hold finished fits, but {what}.")
    records = {path.name: read_record(path / RECORD) for path in folders}
    seeds = sorted(record["seed"] for record in records.values())
    if seeds != list(range(len(seeds))):
        raise InvalidValueError(f"{folder} has the seeds {seeds}, but must have 0, 1, ..., all.")
    first, *others = records
    for name in others:
        for what in ("recipe", "connectome", "versions"):
            if records[name][what] != records[first][what]:
                raise InvalidValueError(f"the fits {first} and {name} differ in {what}.")
    return records


def table_of(records: dict[str, dict]) -> pd.DataFrame:
    """Return one row a fit, the failed ones too."""
    stability = [record["stability"] for record in records.values()]
    table = pd.DataFrame(
        {
            "seed": [record["seed"] for record in records.values()],
            "stable": [found["stable"] for found in stability],
            "failure": ["" if found["stable"] else found["reason"] for found in stability],
        },
        index=list(records),
    )
    for word in ("r2", "evaluations", "core_seconds"):
        table[word] = [record[word] for record in records.values()]
    return table


def prior_knowledge(recipe: Recipe) -> str:
    """Tell what the start contains beside the connectome."""
    text = (
        "Weights at the start are proportional to synapse counts: the strengths of all connections"
        " onto a type are equal, so large that the weights onto a cell sum up to 2 (photoreceptors:"
        " 0.2) in magnitude; time constants are 50 ms."
    )
    if recipe.motion_voltage == recipe.other_voltage:
        return f"{text} All cell types have the same voltage at grey, {recipe.other_voltage:g}."
    return (
        f"{text} T4 and T5 have a voltage of {recipe.motion_voltage:g} at grey and all other types"
        f" one of {recipe.other_voltage:g}: this was set by hand."
    )


def collect(folder: Path, target: Path, extent: int = 15) -> Path:
    """Read fits, measure them, and write the ensemble."""
    free(target)  # before minutes of measuring
    records = records_of(folder)
    table = table_of(records)
    connectome = nfs.load_connectome()
    recipe = Recipe.from_dict(next(iter(records.values()))["recipe"])
    names = list(table.index[table["stable"]])
    models = {name: rounded(read(Path(folder) / name, connectome)[0]) for name in names}
    readout = recipe.reads(connectome)
    voltage = pd.Series(start_voltage(recipe, connectome), connectome.cell_types.index)
    start = rounded(nfs.Parameters.uniform(connectome, grey_voltage=voltage))
    numbers = measured(models, extent, readout, start)
    return write_ensemble(
        target,
        models,
        table.join(numbers.drop(index=START)),
        start=start,
        recipe=recipe.to_dict(),
        readout=readout,
        prior_knowledge=prior_knowledge(recipe),
        selection=SELECTION,
        versions=next(iter(records.values()))["versions"],
        measured_at_extent=extent,
        untrained=plain(numbers.loc[START]),
    )


def measured(
    models: dict[str, nfs.Parameters], extent: int, readout: Readout, start: nfs.Parameters
) -> pd.DataFrame:
    """Return the numbers of models by name, and of their untrained start."""
    measures = validation_measures(
        list(models.values()),
        lattice=nfs.Lattice(extent=extent),
        task=True,
        readout=readout,
        start=start,
        names=list(models),
    )
    return numbers_by_model(measures)


def main():
    """Collect what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fits", type=Path, help="folder of fits: 000, 001, ...")
    parser.add_argument("name", help="of the ensemble")
    parser.add_argument("--into", type=Path, default=BOX, help="where ensembles lie")
    chosen = parser.parse_args()
    print(nfs.load_ensemble(collect(chosen.fits, chosen.into / chosen.name)))


if __name__ == "__main__":
    main()
