"""The script that makes the ensemble of flyvis' models believes nothing that it has not checked."""

import hashlib
import json
import zipfile

import numpy as np
import pytest

import neuroflysim as nfs


@pytest.fixture
def wheel_module(monkeypatch, request):
    monkeypatch.syspath_prepend(request.config.rootpath / "benchmarks")
    import flyvis_wheel

    return flyvis_wheel


@pytest.fixture
def arrays(connectome):
    """The arrays of a wheel with the first two models, as our own files have them."""
    models = nfs.load_ensemble("flyvis", connectome)[:2]
    types = list(connectome.cell_types.index)
    pairs = connectome.connections.drop([("Lawf1", "Lawf1")])
    table = connectome.offsets.iloc[np.unique(connectome.network(15).pair_offset)]
    place = {pair: k for k, pair in enumerate(pairs.index)}
    ends = zip(table["source_type"], table["target_type"], strict=True)
    return {
        "pair_source": np.array([types.index(source) for source, _ in pairs.index], "uint16"),
        "pair_target": np.array([types.index(target) for _, target in pairs.index], "uint16"),
        "pair_sign": pairs["sign"].to_numpy("int8"),
        "group_pair": np.array([place[pair] for pair in ends], "uint16"),
        "group_du": table["du"].to_numpy("int16"),
        "group_dv": table["dv"].to_numpy("int16"),
        "group_n_syn": table["synapse_count"].to_numpy("float32"),
        "bias": np.array([one.resting_potential for one in models], "float32"),
        "time_const_s": np.array([one.time_constant for one in models], "float32"),
        "strength": np.array([one.synapse_strength[pairs.index] for one in models], "float32"),
    }


@pytest.fixture
def written(tmp_path, arrays, connectome, wheel_module):
    """Writes a wheel, its manifest or an array other than it should be, and reads it."""

    def write(types=None, damaged=None, **changed):
        manifest = {"strings": {"type": types or list(connectome.cell_types.index)}, "arrays": []}
        path = tmp_path / "made.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, values in (arrays | changed).items():
                content = np.ascontiguousarray(values).tobytes()
                digest = hashlib.sha256(content).hexdigest()
                one = {"name": name, "file": f"{name}.bin", "dtype": str(values.dtype)}
                manifest["arrays"].append({**one, "shape": values.shape, "sha256": digest})
                stored = content[:-1] + b"\x11" if name == damaged else content
                archive.writestr(f"{wheel_module.FOLDER}/{name}.bin", stored)
            archive.writestr(f"{wheel_module.FOLDER}/manifest.json", json.dumps(manifest))
            archive.writestr(f"{wheel_module.FOLDER}/{wheel_module.LICENSE}", "MIT")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return wheel_module.models_of(wheel_module.read_wheel(path, digest), connectome)

    return write


@pytest.mark.slow
def test_what_the_script_reads_is_what_is_in_the_box(written, connectome):
    found, box = written(), nfs.load_ensemble("flyvis", connectome)
    assert list(found) == ["000", "001"]
    assert all(found[name] == box[name] for name in found)


def test_another_wheel_is_refused(tmp_path, wheel_module):
    path = tmp_path / wheel_module.WHEEL
    path.write_bytes(b"something else")
    with pytest.raises(nfs.InvalidValueError, match=r"has SHA-256 .* download that one"):
        wheel_module.read_wheel(path)


def test_an_array_that_is_not_what_the_manifest_says_is_refused(written):
    with pytest.raises(nfs.InvalidValueError, match="strength has SHA-256"):
        written(damaged="strength")


def test_another_order_of_types_or_connections_is_refused(written, arrays, connectome):
    with pytest.raises(nfs.InvalidValueError, match=r"the cell types of .* in another order"):
        written(types=list(connectome.cell_types.index)[::-1])
    turned = {name: arrays[name][::-1] for name in ("pair_source", "pair_target")}
    with pytest.raises(nfs.InvalidValueError, match=r"the connections of .* in another order"):
        written(**turned)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pair_sign", "edges_sign of R1 -> L1 is 1, but -1"),
        ("group_n_syn", "edges_syn_count of R1 -> L1"),
        ("group_du", "offsets holds R1 -> L1 at the offset"),
    ],
)
def test_a_sign_a_count_or_an_offset_that_differs_is_refused(written, arrays, name, said):
    changed = arrays[name].copy()
    changed[0] = -changed[0] if name == "pair_sign" else changed[0] + 9
    with pytest.raises(nfs.InvalidValueError, match=said):
        written(**{name: changed})


def test_decimals_are_the_shortest_that_give_the_float32_back(wheel_module):
    values = np.array([0.1, 1 / 3, 16777217.0, 1e-7], dtype=np.float32)
    found = wheel_module.shortest(values)
    assert found.tolist() == [0.1, 0.33333334, 16777216.0, 1e-7]
    assert np.array_equal(found.astype(np.float32), values)
