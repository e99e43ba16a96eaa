"""The report: whole, self-contained, traceable to every row, and never more than its table."""

import base64
import io
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from PIL import Image
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.experiments.comparison import compared
from neuroflysim.experiments.judging.of_study import values_of_copy
from neuroflysim.perturbations import Fly
from neuroflysim.plotting import plot_curves, plot_values
from neuroflysim.plotting.comparison import curve_coordinate
from neuroflysim.plotting.recorded import plot_recorded
from neuroflysim.report.headline import headline
from neuroflysim.report.overview import measure_scores
from neuroflysim.report.provenance import provenance
from neuroflysim.report.studies import report_page, write_report
from neuroflysim.report.traces import Traces
from neuroflysim.validation.headline import QUANTITIES

EXAMPLES = Path(__file__).parent / "data" / "studies"
VOID = {"meta", "img", "br", "path", "circle", "hr"}


class Page(HTMLParser):
    """Notes what opens and closes, what is linked, and what is drawn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.links, self.sources, self.ids, self.tags = (
            [],
            [],
            [],
            [],
            [],
            [],
        )
        self.words = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        (self.links if tag == "a" else self.sources).extend(
            attrs[name] for name in ("href", "src", "data", "srcset", "poster") if name in attrs
        )

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def made_up_responses(study, experiment):
    """Voltages of an experiment without a simulation: the same course in every condition."""
    protocol = study.experiments[experiment].build()
    time = np.linspace(-0.1, 0.5, 31)
    types = ["L1", "Mi1", "Tm1", "Tm3", *(f"T{k}{letter}" for k in (4, 5) for letter in "abcd")]
    rise = np.clip(time, 0, None)
    voltage = xr.DataArray(
        np.tile(rise[None, None, :, None], (1, protocol.n_conditions, 1, len(types))),
        dims=("candidate", "condition", "time", "cell_type"),
        coords={
            "time": time,
            "cell_type": types,
            **{name: ("condition", values) for name, values in protocol.conditions.items()},
        },
        name="voltage",
    )
    return nfs.Responses(voltage)


@pytest.fixture(scope="module")
def study():
    return nfs.load_study(EXAMPLES / "edges2001")


@pytest.fixture(scope="module")
def table(study):
    values = values_of_copy(study)
    return compared(study, np.array([values, values, 1.5 * values]))


@pytest.fixture(scope="module")
def page(study, table, start):
    traces = Traces()
    for name, experiment in study.experiments.items():
        traces([(study, experiment)], None, made_up_responses(study, name))
    origin = provenance(
        [start], ["<b>made-up</b> & co"], nfs.Lattice(extent=15), "neuroflysim report 'x <y>'"
    )
    return report_page([study], table, origin, traces.pictures)


@pytest.fixture(scope="module")
def parsed(page):
    return Page(page)


@pytest.mark.slow
def test_every_element_is_closed_and_every_place_is_named_once(parsed):
    assert not parsed.open and not parsed.wrong
    assert len(set(parsed.ids)) == len(parsed.ids)
    inside = [link[1:] for link in parsed.links if link.startswith("#")]
    assert inside and set(inside) <= set(parsed.ids)


@pytest.mark.slow
def test_every_number_is_traceable_to_its_row(page, study, table, parsed):
    words = "".join(parsed.words)
    for row in study.measurements:
        assert study.place(row) in words
        assert f"edges2001-row-{row.row}" in parsed.ids
        assert row.locator in words
    assert "edges2001/measurements.csv:2" in table["row"].to_numpy()


def test_nothing_is_loaded_from_elsewhere_and_no_script_runs(parsed, page):
    assert all(source.startswith("data:image/png;base64,") for source in parsed.sources)
    assert all(link.startswith(("#", "https://doi.org/")) for link in parsed.links)
    assert not {"script", "link", "iframe", "object"} & set(parsed.tags)
    assert "url(" not in page and "@import" not in page


def test_pictures_are_there_and_not_empty(parsed, study):
    # A thumbnail and traces of each experiment, and one picture of each measure.
    assert len(parsed.sources) == 2 * len(study.experiments) + len(study.measures)
    for source in parsed.sources:
        image = Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).convert("L")
        low, high = image.getextrema()
        assert low < 100 and high == 255


@pytest.mark.slow
def test_each_perturbed_fly_has_traces_and_a_word_has_its_band(start):
    study = nfs.load_study(EXAMPLES / "silenced2003")
    table = compared(study, values_of_copy(study)[None])
    experiment = study.experiments["edges"]
    one = made_up_responses(study, "edges").voltage
    flies = [Fly(fly.perturbations) for fly in experiment.flies]
    voltage = xr.concat([one] * len(flies), dim="candidate").assign_coords(
        perturbation=("candidate", [fly.label for fly in flies])
    )
    traces = Traces()
    traces([(study, experiment)], None, nfs.Responses(voltage))
    assert list(traces.pictures["silenced2003", "edges"]) == [f.label for f in experiment.flies]
    page = Page(
        report_page(
            [study], table, provenance([start], ["x"], nfs.Lattice(extent=1), ""), traces.pictures
        )
    )
    assert not page.open and not page.wrong
    # A thumbnail, traces of each fly, and one picture of each measure.
    assert len(page.sources) == 1 + len(flies) + len(study.measures)
    words = " ".join("".join(page.words).split())
    assert "mi1_silenced (silence Mi1)" in words
    assert "divided by that of the fly intact" in words and "lost <0.25" in words
    rows = table[table["measure"] == "tangential_input_left"].iloc[:1]
    (band,) = plot_values(rows, study.measures["tangential_input_left"].agreement).patches
    assert band.get_x() + band.get_width() == pytest.approx(0.25)


def test_texts_are_escaped(page, parsed):
    assert "<b>made-up</b>" not in page and "<y>" not in page
    assert "<b>made-up</b> & co" in "".join(parsed.words)


def test_what_is_not_replayed_shows_its_reason_and_no_number_of_the_model(study, parsed):
    words = " ".join("".join(parsed.words).split())
    assert "Why not: the model has one signal for each cell." in words
    assert "sublinear" in words
    assert words.count("outside the strict score") == sum(
        not row.strict for row in study.measurements
    )


def test_the_untrained_start_is_named_so_whatever_its_file_is_called(parsed, start):
    words = " ".join("".join(parsed.words).split())
    assert "This is the untrained start" in words
    vector = start.to_vector().copy()
    vector[0] *= 1.01
    other = nfs.Parameters.from_vector(start.connectome, vector)
    models = provenance(
        [other, start], ["untrained", "fitted.json"], nfs.Lattice(extent=15), ""
    ).models
    assert [model.untrained for model in models] == [False, True]
    assert models[0].checksum == other.checksum


def test_scores_of_measures_count_each_group_of_each_study_once():
    table = pd.DataFrame(
        {
            "study": ["a", "a", "a", "b", "b"],
            "measure": ["curve", "curve", "curve", "curve", "mechanism"],
            "group": ["curve of T4", "curve of T4", "curve of T5", "curve of T4", ""],
            "agreement": [0.6, 0.6, 0.9, 0.3, np.nan],
            "strict": True,
            "fitted": False,
            "beside": "",
            "between_studies": np.nan,
        }
    )
    (line,) = measure_scores(table).to_dict("records")
    assert (line["measure"], line["n_studies"], line["n_compared"]) == ("curve", 2, 4)
    assert line["score"] == pytest.approx(0.6)


def test_values_are_drawn_where_the_table_says(study, table):
    rows = table[table["measure"] == "vector_strength"]
    ax = plot_values(rows, study.measures["vector_strength"].agreement)
    points = {tuple(xy) for line in ax.get_lines() for xy in line.get_xydata().round(6)}
    assert (50, 0) in points  # the fly's 50 %
    assert {(x, y) for y, x in enumerate(rows["model"].round(6))} <= points
    (band,) = ax.patches  # "<0.6": from the left end of the axis
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((ax.get_xlim()[0], 0.6))


def test_directions_far_apart_in_number_but_not_in_angle_are_drawn_beside_each_other(study, table):
    rows = table[table["measure"] == "preferred_direction"].assign(model=[-170.0, 358.0])
    rows = rows.assign(model_min=rows["model"], model_max=rows["model"])
    ax = plot_values(rows, study.measures["preferred_direction"].agreement)
    model = ax.get_lines()[-1].get_xdata()
    assert model == pytest.approx([190, -2])


def test_curves_over_directions_are_closed_and_relative_to_their_largest_value(table):
    rows = table[table["measure"] == "tuning_curve"]
    assert curve_coordinate(rows) == "angle"
    (ax,) = plot_curves(rows, "angle").flat
    fly, model = ax.get_lines()
    assert ax.name == "polar"
    assert fly.get_ydata() == pytest.approx([0.2, 0.5, 1, 0.4, 0.2])
    assert model.get_ydata() == pytest.approx([0.2, 0.5, 1, 0.4, 0.2])
    assert np.rad2deg(fly.get_xdata()) == pytest.approx([0, 90, 180, 270, 360])


def test_rows_without_a_common_number_are_no_curve(table):
    rows = table[table["measure"] == "direction_selective"]
    assert curve_coordinate(rows) is None
    with pytest.raises(nfs.InvalidValueError, match="plot_values draws them"):
        plot_curves(rows)


def test_traces_show_the_setting_that_a_type_responds_to_most(study):
    voltage = made_up_responses(study, "edges").voltage.copy()
    voltage.loc[{"condition": voltage["intensity"] == 0}] *= 0.5
    axes = plot_recorded(voltage, ["T4a", "Mi1"], 0.4)
    lines = axes[0, 0].get_lines()
    assert len(lines) == 4  # one for each direction
    assert all(line.get_ydata().max() == pytest.approx(0.5) for line in lines)
    assert "intensity 1" in axes[0, 0].get_title()


@pytest.mark.slow
def test_the_headline_numbers_stand_beside_the_untrained_start(table, start):
    columns = [f"{who}{end}" for who in ("model", "flyvis") for end in ("", "_min", "_max")]
    numbers = pd.DataFrame(0.25, index=list(QUANTITIES), columns=[*columns, "untrained_start"])
    numbers["model_max"], numbers["flyvis"] = 0.75, np.nan
    numbers = numbers.assign(flyvis_source=np.nan, meaning="so & so")
    origin = provenance([start], ["start"], nfs.Lattice(extent=15), "")
    page = report_page([], table.iloc[:0], origin, {}, headline(numbers))
    assert "0.25 (0.25 to 0.75)" in page and "so &amp; so" in page
    assert not Page(page).wrong and not Page(page).open


def test_a_report_is_asked_to_end_in_html_before_anything_is_simulated(start, tmp_path):
    with pytest.raises(nfs.InvalidValueError, match=r"'\.html'"):
        write_report(tmp_path / "report.pdf", start)
    result = CliRunner().invoke(app, ["report", "-o", str(tmp_path / "report.pdf")])
    assert result.exit_code == 2 and ".html" in result.stderr
