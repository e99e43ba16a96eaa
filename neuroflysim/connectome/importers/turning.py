"""Turning a lobe into the model's eye."""

from __future__ import annotations

import numpy as np
import pandas as pd
from attrs import evolve

from neuroflysim.connectome.connectome import Connectome
from neuroflysim.connectome.importers.axes import Axes, Finding, by_anatomy, by_reference, twelve
from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.lobe import Lobe
from neuroflysim.connectome.importers.lobe_map import LobeMap
from neuroflysim.connectome.importers.options import Options
from neuroflysim.errors import InvalidValueError


def turned_lobe(
    lobe: Lobe,
    means: pd.DataFrame,
    reference: Connectome,
    options: Options,
    decisions: Decisions,
) -> tuple[Lobe, pd.DataFrame, Axes]:
    """Return lobe and averages in the model's columns, and the map from the data's p, q.

    Raises
    ------
    InvalidValueError
        If nothing tells how the axes lie.
    """
    base = np.diag([1, -1 if lobe.neighbours == (1, 1) else 1])
    maps = twelve()
    anatomy = by_anatomy(means, maps)
    looks = by_reference(means, reference.offsets, maps)
    if isinstance(options.axes, Axes):
        if options.axes.neighbours != lobe.neighbours:
            raise InvalidValueError(
                f"axes is {options.axes}, of columns whose neighbours differ by"
                f" {options.axes.neighbours}, but those of the data differ by {lobe.neighbours};"
                " give another matrix, or neighbours=."
            )
        chosen, why = Axes(options.axes.matrix @ base), "as asked"
    else:
        finding = _chosen(options.axes, anatomy, looks)
        chosen, why = finding.axes, finding.told
    whole = Axes(chosen.matrix @ base)
    decisions.add("axes", f"{whole}{' (mirrored)' if whole.mirrored else ''}", why)
    for name, other in (("anatomy", anatomy), ("reference", looks)):
        if other is not None and other.told != why:
            same = (other.axes.matrix == chosen.matrix).all()
            told = Axes(other.axes.matrix @ base)
            decisions.add(
                f"axes by {name}",
                f"{'the same' if same else told}{'' if other.clear else ', but not clearly'}",
                other.told,
                warning=bool(other.clear and not same),
            )
    du, dv = chosen.of(means[["du", "dv"]].to_numpy()).T
    turned = evolve(
        lobe,
        column=chosen.of(lobe.column),
        map=LobeMap(chosen.of(lobe.map.columns)),
    )
    return turned, means.assign(du=du, dv=dv), whole


def _chosen(way: str, anatomy: Finding | None, looks: Finding | None) -> Finding:
    asked = {"auto": (anatomy, looks), "anatomy": (anatomy,), "reference": (looks,)}[way]
    for finding in asked:
        if finding is not None and finding.clear:
            return finding
    told = "; ".join(finding.told for finding in asked if finding is not None)
    raise InvalidValueError(
        "nothing tells how the columns p, q lie in the eye"
        + (
            f" ({told})"
            if told
            else ": there are no inputs of T4, and no connection of the reference"
        )
        + ". Say it, as in axes=[[1, 0], [0, -1]] for u = p, v = -q; u grows downwards in the"
        " plotted eye, and v to the right and down (docs/model.md)."
    )
