"""Tables of text: what means the same is read, what may mean something else is refused."""

import pytest

import neuroflysim as nfs
from neuroflysim.files.text_tables import text_table

PLAIN = "cell_type,count\nMi1,3\nTm3,4\n"


def told(text, separator=","):
    table = text_table("t.csv", text, separator)
    return table.rows.to_dict("list")


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN + "\n\n",
        PLAIN + ",\n , \n",
        PLAIN.replace("\n", ",\n"),
        PLAIN.replace("\n", ",,,\n"),
        PLAIN.replace(",", " , "),
        PLAIN.replace("Mi1", '"Mi1"'),
        PLAIN.rstrip("\n"),
        PLAIN.replace("Tm3", "\nTm3"),
    ],
    ids=str.encode,
)
def test_what_spreadsheets_add_does_not_change_what_a_table_says(text):
    assert told(text) == {"cell_type": ["Mi1", "Tm3"], "count": ["3", "4"]}


def test_rows_know_the_line_that_they_begin_on():
    table = text_table("t.csv", '# remark,\n\na,b\n"two\nlines",1\n\n2,3\n# later\n', remarks=True)
    assert table.rows.index.tolist() == [4, 7]
    assert table.remarks == [(1, "# remark"), (8, "# later")]
    assert table.header_line == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n0,5;1,5\n", "semicolon"),
        ("a\tb\n0\t1\n", "tab"),
        ("a,b\n0,5,1,5\n", "line 2: has 4 cells"),
        ("a,b\n1\n", "line 2: has 1 cells"),
        ("a,b\n1,2,3\n", "line 2: has 3 cells"),
        ("a,a\n1,2\n", "stands twice"),
        ("a,,b\n1,2,3\n", "column 2 has no name"),
        ('a,b\n"1,2\n', "quotation mark"),
        ("\n\n", "no table"),
    ],
)
def test_what_may_mean_something_else_is_refused(text, said):
    with pytest.raises(nfs.InvalidValueError, match=said):
        told(text)
