"""Fit and judge models with FlyWire's synapse counts: docs/connectome_variants.md.

The counts are no part of the package: the table is given as a file, of synapses per target cell by
source and target type (columns src, tar, flywire), another one of pairs that the embedded tables
lack (src, tar, per_target). Takes an hour; it may be stopped at any time, and goes on within the
fit where it was when it is run again:

    python benchmarks/flywire_counts.py --counts flyvis_vs_flywire_counts.csv.gz \\
        --pairs flywire_pairs_flyvis_lacks.csv.gz
    python benchmarks/flywire_counts.py --counts ... --pairs ... --collect   # only the table
"""

import argparse
from functools import partial
from pathlib import Path

import pandas as pd

import many_fits
import neuroflysim as nfs
from many_fits import Job
from neuroflysim.fit.controls import untrained
from neuroflysim.fit.recipe import RECIPES

FLOW = RECIPES["flow_short"]

#: What is judged, and what it is; all but the first have FlyWire's counts.
VARIANTS = {
    "embedded": "models of the box, fitted on the embedded connectome",
    "carried": "the same models, with the counts changed after the fit",
    "untrained": "where a fit begins, with the counts",
    "counts": "fitted with the counts of pairs that both have",
    "counts and pairs": "fitted with these; pairs that FlyWire has not are dropped, others added",
}

#: Of how many synapses per target cell fewer is none.
LEAST = 0.2

#: Types whose connections have both signs in the embedded tables, and what their transmitter says.
SIGN_OF_SOURCE = {"C2": -1, "C3": -1}


def main() -> None:
    """Run what is missing, then write the table."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.collect:
        job = partial(run, counts=options.counts, pairs=options.pairs)
        many_fits.run_all(jobs(options), job, options.jobs)
    many_fits.collect("flywire_variant", jobs(options), options.figures)


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = many_fits.parser_of(__doc__, "variants", VARIANTS)
    parser.set_defaults(folder=many_fits.ROOT / "results" / "flywire_counts")
    parser.add_argument("--counts", type=Path, required=True, help="CSV: src, tar, flywire")
    parser.add_argument("--pairs", type=Path, required=True, help="CSV: src, tar, per_target")
    return parser.parse_args(words)


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return all models, variant by variant; where a fit begins depends on no seed."""
    recipe = FLOW if options.evaluations is None else FLOW.with_evaluations(options.evaluations)
    listed = many_fits.jobs_of(options, options.variants, lambda name: recipe)
    listed = [job for job in listed if job.name != "untrained" or job.seed == 0]
    return sorted(listed, key=lambda job: options.variants.index(job.name))


def connectome_of(variant: str, counts: Path, pairs: Path) -> nfs.Connectome:
    """Return the connectome of a variant.

    Parameters
    ----------
    variant : str
        One of `VARIANTS`.
    counts, pairs : Path
        The tables.
    """
    embedded = nfs.load_connectome()
    if variant == "embedded":
        return embedded
    names = {"src": "source_type", "tar": "target_type"}
    table = pd.read_csv(counts).rename(columns={**names, "flywire": "synapse_count"})
    if variant == "counts and pairs":
        few = table["synapse_count"] < LEAST
        table["synapse_count"] = table["synapse_count"].mask(few, 0.0)
    changed = embedded.with_counts(table)
    if variant != "counts and pairs":
        return changed
    more = pd.read_csv(pairs).rename(columns={**names, "per_target": "synapse_count"})
    return changed.with_counts(more.assign(sign=more["source_type"].map(SIGN_OF_SOURCE)))


def run(job: Job, counts: Path, pairs: Path) -> str:
    """Judge one model, fitted before if need be; keep what comes out, and return a line of it."""
    connectome = connectome_of(job.name, counts, pairs)
    record = {}
    if job.name in ("embedded", "carried"):
        parameters = nfs.load_ensemble("flow_short")[f"{job.seed:03}"].carried_to(connectome)
    elif job.name == "untrained":
        parameters = untrained(job.recipe, connectome)
    else:
        result = many_fits.fitted(job, connectome)
        parameters, record = result.parameters, result.record
    told = {"flywire_variant": job.name, "seed": job.seed}
    return many_fits.judged(job, parameters, record, told)


if __name__ == "__main__":
    main()
