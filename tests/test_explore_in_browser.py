"""A person at the page of responses: keys, clicks, narrow screens, and the numbers that are seen.

What the page holds is told in test_explore.py. Without Chromium these tests are skipped.
"""

from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

import neuroflysim as nfs

HERE = Path(__file__).parent
BROWSER, MADE_UP = (run_path(str(HERE / name)) for name in ("browser.py", "explored.py"))
TYPES, EXTENT, held, decoded = (MADE_UP[name] for name in ("TYPES", "EXTENT", "held", "decoded"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER["program"]() is None, reason="no Chromium is here to open the page"),
]


@pytest.fixture(scope="module")
def responses(connectome, random_parameters):
    return MADE_UP["made_up"](connectome, random_parameters)


@pytest.fixture(scope="module")
def page(responses, random_parameters):
    return responses.explore(candidate=1, parameters=random_parameters)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = BROWSER["Browser"](tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def file(page, tmp_path_factory):
    return page.save(tmp_path_factory.mktemp("page") / "page.html")


@pytest.fixture
def wide(browser, file):
    """The page on a desk, once all its numbers are read."""
    return opened(browser, file, 1280, 900)


def opened(browser, file, *size, **taste):
    """The page, once all its numbers are read and drawn."""
    browser.size(*size, **taste)
    browser.open(file)
    browser.evaluate("""
        Promise.all(data.types.flatMap(
            (type) => data.conditions.map((_, condition) => whole(type.name, condition))
        )).then(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))))
    """)
    return browser


def told(browser, what):
    """A text of the page, with a plain minus."""
    text = browser.evaluate(f"document.querySelector({what!r}).textContent")
    return text.replace("\N{MINUS SIGN}", "-")


def test_the_browser_reads_the_numbers_of_the_page(wide, page):
    data = held(page)
    for one in data["types"]:
        for condition, expected in enumerate(decoded(data, one)):
            found = wide.evaluate(
                f"whole({one['name']!r}, {condition}).then((read) => Array.from(read.values))"
            )
            assert np.array(found).reshape(expected.shape) == pytest.approx(expected, rel=1e-6)
    assert wide.troubles == []


def test_keys_go_through_time_conditions_and_columns(wide, page):
    times = held(page)["times"]

    def clock():
        return int(told(wide, "#clock").removesuffix(" ms")) / 1000

    first = times.index(clock())
    assert clock() == pytest.approx(0.2)  # the middle of the stimulus
    wide.press("ArrowRight")
    assert times.index(clock()) == first + 1
    wide.press("ArrowLeft")
    wide.press("ArrowLeft")
    assert times.index(clock()) == first - 1
    wide.press("Home")
    assert clock() == times[0]
    wide.press("ArrowLeft")
    assert clock() == times[0]
    wide.press("End")
    assert clock() == times[-1]
    for key, condition in (("]", "1"), ("]", "2"), ("]", "0"), ("[", "2")):
        wide.press(key)
        assert wide.evaluate("at('condition').value") == condition
    wide.evaluate("document.querySelector('#maps canvas').focus()")
    for key, shift, column in (
        ("ArrowUp", False, [-1, 0]), ("ArrowDown", False, [0, 0]), ("ArrowRight", True, [0, 1]),
        ("ArrowRight", True, [-1, 2]), ("ArrowLeft", True, [0, 1]), ("ArrowLeft", True, [0, 0]),
    ):  # fmt: skip
        wide.press(key, shift)
        assert wide.evaluate("data.columns[state.column]") == column
    for _ in range(9):
        wide.press("ArrowUp")
    assert wide.evaluate("data.columns[state.column]") == [-EXTENT, 0]  # the border is the end
    before = clock()
    wide.press("ArrowLeft")
    assert clock() < before and wide.troubles == []
    wide.press(" ")
    assert wide.evaluate(
        "state.playing && new Promise((d) => setTimeout(() => d(state.frame), 400))"
    )
    assert wide.evaluate("at('play').getAttribute('aria-pressed')") == "true"
    wide.press("ArrowLeft")
    assert wide.evaluate("state.playing") is False


def test_a_tab_goes_through_the_page_in_its_order_and_everything_has_a_name(wide):
    seen = []
    for _ in range(40):
        wide.press("Tab")
        seen.append(wide.evaluate(
            "document.activeElement === document.body ? '' :"
            " document.activeElement.id || document.activeElement.tagName"
        ))  # fmt: skip
    expected = ["condition", "play", "time", "CANVAS", "u", "v", "target"]
    assert list(dict.fromkeys(one for one in seen if one in expected)) == expected
    wide.call("Accessibility.enable")
    tree = wide.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "slider", "combobox", "spinbutton", "img", "image"}
    for node in tree:
        if not node["ignored"] and node["role"]["value"] in roles:
            assert node["name"]["value"], node
    named = {node["name"]["value"] for node in tree if "name" in node}
    assert {"Time from stimulus onset", "Play", "u", "v", "Cell types to show"} <= named


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_a_click_on_a_column_shows_its_numbers(browser, file, page, width, height):
    opened(browser, file, width, height)
    data = held(page)
    u, v = 1, -2
    x, y = nfs.lattice.position(*np.array(data["columns"]).T)
    box = browser.evaluate("""(() => { const map = document.querySelector('#maps canvas');
        map.scrollIntoView({block: 'center'}); const b = map.getBoundingClientRect();
        return [b.left, b.top, b.width] })()""")
    step = box[2] / max(np.ptp(x) + 1.4, np.ptp(y) + 1.4)
    right, up = nfs.lattice.position(u, v)
    browser.click(box[0] + box[2] / 2 + step * right, box[1] + box[2] / 2 - step * up)
    assert browser.evaluate("data.columns[state.column]") == [u, v]
    frame = browser.evaluate("state.frame")
    for k, one in enumerate(data["types"]):
        columns = [data["columns"][place] for place in one["cells"]]
        shown = told(browser, f"#maps figure:nth-child({k + 1}) .value")
        if [u, v] not in columns:
            assert shown == "no cell here" and one["name"] == "Lawf2"
            continue
        values = decoded(data, one)[0, :, columns.index([u, v])]
        change = values[frame] - values[np.array(data["times"]) <= 0].mean()
        assert float(shown.replace(" ", "")) == pytest.approx(change, rel=6e-3)
        at = [float(0.5 + step * part / box[2]) for part in (right, -up)]
        pixel = browser.evaluate(f"""(() => {{
            const map = document.querySelectorAll('#maps canvas')[{k}];
            const [x, y] = {at}.map((part) => Math.round(part * map.width));
            return Array.from(map.getContext('2d').getImageData(x, y, 1, 1).data);
        }})()""")
        red, _, blue, _ = pixel
        part = change / one["limit"]
        assert (red > blue) == (change > 0) or abs(part) < 1 / 64
    assert browser.troubles == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (700, True), (390, True), (320, False)])
def test_nothing_sticks_out_at_any_width(browser, file, width, dark):
    opened(browser, file, width, 844, dark=dark)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    out = browser.evaluate("""[...document.querySelectorAll('main *, #bar *')].filter((one) => {
        const box = one.getBoundingClientRect(); return box.width && box.right > innerWidth + 1
    }).map((one) => one.outerHTML.slice(0, 80))""")
    assert out == []


def test_inputs_are_those_of_the_network(wide, connectome, random_parameters, responses, page):
    """Near the border, too: pair by pair, as the network that is simulated has them."""
    network = connectome.network(EXTENT)
    neurons = network.neurons.reset_index(drop=True)
    counts = connectome.offsets["synapse_count"].to_numpy()[network.pair_offset]
    connections = connectome.connections
    strength = (connections["sign"] * random_parameters.synapse_strength).to_numpy()
    weights = counts * strength[network.pair_connection]
    data = held(page)
    frame, condition = 20, 0
    voltage = {}
    for one in data["types"]:
        for cell, value in zip(one["cells"], decoded(data, one)[condition, frame], strict=True):
            voltage[one["name"], *data["columns"][cell]] = value
    for target, u, v in (("T4a", 0, 0), ("T4a", EXTENT, -1), ("Mi1", -1, -2), ("L1", 0, EXTENT)):
        now = (
            "(source, su, sv) => byName.has(source)"
            " ? valueAt(source, columnAt.get(`${su},${sv}`)).value : undefined"
        )
        found = wide.evaluate(f"step({frame}); inputsOf(data.inputs, {target!r}, {u}, {v}, {now})")
        where = neurons[(neurons[["cell_type", "u", "v"]] == [target, u, v]).all(axis=1)].index
        pairs = np.flatnonzero(network.pair_target == where.item())
        sources = neurons.loc[network.pair_source[pairs]]
        expected = {}
        for k, name, su, sv in zip(
            pairs, sources["cell_type"], sources["u"], sources["v"], strict=True
        ):
            synapses, weight, arrives = expected.get(name, (0, 0, 0))
            now = weights[k] * max(voltage[name, su, sv], 0) if name in TYPES else np.nan
            expected[name] = synapses + counts[k], weight + weights[k], arrives + now
        assert {row["source"] for row in found} == set(expected)
        sizes = [abs(row["weight"]) for row in found]
        assert sizes == sorted(sizes, reverse=True)
        for row in found:
            arrives = np.nan if row["arrives"] is None else row["arrives"]
            assert (row["synapses"], row["weight"], arrives) == pytest.approx(
                expected[row["source"]], rel=1e-3, nan_ok=True
            )


def test_cell_types_are_chosen_and_a_source_leads_to_its_map(wide):
    for words, n_maps in (("at('none').click()", 0), ("at('all').click()", 6)):
        wide.evaluate(words)
        assert wide.evaluate("document.querySelectorAll('#maps figure').length") == n_maps
    wide.evaluate("at('types').children[4].click()")
    assert wide.evaluate("state.shown").count("T4a") == 0
    wide.evaluate("at('target').value = 'T4a'; at('target').dispatchEvent(new Event('change'))")
    wide.evaluate("new Promise((done) => setTimeout(done, 100))")
    wide.evaluate("""
        [...document.querySelectorAll('#inputs button')]
            .find((button) => button.textContent === 'Mi1').click()
    """)
    assert wide.evaluate("[state.target, state.shown.includes('Mi1')]") == ["Mi1", True]
    assert wide.troubles == []


def test_a_page_of_central_cells_opens(browser, responses, tmp_path):
    path = responses.central().explore().save(tmp_path / "central.html")
    opened(browser, path, 900, 700)
    assert told(browser, "#inputs-told").endswith("their strengths were not given.")
    assert browser.troubles == []
