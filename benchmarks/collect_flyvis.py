"""Make the ensemble of flyvis' published models, with what each is worth here.

    pip download --no-deps flycns==0.7.0
    python benchmarks/collect_flyvis.py flycns-0.7.0-py3-none-any.whl

reads the wheel (nothing of it is imported), asks of each model whether it is stable as of ours,
measures it (headline numbers and task score at extent 15: about 15 core-seconds a model), and
writes neuroflysim/ensembles/flyvis. All 50 models are taken.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import neuroflysim as nfs
from collect_ensemble import BOX, measured
from flyvis_wheel import FOLDER, LICENSE, SHA256, WHEEL, models_of, read_wheel
from neuroflysim._version import __version__
from neuroflysim.ensembles import write_ensemble
from neuroflysim.ensembles.writing import free
from neuroflysim.fit.stability import check_stability
from neuroflysim.flow import Readout
from neuroflysim.flow.readout import output_types
from neuroflysim.parameters.starts import strengths_by_mean_count
from neuroflysim.validation.measures import START
from neuroflysim.validation.summary import plain

NAME = "flyvis"
FITTED = (
    "By their authors, to the optic flow of Sintel's movies, by gradients through time (PyTorch)."
    " Flow was read out by a decoder network that was trained with each model and is no part of"
    " what is here."
)
PRIOR = (
    "All 50 began with the same parameters, their authors say: time constants of 50 ms; strengths"
    " of 0.01 over the mean synapse count of a connection, over its pairs at extent 15; resting"
    " potentials that were drawn once from a normal distribution, mean 0.5 and standard deviation"
    " 0.05 in the code. Which were drawn is not published, and depends on the machine. So the start"
    " here has the mean, 0.5, for all types: it is theirs without its random part."
)
SELECTION = (
    "All 50 models of flow/0000 are here, in the order of their published validation error, the"
    " best one first. None was fitted or chosen here. The check of stability is that of our fits:"
    " those that do not pass it are told in the table, and keep their parameters, for their authors"
    " published them. Recordings entered no fit."
)
SCORE = (
    "The task score is that of a linear readout of ours, fitted to the voltages of each model on"
    " our clips. It is not the score that their authors give: other scenes, another readout."
)
OFFSETS = (
    "Lawf1 -> Lawf1 has the strength 0: flyvis has none, because the connection joins no two cells"
    " of the lattice. It, and 22 offsets of Lawf2 -> Lawf2 that join none either, are the 23"
    " offsets that are in the tables here and not in theirs; they change no voltage."
)
CITATION = (
    "Lappalainen et al., Connectome-constrained networks predict neural activity across the fly"
    " visual system, Nature 634, 1132-1140 (2024)"
)


def start_of(connectome) -> nfs.Parameters:
    """Return what all starts of flyvis have in common."""
    return nfs.Parameters.from_tables(
        connectome,
        time_constant=dict.fromkeys(connectome.cell_types.index, 0.05),
        resting_potential=0.5,
        synapse_strength=strengths_by_mean_count(connectome, nfs.Lattice(extent=15), scale=0.01),
    )


def table_of(models: dict[str, nfs.Parameters], extent: int) -> pd.DataFrame:
    """Return one row a model: its place, and whether it is stable."""
    rows = {}
    for place, (name, parameters) in enumerate(models.items()):
        found = check_stability(parameters, lattice=nfs.Lattice(extent=extent))
        failure = "" if found.stable else found.reason
        rows[name] = {"place": place, "stable": found.stable, "failure": failure}
        print(f"{name}: {found.reason}", flush=True)
    return pd.DataFrame.from_dict(rows, orient="index")


def source_of(wheel) -> dict:
    """Return from where the models come, for the record."""
    return {
        "what": "the pretrained models flow/0000 of flyvis 1.2.0",
        "distribution": "flycns 0.7.0 of PyPI",
        "folder": FOLDER,
        "wheel": WHEEL,
        "wheel_sha256": SHA256,
        "arrays_sha256": wheel.checksums,
        "license": f"MIT, see {LICENSE}",
        "copyright": wheel.license.split("\n\n")[1],
        "citation": CITATION,
        "doi": "10.1038/s41586-024-07939-3",
        "converted_by": f"python benchmarks/collect_flyvis.py {WHEEL}",
    }


def collect(path: Path, target: Path, extent: int = 15, most: int | None = None) -> Path:
    """Read the wheel, measure its models, and write the ensemble.

    Parameters
    ----------
    path : path-like
        Of the wheel.
    target : path-like
        The folder to write.
    extent : int
        At which the models are measured.
    most : int, optional
        Take the first models only, for a trial.
    """
    free(target)  # before minutes of measuring
    wheel, connectome = read_wheel(path), nfs.load_connectome()
    models = dict(list(models_of(wheel, connectome).items())[:most])
    start, readout = start_of(connectome), Readout(cell_types=output_types(connectome))
    table = table_of(models, extent)
    numbers = measured(models, extent, readout, start)
    n_stable = int(table["stable"].sum())
    write_ensemble(
        target,
        models,
        table.join(numbers.drop(index=START)),
        start=start,
        recipe=None,
        readout=readout,
        digits=None,
        source=source_of(wheel),
        fitted=FITTED,
        prior_knowledge=PRIOR,
        selection=SELECTION,
        stability=f"{n_stable} of {len(table)} pass the check of stability of our fits.",
        task_score=SCORE,
        offsets=OFFSETS,
        values="Decimals with as few digits as give flyvis' float32 values back, all of them.",
        versions={"neuroflysim": __version__, "numpy": np.__version__},
        measured_at_extent=extent,
        untrained=plain(numbers.loc[START]),
    )
    (Path(target) / LICENSE).write_text(wheel.license, encoding="utf-8")
    return Path(target)


def main():
    """Collect what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help=WHEEL)
    parser.add_argument("--into", type=Path, default=BOX, help="where ensembles lie")
    chosen = parser.parse_args()
    print(nfs.load_ensemble(collect(chosen.wheel, chosen.into / NAME)))


if __name__ == "__main__":
    main()
