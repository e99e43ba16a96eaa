"""Files as FlyWire, the male CNS and neuPrint publish them give the connectome that is in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.connectome.importers.sources import SOURCES
from neuroflysim.connectome.importers.sources.type_names import type_names
from tests import published_files as files

#: Types that have no name in the newer connectomes.
NAMELESS = {"Mi3", "Mi11", "Mi12", "Tm28"}
ROW = ["source_type", "target_type", "du", "dv"]
WRITERS = {
    "flywire": files.write_flywire,
    "malecns": lambda lobe, folder: files.write_malecns(lobe, folder, single=True),
    "neuprint": files.write_neuprint,
}


@pytest.fixture(scope="module")
def lobe(connectome):
    """A small lobe, drawn of the embedded connectome."""
    named = [name for name in connectome.cell_types.index if name not in NAMELESS]
    return nfs.sample_neurons(connectome.restricted_to(named), extent=4, seed=0)


@pytest.fixture(scope="module")
def direct(lobe):
    """What `connectome_from_neurons` makes of the same lobe, whose cells have our names."""
    return nfs.connectome_from_neurons(lobe.neurons, lobe.synapses, lobe.columns)


@pytest.fixture(scope="module")
def folders(lobe, tmp_path_factory):
    """The files of each source."""
    made = {name: tmp_path_factory.mktemp(name) for name in WRITERS}
    for name, folder in made.items():
        WRITERS[name](lobe, folder)
    return made


@pytest.fixture(scope="module")
def imported(folders):
    """The connectome of each source."""
    return {name: nfs.import_connectome(name, folder) for name, folder in folders.items()}


@pytest.fixture
def own(folders, tmp_path):
    """A copy of the files of FlyWire that a test may spoil."""
    shutil.copytree(folders["flywire"], tmp_path, dirs_exist_ok=True)
    return tmp_path


def counts(connectome, *, without=("R", "CT1")):
    table = connectome.offsets.set_index(ROW)["synapse_count"]
    ends = table.index.to_frame()
    strange = ends["source_type"].str.startswith(without) | ends["target_type"].str.startswith(
        without
    )
    return table[~strange]


@pytest.mark.parametrize("source", WRITERS)
def test_cells_of_one_name_have_the_counts_that_are_in_the_files(source, imported, direct):
    pd.testing.assert_series_equal(
        counts(imported[source]).sort_index(), counts(direct).sort_index(), rtol=1e-12
    )


@pytest.mark.parametrize("source", WRITERS)
def test_photoreceptors_are_one_type_with_the_synapses_of_all_six(source, imported, direct):
    table = direct.offsets
    six = table[table["source_type"].isin([f"R{k}" for k in range(1, 7)])]
    of_six = six[six["target_type"] == "L1"]["synapse_count"].sum()
    found = imported[source].offsets.set_index(ROW).loc["R1-R6", "L1", 0, 0]["synapse_count"]
    assert found == pytest.approx(of_six, rel=1e-12)
    assert imported[source].cell_types.loc["R1-R6", "photoreceptor"]
    assert imported[source].connections.loc[("R1-R6", "L1"), "sign"] == -1


@pytest.mark.parametrize("source", WRITERS)
def test_terminals_of_ct1_have_what_the_cell_has_in_their_neuropil_and_column(
    source, imported, lobe
):
    published, synapses = files.as_published(lobe, "flywire")
    tm9 = published.loc[published["type"] == "Tm9", "id"]
    given = synapses[synapses["pre"].isin(tm9) & (synapses["post"] == files.CT1)]
    found = imported[source].offsets
    found = found[(found["source_type"] == "Tm9") & (found["target_type"] == "CT1(Lo1)")]
    assert found[["du", "dv"]].to_numpy().tolist() == [[0, 0]]
    # The mean over all Tm9, those of the border among them, is that over most of them.
    assert found["synapse_count"].item() == pytest.approx(
        given["synapses"].sum() / len(tm9), rel=0.1
    )


def test_without_neuropils_ct1_is_left_out_and_the_report_says_so(lobe, tmp_path, direct):
    files.write_malecns(lobe, tmp_path, single=False)
    found = nfs.import_connectome("malecns", tmp_path)
    assert not any(name.startswith("CT1") for name in found.cell_types.index)
    assert any("CT1 left out" in each["decided"] for each in found.provenance["decisions"])
    pd.testing.assert_series_equal(
        counts(found).sort_index(), counts(direct).sort_index(), rtol=1e-12
    )


def test_provenance_tells_files_with_checksums_and_the_licence(imported, folders):
    record = imported["flywire"].provenance
    names = {path.name for path in folders["flywire"].iterdir()}
    assert {each["file"] for each in record["tables"]} == names
    assert all(len(each["sha256"]) == 64 for each in record["tables"])
    assert "CC BY-NC" in record["source"]["licence"]


def test_the_command_writes_a_connectome_that_loads(folders, tmp_path, run_command, imported):
    out = tmp_path / "made"
    page = tmp_path / "page.html"
    words = ("connectome", "import", "neuprint", str(folders["neuprint"]), "-o", str(out))
    code, said, _ = run_command(*words, "--report", str(page))
    assert code == 0 and "cell types" in said
    assert "roi-connections.csv" in page.read_text() and "one terminal for each" in page.read_text()
    assert nfs.load_connectome(out).checksum == imported["neuprint"].checksum


def test_each_source_is_offered_and_says_what_to_download():
    from neuroflysim.choices import CONNECTOME_SOURCES

    assert tuple(SOURCES) == CONNECTOME_SOURCES
    for source in SOURCES.values():
        assert source.FILES and source.PLACE.startswith("https://") and source.LICENCE
        assert type_names(source.NAMES).divided == ("CT1",)


def test_the_page_names_every_file_with_its_size():
    page = (Path(__file__).parents[1] / "docs" / "published_connectomes.md").read_text()
    for source in SOURCES.values():
        for each in source.FILES:
            assert f"`{each.name}`" + (f" ({each.size})" if each.size else "") in page


def test_every_name_of_ours_is_one_of_the_embedded_types(connectome):
    for source in ("flywire", "malecns"):
        names = type_names(source)
        ours = {*names.whole.values(), *names.by_neuropil.values()}
        assert ours - set(connectome.cell_types.index) == {"R1-R6"}
        six = {f"R{k}" for k in range(1, 7)}
        assert set(connectome.cell_types.index) - ours == NAMELESS | six


def spoil_missing(folder):
    (folder / "column_assignment.csv.gz").unlink()


def spoil_two(folder):
    shutil.copy(folder / "connections_princeton_no_threshold.csv.gz", folder / "connections.csv.gz")


def spoil_cut(folder):
    path = folder / "connections_princeton_no_threshold.csv.gz"
    path.write_bytes(path.read_bytes()[:-2000])


def spoil_version(folder):
    path = folder / "column_assignment.csv.gz"
    table = pd.read_csv(path)
    table.assign(root_id=table["root_id"] + 1).to_csv(path, index=False)


def spoil_types(folder):
    path = folder / "column_assignment.csv.gz"
    table = pd.read_csv(path)
    table.assign(type=np.roll(table["type"], 1)).to_csv(path, index=False)


def spoil_floats(folder):
    path = folder / "connections_princeton_no_threshold.csv.gz"
    table = pd.read_csv(path)
    table.assign(pre_root_id=table["pre_root_id"].astype(float)).to_csv(path, index=False)


def spoil_column(folder):
    path = folder / "neurons.csv.gz"
    pd.read_csv(path).rename(columns={"nt_type": "nt"}).to_csv(path, index=False)


def spoil_negative(folder):
    path = folder / "connections_princeton_no_threshold.csv.gz"
    table = pd.read_csv(path)
    table.loc[3, "syn_count"] = -2
    table.to_csv(path, index=False)


def spoil_twice(folder):
    path = folder / "visual_neuron_types.csv.gz"
    table = pd.read_csv(path)
    pd.concat([table, table.iloc[:1]]).to_csv(path, index=False)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_missing, "no file column_assignment.csv.gz .* download it from https"),
        (spoil_two, "connections.csv.gz, which tell the same|leave the one that is meant"),
        (spoil_cut, "is cut or damaged: copy it again"),
        (spoil_version, "different versions: .* download both anew"),
        (spoil_types, "different versions: the neuron .* download both anew"),
        (spoil_floats, "line 2: pre is .* a float.* last digits"),
        (spoil_column, r"neurons.csv.gz: no column for transmitter \(looked for nt_type"),
        (spoil_negative, "line 5: synapses is -2"),
        (spoil_twice, "visual_neuron_types.csv.gz: the neuron .* stands twice"),
    ],
)
def test_what_is_wrong_with_files_is_told_with_its_cure(spoil, said, own):
    spoil(own)
    with pytest.raises(nfs.NeuroFlySimError, match=said):
        nfs.import_connectome("flywire", own)


def test_files_of_two_versions_of_the_male_are_refused(lobe, tmp_path):
    files.write_malecns(lobe, tmp_path, single=False)
    path = next(tmp_path.glob("connectome-weights*"))
    path.rename(path.with_name(path.name.replace("v1.0", "v0.9")))
    with pytest.raises(nfs.InvalidValueError, match="different versions; download them of one"):
        nfs.import_connectome("malecns", tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"source": "hemibrain"}, "flywire.*malecns.*neuprint"),
        ({"side": "top"}, "left.*right"),
        ({"side": "left"}, "no neuron of the side 'left'"),
        ({"folder": "nowhere"}, "does not exist, but must be the folder"),
        ({"types": ["Mi1"]}, "types cannot be given here"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments, said, folders):
    given = {"source": "flywire", "folder": folders["flywire"], **arguments}
    with pytest.raises(nfs.NeuroFlySimError, match=said):
        nfs.import_connectome(**given)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("male,Mi1,,Mi1,x", "no row of the source 'flywire'"),
        ("flywire,Mi1,,,x", "line 2: cell_type is empty"),
        ("flywire,Mi1,,Mi1,", "line 2: has no reference"),
        ("flywire,Mi1,,Mi1,x\nflywire,Mi1,,Mi2,x", "line 3: 'Mi1' stands on an earlier line"),
        ("flywire,Mi1,,Mi1,x\nflywire,Mi1,ME,Mi2,x", "line 3: 'Mi1' is divided"),
        ("flywire,Mi1,,Mi1,x,y", "line 2: has 6 cells"),
    ],
)
def test_tables_of_names_that_cannot_be_are_refused(rows, said, tmp_path):
    path = tmp_path / "names.csv"
    path.write_text(f"source,type,neuropil,cell_type,reference\n{rows}\n")
    with pytest.raises(nfs.InvalidValueError, match=said):
        type_names("flywire", path)


def test_an_edited_table_of_names_is_followed(folders, tmp_path):
    path = tmp_path / "names.csv"
    rows = (
        "flywire,Tm9,,Tm9,me\nflywire,T5a,,T5 of mine,me\nflywire,R1-6,,R1-R6,me\nflywire,L3,,L3,me"
    )
    path.write_text(f"source,type,neuropil,cell_type,reference\n{rows}\n")
    found = nfs.import_connectome("flywire", folders["flywire"], names=path, axes=[[1, 0], [0, -1]])
    assert set(found.cell_types.index) == {"R1-R6", "L3", "Tm9", "T5 of mine"}
