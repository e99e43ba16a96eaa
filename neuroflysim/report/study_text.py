"""A study as text."""

from __future__ import annotations

import textwrap
from collections import Counter

import attrs

from neuroflysim.experiments import Study
from neuroflysim.experiments.study import Experiment


def study_summary(study: Study) -> dict:
    """Return the same in the words of JSON, with the measurements as the table has them.

    Parameters
    ----------
    study : Study

    Examples
    --------
    >>> from neuroflysim.experiments import load_study
    >>> study_summary(load_study("behnia2014"))["citation"]["year"]
    2014
    """
    return {
        "study": study.key,
        "citation": attrs.asdict(study.citation),
        "method": study.method,
        "shown": study.stimulus,
        "cell_types": list(study.cell_types),
        "experiments": {
            name: {
                "protocol": one.protocol,
                "parameters": one.parameters,
                "perturbations": one.perturbations,
                "as_used": one.as_used,
            }
            for name, one in study.experiments.items()
        },
        "measures": {
            name: {
                "experiment": one.experiment,
                "function": one.function,
                "against": attrs.asdict(one.against) if one.against else None,
                "beside": one.beside or None,
                "agreement": one.agreement.kind,
            }
            for name, one in study.measures.items()
        },
        "not_replayed": dict(study.not_replayed),
        "measurements": [attrs.asdict(row) for row in study.measurements],
    }


def describe_study(study: Study) -> str:
    """Tell what a study shows to the model, what it asks of it, and what it cannot ask.

    Parameters
    ----------
    study : Study

    Examples
    --------
    >>> from neuroflysim.experiments import load_study
    >>> print(describe_study(load_study("behnia2014")).splitlines()[1])
    method: in vivo whole-cell patch clamp
    """
    counts = Counter(row.measure for row in study.measurements)
    lines = [str(study.citation), f"method: {study.method}", f"shown: {study.stimulus}"]
    for experiment in study.experiments.values():
        lines.append(f"\nexperiment {experiment.name}: protocol {experiment.protocol}")
        lines += [f"  {word}: {value}" for word, value in experiment.parameters.items()]
        if perturbed := told_flies(experiment):
            lines += _folded(f"flies: intact; {perturbed}")
        lines += _folded(experiment.as_used)
    if study.measures:
        lines.append("\nmeasures (rows, experiment, function, agreement):")
    for word, measure in study.measures.items():
        against = measure.against
        compared = f" against {against.perturbation} ({against.by})" if against else ""
        how = f"{measure.experiment}, {measure.function}{compared}, {measure.agreement.kind}"
        how += f"; beside {measure.beside}, in no score" if measure.beside else ""
        lines.append(f"  {word}: {counts[word]}, {how}")
    if study.not_replayed:
        lines.append("\nnot replayed:")
    lines += [f"  {word}: {why}" for word, why in study.not_replayed.items()]
    return "\n".join(lines)


def told_flies(experiment: Experiment) -> str:
    """Tell what is done to which flies; nothing if all are intact.

    Parameters
    ----------
    experiment : Experiment

    Examples
    --------
    >>> from neuroflysim.experiments import load_study
    >>> told_flies(load_study("joesch2010").experiments["moving_edges"])
    'l1_silenced (silence L1); l2_silenced (silence L2)'
    """
    perturbed = [fly for fly in experiment.flies if fly.perturbations]
    return "; ".join(f"{fly.label} ({fly.done})" for fly in perturbed)


def _folded(text: str) -> list[str]:
    return textwrap.wrap(text, 96, initial_indent="  ", subsequent_indent="  ")
