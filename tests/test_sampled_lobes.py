"""Laws of sampling: a lobe is drawn from a connectome, imported, and the connectome comes back."""

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.connectome.importers.axes import Axes, by_anatomy, by_reference, twelve
from neuroflysim.connectome.importers.lobe_map import LobeMap
from neuroflysim.connectome.importers.placing import nearest_column
from neuroflysim.connectome.importers.strides import found_stride
from neuroflysim.lattice import hexagonal_distance, position

KEY = ["source_type", "target_type", "du", "dv"]


@pytest.fixture(scope="module")
def lobe(connectome):
    return nfs.sample_neurons(connectome, extent=7, seed=3, missing=0.1, fragments=0.2)


@pytest.fixture(scope="module")
def found(lobes, lobe):
    return lobes.imported(lobe)


def deviations(connectome, found):
    """Return how far counts are off, in standard errors of a Poisson mean."""
    both = connectome.offsets.merge(found.offsets, on=KEY, suffixes=("", "_found"))
    error = np.sqrt(both["synapse_count"] / both["n_cells"])
    return (both["synapse_count_found"] - both["synapse_count"]) / error


def test_counts_come_back_within_the_error_of_sampling_with_cells_missing(connectome, found):
    off = deviations(connectome, found)
    assert len(off) > 2300
    assert abs(off.mean()) < 4 / np.sqrt(len(off))
    assert 0.9 < off.std() < 1.1
    assert abs(off).max() < 6  # counts are few in places, and Poisson has a longer tail than Gauss


def test_nothing_is_found_that_was_not_drawn_from(connectome, found):
    known = pd.MultiIndex.from_frame(connectome.offsets[KEY])
    assert pd.MultiIndex.from_frame(found.offsets[KEY]).isin(known).all()


def test_the_standard_deviation_is_that_of_poisson_counts(found):
    told = found.offsets[(found.offsets["n_cells"] > 80) & (found.offsets["synapse_count"] > 2)]
    ratio = told["deviation"] ** 2 / told["synapse_count"]
    assert abs(ratio.mean() - 1) < 4 * np.sqrt(2 / 80 / len(told)) + 0.01


def test_types_strides_signs_and_marks_come_back(connectome, found):
    names = list(found.cell_types.index)
    assert names == [name for name in connectome.cell_types.index if name in names]
    marks = ["stride_u", "stride_v", "photoreceptor", "output"]
    pd.testing.assert_frame_equal(
        found.cell_types[marks], connectome.cell_types.loc[names, marks], check_dtype=False
    )
    signs = connectome.connections.loc[found.connections.index, "sign"]
    assert (found.connections["sign"] == signs).all()


def test_transmitters_give_the_sign_that_most_connections_of_a_type_have(lobes, connectome, lobe):
    found = lobes.imported(lobe, signs=None).connections.reset_index()
    one_sign = connectome.connections.reset_index().groupby("source_type")["sign"].nunique() == 1
    found = found[found["source_type"].map(one_sign)]
    known = connectome.connections.loc[
        list(zip(found["source_type"], found["target_type"], strict=True))
    ]
    assert (found["sign"].to_numpy() == known["sign"].to_numpy()).all()
    assert found["sign_reference"].str.startswith("transmitter").all()


def test_all_axes_and_mirrors_of_200_lobes_are_found_by_anatomy_and_by_the_reference(lobes):
    maps = [*twelve((1, -1)), *twelve((1, 1))]
    seen = set()
    for seed in range(200):
        lobe = nfs.sample_neurons(
            lobes.circuit(), extent=3, seed=seed, axes=maps[seed % 24], missing=0.05
        )
        axes, told = lobes.found_axes(lobe)
        seen.add(str(axes))
        assert str(axes) == str(lobe.axes), seed
        (anatomy,) = [one for one in told if one.what == "axes"]
        (looks,) = [one for one in told if one.what == "axes by reference"]
        assert "preferred directions" in anatomy.why and looks.decided.startswith("the same"), seed
    assert len(seen) == 24


def test_averages_are_those_of_counting_by_hand(lobes):
    lobe = nfs.sample_neurons(lobes.circuit(), extent=3, seed=0, missing=0.3)
    found = lobes.imported(lobe, border=1, axes=lobe.axes).offsets.set_index(KEY)
    place = lobe.columns.set_index("id")
    u, v = lobe.axes.of(place[["p", "q"]].to_numpy()).T
    kind = lobe.neurons.set_index("id")["cell_type"]
    cells = {name: i for name, i in kind.groupby(kind).groups.items()}
    at = dict(zip(place.index, zip(u.tolist(), v.tolist(), strict=True), strict=True))
    columns = set(at.values())
    inner = {
        c for c in columns
        if all((c[0] + a, c[1] + b) in columns
               for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)))
    }  # fmt: skip
    count = lobe.synapses.set_index(["pre", "post"])["synapses"].to_dict()
    for source, target, du, dv in [("Mi1", "T4a", 0, 1), ("Mi9", "T4b", 0, 1), ("L1", "Mi1", 0, 0)]:
        drawn = [
            count.get((pre, post), 0)
            for post in cells[target] if at[post] in inner
            for pre in cells[source] if at[pre] == (at[post][0] - du, at[post][1] - dv)
        ]  # fmt: skip
        row = found.loc[(source, target, du, dv)]
        assert row["n_cells"] == len(drawn)
        assert row["synapse_count"] == pytest.approx(np.mean(drawn))
        assert row["deviation"] == pytest.approx(np.std(drawn, ddof=1))


def test_a_mean_over_targets_keeps_what_a_cell_has_in_all(lobes, connectome):
    lobe = nfs.sample_neurons(connectome, extent=5, seed=1, missing=0.3)
    per_target = lobes.imported(lobe, mean_over="targets", border=2).inputs("T4a")["synapse_count"]
    per_pair = lobes.imported(lobe, border=2).inputs("T4a")["synapse_count"]
    assert 0.6 < per_target["Mi1"] / per_pair["Mi1"] < 0.8  # 0.7 of Mi1 are there


def test_cells_without_column_are_placed_by_their_inputs_or_outputs(lobes, connectome):
    lobe = nfs.sample_neurons(connectome, extent=5, seed=2, without_column=0.2)
    found = lobes.imported(lobe)
    totals, drawn = found.inputs("T4a")["synapse_count"], connectome.inputs("T4a")["synapse_count"]
    for source in ("Mi1", "Tm3", "Mi9"):
        # A cell that is one column off takes its synapses with it: sums over offsets stay.
        assert totals[source] == pytest.approx(drawn[source], rel=0.1)
    (told,) = lobes.decisions(found, "cells without column")
    assert "by their inputs" in told["decided"] and "by their outputs" in told["decided"]
    left = lobes.imported(lobe, place_by=None)
    assert abs(deviations(connectome, left).mean()) < 0.1  # those with a column tell the same


def test_columns_that_are_off_by_one_keep_what_a_cell_has_in_all(lobes, connectome):
    lobe = nfs.sample_neurons(connectome, extent=6, seed=4, jitter=0.1)
    found = lobes.imported(lobe, mean_over="targets")
    assert found.provenance["axes"] == str(lobe.axes)
    totals, drawn = found.inputs("T4a")["synapse_count"], connectome.inputs("T4a")["synapse_count"]
    assert totals["Mi1"] == pytest.approx(drawn["Mi1"], rel=0.1)


def test_rows_of_one_pair_are_added_up_and_thresholds_apply_to_the_sum(lobes):
    lobe = nfs.sample_neurons(lobes.circuit(), extent=3, seed=5)
    halves = pd.concat([
        lobe.synapses.assign(synapses=lobe.synapses["synapses"] // 2),
        lobe.synapses.assign(synapses=lobe.synapses["synapses"] - lobe.synapses["synapses"] // 2),
    ])  # fmt: skip
    options = {"axes": lobe.axes, "signs": lobes.circuit(), "min_pair": 3}
    whole = nfs.connectome_from_neurons(lobe.neurons, lobe.synapses, lobe.columns, **options)
    pieces = (halves.iloc[k::3] for k in range(3))
    split = nfs.connectome_from_neurons(lobe.neurons, pieces, lobe.columns, **options)
    assert split == whole


def test_the_same_seed_draws_the_same_lobe_with_ids_beyond_floats(lobes):
    one, other = (nfs.sample_neurons(lobes.circuit(), extent=2, seed=9) for _ in range(2))
    pd.testing.assert_frame_equal(one.synapses, other.synapses)
    pd.testing.assert_frame_equal(one.columns, other.columns)
    ids = one.neurons["id"]
    assert ids.is_unique and str(ids.iloc[0]).startswith("7205759406")
    assert (ids.to_numpy() > 2**53).all()


def test_twelve_maps_keep_neighbours_and_are_all_there_are():
    u, v = np.meshgrid(np.arange(-2, 3), np.arange(-2, 3))
    pq = np.column_stack([u.ravel(), v.ravel()])
    for neighbours, flip in (((1, -1), 1), ((1, 1), -1)):
        maps = twelve(neighbours)
        assert len({axes.matrix.tobytes() for axes in maps}) == 12
        for axes in maps:
            assert axes.neighbours == neighbours
            there = axes.of(pq)
            before = hexagonal_distance(pq[:, 0], flip * pq[:, 1])
            assert (hexagonal_distance(*there.T) == before).all()


def test_t4_of_the_embedded_connectome_point_where_they_prefer_motion(connectome):
    finding = by_anatomy(connectome.offsets, twelve())
    assert str(finding.axes) == "u = p, v = q" and finding.clear
    other = by_reference(connectome.offsets, connectome.offsets, twelve())
    assert str(other.axes) == "u = p, v = q" and other.scores.max() == pytest.approx(1)


def test_places_between_columns_go_to_the_nearest_column():
    random = np.random.default_rng(0)
    u, v = random.uniform(-3, 3, (2, 500))
    found = nearest_column(u, v)
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(-5, 6), np.arange(-5, 6)))
    x, y = position(a, b)
    px, py = position(u, v)
    best = np.hypot(px[:, None] - x, py[:, None] - y).argmin(axis=1)
    assert (found == np.column_stack([a[best], b[best]])).all()


def test_the_interior_of_a_hexagon_is_a_smaller_hexagon():
    hexagon = LobeMap(nfs.Lattice(extent=5).columns)
    for border in range(4):
        assert hexagon.interior(border).sum() == nfs.Lattice(extent=5 - border).n_columns


@pytest.mark.parametrize("stride", [(2, 1), (3, 2), (2, 2), (4, 3)])
def test_strides_are_found_with_cells_missing(stride):
    random = np.random.default_rng(1)
    columns = nfs.Lattice(extent=14).columns
    on = (columns % stride == 0).all(axis=1) & (random.random(len(columns)) > 0.15)
    found = found_stride(columns[on], int(on.sum()), len(columns))
    assert (found.along_u, found.along_v) == stride and found.found


def test_a_matrix_that_is_no_map_is_refused():
    for wrong in ([[1, 1], [0, 1]], [[2, 0], [0, 1]], [[1, 0]], "east", [[0.5, 0], [0, 1]]):
        with pytest.raises(nfs.InvalidValueError, match="axes"):
            nfs.connectome_from_neurons(pd.DataFrame(), pd.DataFrame(), axes=wrong)
    assert str(Axes([[1, 0], [0, -1]])) == "u = p, v = -q"
