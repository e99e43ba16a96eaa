"""The cell types of a lobe: how many cells, and with which stride they stand."""

from __future__ import annotations

import numpy as np
import pandas as pd
from attrs import evolve

from neuroflysim.connectome.connectome import Connectome
from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.lobe import Lobe
from neuroflysim.connectome.importers.options import Options
from neuroflysim.connectome.importers.strides import (
    Stride,
    found_stride,
    interior_count,
    share_on_grid,
)
from neuroflysim.errors import InvalidValueError


def type_table(
    lobe: Lobe, reference: Connectome, options: Options, decisions: Decisions
) -> pd.DataFrame:
    """Return the types of a lobe that is turned as the model is.

    Parameters
    ----------
    lobe : Lobe
    reference : Connectome
        Sparse types that it has, too, are compared with it.
    options : Options
    decisions : Decisions

    Returns
    -------
    DataFrame
        cell_type, cells, cells_in_columns, columns_to_a_cell, stride_u, stride_v (missing for types
        that are too sparse for columns), on_grid.
    """
    strange = [name for name in options.strides if name not in lobe.neurons.types]
    if strange:
        raise InvalidValueError(f"strides names {strange[0]!r}, but no neuron has this cell type.")
    interior = lobe.map.interior(options.border)
    known = reference.cell_types
    rows = []
    for k, name in enumerate(lobe.neurons.types):
        of_type = lobe.neurons.type_of == k
        standing = of_type & lobe.placed
        column = np.unique(lobe.column[standing], axis=0)
        theirs = None
        if name in known.index:
            along_u, along_v = (int(step) for step in known.loc[name, ["stride_u", "stride_v"]])
            theirs = along_u, along_v
        stride = _stride(name, column, lobe, interior, options, decisions, theirs)
        rows.append(
            {
                "cell_type": name,
                "cells": int(of_type.sum()),
                "cells_in_columns": int(standing.sum()),
                "columns": len(column),
                "stride_u": None if stride is None else stride.along_u,
                "stride_v": None if stride is None else stride.along_v,
                "columns_to_a_cell": None
                if stride is None
                else round(float(stride.columns_to_a_cell), 2),
            }
        )
    return pd.DataFrame(rows)


def _stride(
    name: str,
    column: np.ndarray,
    lobe: Lobe,
    interior: np.ndarray,
    options: Options,
    decisions: Decisions,
    theirs: tuple[int, int] | None,
) -> Stride | None:
    n_columns = int(interior.sum())
    n_within = interior_count(column, lobe.map, interior)
    if name in options.strides:
        along_u, along_v = options.strides[name]
        decisions.add("stride", f"{name} has {along_u} x {along_v}", "as asked")
        return Stride(along_u, along_v, n_columns / max(n_within, 1), 1.0, True)
    stride = found_stride(column, n_within, n_columns)
    if stride is not None and theirs == (stride.along_u, stride.along_v) == (1, 1):
        return stride
    if stride is None:
        decisions.add(
            "left out",
            f"{name}, {len(column):,} columns with a cell",
            "too sparse for a type in columns; split a wide cell by column, or add it with"
            " Connectome.with_pools",
        )
    elif (
        theirs is not None
        and _alike(stride, theirs)
        and not (stride.found and share_on_grid(column, *theirs) < 0.9 * stride.on_grid)
    ):
        decisions.add(
            "stride",
            "{} has {} x {}".format(name, *theirs),
            f"as in the reference; a cell for {stride.columns_to_a_cell:.1f} columns,"
            f" {share_on_grid(column, *theirs):.0%} of cells on one grid",
        )
        return evolve(stride, along_u=theirs[0], along_v=theirs[1])
    elif (stride.along_u, stride.along_v) != (1, 1):
        decisions.add(
            "stride",
            f"{name} has {stride.along_u} x {stride.along_v}",
            f"a cell for {stride.columns_to_a_cell:.1f} columns; {stride.on_grid:.0%} of cells"
            f" stand on one grid{'' if stride.found else ', no more than by chance'}",
        )
    return stride


def _alike(stride: Stride, theirs: tuple[int, int]) -> bool:
    """Return whether a stride of a reference fits the number of cells within a factor of two."""
    return 0.5 <= stride.columns_to_a_cell / (theirs[0] * theirs[1]) <= 2
