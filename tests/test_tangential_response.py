"""What HS and VS say of motion, beside the proxy for models without them."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.analysis import tangential_input, tangential_response

STUDIES = Path(__file__).parent / "data" / "studies"


def responses(types=("T4a", "HS", "VS"), angles=(0, 90, 180, 270)):
    times = np.round(np.arange(1, 13) * 0.1 - 0.5, 12)
    return nfs.Responses(
        xr.DataArray(
            np.random.default_rng(3).normal(size=(2, len(angles), len(times), len(types))),
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": times,
                "cell_type": list(types),
                "angle": ("condition", list(angles)),
            },
            attrs={"stim_time": 0.4, "time_step": 0.1},
        )
    )


def test_it_is_the_mean_voltage_in_the_preferred_direction_minus_that_in_the_null_direction():
    shown = responses()
    voltage = shown.voltage
    during = voltage.isel(time=(voltage["time"] > 0.01) & (voltage["time"] < 0.51)).mean("time")
    found = tangential_response(shown)
    assert found["cell_type"].to_numpy().tolist() == ["HS", "VS"]
    for cell, preferred, null in (("HS", 2, 0), ("VS", 3, 1)):
        own = during.sel(cell_type=cell)
        expected = own.isel(condition=preferred) - own.isel(condition=null)
        np.testing.assert_allclose(found.sel(cell_type=cell), expected, atol=1e-12)


def test_the_rest_falls_out():
    shown = responses()
    # Xarray before 2025.11 drops attributes from a sum.
    raised = nfs.Responses((shown.voltage + 0.7).assign_attrs(shown.voltage.attrs))
    np.testing.assert_allclose(tangential_response(raised), tangential_response(shown), atol=1e-12)


def test_what_cannot_be_answered_is_told():
    with pytest.raises(nfs.InvalidValueError, match="with_lobula_plate"):
        tangential_response(responses(types=("T4a", "T5a")))
    with pytest.raises(nfs.InvalidValueError, match="VS stands for motion towards 270"):
        tangential_response(responses(angles=(0, 180)))


@pytest.mark.compile
def test_a_study_of_tangential_cells_is_replayed_with_hs_and_vs_beside_the_proxy():
    """Without L1, T4 says nothing of bright edges, nor do HS and VS as much as before."""
    model = nfs.with_lobula_plate(nfs.load_parameters("flow/000"))
    shown = nfs.replay(
        "joesch2010", model, "moving_edges", extent=3, time_step=10 * ms, progress=False
    )
    study = nfs.load_study("joesch2010")
    proxy = tangential_input(shown, study.experiments["moving_edges"].flies)
    own = tangential_response(shown)
    assert own.sizes["candidate"] == proxy.sizes["candidate"] == 3
    bright = own.sel(intensity=1).set_index(candidate="perturbation")
    left = bright.sel(candidate="l1_silenced") / bright.sel(candidate="intact")
    assert (bright.sel(candidate="intact") > 0).all()
    assert (left < 0.25).all()


def made_up(folder, cells):
    """A study of the proxy, and of tangential cells beside it."""
    folder.mkdir()
    text = (STUDIES / "silenced2003" / "study.yaml").read_text()
    functions = ["tangential_input", *(["tangential_response"] if cells else [])]
    measures = "".join(
        f"  {function}_left:\n    experiment: edges\n    function: {function}\n"
        "    against: {perturbation: intact, by: ratio}\n"
        "    agreement: {kind: range, ranges: {lost: '<0.25'}}\n"
        for function in functions
    )
    text = f"{text[: text.index('measures:')]}measures:\n{measures}not_replayed: {{}}\n"
    (folder / "study.yaml").write_text(text)
    rows = ["measure,cell_type,condition,value,unit,spread,n,locator,support,remark"]
    fly = "perturbation=t4_and_t5_silenced; intensity=1,lost,,,,made up,primary,"
    rows += [f'tangential_input_left,"T4a, T4d",{fly}']
    rows += [f"tangential_response_left,{cell},{fly}" for cell in cells]
    (folder / "measurements.csv").write_text("\n".join(rows) + "\n")
    return nfs.load_study(folder)


@pytest.mark.compile
def test_studies_ask_hs_and_vs_of_models_without_them_and_the_proxy_stays_as_it_was(
    tmp_path, few_types
):
    model = nfs.load_parameters("flow/000")
    studies = [made_up(tmp_path / "alone", []), made_up(tmp_path / "both", ["HS", "VS"])]
    alone, both = (nfs.compare(model, each, extent=2, progress=False) for each in studies)
    values = both.set_index("cell_type")["model"].astype(float)
    assert values.index.tolist() == ["T4a, T4d", "HS", "VS"]
    assert (abs(values) < 1e-3).all()  # nothing else excites them
    assert alone["model"].iloc[0] == values.iloc[0]
    with pytest.raises(nfs.InvalidValueError, match="lacks cell types"):
        nfs.compare(nfs.Parameters.uniform(few_types), studies[1], extent=1, progress=False)
