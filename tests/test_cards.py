"""What notebooks show of objects: small, whole and escaped HTML that says what the objects hold."""

import re
from html.parser import HTMLParser

import attrs
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim.fit.result import Fit
from neuroflysim.notebook import bars, curves, diverging, grey, hexagons
from neuroflysim.stimulus.card import SMALL

EVIL = "<script>alert('\"&')</script>"


class Card(HTMLParser):
    """Notes what is not closed, texts, and the attributes of all elements."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.texts, self.elements = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.elements.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def card_of(thing):
    """The card, once it is known to be sound."""
    text = thing._repr_html_()
    card = Card(text)
    assert not card.wrong and not card.open
    assert {tag for tag, _ in card.elements} <= {
        "div", "b", "table", "thead", "tbody", "tr", "th", "td", "svg", "path", "polyline", "rect",
        "text", "g",
    }  # fmt: skip
    assert len(text) < 60_000 and "http" not in text and "url(" not in text
    return card


def colors_of(card):
    """How many hexagons of each colour the maps have, map by map."""
    maps = []
    for tag, named in card.elements:
        if tag == "svg":
            maps.append({})
        elif tag == "path" and "l-15 26" in named["d"]:
            maps[-1][named["fill"]] = named["d"].count("M")
    return [one for one in maps if one]


def record_of(values, **coords):
    """Responses of three columns of Mi1, one candidate and one condition."""
    return xr.DataArray(
        np.asarray(values, float)[None, None], dims=("candidate", "condition", "time", "neuron"),
        coords={
            "time": [-0.02, 0.0, 0.02], "cell_type": ("neuron", ["Mi1"] * 3),
            "u": ("neuron", [0, 0, 1]), "v": ("neuron", [0, 1, 0]), **coords,
        },
        name="voltage",
    )  # fmt: skip


def test_a_connectome_tells_its_sizes_and_has_a_square_for_each_connection(connectome):
    card = card_of(connectome)
    assert {"65", "605", "2,378"} <= set(card.texts)
    drawn = [named["d"].count("h1v1") for tag, named in card.elements if tag == "path"]
    signs = connectome.connections["sign"]
    assert drawn == [(signs > 0).sum(), (signs < 0).sum()]


def test_parameters_tell_the_spread_of_their_values(connectome, random_parameters):
    texts = card_of(random_parameters).texts
    for values in (
        random_parameters.time_constant * 1000,
        random_parameters.resting_potential,
        random_parameters.synapse_strength,
    ):
        assert f"{np.median(values):.4g}" in texts
    own = nfs.Parameters.uniform(connectome, dynamics="adapting")
    assert {"adapting", *own.declaration.parameters} <= set(card_of(own).texts)


@pytest.mark.parametrize("name", ["flash", "moving_edge", "looming", "white_noise"])
def test_the_thumbnail_of_a_protocol_shows_its_luminance(name):
    protocol = nfs.protocols.LIBRARY[name]()
    card = card_of(protocol)
    maps = colors_of(card)
    assert 1 <= len(maps) <= 4
    (caption,) = [text for text in card.texts if text.startswith("condition ")]
    condition, moments = re.match(r"condition (\d+) at ([\d, ]+) ms", caption).groups()
    shown = protocol.luminance(SMALL, time_step=20 * ms)[int(condition)]
    for drawn, moment in zip(maps, moments.split(", "), strict=True):
        at = np.abs(shown["time"].to_numpy() - int(moment) / 1000).argmin()
        assert pd.Series(grey(shown[at])).value_counts().to_dict() == drawn


def test_a_protocol_that_cannot_be_drawn_has_a_card_that_says_why():
    def broken(eye, times, background):
        raise RuntimeError(EVIL)

    texts = card_of(nfs.Protocol("mine", frames=broken, stim_time=1 * second)).texts
    assert any("It cannot be drawn: RuntimeError" in text and EVIL in text for text in texts)


def test_a_stimulus_that_is_very_short_or_very_long_has_a_card():
    for stim_time in (0.1 * ms, 3000 * second):
        protocol = nfs.Protocol("mine", "luminance = 0.2 : 1", stim_time=stim_time)
        assert len(colors_of(card_of(protocol))) >= 1


def test_responses_show_the_columns_where_they_are_and_the_sign_of_their_change():
    card = card_of(nfs.Responses(record_of([[9, 5, 5], [1, 1, 1], [1.1, 3, -1]])))
    (drawn,) = colors_of(card)
    assert drawn == {diverging([0.05], 1)[0]: 1, "#b2182b": 1, "#2166ac": 1}
    assert any("change of voltage of Mi1 at 20 ms" in text for text in card.texts)
    places = {
        named["fill"]: re.match(r"M(-?\d+) (-?\d+)", named["d"]).groups()
        for tag, named in card.elements
        if tag == "path"
    }
    x, y = nfs.lattice.position([0, 1], [1, 0])
    for color, right, up in zip(("#b2182b", "#2166ac"), x, y, strict=True):
        found = np.array(places[color], float) - (30, 0)
        assert found / 52 == pytest.approx([right, -up], abs=0.01)


def test_responses_of_any_form_have_a_card():
    signal = record_of([[0, 0, 0], [1, np.nan, 1], [1, 1, -1]])
    trials = signal.expand_dims(trial=2, axis=2)
    central = signal.isel(neuron=[0]).swap_dims(neuron="cell_type").drop_vars(["u", "v"])
    bare = signal.drop_vars(["time", "cell_type", "u", "v"])
    for one in (signal, trials, central, bare, signal.rename("calcium"), signal[:, :, :0]):
        assert "Responses" in card_of(nfs.Responses(one)).texts
    named = signal.assign_coords(intensity=("condition", [0.25]))
    texts = card_of(nfs.Responses(named, {"adaptation": named.copy()})).texts
    assert {"intensity", "0.25", "voltage, adaptation"} <= set(texts)


def test_a_map_of_many_columns_stays_small():
    u, v = nfs.Lattice(extent=25).columns.T
    voltage = np.random.default_rng(0).normal(size=(1, 1, 2, len(u)))
    coords = {"time": [0.0, 0.1], "cell_type": ("neuron", ["L1"] * len(u))}
    coords |= {"u": ("neuron", u), "v": ("neuron", v)}
    dims = ("candidate", "condition", "time", "neuron")
    card = card_of(nfs.Responses(xr.DataArray(voltage, dims=dims, coords=coords)))
    assert any("the middle 721 columns" in text for text in card.texts)
    assert sum(colors_of(card)[0].values()) == 721


def test_an_ensemble_lists_its_models():
    for name in ("flow", "flyvis"):
        ensemble = nfs.load_ensemble(name)
        texts = card_of(ensemble).texts
        assert {f"Ensemble {name}", str(len(ensemble)), *ensemble.names[:8]} <= set(texts)
        assert f"and {len(ensemble.table) - 8} more" in texts


def test_a_study_tells_who_measured_what():
    study = nfs.load_study("gruntman2019")
    texts = card_of(study).texts
    assert str(study.citation)[:299] in texts[1]
    assert set(study.experiments) <= set(texts)
    evil = attrs.evolve(study, method=EVIL, key=EVIL)
    assert f"Study {EVIL}" in card_of(evil).texts


def test_a_recording_shows_its_trials_and_what_was_shown():
    signal = xr.DataArray(
        [[-60.0, -58.0, -55.0], [-61.0, np.float64(-57.0), -56.0]], dims=("trial", "time"),
        coords={"time": [0.0, 0.1, 0.2], "cell_type": ("trial", [EVIL] * 2),
                "intensity": ("trial", [0.0, 0.75])},
        attrs={"units": "mV"},
    )  # fmt: skip
    card = card_of(nfs.Recording(signal))
    assert {"3, 10 a second", EVIL, "0.75", "-55", "-61"} <= set(card.texts)
    assert sum(tag == "polyline" for tag, _ in card.elements) == 2


def test_a_fit_and_its_recipe_tell_their_numbers(start):
    for name, recipe in nfs.RECIPES.items():
        texts = card_of(recipe).texts
        assert f"{recipe.evaluations:,}" in texts, name
        assert {field.replace("_", " ") for field in recipe.to_dict()} - set(texts) == {"stages"}
    curve = pd.DataFrame({"evaluations": [4, 8], "r2_median": [0.1, np.nan], "r2_best": [0.2, 0.3]})
    failed = {"stable": False, "reason": EVIL}
    record = {"r2": None, "stability": failed, "evaluations": 8, "seed": 3}
    card = card_of(Fit(start, record, curve, None))
    assert f"no: {EVIL}" in card.texts and "nan" in card.texts
    assert card_of(Fit(start, record, curve.iloc[:0], None)).texts


def test_names_of_others_are_no_part_of_a_card():
    responses = nfs.Responses(record_of(np.ones((3, 3)), cell_type=("neuron", [EVIL] * 3)))
    responses.signal.attrs["stimulus"] = EVIL
    assert sum(EVIL in text for text in card_of(responses).texts) >= 3


def test_pictures_hold_the_extremes_of_what_they_draw():
    curve = curves(np.linspace(0, 1, 1000), [np.linspace(-2, 7, 1000)], "a line")
    points = re.search(r'points="([^"]+)"', curve)[1].split()
    assert len(points) == 120 and points[0] == "0.0,70.0" and points[-1] == "220.0,0.0"
    heights = re.findall(r'height="([\d.]+)"', bars([0] * 3 + [1], "a histogram"))
    assert "44" in heights and "14.7" in heights
    assert curves([0.0], [[np.nan]], "nothing") and bars([2.0], "one")
    assert 'aria-label="&lt;i&gt;"' in hexagons([0], [0], ["#fff"], "<i>")
