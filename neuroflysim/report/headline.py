"""The headline numbers of the paper, as a table and a picture of the report."""

from __future__ import annotations

import pandas as pd
from attrs import frozen

from neuroflysim.plotting import plot_validation
from neuroflysim.report.pictures import Picture, picture
from neuroflysim.report.rounding import ranged, rounded

#: What is told of a number whose model was fitted to what it is judged by.
FITTED = "; fitted, so that it judges nothing"


@frozen
class HeadlineRow:
    """One number: of the models, of the untrained start, and as published of flyvis."""

    name: str
    meaning: str
    model: str
    start: str
    flyvis: str
    source: str


@frozen
class Headline:
    """All of them."""

    rows: list[HeadlineRow]
    with_model: bool
    picture: Picture


def headline(table: pd.DataFrame) -> Headline:
    """Lay out what `neuroflysim.validate` returns.

    Parameters
    ----------
    table : DataFrame

    Returns
    -------
    Headline
    """
    rows = [
        HeadlineRow(
            name=name,
            meaning=row["meaning"] + (FITTED if row.get("fitted", False) else ""),
            model=ranged(row["model"], row["model_min"], row["model_max"]),
            start=rounded(row["untrained_start"]),
            flyvis=ranged(row["flyvis"], row["flyvis_min"], row["flyvis_max"]),
            source=row["flyvis_source"] if isinstance(row["flyvis_source"], str) else "",
        )
        for name, row in table.iterrows()
    ]
    drawn = plot_validation(table)[0].figure
    return Headline(
        rows,
        with_model=bool(table["model"].notna().any()),
        picture=picture(drawn, "The headline numbers of models, untrained start and flyvis"),
    )
