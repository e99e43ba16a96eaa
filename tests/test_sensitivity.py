"""Which parameters a response depends on, ranked, over models, drawn and typed."""

import numpy as np
import pandas as pd
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.gradients import PeakResponse

EDGES = nfs.protocols.moving_edge(
    angle=[0, 120, 240], intensity=1, pre_time=40 * ms, tail_time=0 * ms
)
SMALL = {"extent": 2, "time_step": 20 * ms, "progress": False}


@pytest.fixture(scope="module")
def models(connectome):
    return nfs.load_ensemble("flow", connectome)[["000", "003"]]


@pytest.fixture(scope="module")
def found(models):
    return nfs.sensitivity("direction_selectivity_index", models, EDGES, cell_type="T4a", **SMALL)


@pytest.mark.compile
def test_the_table_ranks_medians_and_tells_how_many_agree(found):
    table, effect = found.table, found.effect
    assert len(table) == 735 and found.names == ["000", "003"]
    assert (np.diff(table["effect"].abs()) <= 0).all()
    row = table.iloc[3]
    here = np.ones(735, dtype=bool)
    for name in ("parameter", "cell_type", "source_type", "target_type"):
        here &= effect[name].to_numpy() == row[name]
    values = effect.to_numpy()[:, here][:, 0]
    assert row["effect"] == np.median(values)
    assert row["agreement"] == (np.sign(values) == np.sign(np.median(values))).mean()
    assert row["lower"] <= row["effect"] <= row["upper"]


@pytest.mark.compile
def test_one_per_cent_more_does_what_a_hundredth_of_the_effect_says(found, models):
    row = found.of("synapse_strength").iloc[0]
    pair = (row["source_type"], row["target_type"])
    for k, one in enumerate(models[:1]):
        changed = [
            one.replace(synapse_strength={pair: one.synapse_strength[pair] * factor})
            for factor in (np.exp(1e-4), np.exp(-1e-4))
        ]
        shown = nfs.simulate(EDGES, connectome=one.connectome, parameters=changed, **SMALL)
        index = nfs.analysis.direction_selectivity_index(shown).sel(cell_type="T4a").to_numpy()
        effect = found.effect[k].to_numpy()[
            (found.effect["source_type"] == pair[0]) & (found.effect["target_type"] == pair[1])
        ]
        assert (index[0] - index[1]) / 2e-4 == pytest.approx(effect[0], rel=1e-5)


@pytest.mark.compile
def test_outputs_together_do_what_scaling_all_of_them_does(found, models):
    one = models[0]
    strength = one.synapse_strength
    own = strength[strength.index.get_level_values(0) == "Mi9"]
    changed = [one.replace(synapse_strength=own * np.exp(step)) for step in (1e-4, -1e-4)]
    shown = nfs.simulate(EDGES, connectome=one.connectome, parameters=changed, **SMALL)
    index = nfs.analysis.direction_selectivity_index(shown).sel(cell_type="T4a").to_numpy()
    expected = found.of_outputs().sel(cell_type="Mi9")[0].item()
    assert (index[0] - index[1]) / 2e-4 == pytest.approx(expected, rel=1e-5)


@pytest.mark.compile
def test_the_picture_shows_the_connections_with_the_largest_effects(found):
    circuit, bars = nfs.plotting.plot_sensitivity(found, n_connections=6, n_parameters=5)
    names = {text.get_text() for text in circuit.texts}
    top = found.of("synapse_strength").head(6)
    assert names == {"T4a", *top["source_type"], *top["target_type"]}
    assert len(circuit.patches) == 6 and len(bars.get_yticklabels()) == 5
    right = max(circuit.texts, key=lambda text: text.get_position()[0])
    assert right.get_text() == "T4a"


@pytest.mark.compile
def test_the_command_writes_the_table_and_the_picture(run_command, tmp_path, found):
    table, picture = tmp_path / "effects.csv", tmp_path / "circuit.png"
    code, out, errors = run_command(
        "sensitivity", "flow/000", "--cell-type", "T4a", "--extent", "2", "--time-step", "20",
        "--protocol", "moving_edge", "--set", "angle=0,120,240", "--set", "intensity=1",
        "--set", "pre_time=40 ms", "--set", "tail_time=0 ms", "--rows", "3",
        "-o", str(table), "--plot", str(picture),
    )  # fmt: skip
    assert code == 0, errors
    assert len(pd.read_csv(table)) == 735 and picture.stat().st_size > 10_000
    lines = out.splitlines()
    assert lines[0] == f"direction_selectivity_index of T4a: {float(found.value[0]):.3f}"
    assert len(lines) == 1 + 1 + 3 + 2


def test_bad_input_is_told_with_a_cure(models, run_command):
    for arguments, told in (
        (("peak_response", models[0]), "has no stimulus of its own"),
        (("direction_selectivity", models[0]), "direction_selectivity_index"),
        ((PeakResponse("T4a"), models[0]), "has no stimulus of its own"),
    ):
        with pytest.raises(nfs.InvalidValueError, match=told):
            nfs.sensitivity(*arguments, **({} if len(arguments) > 2 else {"cell_type": "T4a"})
                            if isinstance(arguments[0], str) else {})  # fmt: skip
    with pytest.raises(nfs.InvalidValueError, match="record is not an option"):
        nfs.sensitivity("peak_response", models[0], EDGES, cell_type="T4a", record="all")
    for words, told in (
        (["--cell-type", "T9"], "'T9'"),
        (["--measure", "vector_strength"], "--measure"),
        (["--set", "angle=0"], "--set belongs to --protocol"),
    ):
        code, _, errors = run_command("sensitivity", "flow/000", *words)
        assert code == 2 and told in errors
