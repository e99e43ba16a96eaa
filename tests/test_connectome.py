"""The embedded connectome and how it lies on the lattice."""

import json
import pickle
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.connectome.importers import flyvis_json
from neuroflysim.connectome.network import interior_fraction

PAIR = ["source_type", "target_type"]


@pytest.mark.parametrize(
    ("extent", "n_neurons", "n_pairs"),
    [(3, 2_345, 63_209), (6, 8_051, 246_109), (15, 45_669, 1_513_231)],
)
def test_numbers_of_neurons_and_pairs_are_those_published(connectome, extent, n_neurons, n_pairs):
    network = connectome.network(extent)
    assert (network.n_neurons, network.n_pairs) == (n_neurons, n_pairs)


def test_the_tables_hold_65_types_605_connections_and_2378_offsets(connectome):
    assert (connectome.n_cell_types, connectome.n_connections) == (65, 605)
    assert len(connectome.offsets) == 2_378
    assert connectome.offsets["filled"].sum() == 238
    assert connectome.connections["sign"].value_counts().to_dict() == {1: 377, -1: 228}
    assert connectome.cell_types[["photoreceptor", "output"]].sum().tolist() == [8, 34]


@pytest.mark.parametrize("extent", [3, 6])
def test_structure_equals_that_of_flyvis(connectome, reference, extent):
    expected = reference(f"structure_ext{extent}.npz")
    network = connectome.network(extent)
    assert network.cell_types == tuple(expected["cell_types"])
    assert (network.neuron_type == expected["node_type"]).all()
    assert (network.neurons["u"] == expected["node_u"]).all()
    assert (network.neurons["v"] == expected["node_v"]).all()
    assert (network.central_neurons == expected["central_cells_index"]).all()
    assert (network.in_degree == expected["in_degree"]).all()
    n_pairs = pd.Series(network.pairs_per_connection, connectome.connections.index)
    names = list(zip(expected["edgetype_source"], expected["edgetype_target"], strict=True))
    assert (n_pairs.loc[names] == expected["edgetype_n_edges"]).all()
    assert n_pairs.sum() == expected["edgetype_n_edges"].sum()
    signs = connectome.connections.loc[names, "sign"]
    assert (signs == expected["edgetype_sign"]).all()


def test_every_offset_has_the_count_the_flag_and_the_pairs_of_flyvis(connectome, reference):
    expected = reference("structure_ext3.npz")
    network, key = connectome.network(3), [*PAIR, "du", "dv"]
    own = connectome.offsets.assign(
        n_pairs=np.bincount(network.pair_offset, minlength=len(connectome.offsets))
    ).set_index(key)
    names = list(
        zip(*(expected[f"off_{name}"] for name in ("source", "target", "du", "dv")), strict=True)
    )
    own = own.loc[names]
    assert own["synapse_count"].to_numpy() == pytest.approx(expected["off_n_syn"], rel=1e-6)
    assert (own["filled"].to_numpy() == expected["off_is_filled"]).all()
    assert (own["n_pairs"].to_numpy() == expected["off_n_edges"]).all()


def test_one_connection_never_lands_so_that_734_parameters_act(connectome, start):
    for extent in (3, 6, 15):
        assert connectome.connections_without_pairs(extent) == [("Lawf1", "Lawf1")]
    assert len(start.names) - len(start.without_effect(15)) == 734


def test_an_offset_is_the_column_of_the_target_minus_that_of_the_source(connectome):
    network = connectome.network(4)
    neurons = network.neurons[["u", "v"]].to_numpy()
    offsets = connectome.offsets[["du", "dv"]].to_numpy()
    difference = neurons[network.pair_target] - neurons[network.pair_source]
    assert (difference == offsets[network.pair_offset]).all()


def test_provenance_names_the_source_and_the_tables_that_are_embedded(connectome):
    folder = resources.files("neuroflysim.connectome.data")
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["source_sha256"] == flyvis_json.SHA256
    assert provenance["tables_sha256"] == connectome.checksum
    assert {"source_version", "source_license", "citation", "doi"} <= set(provenance)


def test_a_saved_connectome_is_the_same_when_loaded(connectome, tmp_path):
    nfs.save_connectome(connectome, tmp_path)
    assert nfs.load_connectome(tmp_path) == connectome


def test_tables_given_out_are_copies(connectome):
    checksum = connectome.checksum
    offsets, cell_types = connectome.offsets, connectome.cell_types
    offsets["synapse_count"] *= 2
    cell_types["stride_u"] = 7
    assert connectome.cell_types["stride_u"].max() == 3
    again = nfs.Connectome(
        connectome.cell_types.reset_index(),
        connectome.connections.reset_index(),
        connectome.offsets,
    )
    assert again.checksum == checksum


def test_a_connectome_and_its_parameters_travel_without_their_networks(connectome, start):
    connectome.network(15)
    content = pickle.dumps(start)
    assert len(content) < 1_000_000
    assert pickle.loads(content) == start


def test_arrays_of_a_network_cannot_be_changed(connectome):
    network = connectome.network(1)
    with pytest.raises(ValueError, match="read-only"):
        network.pair_target[0] = 3
    network.neurons["cell_type"] = "oops"
    assert network.neurons["cell_type"][0] == "R1"


strides = st.integers(1, 4)


@settings(deadline=None, max_examples=40)
@given(strides, strides, strides, strides, st.integers(-5, 5), st.integers(-5, 5))
def test_interior_fraction_is_the_fraction_of_target_cells_that_a_lattice_connects(
    su, sv, tu, tv, du, dv
):
    cell_types = pd.DataFrame({"cell_type": ["S", "T"], "stride_u": [su, tu], "stride_v": [sv, tv]})
    offsets = pd.DataFrame({"source_type": ["S"], "target_type": ["T"], "du": [du], "dv": [dv]})
    u, v = np.mgrid[:12, :12]  # a multiple of all strides up to 4
    target = (u % tu == 0) & (v % tv == 0)
    source = ((u - du) % su == 0) & ((v - dv) % sv == 0)
    fraction = (target & source).sum() / target.sum()
    assert interior_fraction(cell_types, offsets)[0] == pytest.approx(fraction)


def test_the_importer_fills_the_hull_of_offsets_but_not_beyond():
    hexagon = [[1, 0], [0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1]]
    line = [[-2, 0], [0, 0], [2, 0]]
    document = {
        "nodes": [{"name": name, "pattern": ["stride", [1, 1]]} for name in ("A", "B")],
        "edges": [
            {
                "src": source,
                "tar": "B",
                "alpha": 1,
                "alpha_references": ["Somebody2000"],
                "offsets": [[offset, 3.0] for offset in offsets],
            }
            for source, offsets in (("A", hexagon), ("B", line))
        ],
        "input_units": ["A"],
        "output_units": ["B"],
    }
    table = flyvis_json.convert(document).offsets
    filled = table[table["filled"]]
    assert filled[["source_type", "du", "dv", "synapse_count"]].to_numpy().tolist() == [
        ["A", 0, 0, 1.0]
    ]
