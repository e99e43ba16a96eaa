"""What the pages for newcomers show runs, and what they say is so."""

import pickle
import re
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import brian2
import numpy as np
import pytest

import neuroflysim as nfs

pytestmark = [pytest.mark.docs, pytest.mark.compile]

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page):
    """Return the Python of a page, that in tables too."""
    found = re.findall(r"^[ *-]*```python\n(.*?)^ *```$", (DOCS / page).read_text(), re.M | re.S)
    return [dedent(code) for code in found]


def run(code, names):
    exec(compile(code, "page", "exec"), names)


def test_a_newcomer_sees_t4a_prefer_the_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(brian2.prefs, "logging.display_brian_error_message", True)
    names = {}
    for block in blocks("start.md"):
        run(block, names)
    assert not brian2.prefs["logging.display_brian_error_message"]
    peak = names["peak"].swap_dims(condition="angle")
    assert peak.sel(angle=180, cell_type="T4a") > 2 * peak.sel(angle=0, cell_type="T4a")
    assert peak.sel(angle=0, cell_type="T4b") > 2 * peak.sel(angle=180, cell_type="T4b")
    assert (tmp_path / "edges.png").is_file()
    assert names["table"]["time"].agg(["min", "max"]).tolist() == [-0.1, 0.5]
    assert set(names["table"]["condition"]) == {0} and set(names["table"]["angle"]) == {180}
    expected = names["responses"].sel(angle=180, time=slice(-0.1, 0.5))["T4a"]
    assert names["table"]["voltage"].to_numpy() == pytest.approx(expected.to_numpy().ravel())


def test_plain_brian2_gives_the_same_voltages(monkeypatch):
    model, comparison, *_, own = blocks("from_brian2.md")
    names = {}
    with monkeypatch.context() as patched:  # no compiler for a network of this size
        patched.setitem(brian2.prefs, "codegen.target", "numpy")
        run(model, names)
    run(comparison, names)
    assert names["difference"].shape == (150, 65)
    assert np.abs(names["difference"]).max() < 1e-12
    assert np.ptp(names["responses"].voltage.to_numpy()) > 0.1
    run(own, names)
    assert names["saturating"].state_variables == {"voltage"}


def test_the_same_task_in_neuroflysim(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    ours = [block for block in blocks("from_flyvis.md") if "nfs." in block]
    *tasks, conversion = ours
    small = {"(2, 30, 721)": "(2, 30, 7)", "time_step=": "extent=1, time_step="}
    for block in tasks:
        for shown, instead in small.items():
            block = block.replace(shown, instead)
        run(block, names)
    assert names["index"].sizes["cell_type"] == 65
    slower, parameters = names["slower"], names["parameters"]
    assert (slower.time_constant != parameters.time_constant).sum() == 1
    assert names["silenced"].voltage["perturbation"].item() == "silence Mi9"
    (theirs,) = [block for block in blocks("from_flyvis.md") if "np.savez" in block]
    parameters = names["fitted_here"]["000"]
    run(theirs, {"network": _like_flyvis(parameters)})
    run(conversion, names)
    again = nfs.load_parameters("mine.json")
    same = again.synapse_strength == parameters.synapse_strength
    assert same.index[~same].tolist() == [("Lawf1", "Lawf1")]
    assert again.time_constant.equals(parameters.time_constant)


def _like_flyvis(parameters):
    """Return what a network of flyvis answers when it is asked for its parameters."""
    connectome = parameters.connectome
    pairs = connectome.connections.drop([("Lawf1", "Lawf1")])  # joins no two cells
    joined = np.unique(connectome.network(15).pair_offset)
    offsets = connectome.offsets.iloc[joined]
    columns = ["source_type", "target_type", "du", "dv"]
    edges = {
        "syn_strength": SimpleNamespace(keys=list(pairs.index)),
        "syn_count": SimpleNamespace(
            keys=list(offsets[columns].itertuples(index=False, name=None))
        ),
    }
    values = {
        "nodes_bias": parameters.resting_potential,
        "nodes_time_const": parameters.time_constant,
        "edges_sign": pairs["sign"],
        "edges_syn_count": np.log(offsets["synapse_count"]),
        "edges_syn_strength": parameters.synapse_strength[pairs.index],
    }
    return SimpleNamespace(
        node_params=SimpleNamespace(bias=SimpleNamespace(keys=list(connectome.cell_types.index))),
        edge_params=SimpleNamespace(**edges),
        named_parameters=lambda: [(name, _Tensor(value)) for name, value in values.items()],
    )


class _Tensor:
    def __init__(self, values):
        self._values = values

    def numpy(self, force):
        """Return the values; PyTorch hands out those with gradients only by force."""
        assert force
        return self._values.to_numpy(dtype=float)


def test_dynamics_are_declared_and_shown_as_the_page_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (
        shunting, coupled, junctions, declaring, making, uneven, modulated, looking, asking,
        firing, kept, octopamine, dim,
    ) = blocks("dynamics.md")  # fmt: skip
    names = {}
    run(shunting, names)
    assert np.isfinite(names["responses"].voltage).all()
    run(coupled, names)
    assert names["responses"].voltage.attrs["dynamics"] == "coupled"
    run(junctions, names)
    assert names["own"].connectome.electrical["conductance"].tolist() == [0.2]
    assert set(names["responses"].voltage["parameters_sha256"].values) == {names["own"].checksum}
    for code in (declaring, making, uneven):
        run(code, names)
    voltage = names["responses"].voltage
    assert voltage.sizes["candidate"] == 4
    assert abs(voltage[0] - voltage[1]).max() > 1e-3  # Mi1 facilitates no more
    assert names["fitted"].by_type("facilitation")[["Mi1", "Tm3"]].tolist() == [0.2, 0]
    for code, label in ((modulated, "arousal at 1"), (octopamine, "octopamine at 1")):
        run(code, names)
        intact, level = names["responses"].voltage[:2]
        assert level["perturbation"].item() == label and abs(intact - level).max() > 1e-3
    run(looking, names)
    adaptation = names["responses"]["adaptation"]
    assert (
        adaptation.sel(cell_type="Mi1").max() > 0.1 and (adaptation.sel(cell_type="L1") == 0).all()
    )
    run(asking, names)
    assert set(names["table"]["dynamics"]) == {"conductance"}
    run(firing, names)
    shown = [
        names["responses"][name].sel(cell_type="R1").isel(candidate=0, condition=1)
        for name in ("rate", "output")
    ]
    assert shown[0].min() >= 0 and shown[0].max() <= 1
    sooner, later = (each.diff("time").argmax("time") for each in shown)  # steepest rise
    assert sooner < later  # of the bright flash
    run(kept, names)  # holds an assertion of its own
    run(dim, names)
    assert names["responses"].voltage.attrs["dynamics"] == "light_adapting"


def test_the_answers_are_true(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks("faq.md"):
        run(block, names)
    assert names["mine"] == names["connectome"]
    assert capsys.readouterr().out.startswith("238 of 2378\n")
    both = names["both"].voltage.to_numpy()
    apart = [names[one].voltage.to_numpy()[0] for one in ("before", "after")]
    assert both.tobytes() == np.stack(apart).tobytes()
    assert pickle.loads(pickle.dumps(names["slower"])) == names["slower"]
    assert pickle.loads(pickle.dumps(names["both"])).voltage.equals(names["both"].voltage)
    with pytest.raises(nfs.SimulationError, match="another process"):
        pickle.dumps(names["program"])
    assert len(names["table"]) == both.size
