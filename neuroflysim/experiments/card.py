"""What a notebook shows of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroflysim.notebook import card, table

if TYPE_CHECKING:
    from neuroflysim.experiments.study import Study


def study_card(study: Study) -> str:
    """Return HTML: who measured what, with which stimuli, and what the model can be asked.

    Parameters
    ----------
    study : Study
    """
    strict = sum(row.strict for row in study.measurements)
    facts = {
        "method": study.method,
        "signal": study.signal.kind,
        "cell types": ", ".join(study.cell_types),
        "measurements": f"{len(study.measurements)}, {strict} of them in the strict score",
        "not replayed": len(study.not_replayed) or None,
        "sources": study.sources,
    }
    experiments = [
        (one.name, one.protocol, ", ".join(one.perturbations)) for one in study.experiments.values()
    ]
    measures = [(one.name, one.experiment, one.agreement.kind) for one in study.measures.values()]
    parts = [
        table(["experiment", "protocol", "perturbed flies"], experiments) if experiments else "",
        table(["measure", "experiment", "agreement"], measures) if measures else "",
    ]
    return card(f"Study {study.key}", facts, parts, str(study.citation))
