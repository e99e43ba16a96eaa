"""Parameters that come from flyvis: the same numbers, the same voltages, the same connectome."""

import io
import zipfile

import numpy as np
import pytest
from brian2 import second

import neuroflysim as nfs

LAWF1 = ("Lawf1", "Lawf1")


@pytest.fixture(scope="module")
def values(reference):
    return reference("params_random_ext3.npz")


@pytest.fixture
def arrays(values):
    """What flyvis' network holds, as the page of the documentation writes it."""
    pairs = np.stack([values["edge_source"], values["edge_target"]], axis=1).astype(str)
    ends = [values[f"off_{name}"].astype(str) for name in ("source", "target", "du", "dv")]
    return {
        "cell_types": values["cell_types"].astype(str),
        "connections": pairs,
        "offsets": np.stack(ends, axis=1),
        "nodes_bias": values["bias"],
        "nodes_time_const": values["time_const"],
        "edges_sign": values["sign"].astype(np.float32),
        "edges_syn_count": np.log(values["off_n_syn_effective"]),
        "edges_syn_strength": values["syn_strength"],
    }


def through_a_file(arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    return np.load(file)


@pytest.mark.compile
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-7), ("float32", 5e-6)])
def test_voltages_are_those_of_flyvis(
    connectome, with_counts_of, values, arrays, reference, dtype, tolerance
):
    theirs = with_counts_of(values, connectome)
    expected = reference("run_ext3_random_dt0.02_bias_f64.npz")
    voltage = nfs.simulate(
        reference("stimuli_ext3_dt0.02.npz")["stimuli"],
        connectome=theirs,
        parameters=nfs.Parameters.from_flyvis(theirs, through_a_file(arrays)),
        extent=3,
        time_step=0.02 * second,
        initial="rest",
        dtype=dtype,
        progress=False,
    ).voltage.to_numpy()[0]
    assert abs(voltage - expected["central"]).max() <= tolerance


def test_the_numbers_are_those_of_flyvis_to_the_last_bit(connectome, arrays):
    found = nfs.Parameters.from_flyvis(connectome, arrays)
    types, pairs = list(arrays["cell_types"]), list(map(tuple, arrays["connections"]))
    assert np.array_equal(found.time_constant[types], arrays["nodes_time_const"])
    assert np.array_equal(found.resting_potential[types], arrays["nodes_bias"])
    assert np.array_equal(found.synapse_strength[pairs], arrays["edges_syn_strength"])
    assert found.synapse_strength[LAWF1] == 0


def test_order_and_what_can_be_left_out_change_nothing(connectome, arrays):
    expected = nfs.Parameters.from_flyvis(connectome, arrays)
    for name in ("offsets", "edges_syn_count", "edges_sign"):
        del arrays[name]
    assert nfs.Parameters.from_flyvis(connectome, arrays) == expected
    order = np.random.default_rng(0).permutation(len(arrays["connections"]))
    turned = {name: arrays[name][order] for name in ("connections", "edges_syn_strength")}
    types = {name: arrays[name][::-1] for name in ("cell_types", "nodes_bias", "nodes_time_const")}
    assert nfs.Parameters.from_flyvis(connectome, turned | types) == expected


def test_keys_may_be_lists_of_tuples_as_flyvis_has_them(connectome, arrays):
    keys = {
        "cell_types": arrays["cell_types"].tolist(),
        "connections": list(map(tuple, arrays["connections"].tolist())),
        "offsets": [(s, t, int(du), int(dv)) for s, t, du, dv in arrays["offsets"].tolist()],
    }
    expected = nfs.Parameters.from_flyvis(connectome, arrays)
    assert nfs.Parameters.from_flyvis(connectome, arrays | keys) == expected


def test_negative_strengths_are_0_as_in_flyvis_and_that_is_told(connectome, arrays):
    strength = arrays["edges_syn_strength"].copy()
    strength[[5, 100]] = -0.001, -0.02
    with pytest.warns(nfs.ClampedStrengthWarning, match=r"2 synapse strengths .* -0\.02, of L"):
        found = nfs.Parameters.from_flyvis(connectome, {**arrays, "edges_syn_strength": strength})
    pairs = list(map(tuple, arrays["connections"]))
    assert np.array_equal(found.synapse_strength[pairs], np.maximum(strength, 0))


def _with(name, change):
    def make(arrays):
        return {**arrays, name: change(arrays[name].copy())}

    return make


def _set(index, value):
    def change(array):
        array[index] = value
        return array

    return change


def _without(*names):
    return lambda arrays: {name: array for name, array in arrays.items() if name not in names}


def _without_a_connection(arrays):
    return {
        **{name: arrays[name] for name in ("cell_types", "nodes_bias", "nodes_time_const")},
        "connections": arrays["connections"][1:],
        "edges_syn_strength": arrays["edges_syn_strength"][1:],
    }


def _without_an_offset(arrays):
    shorter = {name: arrays[name][1:] for name in ("offsets", "edges_syn_count")}
    return {**arrays, **shorter}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without("nodes_bias"), r"lacks 'nodes_bias', which is network\.nodes_bias in flyvis"),
        (_without("connections"), "lacks 'connections', which is network.edge_params"),
        (_without("offsets"), "'edges_syn_count' without 'offsets'"),
        (_without("edges_syn_count"), "'offsets' without 'edges_syn_count'"),
        (lambda arrays: {**arrays, "nodes_gain": [1]}, "'nodes_gain', but must be one of"),
        (lambda arrays: list(arrays), "must be a mapping of names to arrays"),
        (_with("nodes_bias", lambda a: a[:-1]), r"nodes_bias has the shape \(64,\), .* 65 keys"),
        (_with("edges_syn_strength", lambda a: a[1:]), r"\(603,\), but there are 604 keys"),
        (_with("edges_sign", lambda a: a[1:]), r"edges_sign has the shape \(603,\)"),
        (_with("edges_syn_count", lambda a: a[1:]), "edges_syn_count has the shape"),
        (_with("nodes_bias", lambda a: a[:, None]), r"nodes_bias has the shape \(65, 1\)"),
        (_with("cell_types", _set(3, "R9")), "cell_types holds R9, which"),
        (_with("cell_types", _set(3, "R1")), "cell_types holds R1 twice"),
        (_with("cell_types", lambda a: a[:, None]), "one word each"),
        (_with("cell_types", lambda a: np.arange(65)), "one word each"),
        (_with("connections", _set((0, 1), "T9")), "connections holds R1 -> T9, which"),
        (_with("connections", _set(1, ["R1", "L1"])), "connections holds R1 -> L1 twice"),
        (_with("connections", lambda a: a[:, 0]), "2 words each"),
        (_with("connections", lambda a: np.array("R1")), "2 words each"),
        (_without_a_connection, "connections lacks R1 -> L1, which joins cells"),
        pytest.param(
            _without_an_offset,
            "R1 -> L1 at .*: the network has another connectome",
            marks=pytest.mark.slow,
        ),
        (_with("edges_sign", _set(0, 1)), "edges_sign of R1 -> L1 is 1, but -1"),
        (_with("edges_syn_count", _set(0, 0)), "edges_syn_count of R1 -> L1 .* means 1 syn"),
        (_with("offsets", _set((0, 2), "9")), r"R1 -> L1 at the offset \(9, 0\), which"),
        (_with("nodes_bias", _set(0, np.nan)), "nodes_bias holds nan"),
        (_with("nodes_time_const", _set(0, np.inf)), "nodes_time_const holds inf"),
        (_with("nodes_time_const", _set(0, -0.1)), "time_constant of R1 is -0.1"),
        (_with("edges_syn_strength", _set(0, np.nan)), "edges_syn_strength holds nan"),
        (_with("nodes_bias", lambda a: a.astype(str)), "nodes_bias must be an array of real"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(connectome, arrays, change, said):
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=said) as error:
        nfs.Parameters.from_flyvis(connectome, change(arrays))
    assert "\n" not in str(error.value)


def test_cell_types_that_are_missing_are_told(connectome, arrays):
    shorter = {name: arrays[name][1:] for name in ("cell_types", "nodes_bias", "nodes_time_const")}
    with pytest.raises(nfs.InvalidValueError, match="cell_types lacks R1"):
        nfs.Parameters.from_flyvis(connectome, arrays | shorter)


def test_a_pickle_in_the_file_is_not_opened_and_a_damaged_entry_is_told(connectome, arrays):
    pickled = through_a_file({**arrays, "nodes_bias": arrays["nodes_bias"].astype(object)})
    with pytest.raises(nfs.InvalidValueError, match="nodes_bias of arrays cannot be read"):
        nfs.Parameters.from_flyvis(connectome, pickled)
    file = io.BytesIO()
    np.savez(file, **arrays)
    with zipfile.ZipFile(file) as archive:
        at = archive.getinfo("nodes_bias.npy").header_offset + 200
    content = bytearray(file.getvalue())
    content[at] ^= 1
    with pytest.raises(nfs.InvalidValueError, match="nodes_bias of arrays cannot be read"):
        nfs.Parameters.from_flyvis(connectome, np.load(io.BytesIO(bytes(content))))
