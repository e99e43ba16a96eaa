"""HS and VS beside the proxy: asked of the circuit, shown, and in no score."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.analysis import tangential_response
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.judging.of_study import values_of_copy
from neuroflysim.experiments.tangential import askable
from neuroflysim.names import study_keys
from neuroflysim.scoreboard.agreements import agreements_of, columns_of, score_of, that_count
from neuroflysim.scoreboard.families import BESIDE

DATABASE = Path(__file__).parents[1] / "experiments_db"
#: Those that recorded tangential cells, or report of them.
RECORDED = {
    *("ammer2015", "chiappe2010", "joesch2010", "joesch2013", "meier2014", "molinaobando2019"),
    *("schnell2012", "serbe2016"),
}


@pytest.fixture(scope="module")
def model():
    return nfs.load_parameters("flow/000")


@pytest.fixture(scope="module")
def table(model):
    return nfs.compare(model, "schnell2012", extent=2, progress=False)


@pytest.mark.compile
def test_the_row_of_a_cell_is_its_voltage_in_the_circuit_as_it_is_taken_by_hand(model):
    found = nfs.compare(model, "joesch2010", extent=2, progress=False)
    shown = nfs.replay(
        "joesch2010", nfs.with_lobula_plate(model), "moving_edges", extent=2, progress=False
    )
    taken = tangential_response(shown).set_index(candidate="perturbation")
    rows = found[found["measure"] == "tangential_response_left"]
    assert rows["cell_type"].tolist() == ["HS", "VS"] * 2
    for _, row in rows.iterrows():
        fly, intensity = row["condition"].split("; ")
        of_cell = taken.sel(cell_type=row["cell_type"], intensity=int(intensity[-1]))
        left = of_cell.sel(candidate=fly.split("=")[1]) / of_cell.sel(candidate="intact")
        assert row["model"] == pytest.approx(left.item(), rel=1e-3, abs=1e-4)


@pytest.mark.compile
def test_the_table_names_the_proxy_and_the_score_is_that_without_these_rows(table):
    beside = table["beside"] != ""
    assert table["cell_type"][beside].tolist() == ["HS", "VS"]
    assert set(table["beside"][beside]) == {"tangential_input_left_to_gratings"}
    assert not table["strict"][beside].any() and table["agreement"][beside].notna().all()
    turned = table.assign(agreement=table["agreement"].where(~beside, -1))
    pd.testing.assert_frame_equal(
        nfs.scores(turned).drop(columns="n_rows"), nfs.scores(table[~beside]).drop(columns="n_rows")
    )


def test_every_recording_of_these_cells_has_hs_beside_it_and_each_row_a_finding_that_counts():
    asking = {}
    for study in chosen_studies("all"):
        rows = [row for row in study.measurements if study.beside(row)]
        if rows:
            asking[study.key] = rows
        for row in rows:
            (partner,) = (
                one
                for one in study.measurements
                if (one.measure, one.condition) == (study.beside(row), row.condition)
            )
            same = ("value", "unit", "support", "locator")
            assert all(getattr(row, name) == getattr(partner, name) for name in same)
            assert not study.counts(row) and not study.beside(partner)
    assert set(asking) == RECORDED


def test_a_model_that_is_right_but_for_hs_and_vs_has_the_score_of_one_that_is_right():
    studies = [nfs.load_study(key) for key in ("joesch2010", "serbe2016")]
    values = {}
    for study in studies:
        own = values_of_copy(study)
        own[[bool(study.beside(row)) for row in study.measurements]] = np.nan
        values[study.key] = own[None]
    agreements, asked = agreements_of(studies, values), columns_of(studies)
    assert score_of(that_count(agreements, asked)) == pytest.approx(1)
    families = asked["family"].reindex(agreements.columns)
    assert (agreements.loc[:, (families == BESIDE).to_numpy()] == -1).all(axis=None)
    assert (families == BESIDE).sum() == 2 * (families == "tangential_cells").sum()


def test_the_ceiling_does_not_set_hs_of_one_study_beside_hs_of_another():
    from neuroflysim.experiments.judging.ceiling import between_studies

    known = chosen_studies("all")
    for study in known:
        of_cells = [bool(study.beside(row)) for row in study.measurements]
        if study.key in RECORDED:
            assert np.isnan(between_studies(study, known)[of_cells]).all()


@pytest.mark.compile
def test_models_that_cannot_have_the_circuit_are_not_asked_and_the_proxy_is(model, table):
    one = nfs.Pool("T4a", "HS", "1", 1, "made up")
    connectome = model.connectome.with_pools([one])
    own = model.extended(
        connectome,
        time_constant={"HS": 0.02},
        resting_potential={"HS": 0.0},
        synapse_strength={("T4a", "HS"): 0.01},
    )
    found = nfs.compare(own, "schnell2012", extent=2, progress=False)
    cells = found["measure"] == "tangential_response_left_to_gratings"
    assert found["agreement"][cells].isna().all()
    assert found["why_not"][cells].str.contains("not asked: the models lack VS").all()
    proxy = found["measure"] == "tangential_input_left_to_gratings"
    assert found["agreement"][proxy].tolist() == table["agreement"][proxy].tolist()
    (study,) = askable([nfs.load_study("schnell2012")], connectome)
    assert columns_of([study])["family"].unique().tolist() == ["tangential_cells"]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("study.yaml", "beside: tangential_input", "beside: input", "no measure that counts"),
        (
            "study.yaml",
            "beside: tangential_input_left_to_gratings",
            "beside: tangential_response_left_to_gratings",
            "no measure that counts; name one of these",
        ),
        ("study.yaml", "{lost: '<0.25'}}\nnot", "{lost: '<0.5'}}\nnot", "judged by one rule"),
        ("measurements.csv", ",HS,", ",T4a,", "must be HS or VS, but is 'T4a'"),
        ("measurements.csv", "_gratings,HS,perturbation=t4_and_t5_silenced,lost",
         "_gratings,HS,perturbation=t4_and_t5_silenced,<0.2", "that this row of"),
    ],
)  # fmt: skip
def test_a_row_beside_a_proxy_that_does_not_repeat_its_finding_is_refused(
    tmp_path, file, old, new, told
):
    folder = tmp_path / "schnell2012"
    shutil.copytree(DATABASE / "schnell2012", folder)
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))
    with pytest.raises(nfs.StudyError, match=told):
        nfs.load_study(folder)


def test_all_studies_with_the_proxy_are_among_them():
    proxies = {
        key
        for key in study_keys()
        for measure in nfs.load_study(key).measures.values()
        if measure.function == "tangential_input"
    }
    assert proxies == RECORDED - {"chiappe2010"}


@pytest.mark.compile
def test_the_report_says_which_rows_are_of_hs_and_vs_and_that_they_are_in_no_score(model, tmp_path):
    from neuroflysim.report.studies import write_report

    path = write_report(
        tmp_path / "page.html",
        model,
        "schnell2012",
        lattice=nfs.Lattice(extent=2),
        with_headline=False,
    )
    page = path.read_text(encoding="utf-8")
    assert page.count("beside tangential input left to gratings, in no score</span>") == 2
    assert "HS and VS of the circuit lobula_plate beside tangential_input_left_to_gratings" in page
    assert "<b>2</b><span>of HS and VS stand beside a proxy, in no score" in page
