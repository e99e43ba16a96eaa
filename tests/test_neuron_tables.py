"""Tables of neurons and synapses: files of every kind, and forty that are broken."""

import gzip

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.connectome.importers.exact_values import LARGEST_ID, Place, exact_ids
from neuroflysim.connectome.importers.table_names import chosen_names
from neuroflysim.connectome.importers.table_pieces import pieces

#: An id of FlyWire and its neighbour, which are one and the same float.
ID, NEIGHBOUR = 720575940629970489, 720575940629970488


@pytest.fixture(scope="module")
def lobe(lobes):
    return nfs.sample_neurons(lobes.circuit(), extent=2, seed=1)


@pytest.fixture(scope="module")
def folder(lobe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lobe")
    for file_format in ("csv", "parquet", "feather"):
        lobe.save(folder, file_format)
    return folder


def read(table, columns=("pre", "post", "synapses"), rows=1000):
    """Return what the importer reads of a table of synapses."""
    wanted = list(columns)
    found = list(pieces(table, "synapses", wanted, [], chosen_names(None), whole=wanted, rows=rows))
    return {
        name: np.concatenate([exact_ids(p.columns[name], name, p.place) for p in found])
        for name in wanted
    }


@pytest.mark.parametrize("ending", ["csv", "parquet", "feather"])
def test_files_of_every_kind_hold_the_same_ids_in_pieces_of_any_size(folder, lobe, ending):
    found = read(folder / f"synapses.{ending}", rows=997)
    for name, values in found.items():
        assert (values == lobe.synapses[name].to_numpy().astype(np.uint64)).all()


def test_compressed_files_and_other_separators_read_the_same(lobe, tmp_path):
    for name, separator in (("a.csv.gz", ","), ("b.tsv", "\t"), ("c.txt.bz2", ";")):
        lobe.synapses.to_csv(tmp_path / name, sep=separator, index=False)
        assert (read(tmp_path / name)["pre"] == lobe.synapses["pre"]).all()


def test_an_id_and_its_neighbour_stay_two_neurons_in_every_kind_of_file(tmp_path):
    assert float(ID) == float(NEIGHBOUR)
    table = pd.DataFrame({"pre": [ID, NEIGHBOUR], "post": [NEIGHBOUR, ID], "synapses": [1, 2]})
    table.to_csv(tmp_path / "a.csv", index=False)
    table.astype(str).to_csv(tmp_path / "quoted.csv", index=False, quoting=1)
    table.to_parquet(tmp_path / "a.parquet")
    table.astype({"pre": str}).to_parquet(tmp_path / "text.parquet")
    table.astype({"pre": "Int64"}).to_feather(tmp_path / "a.feather")
    files = ["a.csv", "quoted.csv", "a.parquet", "text.parquet", "a.feather"]
    for one in [*(tmp_path / name for name in files), table, table.astype(object)]:
        assert read(one)["pre"].tolist() == [ID, NEIGHBOUR]


def test_ids_of_all_64_bits_are_taken(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(f"pre,post,synapses\n{LARGEST_ID},0,1\n{2**63},{2**63 - 1},2\n")
    assert read(file)["pre"].tolist() == [LARGEST_ID, 2**63]


def test_a_gap_far_down_in_a_file_is_told_by_its_line(tmp_path):
    rows = [f"{ID + k},{ID},1\n" for k in range(3000)]
    rows[2500] = f",{ID},1\n"
    (tmp_path / "a.csv").write_text("pre,post,synapses\n" + "".join(rows))
    with pytest.raises(nfs.InvalidValueError, match=r"a\.csv, line 2502: pre is ''; give each row"):
        read(tmp_path / "a.csv")


def test_the_whole_way_from_files_is_that_from_tables(lobes, lobe, folder):
    options = {"axes": lobe.axes, "signs": lobes.circuit(), "min_cells": 1}
    whole = nfs.connectome_from_neurons(lobe.neurons, lobe.synapses, lobe.columns, **options)
    for ending in ("csv", "feather"):
        tables = [folder / f"{name}.{ending}" for name in ("neurons", "synapses", "columns")]
        assert nfs.connectome_from_neurons(*tables, **options) == whole
    both = lobe.neurons.merge(lobe.columns)
    assert nfs.connectome_from_neurons(both, lobe.synapses, **options) == whole


def at(table, row, column, value):
    """Return a table with another value in one cell."""
    table = table.astype(object).copy()
    table.loc[row, column] = value
    return table


NEURONS = {
    "a duplicate id": (
        lambda t: pd.concat([t, t.iloc[:1]], ignore_index=True),
        r"line 211: id is 7205.*stands already at .*neurons\.csv, line 2; keep one row",
    ),
    "a type in two spellings": (
        lambda t: at(t, t.index[t["cell_type"] == "Mi1"][-1], "cell_type", "mi1 "),
        r"line \d+: cell_type is '[Mm]i1'; '[Mm]i1' stands in other rows: one type in two",
    ),
    "a type with an underscore": (
        lambda t: at(t, t.index[t["cell_type"] == "Tm3"][-1], "cell_type", "Tm_3"),
        "one type in two spellings",
    ),
    "an id that is missing": (
        lambda t: at(t, 3, "id", ""),
        r"line 5: id is ''; give each row an id",
    ),
    "an id that is a word": (
        lambda t: at(t, 3, "id", "Mi1"),
        r"line 5: id is 'Mi1'; write an id with digits",
    ),
    "an id as a float": (
        lambda t: at(t, 3, "id", "720575940629970489.0"),
        r"line 5: id is '720575940629970489\.0'; this is a float, which loses the last digits",
    ),
    "an id with an exponent": (
        lambda t: at(t, 3, "id", "7.205759406e17"),
        "this is a float, which loses the last digits",
    ),
    "an id beyond 64 bits": (
        lambda t: at(t, 3, "id", "99999999999999999999"),
        r"line 5: id is .*at most 64 bits",
    ),
    "a negative id": (
        lambda t: at(t, 0, "id", "-5"),
        r"line 2: id is '-5'; write an id with digits only",
    ),
    "no type at all": (lambda t: t.assign(cell_type=""), "no neuron with a cell type"),
    "no column of types": (
        lambda t: t.drop(columns="cell_type"),
        r"no column for cell_type \(looked for",
    ),
    "two columns of types": (
        lambda t: t.assign(type="x"),
        "cell_type may be the column 'cell_type' or 'type'",
    ),
    "no rows": (lambda t: t.iloc[:0], "has no row"),
}

COLUMNS = {
    "a column as a word": (
        lambda t: at(t, 2, "p", "C12"),
        r"columns\.csv, line 4: p is 'C12'; write a whole",
    ),
    "a column between two": (
        lambda t: at(t, 2, "q", "1.5"),
        r"line 4: q is '1\.5'; write a whole number",
    ),
    "a column that is both": (
        lambda t: at(t, 2, "p", "(1, 2)"),
        r"line 4: p is '\(1, 2\)'; write a whole",
    ),
    "half of a column": (
        lambda t: at(t, 2, "q", ""),
        r"line 4: q is ''; a column has both p and q",
    ),
    "nanometres": (
        lambda t: t.assign(p=t["p"] * 8000 + 10**6),
        "numbers of columns and not places in nano",
    ),
    "two columns of a cell": (lambda t: pd.concat([t, t.iloc[:1]]), "stands already at"),
    "of another animal": (lambda t: t.assign(id=t["id"] + 1_000_000_000), "have no id in common"),
    "no q": (lambda t: t.drop(columns="q"), "no column for q"),
    "none known": (lambda t: t.assign(p="", q=""), "no id in common|no neuron has a column"),
}

SYNAPSES = {
    "negative": (
        lambda t: at(t, 7, "synapses", -3),
        r"line 9: synapses is -3; write a whole number of 0 or more",
    ),
    "missing": (
        lambda t: at(t, 7, "synapses", ""),
        r"line 9: synapses is ''; write a whole number",
    ),
    "a fraction": (
        lambda t: at(t, 7, "synapses", "2.5"),
        r"line 9: synapses is '2\.5'; write a whole",
    ),
    "infinite": (
        lambda t: at(t, 7, "synapses", "inf"),
        r"line 9: synapses is 'inf'; write a whole",
    ),
    "a volume": (
        lambda t: at(t, 7, "synapses", 10**9),
        "no pair of neurons has more than 1,000,000",
    ),
    "a float among ids": (
        lambda t: at(t, 7, "pre", "7.2e17"),
        r"line 9: pre is '7\.2e17'; this is a float",
    ),
    "no target": (lambda t: at(t, 7, "post", ""), r"line 9: post is ''; give each row an id"),
    "of another version": (
        lambda t: t.assign(pre=t["pre"] - 10**9),
        "none of .* rows of synapses joins two",
    ),
    "no column of targets": (
        lambda t: t.drop(columns="post"),
        r"no column for post \(looked for post, post_root",
    ),
    "no rows": (lambda t: t.iloc[:0], "has no row"),
    "a column twice": (lambda t: pd.concat([t, t["pre"]], axis=1), "the column 'pre' stands twice"),
}


def tried(lobe, folder, name, change, what):
    tables = {"neurons": lobe.neurons, "synapses": lobe.synapses, "columns": lobe.columns}
    change(tables[name]).to_csv(folder / f"{name}.csv", index=False)
    given = {**tables, name: folder / f"{name}.csv"}
    with pytest.raises(nfs.InvalidValueError, match=what):
        nfs.connectome_from_neurons(**given)


@pytest.mark.parametrize("case", NEURONS)
def test_a_broken_table_of_neurons_is_told_with_row_and_cure(lobe, tmp_path, case):
    tried(lobe, tmp_path, "neurons", *NEURONS[case])


@pytest.mark.parametrize("case", COLUMNS)
def test_a_broken_table_of_columns_is_told_with_row_and_cure(lobe, tmp_path, case):
    tried(lobe, tmp_path, "columns", *COLUMNS[case])


@pytest.mark.parametrize("case", SYNAPSES)
def test_a_broken_table_of_synapses_is_told_with_row_and_cure(lobe, tmp_path, case):
    tried(lobe, tmp_path, "synapses", *SYNAPSES[case])


def cut(path, share=0.6):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def gzipped(table, path):
    path.write_bytes(gzip.compress(table.to_csv(index=False).encode()))


def write_other_schema(table, path):
    pd.DataFrame({"neuron": ["a"], "weight_nm3": [0.5]}).to_parquet(path)


HEAD = "pre,post,synapses\n"

FILES = {
    "a cut gzip file": (
        "synapses.csv.gz",
        gzipped,
        cut,
        "line 1.*cannot be read.*copied to its end",
    ),
    "a cut Parquet file": (
        "s.parquet",
        pd.DataFrame.to_parquet,
        cut,
        "cannot be read as Parquet.*copied to its",
    ),
    "a cut Arrow file": ("s.feather", pd.DataFrame.to_feather, cut, "cannot be read as Arrow"),
    "text that says it is Parquet": (
        "s.parquet",
        pd.DataFrame.to_csv,
        None,
        "cannot be read as Parquet",
    ),
    "Parquet that says it is text": (
        "s.csv",
        pd.DataFrame.to_parquet,
        None,
        "s.csv, line 1|no column for pre",
    ),
    "Parquet of another schema": (
        "s.parquet",
        write_other_schema,
        None,
        r"no column for pre .*the table has neuron",
    ),
    "floats in Parquet": (
        "s.parquet",
        lambda t, p: t.astype(float).to_parquet(p),
        None,
        "pre holds floats .*loses the last digits",
    ),
    "an empty file": (
        "s.csv",
        lambda t, p: p.write_text(""),
        None,
        "is empty; look whether it was copied",
    ),
    "a line with too many cells": (
        "s.csv",
        lambda t, p: p.write_text(f"{HEAD}1,2,3\n1,2,3,4\n"),
        None,
        "line 3.*quotation marks",
    ),
    "all lines with too many cells": (
        "s.csv",
        lambda t, p: p.write_text(f"{HEAD}1,2,3,4\n1,2,3,4\n"),
        None,
        "line 2: has more cells",
    ),
    "a cut last line": (
        "s.csv",
        lambda t, p: p.write_text(f"{HEAD}1,2,3\n1,2"),
        None,
        "line 3: synapses is",
    ),
    "no such file": ("s.csv", lambda t, p: None, None, "no such file"),
    "Latin letters": (
        "s.csv",
        lambda t, p: p.write_bytes(b"pre,post,synapses\n1,2,\xe4\n"),
        None,
        "UTF-8",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_broken_file_is_told_with_its_name_and_cure(lobe, tmp_path, case):
    name, write, damage, what = FILES[case]
    path = tmp_path / name
    write(lobe.synapses, path)
    if damage:
        damage(path)
    with pytest.raises(nfs.InvalidValueError, match=what) as caught:
        nfs.connectome_from_neurons(lobe.neurons, path, lobe.columns)
    assert name in str(caught.value)


IN_MEMORY = {
    "ids as floats": lambda t: t.assign(pre=t["pre"].astype(float)),
    "a gap made them floats": lambda t: t.assign(pre=t["pre"].astype(float).where(t.index > 2)),
    "a float among objects": lambda t: at(t, 4, "pre", 7.2e17),
    "a missing integer": lambda t: t.assign(pre=t["pre"].astype("UInt64").where(t.index > 2)),
    "true and false": lambda t: t.assign(pre=t["pre"] > 0),
}


@pytest.mark.parametrize("case", IN_MEMORY)
def test_ids_that_went_through_floats_are_never_taken(lobe, case):
    with pytest.raises(nfs.InvalidValueError, match=r"synapses.*pre .*(id|row)"):
        nfs.connectome_from_neurons(lobe.neurons, IN_MEMORY[case](lobe.synapses), lobe.columns)


OPTIONS = {
    "names of nothing": ({"names": {"before": "pre"}}, "names has 'before'"),
    "types that are none": ({"types": ["Mi99"]}, "no neuron has one of these cell types"),
    "signs that are none": ({"signs": {"Mi1": 2}}, "signs has 2 for 'Mi1'"),
    "a stride of a stranger": ({"strides": {"Mi99": (2, 1)}}, "strides names 'Mi99'"),
    "a stride of one number": ({"strides": {"Mi1": 2}}, "must have two whole numbers"),
    "neighbours of no lattice": ({"neighbours": (2, 0)}, "neighbours is"),
    "a mean over nothing": ({"mean_over": "columns"}, "mean_over is 'columns'"),
    "who sees is not there": ({"photoreceptors": ["R8"]}, "photoreceptors names 'R8'"),
    "nobody sees": ({"types": ["Mi1", "T4a", "Mi9", "Tm3"]}, "name the types that see"),
    "too strong a threshold": ({"min_connection": 1e5}, "no connection is left"),
    "axes of other neighbours": (
        {"axes": [[1, 0], [0, 1]], "neighbours": (1, 1)},
        "whose neighbours differ",
    ),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_a_wrong_option_is_told_with_its_cure(lobes, lobe, case):
    options, what = OPTIONS[case]
    given = {"signs": lobes.circuit(), "axes": lobe.axes, "min_cells": 1, **options}
    with pytest.raises(nfs.InvalidValueError, match=what):
        nfs.connectome_from_neurons(lobe.neurons, lobe.synapses, lobe.columns, **given)


def test_signs_that_nothing_tells_are_listed(lobes, lobe):
    neurons = lobe.neurons.assign(
        cell_type=lobe.neurons["cell_type"].replace({"Mi4": "New1"}), transmitter="dopamine"
    )
    with pytest.raises(nfs.InvalidValueError, match="sign of connections of New1: "):
        nfs.connectome_from_neurons(
            neurons, lobe.synapses, lobe.columns, axes=lobe.axes, min_cells=1
        )


def test_place_counts_rows_from_where_a_piece_begins():
    with pytest.raises(nfs.InvalidValueError, match="here, row 12: pre is 'x'"):
        exact_ids(["1", "2", "x"], "pre", Place("here", 10))
