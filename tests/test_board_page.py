"""The page and the text of the board: whole, self-contained, and no number but the board's."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.report.board import board_page, write_board_page
from neuroflysim.report.board_columns import FAMILY_COLUMNS, HEADLINE_COLUMNS, SCORE
from neuroflysim.report.board_text import describe_board
from neuroflysim.scoreboard.families import FAMILIES

VOID = {"meta", "img", "br", "wbr"}


class Page(HTMLParser):
    """Notes what is open where it should not be, places, links, and the tables cell by cell."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.tags = [], [], []
        self.ids, self.links, self.sources = [], [], []
        self.tables = []  #: of each its place, and its rows of (attributes, links, text)
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append((tag, attrs.get("id")))
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs["href"]] if tag == "a" else []
        self.sources += [attrs[name] for name in ("src", "srcset", "data") if name in attrs]
        if tag == "table":
            inside = [place for name, place in self.open if name == "details"]
            self.tables.append((inside[-1] if inside else "board", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append([attrs, [], ""])
        elif tag == "a" and {"td", "th"} & {name for name, _ in self.open}:
            self.tables[-1][1][-1][-1][1].append(attrs["href"])

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop()[0] != tag):
            self.wrong.append(tag)

    def handle_data(self, data):
        if {"td", "th"} & {name for name, _ in self.open}:
            self.tables[-1][1][-1][-1][2] += data


@pytest.fixture(scope="module")
def board(boards):
    return boards.made_up_board()


@pytest.fixture(scope="module")
def text(board):
    return board_page(board)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


@pytest.fixture(scope="module")
def table(page):
    """The table of the page: of each row its cells, by the headings."""
    ((_, rows),) = [one for one in page.tables if one[0] == "board"]
    _, headings, *rows = rows
    titles = [told for _, _, told in headings]
    return {row[0][2]: dict(zip(_apart(titles), row, strict=True)) for row in rows}


def _apart(titles):
    """Headings that say the same, polarity as a family and as a number, are told apart."""
    return [f"{title} {titles[:k].count(title) + 1}" for k, title in enumerate(titles)]


def value(told):
    told = told.replace("\N{MINUS SIGN}", "-")
    return np.nan if told == "–" else float(told)


@pytest.mark.slow
def test_every_element_is_closed_and_every_link_has_a_target(page):
    assert not page.wrong and not page.open
    assert len(set(page.ids)) == len(page.ids)
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside and inside <= set(page.ids)


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(page, text):
    (picture,) = page.sources
    assert picture.startswith("data:image/png;base64,")
    assert all(link.startswith(("#", "https://doi.org/")) for link in page.links)
    assert not {"link", "iframe", "object"} & set(page.tags)
    for word in ("url(", "@import", "fetch(", "XMLHttp", "import(", "eval("):
        assert word not in text.replace(picture, "")


def test_each_number_of_the_table_is_that_of_the_board(table, board):
    assert [name.removesuffix(" not judged") for name in table] == board.table.index.tolist()
    for cells, (_, row) in zip(table.values(), board.table.iterrows(), strict=True):
        names = dict(zip(cells, cells.values(), strict=True))
        for column in (SCORE, *FAMILY_COLUMNS, *HEADLINE_COLUMNS):
            number = 2 if column.name == "polarity_correct" else 1
            attributes, _, told = names[f"{column.title} {number}"]
            expected = row[column.name]
            room = 0.51 * 10.0**-column.decimals if column.decimals else 0.01
            assert value(told) == pytest.approx(expected, abs=room, nan_ok=True)
            whole = float(attributes.get("data-v", "nan"))
            assert whole == pytest.approx(expected, rel=1e-8, nan_ok=True)
        for who in ("models", "studies"):
            told = names[f"95 %, over {who} 1"][2]
            ends = [value(one) for one in told.split(" to ")]
            low, high = row[f"score_{who}_low"], row[f"score_{who}_high"]
            assert [ends[0], ends[-1]] == pytest.approx([low, high], abs=0.0051, nan_ok=True)
        assert names["stable 1"][2] == f"{row['stable']} of {row['total']}"
        assert names["kind 1"][2] == row["kind"] and names["command 1"][2] == row["command"]


def test_each_number_leads_to_its_lines(table, page, board):
    """Headline numbers to the models, score and families to the agreements."""
    lines = dict(page.tables)
    for name, cells in table.items():
        links = {title: cell[1] for title, cell in cells.items()}
        if "not judged" in name:
            assert not links["score 1"] and not links["DSI 1"]
            continue
        ((models,), (agreements,)) = links["DSI 1"], links["score 1"]
        assert models.endswith(":models") and agreements.endswith(":agreements")
        rows = board.models[board.models["row"] == name]
        assert len(lines[models[1:]]) - 1 == len(rows)
        for column in FAMILY_COLUMNS:
            (family,) = links[f"{column.title} 1"]
            assert family.removesuffix(column.name) == agreements.removesuffix("agreements")


def test_behind_a_row_stand_its_models_and_its_agreements(page, board):
    lines = dict(page.tables)
    place = "row:flow"
    _, *models = lines[f"{place}:models"]
    expected = board.models[board.models["row"] == "flow"]
    assert [row[0][2] for row in models] == expected["model"].tolist()
    told = [value(row[4 + k][2]) for row in models for k in range(len(HEADLINE_COLUMNS))]
    names = [column.name for column in HEADLINE_COLUMNS]
    assert told == pytest.approx(expected[names].to_numpy().ravel(), abs=0.051)
    _, *rows = lines[f"{place}:agreements"]
    agreements = [row for row in rows if len(row) == 7]
    expected = board.agreements[board.agreements["row"] == "flow"]
    assert [row[0][2] for row in agreements] == expected["study"].tolist()
    assert [row[2][2] for row in agreements] == expected["cell_types"].tolist()
    assert [value(row[4][2]) for row in agreements] == pytest.approx(
        expected["agreement"].to_numpy(), abs=0.0051
    )
    heads = [row[0][2] for row in rows if len(row) != 7]
    assert [head.split(", score ")[0] for head in heads] == [
        f"flow: {column.title}" for column in FAMILY_COLUMNS
    ]
    means = board.table.loc["flow", list(FAMILIES)].to_numpy(dtype=float)
    assert [value(head.split(", score ")[1]) for head in heads] == pytest.approx(means, abs=0.0051)


def test_headings_are_columns_that_can_be_sorted_and_tell_their_meaning(page, text, board):
    rows = dict(page.tables)["board"]
    above, headings = rows[:2]
    widths = [int(attributes.get("colspan", 1)) for attributes, *_ in above]
    assert sum(widths) == len(headings) == len(rows[2])
    for attributes, _, title in headings:
        assert attributes["scope"] == "col" and attributes["title"] and title
    less = [title for attributes, _, title in headings if "data-less" in attributes]
    assert less == ["direction error"]
    for column in (*FAMILY_COLUMNS, *HEADLINE_COLUMNS):
        meaning = column.told.replace("'", "&#39;").replace("+", "+")
        assert text.count(meaning) >= 2  # on the heading, and in the legend below
    assert '<table class="board sortable">' in text
    assert "aria-sort" in text and 'createElement("button")' in text
    kinds = "published, fitted here, control, no fit, trivial, yours"
    assert f"rows stand by kind ({kinds}), then by name; nothing is sorted by a result" in text


def test_texts_of_others_are_no_part_of_the_page(text, page):
    assert "<b>x</b>" not in text and "&lt;b&gt;x&lt;/b&gt;" in text
    assert "<natural>" not in text and "<processor>" not in text and "<i>mend</i>" not in text
    assert page.tags.count("script") == 1


def test_a_row_that_could_not_be_judged_says_why_wherever_it_stands(text, board, boards):
    assert text.count("could not be judged:") == 1 and "Could not be judged:" in text
    assert text.count("Mi99") == 2
    assert boards.TROUBLE in describe_board(board)


def test_what_was_judged_by_whom_is_told(text, board):
    assert "Judged by neuroflysim 0.1.0 on 2026-11-30." in text
    judged = board.table["trouble"].eq("").sum()
    assert text.count("neuroflysim 0.1.0, 2026-11-30, a &lt;processor&gt;") == judged
    known = nfs.load_study("behnia2014").citation
    assert str(known.title) in text and f"https://doi.org/{known.doi}" in text
    assert "mine2026</b>: not in the database" in text


@pytest.mark.slow
def test_the_page_of_twenty_rows_is_small_enough_to_be_sent(boards):
    rows = [(f"row {k}", "control", 20, 20, 20, 0.01 * k) for k in range(20)]
    assert len(board_page(boards.made_up_board(rows, 43)).encode()) < 1_500_000


@pytest.mark.slow
def test_the_page_is_written_whole_or_not_at_all(board, tmp_path, monkeypatch):
    path = write_board_page(board, tmp_path / "board.html")
    assert path.read_text(encoding="utf-8") == board_page(board)
    with pytest.raises(nfs.InvalidValueError, match=r"\.html"):
        write_board_page(board, tmp_path / "board.csv")
    for show in (board_page, describe_board, lambda wrong: write_board_page(wrong, path)):
        with pytest.raises(nfs.InvalidTypeError, match=r"nfs\.board"):
            show(board.table)
    assert [one.name for one in tmp_path.iterdir()] == ["board.html"]


def test_a_board_of_which_nothing_could_be_judged_has_a_page(boards):
    page = Page(board_page(boards.made_up_board(boards.ROWS[-1:])))
    assert not page.wrong and not page.open
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_text_has_each_row_twice_and_its_numbers(board):
    lines = describe_board(board).splitlines()
    assert max(map(len, lines[: lines.index("")])) <= 120
    for name, row in board.table.iterrows():
        scores, headline = [line for line in lines if line.startswith(f"{name} ")][:2]
        found = [value(one) for one in scores.split()[-len(FAMILIES) :]]
        expected = row[list(FAMILIES)].to_numpy(dtype=float)
        assert found == pytest.approx(expected, abs=0.0051, nan_ok=True)
        if pd.notna(row["score"]):
            assert f" {row['score']:.2f} " in scores.replace("-0.00", "0.00")
        found = [value(one) for one in headline.split()[-len(HEADLINE_COLUMNS) :]]
        expected = row[[column.name for column in HEADLINE_COLUMNS]].to_numpy(dtype=float)
        assert found == pytest.approx(expected, abs=0.051, nan_ok=True)
    kinds = [line[1:-1] for line in lines if re.fullmatch(r"\[.*\]", line)]
    assert kinds == 2 * list(dict.fromkeys(board.table["kind"]))


def test_what_is_in_no_family_is_told_too(boards):
    board = boards.made_up_board(boards.ROWS[:1], 1)
    board.agreements.loc[0, "family"] = ""
    text = board_page(board)
    assert "flyvis: in no family, score –" in text
    assert text.count("time to peak") == len(board.agreements)


def test_a_name_that_is_long_is_cut_and_the_text_stays_narrow(boards):
    text = describe_board(boards.made_up_board([("a" * 80, "yours", 3, 3, 3, 0.2)]))
    assert max(map(len, text.splitlines())) <= 120 and "…" in text


def test_the_page_and_the_text_tell_the_proxy_from_hs_and_vs_and_who_was_not_asked(boards):
    board = boards.made_up_board()
    board.table.loc["flow", "hs_and_vs"] = np.nan
    page = board_page(board)
    row = page.split('<a href="#row:flow">flow</a>')[1].split("</tr>")[0]
    assert row.count("not asked") == 1
    assert page.count("not asked<") == 2  # here and in the legend; the broken row has dashes
    assert "This is in no score" in page and "a proxy, under <i>tangential cells</i>" in page
    assert "*: in no score." in describe_board(board)
