"""The table of a screen: what one would get fly by fly."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.plotting.screen import plot_screen


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(0).uniform(size=(2, 30, 19))


@pytest.fixture(scope="module")
def flies():
    return [nfs.Silence("Mi1"), (nfs.Silence("Mi9"), nfs.Clamp("Tm3", 0.1)), nfs.Cut("L1", "Mi1")]


@pytest.fixture(scope="module")
def table(frames, flies, start, random_parameters):
    return nfs.screen(
        frames, parameters=[start, random_parameters], perturbations=flies, extent=2, progress=False
    )


@pytest.mark.compile
def test_a_screen_is_what_flies_give_one_by_one(
    table, frames, flies, start, random_parameters, connectome
):
    assert len(table) == 2 * len(flies) * 65
    for number, parameters in enumerate([start, random_parameters]):
        for k, fly in enumerate(flies):
            rows = table[table["candidate"] == number].iloc[65 * k : 65 * (k + 1)]
            for column, done in (("intact", None), ("perturbed", [fly])):
                voltage = nfs.simulate(
                    frames,
                    connectome=connectome,
                    parameters=parameters,
                    perturbations=done,
                    extent=2,
                    dtype="float32",
                    progress=False,
                ).voltage[0]
                expected = voltage.max(("condition", "time")) - voltage.min(("condition", "time"))
                assert rows["cell_type"].tolist() == expected["cell_type"].to_numpy().tolist()
                assert (rows[column].to_numpy() == expected.to_numpy()).all()
    assert (table["change"] == table["perturbed"] - table["intact"]).all()


@pytest.mark.compile
def test_flies_in_several_runs_are_the_same(table, frames, flies, start, monkeypatch):
    monkeypatch.setattr("neuroflysim.screening.VOLTAGE_BYTES", 1)
    again = nfs.screen(frames, parameters=start, perturbations=flies, extent=2, progress=False)
    pd.testing.assert_frame_equal(again, table[table["candidate"] == 0], check_exact=True)


@pytest.mark.compile
def test_each_cell_type_is_silenced_if_nothing_else_is_asked_for(connectome, start, frames):
    table = nfs.screen(frames[:1, :2], parameters=start, extent=2, progress=False)
    assert table["perturbation"].drop_duplicates().tolist() == [
        f"silence {name}" for name in connectome.cell_types.index
    ]


@pytest.mark.compile
def test_what_is_no_measure_or_perturbs_nothing_is_refused(frames, start):
    options = {"parameters": start, "extent": 2, "progress": False}
    with pytest.raises(nfs.InvalidTypeError, match="measure returned float, but must return"):
        nfs.screen(frames, lambda responses: 1.0, **options)
    with pytest.raises(nfs.InvalidValueError, match="the intact fly only"):
        nfs.screen(frames, perturbations=[None], **options)


def test_the_map_shows_the_median_change_as_a_part_of_the_intact_value():
    table = pd.DataFrame(
        {
            "candidate": [0, 0, 1, 1, 2, 2],
            "perturbation": "silence Mi1",
            "cell_type": ["T4a", "Am"] * 3,
            "intact": [2.0, 0.0, 1.0, 0.0, 4.0, 0.0],
            "perturbed": [1.0, 0.1, 0.9, 0.1, 0.0, 0.1],
        }
    )
    table["change"] = table["perturbed"] - table["intact"]
    axes = plot_screen(table)
    (image,) = axes.get_images()
    shown = np.ma.filled(image.get_array(), np.nan)
    names = [tick.get_text() for tick in axes.get_xticklabels()]
    assert shown[0, names.index("T4a")] == pytest.approx(-0.5)
    assert np.isnan(shown[0, names.index("Am")])
    with pytest.raises(nfs.InvalidValueError, match="choose one intensity first"):
        plot_screen(pd.concat([table.assign(intensity=k) for k in (0, 1)]))


@pytest.mark.compile
def test_the_command_writes_the_table_and_the_map(tmp_path, start):
    start.save(tmp_path / "start.csv")
    table, picture = tmp_path / "table.csv", tmp_path / "map.png"
    words = ["screen", "flash", "--parameters", str(tmp_path / "start.csv"), "--extent", "1"]
    words += ["--silence", "Mi1,T4a+T4b", "--output", str(table), "--plot", str(picture)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert pd.read_csv(table)["perturbation"].unique().tolist() == [
        "silence Mi1", "silence T4a+T4b",
    ]  # fmt: skip
    assert picture.read_bytes().startswith(b"\x89PNG")
    wrong = CliRunner().invoke(app, [*words, "--measure", "range"])
    assert "--measure is 'range', but must be one of" in wrong.stderr
