"""Variants of a connectome: other counts, more and fewer types, and two beside each other."""

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs

PAIR = ["source_type", "target_type"]


def counts(*rows, **more):
    """Return a table of counts; each row is source, target, count and what stands in `more`."""
    return pd.DataFrame(rows, columns=[*PAIR, "synapse_count", *more.get("columns", ())])


@pytest.fixture(scope="module")
def all_inputs(connectome):
    """What `inputs` says of every cell type: a table of counts of every connection."""
    parts = [
        connectome.inputs(name).reset_index().assign(target_type=name)
        for name in connectome.cell_types.index
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[table["synapse_count"] > 0]  # Lawf1 onto itself never lands


def test_the_counts_that_it_has_change_nothing(connectome, all_inputs):
    same = connectome.with_counts(all_inputs)
    pd.testing.assert_frame_equal(same.offsets, connectome.offsets, rtol=1e-12)
    assert same.connections.equals(connectome.connections)
    by_offset = connectome.with_counts(connectome.offsets)
    assert by_offset.table_checksums == connectome.table_checksums
    assert connectome.with_counts(all_inputs.iloc[:0]) == connectome


def test_each_target_cell_far_from_the_border_gets_the_counts_that_are_asked_for(
    connectome,
    all_inputs,
):
    rng = np.random.default_rng(0)
    asked = all_inputs.assign(synapse_count=rng.uniform(0.1, 50, len(all_inputs)))
    other = connectome.with_counts(asked)
    wanted = asked.set_index(PAIR)["synapse_count"]
    # Counted on the cells of a periodic lattice, where no cell is near a border.
    network = other.network(nfs.Lattice(size=(12, 12)))
    synapses = np.bincount(
        network.pair_connection, np.abs(network.signed_counts[network.pair_offset])
    )
    n_cells = pd.Series(network.neuron_type).value_counts().sort_index()
    n_cells.index = other.cell_types.index
    targets = other.connections.index.get_level_values("target_type")
    found = pd.Series(synapses / n_cells.loc[targets].to_numpy(), other.connections.index)
    assert found[wanted.index].to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-12)
    table = nfs.compare_connectomes(connectome, other)
    assert (table["overlap"].dropna() > 1 - 1e-12).all()  # the offsets were rescaled, no more
    assert table["shift"].max() < 1e-12 and (table["only_in"] == "").all()


def test_zero_drops_a_connection_and_what_is_new_stands_at_the_end(connectome):
    table = counts(("C2", "Lawf2", 0.0), ("Mi1", "TmY4", 4.3), ("T4a", "Mi1", 0.0))
    other = connectome.with_counts(table)
    assert ("C2", "Lawf2") not in other.connections.index
    assert other.n_connections == connectome.n_connections
    assert other.connections.index[-1] == ("Mi1", "TmY4")
    assert other.offsets.iloc[-1].tolist() == ["Mi1", "TmY4", 0, 0, 4.3, True]
    assert other.connections.loc[("Mi1", "TmY4"), "sign"] == 1
    kept = connectome.offsets[(connectome.offsets[PAIR] != ["C2", "Lawf2"]).any(axis=1)]
    assert other.offsets.iloc[:-1].equals(kept.reset_index(drop=True))


def test_offsets_that_are_given_replace_those_that_there_were(connectome):
    columns = ["du", "dv", "sign", "sign_reference"]
    table = counts(
        ("Mi1", "T4a", 5.0, 0, 0, np.nan, ""), ("Mi1", "T4a", 2.0, -1, 1, -1, "mine"),
        ("L2", "T4a", 1.0, 0, 1, -1, "mine"), columns=columns,
    )  # fmt: skip
    other = connectome.with_counts(table)
    own = other.offsets[(other.offsets[PAIR] == ["Mi1", "T4a"]).all(axis=1)]
    assert own[["du", "dv", "synapse_count"]].to_numpy().tolist() == [[0, 0, 5], [-1, 1, 2]]
    assert other.connections.loc[("Mi1", "T4a"), ["sign", "sign_reference"]].tolist() == [
        -1, "mine",
    ]  # fmt: skip
    assert other.connections.index[: connectome.n_connections].equals(connectome.connections.index)
    assert other.connections.loc[("L2", "T4a"), "sign"] == -1


@pytest.mark.parametrize("pair", [("Lawf1", "L3"), ("Mi10", "Lawf1"), ("Lawf2", "Lawf1")])
def test_a_new_connection_of_sparse_cells_reaches_each_target_cell_alike(connectome, pair):
    other = connectome.with_counts(counts((*pair, 12.0), columns=()).assign(sign=1))
    network = other.network(nfs.Lattice(size=(12, 12)))
    of_it = network.pair_connection == other.connections.index.get_loc(pair)
    onto = np.bincount(
        network.pair_target[of_it], network.signed_counts[network.pair_offset[of_it]],
        minlength=network.n_neurons,
    )  # fmt: skip
    target = network.neuron_type == other.cell_types.index.get_loc(pair[1])
    assert set(onto[target]) == {12.0}


WRONG = {
    "no table": ([("Mi1", "T4a", 1)], "DataFrame"),
    "no counts": (pd.DataFrame({"source_type": ["Mi1"], "target_type": "T4a"}), "synapse_count"),
    "du alone": (counts(("Mi1", "T4a", 1.0)).assign(du=0), "du alone"),
    "half an offset": (counts(("Mi1", "T4a", 1.0)).assign(du=0, dv=np.nan), "row 0.*both"),
    "an unknown type": (counts(("Mi1", "T4a", 1.0), ("Mi", "T4a", 1.0)), "row 1.*with_types"),
    "below zero": (counts(("Mi1", "T4a", -1.0)), "row 0.*from 0"),
    "nothing": (counts(("Mi1", "T4a", np.nan)), "row 0.*0 drops"),
    "text": (counts(("Mi1", "T4a", "3")), "row 0.*'3'; write a number"),
    "half a column": (counts(("Mi1", "T4a", 1.0)).assign(du=0.5, dv=0), "row 0.*whole number"),
    "twice": (counts(("Mi1", "T4a", 1.0), ("Mi1", "T4a", 2.0)), "row 1.*given twice"),
    "offset and none": (
        counts(("Mi1", "T4a", 1.0, 0, 0), ("Mi1", "T4a", 2.0, None, None), columns=["du", "dv"]),
        "row 1.*one without",
    ),
    "a sign of 2": (counts(("Mi1", "T4a", 1.0)).assign(sign=2), "row 0.*excitatory"),
    "two signs": (
        counts(
            ("Mi1", "T4a", 1.0, 0, 0, 1), ("Mi1", "T4a", 1.0, 0, 1, -1),
            columns=["du", "dv", "sign"],
        ),
        "row 0.*two signs",
    ),
    "a new sign unknown": (counts(("R8", "T4a", 1.0)), "both signs.*column sign"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_table_is_refused_with_its_row_and_the_cure(connectome, what):
    table, message = WRONG[what]
    with pytest.raises(nfs.NeuroFlySimError, match=f"(?s){message}"):
        connectome.with_counts(table)


def test_types_that_stand_once_keep_their_pools_and_take_no_counts(connectome):
    wide = connectome.with_pools([nfs.Pool("T4a", "lower", "int(y < 0)")])
    other = wide.with_counts(counts(("Mi1", "T4a", 30.0)))
    assert other.pools.equals(wide.pools) and ("T4a", "lower") in other.connections.index
    with pytest.raises(nfs.ConnectomeError, match="once per eye"):
        wide.with_counts(counts(("T4a", "lower", 1.0)))
    without = wide.without_types(["lower"])
    assert without == connectome  # an empty table of pools is none


def test_restricting_keeps_what_joins_two_that_stay(connectome):
    names = ["T4a", "R1", "L1", "Mi1", "Mi9"]
    few = connectome.restricted_to(names)
    assert set(few.cell_types.index) == set(names)
    assert few.cell_types.index.tolist() == [n for n in connectome.cell_types.index if n in names]
    inside = [pair for pair in connectome.connections.index if set(pair) <= set(names)]
    assert few.connections.index.tolist() == inside
    assert few == connectome.without_types(connectome.cell_types.index.difference(names))
    coupled = nfs.load_connectome("gap_junctions")
    assert coupled.restricted_to(names).electrical.empty
    assert len(coupled.restricted_to(["L1", "L2", "R1"]).electrical) == 1
    with pytest.raises(nfs.InvalidValueError, match=r"'T4e'.*T4"):
        connectome.restricted_to(["T4e"])
    with pytest.raises(nfs.InvalidTypeError, match=r"\['T4a'\]"):
        connectome.without_types("T4a")
    with pytest.raises(nfs.ConnectomeError, match="photoreceptor"):
        connectome.restricted_to(["L1", "Mi1"])


def test_new_types_are_connected_by_counts_and_taken_away_again(connectome):
    sparse = pd.DataFrame({"cell_type": ["Dm8"], "stride_u": 2, "stride_v": 2})
    more = connectome.with_types(sparse).with_types(["Tm29"])
    assert more.cell_types.loc["Dm8", ["stride_u", "stride_v"]].tolist() == [2, 2]
    wired = more.with_counts(counts(("R7", "Dm8", 20.0), ("Dm8", "Tm29", 5.0)).assign(sign=-1))
    assert wired.n_connections == connectome.n_connections + 2
    assert wired.without_types(["Dm8", "Tm29"]) == connectome
    with pytest.raises(nfs.ConnectomeError, match="already"):
        connectome.with_types(["T4a"])
    with pytest.raises(nfs.ConnectomeError, match="stride"):
        connectome.with_types(sparse.rename(columns={"stride_u": "stride"}))


def test_parameters_follow_by_name(connectome):
    model = nfs.load_parameters("flow/000").with_seen(["study:maisak2013/tuning_curve/T4a"])
    variant = connectome.without_types(["Lawf1"]).with_types(["Dm8"])
    variant = variant.with_counts(counts(("R7", "Dm8", 20.0), ("C2", "Lawf2", 0.0)))
    with pytest.raises(nfs.InvalidValueError, match=r"lacks Dm8, new.*Parameters\.uniform"):
        model.carried_to(variant)
    new = nfs.Parameters.uniform(variant)
    carried = model.carried_to(variant, new)
    assert carried.connectome == variant and carried.seen == model.seen
    for name in ("time_constant", "resting_potential", "synapse_strength"):
        own, old, fresh = (getattr(each, name) for each in (carried, model, new))
        shared = own.index.isin(old.index)
        assert (own[shared] == old.reindex(own.index)[shared]).all() and (~shared).sum() == 1
        assert (own[~shared] == fresh[~shared]).all()
    assert model.carried_to(connectome) == model
    with pytest.raises(nfs.InvalidValueError, match="connectome that these are carried to"):
        model.carried_to(variant, model)
    adapting = model.with_dynamics("adapting")
    with pytest.raises(nfs.InvalidValueError, match="with_dynamics"):
        adapting.carried_to(variant, new)
    values = adapting.replace(adaptation_strength={"Mi4": 0.5})
    followed = values.carried_to(variant, new.with_dynamics("adapting"))
    assert followed.by_type("adaptation_strength")["Mi4"] == 0.5


def test_two_connectomes_beside_each_other_tell_what_each_lacks(connectome):
    columns = ["du", "dv", "sign"]
    moved = counts(("L2", "Tm1", 10.0, 1, 0, -1), columns=columns)
    other = connectome.without_types(["Am"]).with_types(["Dm8"])
    other = other.with_counts(counts(("C2", "Lawf2", 0.0), ("Mi1", "Dm8", 3.0)))
    table = nfs.compare_connectomes(connectome, other.with_counts(moved))
    assert table.loc[("C2", "Lawf2"), ["only_in", "lacks"]].tolist() == ["first", "connection"]
    assert table.loc[("Mi1", "Dm8"), ["only_in", "lacks"]].tolist() == ["second", "Dm8"]
    assert (table["lacks"] == "Am").sum() == (table.index.to_frame() == "Am").any(axis=1).sum()
    row = table.loc[("L2", "Tm1")]
    first = connectome.offsets[(connectome.offsets[PAIR] == ["L2", "Tm1"]).all(axis=1)]
    share = first["synapse_count"] / first["synapse_count"].sum()
    at = (first["du"] == 1) & (first["dv"] == 0)
    assert row["overlap"] == pytest.approx(share[at].sum())
    # Centres of mass by the positions of the lattice: a step along u is (0, -1).
    dx, dy = np.sqrt(3) / 2 * first["dv"] @ share, -(first["du"] + first["dv"] / 2) @ share
    assert row["shift"] == pytest.approx(np.hypot(dx, dy + 1))
    assert row[["sign_first", "sign_second"]].tolist() == [1, -1]
    back = nfs.compare_connectomes(other.with_counts(moved), connectome).reindex(table.index)
    assert back["overlap"].equals(table["overlap"]) and back["shift"].equals(table["shift"])
    assert (back["log_ratio"] + table["log_ratio"]).abs().max() < 1e-12
