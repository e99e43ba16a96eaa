"""The page to look through responses: its numbers are those of the file, and hands can use it."""

import html
import re
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.explore import contents

MADE_UP = run_path(str(Path(__file__).with_name("explored.py")))
EVIL, made_up, held, decoded = (MADE_UP[name] for name in ("EVIL", "made_up", "held", "decoded"))


@pytest.fixture(scope="module")
def responses(connectome, random_parameters):
    return made_up(connectome, random_parameters)


@pytest.fixture(scope="module")
def page(responses, random_parameters):
    """Of the second candidate."""
    return responses.explore(candidate=1, parameters=random_parameters)


def of_type(signal, name):
    return signal.isel(neuron=(signal["cell_type"] == name).to_numpy())


def test_the_numbers_of_the_page_are_those_of_the_file_to_half_a_step(responses, tmp_path):
    responses.save(tmp_path / "responses.nc")
    loaded = nfs.load_responses(tmp_path / "responses.nc")
    page = loaded.explore(tmp_path / "page.html", candidate=1)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page.html
    data, signal = held(page), loaded.signal[1].sel(time=slice(-0.1001, None))
    assert data["times"] == signal["time"].to_numpy().tolist()
    names = dict.fromkeys(signal["cell_type"].to_numpy().tolist())
    assert [one["name"] for one in data["types"]] == list(names)
    for one in data["types"]:
        expected = of_type(signal, one["name"])
        values = expected.to_numpy()
        assert one["step"] == pytest.approx(np.ptp(values) / 4095)
        found = decoded(data, one)
        assert np.abs(found - values).max() <= one["step"] / 2 * (1 + 1e-6)
        columns = np.array(data["columns"])[one["cells"]]
        assert columns.tolist() == np.column_stack([expected["u"], expected["v"]]).tolist()
        rest = found[:, np.array(data["times"]) <= 0].mean(axis=1, keepdims=True)
        assert one["limit"] == pytest.approx(np.abs(found - rest).max())
    coarsest = max(one["step"] for one in data["types"])
    assert f"the largest step is {coarsest:.2g}" in page.html


def test_values_that_are_missing_or_alike_are_read_so(responses):
    signal = responses.signal.copy(deep=True)
    signal[1, 2, 25:] = np.nan
    signal[:, :, :, (signal["cell_type"] == "L1").to_numpy()] = 0.25
    data = held(nfs.Responses(signal).explore(candidate=1, begin=0 * ms))
    for one in data["types"]:
        found = decoded(data, one)
        if one["name"] == "L1":
            assert (found == 0.25).all() and one["limit"] == 1
        else:
            expected = of_type(signal[1].sel(time=slice(0, None)), one["name"]).to_numpy()
            assert (np.isnan(found) == np.isnan(expected)).all() and np.isnan(found).any()


def test_the_page_needs_nothing_else_and_names_are_no_part_of_it(page):
    text = page.html
    assert text.count("<script") == text.count("</script>") == 2
    assert "alert" in text and EVIL not in text and "alert('" not in re.sub(r"\\u003c.*", "", text)
    assert "default-src 'none'" in text
    for word in ("http:", "https:", "url(", "@import", "fetch(", "XMLHttp", "eval(", "innerHTML"):
        assert word not in text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"<(link|iframe|img|object)\b", text)


def test_a_notebook_shows_the_page_in_a_frame(page):
    (inside,) = re.findall(r'srcdoc="([^"]*)"', page._repr_html_())
    assert html.unescape(inside) == page.html
    assert repr(page).startswith("<Exploration: 6 cell types, 3 conditions, 35 times, 0.")


def test_a_page_tells_what_it_shows(responses, page):
    assert "candidate 1 of 2" in page.html and "extent 3" in page.html
    assert held(page)["conditions"] == ["angle 0", "angle 90", "angle 180"]
    trials = responses.signal.expand_dims(trial=2, axis=2)
    flies = trials.assign_coords(perturbation=("candidate", ["intact", "silence L1"]))
    told = nfs.Responses(flies.copy()).explore(candidate=1, cell_types="Mi1")
    assert "mean of 2 trials" in told.html and "fly: silence L1" in told.html
    assert [one["name"] for one in held(told)["types"]] == ["Mi1"]
    central = responses.central().explore()
    assert held(central)["columns"] == [[0, 0]] and len(held(central)["types"]) == 6


def test_a_long_recording_is_thinned_to_what_a_page_holds_and_says_so(responses, monkeypatch):
    whole = responses.explore(begin=-1000 * ms)
    monkeypatch.setattr(contents, "MOST_FOR_NUMBERS", 20_000)
    page = responses.explore(begin=-1000 * ms)
    times, every = held(whole)["times"], re.search(r"every (\d)\w\w sample is on", page.html)
    assert "sample is on this page" not in whole.html and len(times) == 40
    assert held(page)["times"] == times[:: int(every[1])] and int(every[1]) > 1
    assert sum(len(text) for one in held(page)["types"] for text in one["data"]) <= 20_000
    monkeypatch.setattr(contents, "MOST_FOR_NUMBERS", 5_000)
    with pytest.raises(nfs.InvalidValueError, match=r"6 cell types in 3 conditions .* fewer"):
        responses.explore()
    few = responses.explore(cell_types=["Lawf2"])
    assert len(held(few)["times"]) >= 12


@pytest.mark.slow
def test_a_page_of_twelve_conditions_at_extent_15_is_below_10_mb():
    """Of the noisiest numbers that there are: those of a model are far smaller."""
    u, v = nfs.Lattice(extent=15).columns.T
    rng = np.random.default_rng(0)
    voltage = rng.normal(size=(1, 12, 150, 4 * len(u))).astype(np.float32)
    coords = {"time": np.arange(150) / 100, "cell_type": ("neuron", np.repeat(list("abcd"), 721))}
    coords |= {"u": ("neuron", np.tile(u, 4)), "v": ("neuron", np.tile(v, 4))}
    dims = ("candidate", "condition", "time", "neuron")
    page = nfs.Responses(xr.DataArray(voltage, dims=dims, coords=coords)).explore()
    assert len(page.html.encode()) < contents.MOST_BYTES
    assert "sample is on this page" in page.html


def test_what_does_not_belong_to_the_responses_is_refused(responses, connectome, without_strides):
    other = nfs.Parameters.uniform(connectome)
    for wrong, words in (
        ({"parameters": other}, "not made with these parameters"),
        ({"connectome": without_strides}, "not made with this connectome"),
        ({"candidate": 2}, "there are 2, counted from 0"),
        ({"cell_types": []}, "name one cell type or more"),
        ({"cell_types": ["T4x"]}, "'T4x'"),
        ({"begin": 800 * ms}, "no sample lies between begin = 0.8 s and end = 0.58 s"),
        ({"path": "page.htm"}, r"\.html"),
    ):
        with pytest.raises(nfs.InvalidValueError, match=words):
            responses.explore(**wrong)
    for wrong in ({"begin": 3}, {"parameters": "flow/000"}, {"connectome": 3}):
        with pytest.raises(nfs.InvalidTypeError):
            responses.explore(**wrong)


def test_of_another_connectome_no_inputs_are_told(responses):
    signal = responses.signal.assign_attrs(connectome_sha256="0" * 64)
    assert "why_not" in held(nfs.Responses(signal).explore())["inputs"]


def test_the_command_writes_the_page(responses, page, tmp_path, run_command, random_parameters):
    responses.save(tmp_path / "maps.nc")
    random_parameters.save(tmp_path / "mine.json")
    words = ("explore", str(tmp_path / "maps.nc"), "-o", str(tmp_path / "page.html"))
    more = ("--candidate", "1", "--parameters", str(tmp_path / "mine.json"))
    code, output, _ = run_command(*words, *more)
    assert code == 0 and output.splitlines() == [page.told, str(tmp_path / "page.html")]
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page.html
    code, _, _ = run_command(*words, "--cell-types", "Mi1,T4a", "--begin", "0", "--end", "100")
    data = held(SimpleNamespace(html=(tmp_path / "page.html").read_text(encoding="utf-8")))
    assert code == 0 and data["times"] == [0, 0.02, 0.04, 0.06, 0.08, 0.1]
    assert [one["name"] for one in data["types"]] == ["Mi1", "T4a"]
    code, _, errors = run_command(*words[:3], "page.pdf")
    assert code == 2 and ".html" in errors
