"""A study as text."""

from __future__ import annotations

import textwrap
from collections import Counter

from neuroflysim.experiments import Study


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
        lines += textwrap.wrap(experiment.as_used, 96, initial_indent="  ", subsequent_indent="  ")
    if study.measures:
        lines.append("\nmeasures (rows, experiment, function, agreement):")
    for word, measure in study.measures.items():
        how = f"{measure.experiment}, {measure.function}, {measure.agreement.kind}"
        lines.append(f"  {word}: {counts[word]}, {how}")
    if study.not_replayed:
        lines.append("\nnot replayed:")
    lines += [f"  {word}: {why}" for word, why in study.not_replayed.items()]
    return "\n".join(lines)
