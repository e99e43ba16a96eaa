"""Files are written whole or not at all."""

import pytest

import neuroflysim as nfs
from neuroflysim.files import written_whole


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "result.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), written_whole(path) as temporary:
        temporary.write_text("half of the n")
        raise RuntimeError("the disk is full")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["result.csv"]


def test_a_failing_writer_of_parameters_leaves_nothing(start, tmp_path, monkeypatch):
    from neuroflysim.parameters import formats

    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setitem(formats.WRITERS, ".json", fail)
    with pytest.raises(OSError, match="no space"):
        start.save(tmp_path / "a.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["no/such/folder/a.json", ".", 3])
def test_a_path_that_cannot_be_written_is_refused_at_once(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nfs.NeuroFlySimError), written_whole(path):
        pytest.fail("must not come here")


def test_files_are_readable_by_the_group_as_the_umask_says(tmp_path):
    with written_whole(tmp_path / "a.txt") as temporary:
        temporary.write_text("x")
    plain = tmp_path / "b.txt"
    plain.write_text("x")
    assert (tmp_path / "a.txt").stat().st_mode == plain.stat().st_mode
