"""The 735 parameters: vector, tables and files are one and the same; starts are as published."""

import json

import numpy as np
import pandas as pd
import pytest
from brian2 import ms
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs


def test_there_are_735_parameters_with_distinct_names(start):
    assert len(set(start.names)) == len(start.to_vector()) == 735


@pytest.mark.parametrize("extent", [3, 6])
def test_initial_strengths_are_those_of_flyvis(connectome, reference, extent):
    expected = reference(f"structure_ext{extent}.npz")
    strength = nfs.Parameters.initial(connectome, extent).synapse_strength
    names = list(zip(expected["edgetype_source"], expected["edgetype_target"], strict=True))
    assert strength.loc[names].to_numpy() == pytest.approx(
        expected["edgetype_alpha_default"].astype(float), rel=2e-7
    )


def test_initial_resting_potentials_follow_the_seed(connectome):
    first, second = (nfs.Parameters.initial(connectome, 3, seed) for seed in (1, 2))
    assert first == nfs.Parameters.initial(connectome, 3, 1)
    assert first != second
    assert abs(first.resting_potential.mean() - 0.5) < 0.05 / np.sqrt(65) * 4


def test_uniform_strengths_give_each_target_the_same_total_input(connectome):
    weights = nfs.Parameters.uniform(connectome, 1.5, 0.1).type_weights.abs().sum(axis=1)
    light = connectome.cell_types["photoreceptor"]
    assert weights[light].to_numpy() == pytest.approx(np.full(8, 0.1))
    assert weights[~light].to_numpy() == pytest.approx(np.full(57, 1.5))


def test_uniform_strengths_are_the_same_for_all_inputs_of_a_target(start):
    spread = start.synapse_strength.groupby("target_type").agg(["min", "max"])
    assert (spread["min"] == spread["max"]).all()


@pytest.mark.slow
def test_type_weights_are_the_sums_over_the_pairs_of_a_large_lattice(connectome, start):
    """Summed over all pairs, away from the border, per target cell."""
    network = connectome.network(20)
    signed = start.synapse_strength * connectome.connections["sign"]
    counts = connectome.offsets["synapse_count"].to_numpy()
    weight = signed.to_numpy()[network.pair_connection] * counts[network.pair_offset]
    u, v = network.columns[network.neuron_column].T
    # Whole periods of the 3 x 2 stride around the centre, out of reach of the border.
    inside = (np.abs(u + 0.5) < 3) & (np.abs(v + 0.5) < 3)
    sums = np.zeros((65, 65))
    keep = inside[network.pair_target]
    np.add.at(
        sums,
        (
            network.neuron_type[network.pair_target][keep],
            network.neuron_type[network.pair_source][keep],
        ),
        weight[keep],
    )
    cells = np.bincount(network.neuron_type[inside], minlength=65)
    assert sums / cells[:, None] == pytest.approx(start.type_weights.to_numpy(), abs=1e-12)


@pytest.mark.parametrize("suffix", [".json", ".csv"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_vector_tables_and_file_hold_the_same_values_bit_for_bit(tmp_path_factory, suffix, seed):
    connectome = nfs.load_connectome()
    vector = np.random.default_rng(seed).lognormal(-3, 4, 735)
    parameters = nfs.Parameters.from_vector(connectome, vector)
    tables = {
        name: getattr(parameters, name)
        for name in ("time_constant", "resting_potential", "synapse_strength")
    }
    shuffled = {name: table.sample(frac=1, random_state=1) for name, table in tables.items()}
    path = tmp_path_factory.mktemp("parameters") / f"values{suffix}"
    parameters.save(path)
    for same in (
        nfs.Parameters.from_tables(connectome, **shuffled),
        nfs.load_parameters(path),
    ):
        assert (same.to_vector() == vector).all()


def test_durations_are_taken_with_units(connectome, start):
    tables = {
        "resting_potential": start.resting_potential,
        "synapse_strength": start.synapse_strength,
    }
    one = nfs.Parameters.from_tables(connectome, time_constant=30 * ms, **tables)
    each = nfs.Parameters.from_tables(
        connectome, time_constant=dict.fromkeys(connectome.cell_types.index, 30 * ms), **tables
    )
    assert one == each
    assert (one.time_constant == 0.03).all()


def test_a_file_carries_the_checksum_of_its_connectome(connectome, start, tmp_path):
    start.save(tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["connectome_sha256"] == connectome.table_checksums


def _other_connectome(connectome, change):
    tables = [
        connectome.cell_types.reset_index(),
        connectome.connections.reset_index(),
        connectome.offsets,
    ]
    return nfs.Connectome(*change(*tables))


def test_loading_onto_a_connectome_with_other_counts_says_which_table(connectome, start, tmp_path):
    def change(cell_types, connections, offsets):
        return cell_types, connections, offsets.assign(synapse_count=offsets.synapse_count + 1)

    start.save(tmp_path / "a.csv")
    with pytest.raises(nfs.InvalidValueError, match=r"another connectome.*table\(s\) offsets"):
        nfs.load_parameters(tmp_path / "a.csv", _other_connectome(connectome, change))


def test_a_corrected_reference_does_not_make_parameters_unloadable(connectome, start, tmp_path):
    def change(cell_types, connections, offsets):
        return cell_types, connections.assign(sign_reference="Somebody2026"), offsets

    start.save(tmp_path / "a.json")
    other = _other_connectome(connectome, change)
    assert other != connectome
    loaded = nfs.load_parameters(tmp_path / "a.json", other)
    assert (loaded.to_vector() == start.to_vector()).all()
    assert loaded.values_checksum == start.values_checksum
    assert loaded.checksum != start.checksum


def test_replace_changes_what_is_named_and_nothing_else(start):
    other = start.replace(
        time_constant={"T4a": 80 * ms},
        resting_potential={"Mi1": 0.25},
        synapse_strength={("Mi1", "T4a"): 0.5},
    )
    changed = np.flatnonzero(other.to_vector() != start.to_vector())
    assert [other.names[k] for k in changed] == [
        "time_constant[T4a]",
        "resting_potential[Mi1]",
        "synapse_strength[Mi1 -> T4a]",
    ]
    assert other.to_vector()[changed].tolist() == [0.08, 0.25, 0.5]
    assert other.checksum != start.checksum
    assert other.values_checksum != start.values_checksum


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("time_constant", 80 * ms, r"time_constant is 0.08, .* such as \{'R1': value\}"),
        ("synapse_strength", 0.5, r"synapse_strength is 0.5, .* such as \{\('\w+', '\w+'\): value"),
    ],
)
def test_replacing_by_one_value_for_all_tells_how_to_say_which(start, kind, value, said):
    with pytest.raises(nfs.InvalidTypeError, match=said):
        start.replace(**{kind: value})


def test_loading_onto_a_connectome_without_a_type_names_the_type(connectome, start, tmp_path):
    def change(cell_types, connections, offsets):
        def without(table):
            return table[(table.source_type != "Tm30") & (table.target_type != "Tm30")]

        return cell_types[cell_types.cell_type != "Tm30"], without(connections), without(offsets)

    start.save(tmp_path / "a.json")
    with pytest.raises(nfs.InvalidValueError, match="cell types only in the file: Tm30"):
        nfs.load_parameters(tmp_path / "a.json", _other_connectome(connectome, change))


def test_tables_that_lack_a_name_say_which(connectome, start):
    with pytest.raises(nfs.InvalidValueError, match="lacks T4a"):
        nfs.Parameters.from_tables(
            connectome,
            time_constant=start.time_constant.drop("T4a"),
            resting_potential=0.5,
            synapse_strength=start.synapse_strength,
        )
    extra = pd.concat([start.resting_potential, pd.Series({"T9": 1.0})])
    with pytest.raises(nfs.InvalidValueError, match="unknown T9"):
        nfs.Parameters.from_tables(
            connectome,
            time_constant=start.time_constant,
            resting_potential=extra,
            synapse_strength=start.synapse_strength,
        )
