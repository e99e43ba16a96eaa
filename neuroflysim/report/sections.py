"""What stands in the section of one study."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from attrs import frozen

from neuroflysim.experiments.judging.agreement import OF_GROUPS
from neuroflysim.experiments.study import Experiment, Measure, Study
from neuroflysim.plotting import plot_curves, plot_thumbnail, plot_values
from neuroflysim.plotting.comparison import curve_coordinate
from neuroflysim.plotting.saving import figure_of
from neuroflysim.report.pictures import Picture, picture
from neuroflysim.report.rounding import NOTHING, fixed, ranged
from neuroflysim.report.study_text import told_flies

#: How the kinds of agreement are told.
KINDS = {
    "sign": "same sign",
    "circular": "cosine of the distance",
    "ratio": "ratio",
    "correlation": "correlation",
    "rank": "rank correlation",
    "threshold": "same side of a threshold",
    "range": "in the range that the word means",
}


@frozen
class Row:
    """A measurement beside the model's value, as text."""

    cell_type: str
    condition: str
    fly: str
    model: str
    agreement: str
    n: str
    strict: bool
    fitted: bool  #: whether a model was fitted to it, or to the like of it
    beside: str  #: the measure of the proxy, of a row of HS or VS that repeats its finding
    support: str
    locator: str
    remark: str
    place: str  #: file and line


@frozen
class MeasureBlock:
    """One measure of a study: its rows, a picture, and how it is compared or why it is not."""

    name: str
    told: str
    why_not: str
    rows: list[Row]
    picture: Picture | None = None
    with_marks: bool = False  #: whether the picture has diamonds, bands and dots


@frozen
class Shown:
    """An experiment: what is shown to the model, and what the model answers."""

    experiment: Experiment
    parameters: str
    perturbed: str  #: what was done to which flies; empty if all are intact
    thumbnail: Picture
    traces: Mapping[str, Picture]  #: by the name of the fly


@frozen
class Section:
    """All of one study."""

    study: Study
    score: dict[str, float]
    shown: list[Shown]
    compared: list[MeasureBlock]
    not_replayed: list[MeasureBlock]

    @property
    def fitted(self) -> bool:
        """Whether a model was fitted to one of its rows."""
        return any(row.fitted for block in self.compared for row in block.rows)


def section(
    study: Study,
    table: pd.DataFrame,
    score: Mapping[str, float],
    traces: Mapping[tuple[str, str], Mapping[str, Picture]],
    thumbnails: dict,
) -> Section:
    """Collect what the report says of one study.

    Parameters
    ----------
    study : Study
    table : DataFrame
        Its rows of `neuroflysim.compare`.
    score : mapping
        Its row of `neuroflysim.scores`; n_rows 0 where it has no measurement.
    traces : mapping of (study, experiment) to mapping of str to Picture
        Of each fly.
    thumbnails : dict
        Pictures of experiments by what they show; filled in here, shared between studies.

    Returns
    -------
    Section
    """
    blocks = [_block(study, name, rows) for name, rows in table.groupby("measure", sort=False)]
    asked = [measure.experiment for measure in study.measures.values()]
    shown = [
        Shown(
            experiment,
            "; ".join(f"{key} {_written(value)}" for key, value in experiment.parameters.items()),
            told_flies(experiment),
            _thumbnail(experiment, thumbnails),
            traces.get((study.key, name), {}),
        )
        for name, experiment in study.experiments.items()
        if name in asked
    ]
    return Section(
        study,
        dict(score),
        shown,
        [block for block in blocks if not block.why_not],
        [block for block in blocks if block.why_not],
    )


def _block(study: Study, name: str, rows: pd.DataFrame) -> MeasureBlock:
    measure = study.measures.get(name)
    placed = {study.place(row): row for row in study.measurements}
    lines = [_row(row, placed[row["row"]]) for _, row in rows.iterrows()]
    if measure is None:
        return MeasureBlock(name, "", study.not_replayed.get(name, "no reason is given"), lines)
    return MeasureBlock(name, _told(measure), "", lines, *_drawn(measure, rows))


def _told(measure: Measure) -> str:
    arguments = ", ".join(f"{key} {_written(value)}" for key, value in measure.arguments.items())
    over = f" over {measure.agreement.over.replace('_', ' ')}" if measure.agreement.over else ""
    at = f" at {measure.agreement.at:g}" if measure.agreement.at is not None else ""
    meant = ", ".join(f"{word} {text}" for word, text in measure.agreement.ranges.items())
    asked = f"{measure.function}{f' ({arguments})' if arguments else ''} of {measure.experiment}"
    if measure.against is not None:
        link = "divided by" if measure.against.by == "ratio" else "minus"
        asked += f", {link} that of the fly {measure.against.perturbation}"
    kind = KINDS[measure.agreement.kind]
    told = f"{asked}; agreement: {kind}{over}{at}{f': {meant}' if meant else ''}"
    if measure.beside:
        told += f"; HS and VS of the circuit lobula_plate beside {measure.beside}, in no score"
    return told


def _row(row: pd.Series, measurement) -> Row:
    unit = "" if row["unit"] in ("", "1") else f" {row['unit']}"
    spread = f" ({row['spread']})" if row["spread"] else ""
    compared = pd.notna(row["agreement"])
    model = ranged(row["model"], row["model_min"], row["model_max"])
    if model == NOTHING:
        model = "no such value" if compared else "not asked"
    return Row(
        cell_type=row["cell_type"],
        condition=row["condition"].replace("=", " ").replace(";", ","),
        fly=f"{row['fly']}{unit}{spread}",
        model=f"{model}{unit}" if pd.notna(row["model"]) else model,
        agreement=fixed(row["agreement"]),
        n="" if pd.isna(row["n"]) else str(row["n"]),
        strict=bool(row["strict"]),
        fitted=bool(row["fitted"]),
        beside=str(row["beside"]).replace("_", " "),
        support=row["support"],
        locator=measurement.locator,
        remark=measurement.remark,
        place=row["row"],
    )


def _drawn(measure: Measure, rows: pd.DataFrame) -> tuple[Picture, bool]:
    """Draw fly and model; tell whether the marks of it need a word."""
    over = curve_coordinate(rows)
    told = f"{measure.name} of the fly beside the model"
    if over is None:
        return picture(figure_of(plot_values(rows, measure.agreement)), told), True
    axes = plot_curves(rows, over, relative=measure.agreement.kind in OF_GROUPS)
    return picture(axes.flat[0].figure, f"{told}, over {over}"), False


def _thumbnail(experiment: Experiment, known: dict) -> Picture:
    if experiment.shown not in known:
        axes = plot_thumbnail(experiment.build())
        known[experiment.shown] = picture(axes[0].figure, f"The stimulus, {experiment.protocol}")
    return known[experiment.shown]


def _written(value) -> str:
    """Return a parameter as it stands in study.yaml; long lists by their ends."""
    if not isinstance(value, list):
        return str(value)
    listed = [
        _written(part) if not isinstance(part, list) else f"({_written(part)})" for part in value
    ]
    if len(listed) > 8:
        listed = [*listed[:3], "…", listed[-1]]
    return ", ".join(listed)
