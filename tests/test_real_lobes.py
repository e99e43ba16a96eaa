"""Pieces of a published lobe (FlyWire), where they lie beside the repository."""

import pandas as pd
import pytest

import neuroflysim as nfs

PIECES = {
    "columns": "fafb_right_vis_cols.csv.gz",
    "inputs of C3": "C3_neurons_input_count_annotated.txt.gz",
    "inputs of C2": "C2_neurons_input_count_annotated.txt.gz",
    "offsets": "derived_offsets_flywire.csv.gz",
}

#: Everything counts: no threshold, no border, cells of both tables only. u = p, v = -q.
WHOLE = {
    "axes": [[1, 0], [0, -1]], "photoreceptors": ["L1"], "border": 0, "min_offset": 0,
    "min_connection": 0, "min_cells": 1, "mean_over": "targets", "unnamed": "leave out",
    "signs": {"Tm21": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def pieces(shared):
    folder = shared / "connectomes"
    if not all((folder / name).is_file() for name in PIECES.values()):
        pytest.skip("../shared/connectomes is not here")
    return {what: folder / name for what, name in PIECES.items()}


@pytest.fixture(scope="module")
def found(pieces):
    """Connectomes of the inputs of two types."""
    return {
        target: nfs.connectome_from_neurons(
            pieces["columns"], pieces[f"inputs of {target}"], **WHOLE
        )
        for target in ("C2", "C3")
    }


@pytest.mark.parametrize(("target", "n_offsets"), [("C2", 78), ("C3", 89)])
def test_inputs_have_the_counts_that_others_derived_at_all_offsets(
    pieces, found, target, n_offsets
):
    known = pd.read_csv(pieces["offsets"])
    known = known[known["tar"] == target].assign(dv=-known["dq"])
    known = known.set_index(["src", "dp", "dv"])
    offsets = found[target].offsets
    offsets = offsets[offsets["target_type"] == target].set_index(["source_type", "du", "dv"])
    totals = (offsets["synapse_count"] * offsets["n_cells"]).round().astype(int)
    assert len(known) == n_offsets
    assert (totals.loc[known.index] == known["counts"]).all()


def test_inputs_of_c3_on_a_cell_are_those_of_flywire(found):
    counts = found["C3"].offsets.set_index(["source_type", "du", "dv"])
    here = counts.loc[("L1", 0, 0)]
    assert here["n_cells"] == 755 and here["synapse_count"] == pytest.approx(54.7, abs=0.05)
    on_a_cell = counts["synapse_count"] * counts["n_cells"] / 755
    # Of FlyWire's (dp, dq) = (0, -1) and (1, 0).
    assert on_a_cell[("Tm2", 0, 1)] == pytest.approx(2.6, abs=0.05)
    assert on_a_cell[("Tm2", 1, 0)] == pytest.approx(2.5, abs=0.05)
    of_type = on_a_cell.groupby(level=0).sum()
    assert of_type["L5"] == pytest.approx(16, abs=0.1)
    assert of_type["Mi1"] == pytest.approx(11.5, abs=0.1)


def test_the_report_tells_how_many_cells_the_tables_do_not_share(found):
    text = nfs.import_report(found["C3"])
    assert "fafb_right_vis_cols.csv.gz" in text
    assert "(1, 0), (0, 1) and (1, 1) in p, q" in text
    assert "that no row of synapses names are left out" in text


def test_the_same_rows_give_the_same_in_pieces(pieces, found):
    rows = pd.read_csv(pieces["inputs of C3"], sep="\t")
    parts = (rows.iloc[k::2] for k in range(2))
    again = nfs.connectome_from_neurons(pieces["columns"], parts, **WHOLE)
    assert again == found["C3"]
