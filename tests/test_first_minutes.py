"""What is compiled is told once, where somebody looks, and lies where it can be written."""

import io
import logging
import multiprocessing
import os
from pathlib import Path
from types import SimpleNamespace

import brian2
import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim import progress
from neuroflysim.simulation import cache_place
from neuroflysim.simulation.build_cache import BuildCache

COMPILING = "compiling (once on this machine) ..."


@pytest.fixture
def screen(monkeypatch):
    """The standard error, as a terminal."""
    seen = io.StringIO()
    seen.isatty = lambda: True
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=seen, modules={}))
    return seen


@pytest.fixture
def nothing_compiles(monkeypatch, tmp_path):
    """An empty cache, and a compiler that fails at once."""

    def fails(*_):
        raise RuntimeError("made to fail")

    monkeypatch.setitem(brian2.prefs, "codegen.runtime.cython.cache_dir", str(tmp_path))
    monkeypatch.setattr(BuildCache, "_compile", fails)


def simulate(connectome, start, **options):
    with pytest.raises(nfs.SimulationError, match="made to fail"):
        nfs.simulate(
            np.full((3, 1), 0.5), connectome=connectome, parameters=start, extent=0,
            initial="rest", **options,
        )  # fmt: skip


@pytest.mark.compile
def test_compiling_is_told_on_a_terminal_and_not_with_progress_false(
    screen, nothing_compiles, connectome, start
):
    simulate(connectome, start, progress=False)
    assert screen.getvalue() == ""
    simulate(connectome, start)
    assert screen.getvalue() == f"{COMPILING}\n"


@pytest.mark.compile
def test_compiling_is_told_in_no_file(capsys, nothing_compiles, connectome, start):
    simulate(connectome, start)
    assert COMPILING not in capsys.readouterr().err


def test_a_word_is_said_once_in_a_block_and_outside_of_all_never(screen):
    progress.tell("a")
    with progress.telling(True):
        for text in ("a", "b", "a"):
            progress.tell(text)
        with progress.telling(True):
            progress.tell("a")
    assert screen.getvalue() == "a\nb\n"


def test_who_wants_quiet_has_it_whatever_is_called_inside(screen):
    with progress.telling(False), progress.telling(True):
        progress.tell("a")
    with progress.telling(True):
        with progress.telling(False):
            progress.tell("a")
        assert screen.getvalue() == ""
        progress.tell("a")
    assert screen.getvalue() == "a\n"


def test_processes_that_work_for_another_say_nothing(screen, monkeypatch):
    monkeypatch.setattr(multiprocessing, "parent_process", SimpleNamespace)
    with progress.telling(True):
        progress.tell("a")
    assert screen.getvalue() == ""


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """The temporary folder of a system, and nothing found out yet."""
    monkeypatch.setattr(cache_place, "_taken", {})
    (place := tmp_path / "tmp").mkdir()
    monkeypatch.setattr(cache_place.tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def warnings(monkeypatch):
    """What the package warns of from here on."""
    told, handler = [], logging.Handler(logging.WARNING)
    monkeypatch.setattr(handler, "emit", lambda record: told.append(record.getMessage()))
    logger = logging.getLogger("neuroflysim")
    monkeypatch.setattr(logger, "level", logging.WARNING)
    logger.addHandler(handler)
    yield told
    logger.removeHandler(handler)


#: A folder that even the administrator cannot make.
NOWHERE = Path("/dev/null/pieces")


def test_where_nothing_can_be_written_another_folder_is_taken_and_told_once(elsewhere, warnings):
    taken = {cache_place.usable_place(NOWHERE) for _ in range(3)}
    assert taken == {elsewhere / f"neuroflysim-cache-{os.getuid()}" / "pieces"}
    (told,) = warnings
    assert f"cannot be kept in {NOWHERE} (Not a directory)" in told
    assert str(taken.pop()) in told and "Make the first one writable" in told
    assert "compiler" not in told


def test_the_next_process_takes_the_same_folder(elsewhere):
    first = cache_place.usable_place(NOWHERE)
    cache_place._taken.clear()
    assert cache_place.usable_place(NOWHERE) == first


@pytest.mark.parametrize("trap", ["others may write", "a link"])
def test_code_is_run_from_no_folder_that_others_may_write_to(trap, elsewhere):
    name = elsewhere / f"neuroflysim-cache-{os.getuid()}"
    if trap == "a link":
        (elsewhere / "of_others").mkdir(mode=0o700)
        name.symlink_to(elsewhere / "of_others")
    else:
        name.mkdir()
        name.chmod(0o777)
    taken = cache_place.usable_place(NOWHERE)
    assert taken.parent != name and taken.parent.parent == elsewhere
    assert taken.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_can_be_written_is_kept(elsewhere, tmp_path, warnings):
    assert cache_place.usable_place(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir() and not warnings


def test_where_no_place_is_left_the_first_one_is_named(elsewhere, monkeypatch, warnings):
    monkeypatch.setattr(cache_place.tempfile, "tempdir", "/dev/null")
    assert cache_place.usable_place(NOWHERE) == NOWHERE and not warnings
